//! One C-MOVE or C-GET as its user (PS3.4 §C.4.2 and §C.4.3).
//!
//! No thread of its own: whoever wants the next response drives the association until it is there. In a C-GET
//! the instances come on the same association, and the storage desk takes them; while a sink works
//! the socket is not read, so a slow sink slows its peer and grows no memory.

mod exchange;
mod ledger;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Instant;

use bytes::Bytes;
use dicomwire_proto::command::CommandSet;

pub use self::exchange::Response;
pub use self::ledger::{Fate, Tally};

use self::exchange::Exchange;
use self::ledger::Ledger;
use crate::body::{Body, MemoryBody};
use crate::desk::{Desk, Receipt, Side};
use crate::error::Error;
use crate::interrupt::{Interrupt, Level};
use crate::session::Session;
use crate::sink::{Nowhere, Sink};

/// What is asked of the peer.
pub struct Request {
    /// An accepted presentation context of the SOP class.
    pub context_id: u8,
    /// Which information model, and whether C-MOVE or C-GET.
    pub sop_class_uid: String,
    /// (0000,0700)
    pub priority: u16,
    /// The unique keys, encoded in the transfer syntax of the context.
    pub identifier: Vec<u8>,
}

impl Request {
    /// A request for what `identifier` names.
    #[must_use]
    pub fn new(context_id: u8, sop_class_uid: String, priority: u16, identifier: &[u8]) -> Self {
        Self {
            context_id,
            sop_class_uid,
            priority,
            identifier: identifier.to_vec(),
        }
    }
}

/// Where the instances go.
pub enum Way {
    /// C-MOVE: to this application entity, which the peer has to know.
    Move {
        /// Its title.
        destination: String,
    },
    /// C-GET: to us.
    Get {
        /// What takes them.
        sink: Arc<dyn Sink>,
        /// Who is told of each.
        receipt: Option<Arc<dyn Receipt>>,
    },
}

/// The request could not be sent.
pub struct Unstarted {
    /// Why.
    pub error: Error,
    /// The association, if it is still open: the request was not one that could be sent on it.
    pub session: Option<Session>,
}

/// The message ID of the latest C-MOVE of this process. Instances come with the message ID of the C-MOVE that asked
/// for them, over another association: moves that overlap are told apart only if their numbers differ.
static LAST_MOVE: AtomicU16 = AtomicU16::new(0);

/// What any thread may ask of a retrieval, or know of it.
#[derive(Clone)]
pub struct Control {
    interrupt: Interrupt,
    ledger: Arc<Ledger>,
    touched: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Control {
    /// Asks the peer by C-CANCEL-RQ to end it (PS3.7 §9.3.3.3, §9.3.4.3). Responses go on to come until the final one.
    pub fn cancel(&self) {
        if self.is_over() {
            return;
        }
        self.interrupt.raise(Level::Cancel);
        // The next operation on the association must not find a request that came too late for this one.
        if self.is_over() {
            self.interrupt.forget_cancel();
        }
    }

    /// Ends the association by A-ABORT, if it has not ended in order before.
    pub fn abort(&self) {
        if !self.is_over() {
            self.interrupt.raise(Level::Abort);
        }
    }

    /// Sub-operations were seen to go on elsewhere: the peer is not silent, the DIMSE time-out starts again.
    pub fn touch(&self) {
        self.touched.store(true, Ordering::SeqCst);
        self.interrupt.nudge();
    }

    fn wants_cancel(&self) -> bool {
        self.interrupt.level() == Level::Cancel
    }

    /// Whether the final response was handed out, or an error.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// C-GET: counts so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.ledger.tally()
    }

    /// C-GET: what became of the instances that came since the last call.
    #[must_use]
    pub fn take_arrived(&self) -> Vec<Fate> {
        self.ledger.take()
    }
}

/// A C-MOVE or C-GET under way. Dropped before its end, it aborts the association.
pub struct Retrieve {
    /// `None` after an error, or after it was given back.
    session: Option<Session>,
    exchange: Exchange,
    control: Control,
    context_id: u8,
    message_id: u16,
    /// Whether the C-CANCEL-RQ went out.
    is_cancelled: bool,
    /// How the association ended, to be told after the responses that came before.
    broken: Option<Error>,
}

impl Retrieve {
    /// Sends the request.
    ///
    /// # Errors
    /// [`Unstarted`], with the association if only the request was wrong.
    pub fn start(mut session: Session, request: Request, way: Way) -> Result<Self, Box<Unstarted>> {
        let connection = session.connection();
        connection.interrupt.forget_cancel();
        // An archive reads each instance from its disk: to look for the next bytes took most of our processor time,
        // and brought them hardly earlier (docs/performance.md).
        connection.patience.sleep_at_once(true);
        if matches!(way, Way::Move { .. }) {
            let last = LAST_MOVE.fetch_add(1, Ordering::Relaxed);
            connection.association.continue_message_ids_after(last);
        }
        let message_id = connection.next_message_id();
        let Request {
            context_id,
            sop_class_uid,
            priority,
            identifier,
        } = request;
        let (command, sink, receipt): (_, Arc<dyn Sink>, _) = match way {
            Way::Move { destination } => {
                let command =
                    CommandSet::c_move_rq(message_id, &sop_class_uid, priority, &destination);
                (command, Arc::new(Nowhere("no C-GET is under way")), None)
            }
            Way::Get { sink, receipt } => {
                let command = CommandSet::c_get_rq(message_id, &sop_class_uid, priority);
                (command, sink, receipt)
            }
        };
        let ledger = Arc::new(Ledger::new(receipt));
        let told = Arc::<Ledger>::clone(&ledger);
        let desk = Desk::new(connection, sink, told, Side::Requestor);
        let mut exchange = Exchange::new(desk, connection.peer());
        let control = Control {
            interrupt: connection.interrupt.clone(),
            ledger,
            touched: Arc::default(),
            over: Arc::default(),
        };
        let mut body = Body::Memory(MemoryBody::new(Bytes::from(identifier)));
        match connection.send(context_id, &command, &mut body, &mut exchange) {
            Ok(()) => Ok(Self {
                session: Some(session),
                exchange,
                control,
                context_id,
                message_id,
                is_cancelled: false,
                broken: None,
            }),
            Err(error @ Error::Local(_)) => {
                session.connection().patience.sleep_at_once(false);
                Err(Box::new(Unstarted {
                    error,
                    session: Some(session),
                }))
            }
            Err(error) => Err(Box::new(Unstarted {
                error: session.into_connection().fail(error),
                session: None,
            })),
        }
    }

    /// The message ID of the request, which the instances of a C-MOVE come with (PS3.7 §9.1.1.1).
    #[must_use]
    pub fn message_id(&self) -> u16 {
        self.message_id
    }

    /// What other threads may hold.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The next response, if it comes before `until`. After the final one there is none.
    ///
    /// # Errors
    /// [`Error`]: the association is over. [`Error::Timeout`] when nothing came on it for the DIMSE time-out, nor
    /// [`Control::touch`].
    pub fn next_response(&mut self, until: Instant) -> Result<Option<Response>, Error> {
        if self.control.is_over() {
            return Ok(None);
        }
        match self.advance(until) {
            Ok(response) => {
                if response.as_ref().is_some_and(|it| !it.is_pending()) {
                    self.control.over.store(true, Ordering::SeqCst);
                }
                Ok(response)
            }
            Err(error) => {
                self.control.over.store(true, Ordering::SeqCst);
                Err(match self.session.take() {
                    Some(session) => session.into_connection().fail(error),
                    None => error,
                })
            }
        }
    }

    fn advance(&mut self, until: Instant) -> Result<Option<Response>, Error> {
        let Some(session) = &mut self.session else {
            return Ok(None);
        };
        let connection = session.connection();
        let (exchange, control) = (&mut self.exchange, &self.control);
        let mut has_looked = false;
        loop {
            if self.broken.is_none() {
                connection.send_answers(exchange, |exchange| &mut exchange.desk)?;
                if control.touched.swap(false, Ordering::SeqCst) {
                    connection.association.note_progress(Instant::now());
                }
                if control.wants_cancel() && !self.is_cancelled && !exchange.has_final() {
                    self.is_cancelled = true;
                    let command = CommandSet::c_cancel_rq(self.message_id);
                    connection.send(self.context_id, &command, &mut Body::Empty, exchange)?;
                }
            }
            if let Some(response) = exchange.take_response() {
                return Ok(Some(response));
            }
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            if has_looked && Instant::now() >= until {
                return Ok(None);
            }
            has_looked = true;
            let is_cancelled = self.is_cancelled;
            let heed = |exchange: &Exchange| {
                exchange.is_ready()
                    || control.touched.load(Ordering::SeqCst)
                    || (control.wants_cancel() && !is_cancelled)
            };
            self.broken = match connection.receive_by(Some(until), exchange, heed) {
                Ok(None) => None,
                Ok(Some(signal)) => Some(connection.unexpected(signal)),
                // Whoever ended it does not want to hear what had come before.
                Err(error @ (Error::Interrupted | Error::Handler)) => return Err(error),
                Err(error) => Some(error),
            };
        }
    }

    /// After the final response: the association, free for the next operation, if the peer left it open.
    #[must_use]
    pub fn into_session(mut self) -> Option<Session> {
        if !self.control.is_over() {
            return None;
        }
        let mut session = self.session.take()?;
        if let Some(error) = self.broken.take() {
            let _ = session.into_connection().fail(error);
            return None;
        }
        let connection = session.connection();
        connection.interrupt.forget_cancel();
        connection.patience.sleep_at_once(false);
        session.used();
        Some(session)
    }
}

impl Drop for Retrieve {
    fn drop(&mut self) {
        self.control.over.store(true, Ordering::SeqCst);
        if let Some(session) = self.session.take() {
            session.into_connection().abort();
        }
    }
}
