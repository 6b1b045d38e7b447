//! Many queries over a few associations, their matches in the order of the queries.
//!
//! Each association has a thread, which takes the next query when it is done with one. Who is too far
//! ahead of the reader waits, so memory is bounded however many queries there are and however slowly
//! matches are taken.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Appetite, Batch, Conclusion, Query, Question};
use crate::error::Error;
use crate::interrupt::{Interrupt, Level};
use crate::observer::Observer;
use crate::session::Session;

/// Queries that may wait for an association.
const MAX_WAITING: usize = 4096;
/// Bytes of matches that may wait for the reader before another query is begun.
const MAX_BUFFERED: usize = 32 << 20;
/// Bytes of one query's matches that may wait while an earlier query is not done.
const MAX_BUFFERED_OF_ONE: usize = 4 << 20;
/// How long a wait goes on before the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);
/// How a worker takes matches: what is there.
const APPETITE: Appetite = Appetite {
    linger: Duration::ZERO,
    bytes: 256 * 1024,
    outlasts_cancel: false,
};

/// PS3.4 Table C.4-1: matching was ended by a C-CANCEL-RQ.
const CANCEL: u16 = 0xFE00;
/// What a query failed with that was given up before all its matches came, or before it was asked.
const CANCELLED: &str = "the query was cancelled";

/// How one of the queries ended, if not by success.
#[derive(Debug)]
pub enum Failure {
    /// The peer concluded it with a status that is no success.
    Status(Conclusion),
    /// Its association was lost, or we cancelled it.
    Error(String),
}

/// Matches of one query that came together.
#[derive(Debug)]
pub struct Answers {
    /// The number of the query, from 0.
    pub number: u64,
    /// The matches.
    pub batch: Batch,
}

/// Makes the watchers of the associations; each is called on the association's own thread.
pub type Observers = Arc<dyn Fn() -> Box<dyn Observer> + Send + Sync>;

/// Queries under way.
pub struct FanOut {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Option<Session>>>,
}

struct Shared {
    /// What all the queries have in common.
    template: Question,
    observers: Observers,
    interrupt: Interrupt,
    /// How long a peer may take to end a query nobody wants more of.
    patience: Duration,
    board: Mutex<Board>,
    changed: Condvar,
}

#[derive(Default)]
struct Board {
    waiting: VecDeque<Bytes>,
    /// Queries that were ever put in, and that were begun.
    asked: u64,
    begun: u64,
    /// The query whose matches the reader is to get next.
    front: u64,
    slots: BTreeMap<u64, Slot>,
    buffered: usize,
    is_closed: bool,
    /// Associations that still work.
    active: usize,
    last_error: Option<String>,
    failures: Vec<(u64, Failure)>,
}

#[derive(Default)]
struct Slot {
    batches: VecDeque<Batch>,
    bytes: usize,
    has_ended: bool,
}

impl FanOut {
    /// Starts a thread for each session, which asks on the presentation context beside it. The identifier and the
    /// context of `template` are not used. `patience` is for peers to end a query nobody wants more of.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        sessions: Vec<(Session, u8)>,
        template: Question,
        observers: Observers,
        interrupt: Interrupt,
        patience: Duration,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            template,
            observers,
            interrupt,
            patience,
            board: Mutex::new(Board {
                active: sessions.len(),
                ..Board::default()
            }),
            changed: Condvar::new(),
        });
        let mut workers = Vec::with_capacity(sessions.len());
        for (session, context_id) in sessions {
            let for_thread = Arc::clone(&shared);
            let thread = thread::Builder::new().name("dicomwire-find".to_owned());
            workers.push(thread.spawn(move || work(&for_thread, session, context_id))?);
        }
        Ok(Self { shared, workers })
    }

    /// A handle to put queries in with, from any thread.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker(Arc::clone(&self.shared))
    }

    /// The matches that are there, in the order of the queries, up to about `bytes`; `None` after the last. While it
    /// waits it calls `tick`.
    ///
    /// # Errors
    /// That of `tick`.
    pub fn next(
        &self,
        bytes: usize,
        mut tick: impl FnMut() -> Result<(), Error>,
    ) -> Result<Option<Vec<Answers>>, Error> {
        let mut board = self.shared.board();
        loop {
            let answers = board.take(bytes);
            if !answers.is_empty() {
                drop(board);
                self.shared.changed.notify_all();
                return Ok(Some(answers));
            }
            if self.shared.is_done(&board) {
                return Ok(None);
            }
            board = self.shared.wait(board);
            drop(board);
            tick()?;
            board = self.shared.board();
        }
    }

    /// The bytes of matches that wait to be taken.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.board().buffered
    }

    /// The queries that failed, since the last call.
    #[must_use]
    pub fn take_failures(&self) -> Vec<(u64, Failure)> {
        std::mem::take(&mut self.shared.board().failures)
    }

    /// Ends what is running and gives the associations back that can still be used, and the queries that failed since
    /// they were last taken.
    #[must_use]
    pub fn finish(self) -> (Vec<Session>, Vec<(u64, Failure)>) {
        self.shared.close();
        let is_done = self.shared.is_done(&self.shared.board());
        if !is_done {
            self.shared.interrupt.raise(Level::Cancel);
        }
        self.shared.changed.notify_all();
        let joined = self.workers.into_iter().map(JoinHandle::join);
        let sessions = joined.filter_map(|worker| worker.ok().flatten()).collect();
        let failures = std::mem::take(&mut self.shared.board().failures);
        (sessions, failures)
    }
}

/// Puts queries in.
#[derive(Clone)]
pub struct Asker(Arc<Shared>);

impl Asker {
    /// Puts a query in; waits a moment if many are waiting. `Ok(false)` asks to try again.
    ///
    /// # Errors
    /// The identifier, when nobody takes queries any more.
    pub fn ask(&self, identifier: &Bytes) -> Result<bool, Bytes> {
        let mut board = self.0.board();
        if board.waiting.len() >= MAX_WAITING {
            board = self.0.wait(board);
        }
        if board.is_closed || self.0.is_cancelled() {
            return Err(identifier.clone());
        }
        if board.waiting.len() >= MAX_WAITING {
            return Ok(false);
        }
        board.waiting.push_back(identifier.clone());
        board.asked += 1;
        self.0.fail_if_alone(&mut board);
        drop(board);
        self.0.changed.notify_all();
        Ok(true)
    }

    /// Waits until the threads of all associations have left, at most so long. Whether they have.
    #[must_use]
    pub fn wait_for_the_end(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut board = self.0.board();
        while board.active > 0 && Instant::now() < until {
            board = self.0.wait(board);
        }
        board.active == 0
    }

    /// No more queries will come.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, board: MutexGuard<'a, Board>) -> MutexGuard<'a, Board> {
        let waited = self.changed.wait_timeout(board, TICK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn close(&self) {
        self.board().is_closed = true;
        self.changed.notify_all();
    }

    fn is_cancelled(&self) -> bool {
        self.interrupt.level() != Level::None
    }

    /// Whether there is nothing to come. Queries may still come after the last association is lost: they fail.
    fn is_done(&self, board: &Board) -> bool {
        let is_over = board.is_closed || (board.active == 0 && self.is_cancelled());
        is_over && board.front == board.asked && board.slots.is_empty()
    }

    /// Without an association nobody else would look at what waits.
    fn fail_if_alone(&self, board: &mut Board) {
        if board.active > 0 {
            return;
        }
        let why = match &board.last_error {
            _ if self.is_cancelled() => CANCELLED.to_owned(),
            Some(error) => error.clone(),
            None => "no association is open".to_owned(),
        };
        board.fail_the_rest(&why);
    }

    /// The next query to begin; `None` when there will be none.
    fn next_question(&self) -> Option<(u64, Question)> {
        let mut board = self.board();
        loop {
            if self.is_cancelled() {
                return None;
            }
            if board.buffered <= MAX_BUFFERED
                && let Some(identifier) = board.waiting.pop_front()
            {
                let number = board.begun;
                board.begun += 1;
                board.slots.insert(number, Slot::default());
                drop(board);
                self.changed.notify_all();
                let question = Question {
                    identifier,
                    ..self.template.clone()
                };
                return Some((number, question));
            }
            if board.is_closed && board.waiting.is_empty() {
                return None;
            }
            board = self.wait(board);
        }
    }

    /// Hands matches to the reader; waits while those of this query fill too much memory.
    fn deliver(&self, number: u64, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let mut board = self.board();
        // The peer is not read from until the reader has caught up.
        while !self.is_cancelled()
            && board
                .slots
                .get(&number)
                .is_some_and(|slot| slot.bytes > MAX_BUFFERED_OF_ONE)
        {
            board = self.wait(board);
        }
        let size = batch.size();
        board.buffered += size;
        if let Some(slot) = board.slots.get_mut(&number) {
            slot.bytes += size;
            slot.batches.push_back(batch);
        }
        drop(board);
        self.changed.notify_all();
    }

    fn end(&self, number: u64, failure: Option<Failure>) {
        let mut board = self.board();
        board.end(number, failure);
        drop(board);
        self.changed.notify_all();
    }
}

impl Board {
    fn take(&mut self, bytes: usize) -> Vec<Answers> {
        let mut answers = Vec::new();
        let mut taken = 0;
        while taken < bytes {
            let number = self.front;
            let Some(slot) = self.slots.get_mut(&number) else {
                break;
            };
            if let Some(batch) = slot.batches.pop_front() {
                let size = batch.size();
                slot.bytes -= size;
                self.buffered -= size;
                taken += size;
                answers.push(Answers { number, batch });
            } else if slot.has_ended {
                self.slots.remove(&number);
                self.front += 1;
            } else {
                break;
            }
        }
        answers
    }

    fn end(&mut self, number: u64, failure: Option<Failure>) {
        if let Some(slot) = self.slots.get_mut(&number) {
            slot.has_ended = true;
        }
        self.failures.extend(failure.map(|why| (number, why)));
    }

    fn fail_the_rest(&mut self, why: &str) {
        while self.waiting.pop_front().is_some() {
            let number = self.begun;
            self.begun += 1;
            self.slots.insert(number, Slot::default());
            self.end(number, Some(Failure::Error(why.to_owned())));
        }
    }
}

/// Says that an association works no more, whatever its thread ends by.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut board = self.0.board();
        board.active -= 1;
        self.0.fail_if_alone(&mut board);
        drop(board);
        self.0.changed.notify_all();
    }
}

/// The body of an association's thread; gives the association back if it can still be used.
fn work(shared: &Shared, mut session: Session, context_id: u8) -> Option<Session> {
    let _leaving = Leaving(shared);
    let connection = session.connection();
    connection.set_interrupt(shared.interrupt.clone());
    connection.set_observer((shared.observers)());
    while let Some((number, mut question)) = shared.next_question() {
        question.context_id = context_id;
        session = run(shared, number, session, question)?;
    }
    Some(session)
}

/// One query from its request to its final response.
fn run(shared: &Shared, number: u64, session: Session, question: Question) -> Option<Session> {
    let broken = |error: &Error| {
        let text = error.to_string();
        shared.board().last_error = Some(text.clone());
        shared.end(number, Some(Failure::Error(text)));
    };
    let mut query = match Query::start(session, question) {
        Ok(query) => query,
        Err((session, error)) => {
            broken(&error);
            return session.map(|session| *session);
        }
    };
    let mut is_given_up = false;
    let ended = loop {
        match query.next_batch(APPETITE) {
            Ok(Some(batch)) => shared.deliver(number, batch),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if query.conclusion().is_none() && (query.is_full() || shared.is_cancelled()) {
            is_given_up = !query.is_full();
            break query.finish(shared.patience);
        }
    };
    let cancelled = || Failure::Error(CANCELLED.to_owned());
    match ended {
        // Whether a peer stops does not change what there is; only the association is lost.
        Err(error @ Error::Unheeded { .. }) => {
            shared.end(number, is_given_up.then(cancelled));
            query.into_session().into_connection().fail(error);
            None
        }
        Err(error) => {
            broken(&error);
            query.into_session().into_connection().fail(error);
            None
        }
        Ok(()) => {
            let is_heeded = |it: &Conclusion| it.status == CANCEL && query.is_full();
            let conclusion = query.conclusion();
            let failed = conclusion.filter(|it| it.status != 0 && !is_heeded(it));
            let failure = failed.cloned().map(Failure::Status);
            shared.end(number, failure.or_else(|| is_given_up.then(cancelled)));
            Some(query.into_session())
        }
    }
}
