//! One association that Python holds: open, echo, release, abort.

use std::sync::{Arc, Mutex, PoisonError};

use dicomwire_net::body::Body;
use dicomwire_net::connection::Connection;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::message::Inbox;
use dicomwire_net::observer::Observer;
use dicomwire_net::plan::Plan;
use dicomwire_net::session::Session;
use dicomwire_proto::{CommandSet, ContextResult};
use pyo3::prelude::*;

use crate::errors::{state, to_python};
use crate::observer::{Answered, PyObserver, Watch, contexts};
use crate::retrieve::{Instances, Request, Retrieve};
use crate::spec::AssociateSpec;
use crate::stored::SinkSpec;

/// Verification SOP Class (PS3.4 Annex A).
const VERIFICATION: &str = "1.2.840.10008.1.1";
/// No answer we wait for here carries a data set larger than this.
const MAX_DATA_SET: usize = 64 << 20;

/// An open association, driven by whichever thread calls it.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Association {
    session: Mutex<Option<Session>>,
    interrupt: Interrupt,
    watch: Arc<Watch>,
}

impl Association {
    pub(crate) fn from_session(session: Session, interrupt: Interrupt, watch: Arc<Watch>) -> Self {
        Self {
            session: Mutex::new(Some(session)),
            interrupt,
            watch,
        }
    }

    pub(crate) fn take(&self) -> Option<Session> {
        self.session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Gives it back after an operation. If an abort was asked for meanwhile it is not kept.
    pub(crate) fn put(&self, session: Session) {
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // An abort from now on waits for the lock and finds the session.
        if self.interrupt.level() < Level::Abort {
            *place = Some(session);
        } else {
            drop(place);
            session.into_connection().abort();
        }
    }

    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    pub(crate) fn taken(py: Python<'_>) -> PyErr {
        state(
            py,
            "the association is closed, or something else is using it",
        )
    }
}

#[pymethods]
impl Association {
    /// An association that is not open yet, so that another thread can end its opening.
    #[new]
    #[pyo3(signature = (dispatch, events, log))]
    fn new(dispatch: Option<Py<PyAny>>, events: Vec<String>, log: Option<Py<PyAny>>) -> Self {
        let watch = Watch::new(dispatch, events, log);
        Self {
            session: Mutex::new(None),
            interrupt: Interrupt::new(),
            watch,
        }
    }

    /// Connects and negotiates.
    fn connect(&self, py: Python<'_>, spec: AssociateSpec) -> PyResult<()> {
        let (endpoint, request, settings, _) = spec.into_parts();
        let plan = Plan::from_contexts(request.presentation_contexts.clone());
        let observer: Box<dyn Observer> = Box::new(PyObserver::new(Arc::clone(&self.watch), true));
        let switch = self.interrupt.clone();
        let opened =
            py.detach(move || Connection::open(&endpoint, request, settings, observer, switch));
        match opened {
            Ok(connection) => {
                self.put(Session::new(connection, plan));
                Ok(())
            }
            Err(error) => Err(to_python(py, &error, self.watch.take_raised())),
        }
    }

    /// Sends a C-ECHO-RQ and returns the status of the answer (PS3.7 §9.1.5).
    fn echo(&self, py: Python<'_>) -> PyResult<u16> {
        let mut session = self.take().ok_or_else(|| Self::taken(py))?;
        let (session, outcome) = py.detach(move || match echo(session.connection()) {
            Ok(status) => (Some(session), Ok(status)),
            Err(error @ Error::Local(_)) => (Some(session), Err(error)),
            Err(error) => (None, Err(session.into_connection().fail(error))),
        });
        if let Some(session) = session {
            self.put(session);
        }
        outcome.map_err(|error| to_python(py, &error, self.watch.take_raised()))
    }

    /// Whether the peer still holds the association, as far as can be seen without asking it.
    fn is_alive(&self) -> bool {
        let Some(mut session) = self.take() else {
            return false;
        };
        let alive = session.connection().is_alive();
        if alive {
            self.put(session);
        }
        alive
    }

    /// (identifier, abstract syntax, proposed syntaxes, result, accepted syntax) of each context.
    fn contexts(&self) -> Vec<Answered> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .as_mut()
            .map(|session| contexts(session.connection().association()))
            .unwrap_or_default()
    }

    /// Sends a C-MOVE-RQ (PS3.7 §9.1.4). Until its final response the association is taken.
    #[pyo3(name = "move")]
    fn move_(
        slf: &Bound<'_, Self>,
        context_id: u8,
        sop_class_uid: String,
        priority: u16,
        identifier: &[u8],
        destination: String,
    ) -> PyResult<Retrieve> {
        let request = Request::new(context_id, sop_class_uid, priority, identifier);
        Retrieve::start_move(slf, request, destination)
    }

    /// Sends a C-GET-RQ (PS3.7 §9.1.3). Until its final response the association is taken, and `relay`, an open
    /// association the instances are passed on to, as well.
    #[expect(clippy::too_many_arguments, reason = "Python's call is the interface")]
    fn get(
        slf: &Bound<'_, Self>,
        context_id: u8,
        sop_class_uid: String,
        priority: u16,
        identifier: &[u8],
        sink: SinkSpec,
        received: Option<Py<PyAny>>,
        relay: Option<Py<Self>>,
    ) -> PyResult<Retrieve> {
        let request = Request::new(context_id, sop_class_uid, priority, identifier);
        let instances = Instances {
            sink,
            received,
            relay,
        };
        Retrieve::start_get(slf, request, instances)
    }

    /// Releases and closes. Does nothing when it is closed already.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let Some(mut session) = self.take() else {
            return Ok(());
        };
        session
            .connection()
            .set_observer(Box::new(PyObserver::new(Arc::clone(&self.watch), true)));
        py.detach(move || session.into_connection().release())
            .map_err(|error| to_python(py, &error, self.watch.take_raised()))
    }

    /// Aborts; from another thread, whatever is running on it ends with an error.
    fn abort(&self, py: Python<'_>) {
        self.interrupt.raise(Level::Abort);
        if let Some(session) = self.take() {
            py.detach(move || session.into_connection().abort());
        }
    }
}

fn echo(connection: &mut Connection) -> Result<u16, Error> {
    let context_id = connection
        .association()
        .contexts()
        .iter()
        .find(|context| {
            context.abstract_syntax == VERIFICATION && context.result == ContextResult::Acceptance
        })
        .map_or(0, |context| context.id);
    let message_id = connection.next_message_id();
    let mut inbox = Inbox::new(MAX_DATA_SET);
    connection.send(
        context_id,
        &CommandSet::c_echo_rq(message_id),
        &mut Body::Empty,
        &mut inbox,
    )?;
    loop {
        let answer = connection.next_message(&mut inbox)?;
        if answer.command.is_response() {
            return Ok(answer.command.status.unwrap_or(0x0110));
        }
    }
}
