//! One C-FIND under way: its matches by the batch, as fast as they come (PS3.7 §9.1.2, PS3.4 §C.4.1).
//!
//! The thread that wants matches drives the association. Nothing is read that nobody asked for, so a
//! consumer that takes its time stops the peer; and a batch ends as soon as nothing more is there, so a
//! peer that takes its time is not waited for.

pub mod fan_out;

use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dicomwire_dataset::Tag;
use dicomwire_proto::command::CommandSet;

use crate::body::{Body, MemoryBody};
use crate::connection::{Connection, Incoming};
use crate::error::Error;
use crate::interrupt::Level;
use crate::session::Session;

/// PS3.4 Table C.4-1: matches are continuing, but an optional key was not supported for one of them.
const PENDING_WITH_WARNING: u16 = 0xFF01;
/// PS3.7 §C.5.24: we do not perform this service.
const UNRECOGNIZED_OPERATION: u16 = 0x0211;
/// Requests of the peer that may wait for their refusal.
const MAX_REFUSALS: usize = 16;

/// What to ask for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The presentation context of the query model.
    pub context_id: u8,
    /// The query model.
    pub sop_class_uid: String,
    /// (0000,0700).
    pub priority: u16,
    /// The identifier, in the transfer syntax of the context.
    pub identifier: Bytes,
    /// After so many matches the query is cancelled.
    pub limit: Option<u64>,
    /// Bytes of an identifier that are kept; longer ones are told of, not kept.
    pub max_identifier: usize,
}

/// One match: where its identifier is, and what was said of it.
#[derive(Clone, Debug)]
pub struct Match {
    range: Range<usize>,
    /// Whether the response warned that optional keys are not supported (status FF01).
    pub has_warning: bool,
    /// What kept its identifier from being kept.
    pub flaw: Option<Flaw>,
}

/// Why a match has no identifier, or only the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A pending response without a data set.
    #[error("the response came without an identifier")]
    Absent,
    /// Longer than the limit.
    #[error("the identifier is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}

/// Matches that came together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Bytes,
    matches: Vec<Match>,
}

impl Batch {
    /// The matches and their encoded identifiers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Match, &[u8])> {
        let bytes = &self.bytes;
        self.matches.iter().map(move |one| {
            let range = one.range.clone();
            (one, bytes.get(range).unwrap_or_default())
        })
    }

    /// The same, the bytes shared instead of borrowed.
    pub fn shared(&self) -> impl ExactSizeIterator<Item = (&Match, Bytes)> {
        self.matches
            .iter()
            .map(|one| (one, self.bytes.slice(one.range.clone())))
    }

    /// The match at this position and its encoded identifier.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<(&Match, &[u8])> {
        let one = self.matches.get(position)?;
        Some((one, self.bytes.get(one.range.clone()).unwrap_or_default()))
    }

    /// The bytes it takes, also if it is matches without identifiers.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len() + self.matches.len() * size_of::<Match>()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.matches.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }
}

/// How a query ended: the final response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// (0000,0900).
    pub status: u16,
    /// (0000,0902).
    pub comment: Option<String>,
    /// (0000,0901).
    pub offending: Vec<Tag>,
}

/// How much to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Appetite {
    /// How long after the first match of a batch more are waited for.
    pub linger: Duration,
    /// A batch that takes so many bytes of memory is full.
    pub bytes: usize,
    /// Whether to wait for more after a cancel went out.
    pub outlasts_cancel: bool,
}

/// A C-FIND under way.
pub struct Query {
    session: Session,
    context_id: u8,
    message_id: u16,
    arrivals: Arrivals,
    taken: u64,
    limit: Option<u64>,
    is_cancelled: bool,
    /// What ended the association, while the matches that came before it are handed out.
    trouble: Option<Error>,
}

impl Query {
    /// Sends the request.
    ///
    /// # Errors
    /// Why it was not sent, with the session if that can still be used.
    pub fn start(
        mut session: Session,
        question: Question,
    ) -> Result<Self, (Option<Box<Session>>, Error)> {
        let connection = session.connection();
        let message_id = connection.next_message_id();
        let command = CommandSet::c_find_rq(message_id, &question.sop_class_uid, question.priority);
        let mut body = Body::Memory(MemoryBody::new(question.identifier));
        let mut arrivals = Arrivals::new(question.max_identifier);
        let sent = connection.send(question.context_id, &command, &mut body, &mut arrivals);
        match sent {
            Ok(()) => Ok(Self {
                session,
                context_id: question.context_id,
                message_id,
                arrivals,
                taken: 0,
                limit: question.limit,
                is_cancelled: false,
                trouble: None,
            }),
            Err(error @ Error::Local(_)) => Err((Some(Box::new(session)), error)),
            Err(error) => Err((None, session.into_connection().fail(error))),
        }
    }

    /// The association.
    pub fn connection(&mut self) -> &mut Connection {
        self.session.connection()
    }

    /// The final response, once it came.
    #[must_use]
    pub fn conclusion(&self) -> Option<&Conclusion> {
        self.arrivals.conclusion.as_ref()
    }

    /// Whether all matches that were asked for came.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.taken >= limit)
    }

    /// Gives the association back, to be used again if the query is concluded.
    #[must_use]
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Waits for matches; `None` after the final response. There may be none if it does not outlast a cancel. Matches that came before the end of the
    /// association are handed out before it is told.
    ///
    /// # Errors
    /// The association is over and has to be given up with [`Connection::fail`].
    pub fn next_batch(&mut self, appetite: Appetite) -> Result<Option<Batch>, Error> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        if let Err(error) = self.gather(appetite) {
            // Who ends it on our own side does not wait for anything.
            if self.arrivals.is_empty() || !error.is_worth_retrying() {
                return Err(error);
            }
            self.arrivals.matches.truncate(self.room());
            self.trouble = Some(error);
        }
        let batch = self.take_batch();
        Ok((!batch.is_empty() || self.conclusion().is_none()).then_some(batch))
    }

    /// Collects until there are matches to hand out, or the final response.
    fn gather(&mut self, appetite: Appetite) -> Result<(), Error> {
        let mut until = None;
        loop {
            self.advance()?;
            self.look_to_limits()?;
            // One match alone may be longer than a batch.
            let is_enough = !self.arrivals.is_empty()
                && (self.arrivals.size() >= appetite.bytes || self.room() == self.arrivals.len());
            let is_left = self.is_cancelled && !appetite.outlasts_cancel;
            if self.arrivals.conclusion.is_some() || is_enough || is_left {
                return Ok(());
            }
            let connection = self.session.connection();
            if connection.fill(&mut self.arrivals)? {
                continue;
            }
            let mut deadline = connection.association().poll_timeout();
            if self.arrivals.is_empty() {
                if connection.look_again(&mut self.arrivals)? {
                    continue;
                }
            } else {
                let enough = *until.get_or_insert_with(|| Instant::now() + appetite.linger);
                if Instant::now() >= enough {
                    return Ok(());
                }
                deadline = Some(deadline.map_or(enough, |limit| limit.min(enough)));
            }
            self.rest(deadline)?;
        }
    }

    /// Cancels unless it is over, and throws away what comes until the final response.
    ///
    /// # Errors
    /// As [`Query::next_batch`]; [`Error::Unheeded`] if `patience` passes before it comes.
    pub fn finish(&mut self, patience: Duration) -> Result<(), Error> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        let until = Instant::now() + patience;
        self.arrivals.is_discarding = true;
        drop(self.arrivals.take());
        while self.arrivals.conclusion.is_none() {
            self.cancel()?;
            self.advance()?;
            if self.arrivals.conclusion.is_some() {
                break;
            }
            if Instant::now() >= until {
                return Err(Error::Unheeded {
                    peer: self.connection().peer().to_owned(),
                    seconds: patience.as_secs_f64(),
                });
            }
            let connection = self.session.connection();
            if connection.fill(&mut self.arrivals)? {
                continue;
            }
            let deadline = connection.association().poll_timeout();
            self.rest(Some(deadline.map_or(until, |limit| limit.min(until))))?;
        }
        Ok(())
    }

    /// Sends a C-CANCEL-RQ, once (PS3.7 §9.3.2.3).
    ///
    /// # Errors
    /// As [`Query::next_batch`].
    pub fn cancel(&mut self) -> Result<(), Error> {
        if self.is_cancelled || self.arrivals.conclusion.is_some() {
            return Ok(());
        }
        self.is_cancelled = true;
        let connection = self.session.connection();
        let command = CommandSet::c_cancel_rq(self.message_id);
        connection.send(
            self.context_id,
            &command,
            &mut Body::Empty,
            &mut self.arrivals,
        )
    }

    /// Sleeps until something comes or the deadline passes.
    fn rest(&mut self, deadline: Option<Instant>) -> Result<(), Error> {
        let connection = self.session.connection();
        connection.acknowledge_now();
        if connection.wait(false, deadline)? {
            // Does nothing before the deadline of the association itself.
            connection.association.handle_timeout(Instant::now());
        }
        Ok(())
    }

    /// Takes what was read, and says what is to be said.
    fn advance(&mut self) -> Result<(), Error> {
        let connection = self.session.connection();
        // Who is flooded never comes to wait, where it would be seen as well.
        connection.check_interrupt()?;
        if let Some(signal) = connection.process(&mut self.arrivals)? {
            return Err(connection.unexpected(signal));
        }
        if connection.interrupt.level() == Level::Cancel {
            self.cancel()?;
        }
        while let Some((context_id, refusal)) = self.arrivals.refusals.pop() {
            let connection = self.session.connection();
            connection.send(context_id, &refusal, &mut Body::Empty, &mut self.arrivals)?;
        }
        Ok(())
    }

    /// Cancels when there are enough matches; those beyond are dropped.
    fn look_to_limits(&mut self) -> Result<(), Error> {
        let room = self.room();
        if self.arrivals.matches.len() < room {
            return Ok(());
        }
        self.arrivals.matches.truncate(room);
        self.arrivals.is_discarding = true;
        self.cancel()
    }

    /// How many more matches are wanted.
    fn room(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit.saturating_sub(self.taken)).unwrap_or(usize::MAX)
        })
    }

    fn take_batch(&mut self) -> Batch {
        let batch = self.arrivals.take();
        self.taken = self.taken.saturating_add(batch.len() as u64);
        batch
    }
}

/// Collects matches as they arrive.
struct Arrivals {
    bytes: Vec<u8>,
    matches: Vec<Match>,
    /// The match whose identifier is arriving.
    current: Option<Match>,
    /// Nobody wants the matches any more.
    is_discarding: bool,
    conclusion: Option<Conclusion>,
    refusals: Vec<(u8, CommandSet)>,
    max_identifier: usize,
}

impl Arrivals {
    fn new(max_identifier: usize) -> Self {
        Self {
            bytes: Vec::new(),
            matches: Vec::new(),
            current: None,
            is_discarding: false,
            conclusion: None,
            refusals: Vec::new(),
            max_identifier,
        }
    }

    fn len(&self) -> usize {
        self.matches.len()
    }

    fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// The bytes that are held: a peer may send matches without end that have no identifier.
    fn size(&self) -> usize {
        self.bytes.len() + self.matches.len() * size_of::<Match>()
    }

    /// Takes the whole matches; one that is arriving stays.
    fn take(&mut self) -> Batch {
        let begun = self.current.as_ref().map(|current| current.range.start);
        let rest = begun.map(|start| self.bytes.split_off(start));
        let size = self.bytes.len();
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        // The next batch is probably as large.
        self.bytes.reserve(size);
        self.bytes.extend_from_slice(&rest.unwrap_or_default());
        if let Some(current) = &mut self.current {
            current.range = 0..0;
        }
        let count = self.matches.len();
        let matches = std::mem::replace(&mut self.matches, Vec::with_capacity(count));
        Batch { bytes, matches }
    }

    fn keep(&mut self, mut one: Match) {
        one.range.end = self.bytes.len();
        self.matches.push(one);
    }
}

impl Incoming for Arrivals {
    fn command(&mut self, context_id: u8, command: Box<CommandSet>) -> Result<(), Error> {
        if command.is_request() {
            if self.refusals.len() >= MAX_REFUSALS {
                return Err(Error::Flooded(MAX_REFUSALS));
            }
            let refusal = command.response_to(UNRECOGNIZED_OPERATION);
            self.refusals.push((context_id, refusal));
        } else if command.is_pending() {
            if self.is_discarding {
                return Ok(());
            }
            let start = self.bytes.len();
            let one = Match {
                range: start..start,
                has_warning: command.status == Some(PENDING_WITH_WARNING),
                flaw: (!command.has_data_set).then_some(Flaw::Absent),
            };
            if command.has_data_set {
                self.current = Some(one);
            } else {
                self.keep(one);
            }
        } else if command.is_response() {
            self.conclusion = Some(Conclusion {
                status: command.status.unwrap_or_default(),
                comment: command.error_comment,
                offending: command.offending_elements,
            });
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(current) = &mut self.current {
            let length = self.bytes.len() - current.range.start;
            let room = self.max_identifier.saturating_sub(length);
            if bytes.len() > room {
                let limit = self.max_identifier;
                current.flaw = Some(Flaw::TooLong { limit });
            }
            self.bytes
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        Ok(())
    }

    fn body_end(&mut self, _context_id: u8) -> Result<(), Error> {
        if let Some(one) = self.current.take() {
            self.keep(one);
        }
        Ok(())
    }
}
