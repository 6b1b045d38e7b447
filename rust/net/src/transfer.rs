//! A transfer: many instances to one peer over one or more associations.
//!
//! The caller feeds sources, waits and takes results; workers (`worker`)
//! send. Every source ends as exactly one result per instance it stands for.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use dicomwire_dataset::limits::Limits;
use dicomwire_proto::{AssociateRq, Settings};

use crate::decompression::Decompressor;
use crate::error::Error;
use crate::interrupt::{Interrupt, Level};
use crate::lifecycle::Endpoint;
use crate::observer::Observer;
use crate::plan::Transcoding;
use crate::rewriting::Rewriting;
use crate::scan::Source;
use crate::send_queue::SendQueue;
use crate::session::Session;
use crate::worker;

/// Results that may wait for the caller before workers pause.
const RESULTS: usize = 4096;

/// What became of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The peer confirmed it (status 0000H).
    Sent,
    /// The peer confirmed it with a warning (PS3.7 §C.1.3).
    Warning,
    /// It was not sent, or the peer refused it.
    Failed,
    /// It was sent at least in part, and no answer came: the peer may have it or not.
    Unconfirmed,
    /// It was left out on purpose.
    Skipped,
}

/// One instance's fate.
#[derive(Clone, Debug)]
pub struct StoreResult {
    /// The file, or the caller's name for it.
    pub path: Option<PathBuf>,
    /// (0008,0016).
    pub sop_class_uid: Option<String>,
    /// (0008,0018).
    pub sop_instance_uid: Option<String>,
    /// The syntax it is stored in.
    pub transfer_syntax_uid: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// The C-STORE-RSP status, if there was one.
    pub status: Option<u16>,
    /// Why it was not sent, or the peer's error comment.
    pub error: Option<String>,
    /// Bytes of the data set as sent.
    pub bytes: u64,
    /// From the request to the answer.
    pub seconds: f64,
    /// (0000,0110) of the request.
    pub message_id: Option<u16>,
    /// The presentation context it went on.
    pub context_id: Option<u8>,
    /// The SOP Instance UID it is stored with, if it was sent with another one.
    pub original_sop_instance_uid: Option<String>,
}

/// An instance about to be sent, as the `before_c_store` event sees it.
pub struct Outgoing<'a> {
    /// The instance.
    pub item: &'a crate::scan::Item,
    /// (0000,0110).
    pub message_id: u16,
    /// The presentation context.
    pub context_id: u8,
    /// The syntax it is sent in.
    pub transfer_syntax_uid: &'a str,
    /// (0000,0700): 0 medium, 1 high, 2 low (PS3.7 §9.3.1.1). Settable.
    pub priority: u16,
    /// Set to leave the instance out.
    pub skip: bool,
}

/// Sums of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Confirmed.
    pub sent: u64,
    /// Confirmed with a warning.
    pub warnings: u64,
    /// Failed or unconfirmed.
    pub failed: u64,
    /// Left out.
    pub skipped: u64,
    /// Bytes of confirmed data sets.
    pub bytes: u64,
}

/// What the caller keeps of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every result, to be taken as they come.
    All,
    /// Only failures; successes are counted.
    Failures,
}

/// Makes the observer of each association.
pub type ObserverFactory = Arc<dyn Fn() -> Box<dyn Observer> + Send + Sync>;

/// How to send.
pub struct TransferOptions {
    /// The peer.
    pub endpoint: Endpoint,
    /// The A-ASSOCIATE-RQ without presentation contexts.
    pub request: AssociateRq,
    /// Limits and time-outs of each association.
    pub settings: Settings,
    /// Limits of what is read of data sets.
    pub limits: Limits,
    /// How many associations at once.
    pub associations: usize,
    /// What may be done to instances whose transfer syntax the peer does not accept.
    pub transcode: Transcoding,
    /// Who decompresses, for [`Transcoding::Any`].
    pub decompressor: Option<Arc<dyn Decompressor>>,
    /// What to change in the instances.
    pub rewriting: Option<Rewriting>,
    /// Whether to check each file's structure before it is sent.
    pub verify: bool,
    /// Whether the first failure ends the transfer.
    pub stop_on_failure: bool,
    /// Associations in a row that may end without one confirmed instance.
    pub attempts: u32,
    /// What to keep of the results.
    pub keep: Keep,
    /// Who watches.
    pub observers: ObserverFactory,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) counters: Counters,
    pub(crate) results: VecDeque<StoreResult>,
    pub(crate) established: u64,
    pub(crate) active: usize,
    pub(crate) fatal: Option<Error>,
    /// Why a worker stopped before the queue was empty.
    pub(crate) given_up: Option<String>,
    pub(crate) kept: Vec<Session>,
}

pub(crate) struct Shared {
    pub(crate) options: TransferOptions,
    pub(crate) queue: SendQueue,
    pub(crate) interrupt: Interrupt,
    /// Ends the wait for associations that are not open yet.
    pub(crate) opening: Interrupt,
    ledger: Mutex<Ledger>,
    changed: Condvar,
}

impl Shared {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait<'a>(
        &self,
        ledger: MutexGuard<'a, Ledger>,
        timeout: Duration,
    ) -> MutexGuard<'a, Ledger> {
        self.changed
            .wait_timeout(ledger, timeout)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Books a result, and waits while the caller is far behind.
    pub(crate) fn record(&self, result: StoreResult) {
        let mut ledger = self.ledger();
        let failed = ledger.book(&result);
        let keep = self.options.keep == Keep::All;
        if keep || failed {
            ledger.results.push_back(result);
        }
        if failed && self.options.stop_on_failure {
            self.queue.stop();
        }
        if keep {
            self.notify();
            while ledger.results.len() >= RESULTS && self.interrupt.level() == Level::None {
                ledger = self.wait(ledger, crate::socket::TICK);
            }
        }
    }

    /// Ends the transfer with an error that the caller gets.
    pub(crate) fn end_with(&self, error: Error) {
        self.ledger().fatal.get_or_insert(error);
        self.queue.stop();
        self.notify();
    }
}

impl Ledger {
    /// Counts a result; returns whether it is a failure.
    fn book(&mut self, result: &StoreResult) -> bool {
        match result.outcome {
            Outcome::Sent => self.counters.sent += 1,
            Outcome::Warning => self.counters.warnings += 1,
            Outcome::Failed | Outcome::Unconfirmed => self.counters.failed += 1,
            Outcome::Skipped => self.counters.skipped += 1,
        }
        if matches!(result.outcome, Outcome::Sent | Outcome::Warning) {
            self.counters.bytes += result.bytes;
        }
        matches!(result.outcome, Outcome::Failed | Outcome::Unconfirmed)
    }
}

/// A running transfer.
pub struct Transfer {
    shared: Arc<Shared>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

/// How a transfer ended.
pub struct Ended {
    /// Why it could not do its work at all, or what a handler raised.
    pub error: Option<Error>,
    /// Associations still open, for the next call.
    pub sessions: Vec<Session>,
    /// Final sums.
    pub counters: Counters,
    /// Results not yet taken.
    pub results: Vec<StoreResult>,
}

impl Transfer {
    /// Starts the workers. `kept` are associations left open by an earlier call.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        options: TransferOptions,
        interrupt: Interrupt,
        kept: Vec<Session>,
    ) -> std::io::Result<Self> {
        let associations = options.associations.max(1);
        let shared = Arc::new(Shared {
            queue: SendQueue::new(options.limits.clone(), options.rewriting.clone()),
            options,
            interrupt,
            opening: Interrupt::new(),
            ledger: Mutex::new(Ledger {
                active: associations,
                established: kept.len() as u64,
                ..Ledger::default()
            }),
            changed: Condvar::new(),
        });
        let mut kept = kept.into_iter();
        let mut workers = Vec::with_capacity(associations);
        for number in 0..associations {
            let shared = Arc::clone(&shared);
            let session = kept.next();
            let thread = std::thread::Builder::new().name(format!("dicomwire-send-{number}"));
            workers.push(thread.spawn(move || worker::run(&shared, number, session))?);
        }
        // More than are needed now stay open for the next call.
        shared.ledger().kept.extend(kept);
        Ok(Self {
            shared,
            workers: Mutex::new(workers),
        })
    }

    /// Whether no worker takes anything any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.shared.queue.is_stopped() || self.shared.ledger().active == 0
    }

    /// Sources and instances that wait for a worker.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.queue.waiting()
    }

    /// Takes a source that comes too late to be sent, so that it is accounted for.
    pub fn push_late(&self, source: Source) {
        self.shared.queue.push_late(source);
    }

    /// Offers a source; gives it back when the queue is full or the transfer is over.
    ///
    /// # Errors
    /// The source itself.
    pub fn push(&self, source: Source) -> Result<(), Source> {
        self.shared.queue.push(source)
    }

    /// No more sources will come.
    pub fn close(&self) {
        self.shared.queue.close();
    }

    /// Waits until all is done or the time has passed (or, with `for_results`,
    /// results are there); returns whether all is done.
    pub fn wait(&self, timeout: Duration, for_results: bool) -> bool {
        let mut ledger = self.shared.ledger();
        if ledger.active == 0 {
            return true;
        }
        if for_results && !ledger.results.is_empty() {
            return false;
        }
        ledger = self.shared.wait(ledger, timeout);
        ledger.active == 0
    }

    /// Results since the last call.
    #[must_use]
    pub fn take_results(&self) -> Vec<StoreResult> {
        let mut ledger = self.shared.ledger();
        let was_full = ledger.results.len() >= RESULTS;
        let results = ledger.results.drain(..).collect();
        drop(ledger);
        if was_full {
            self.shared.notify();
        }
        results
    }

    /// Sums so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.ledger().counters
    }

    /// Inputs seen so far, and whether these are all.
    #[must_use]
    pub fn discovered(&self) -> (u64, bool) {
        self.shared.queue.discovered()
    }

    /// Stops workers from taking more: after the instance in hand, or at once by A-ABORT.
    pub fn interrupt(&self, level: Level) {
        self.shared.queue.stop();
        self.shared.interrupt.raise(level);
        // An association that is not open yet has nothing in hand to finish.
        self.shared.opening.raise(Level::Abort);
        self.shared.notify();
    }

    fn take_workers(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the workers and books what was never sent. Called again, it has nothing to add.
    #[must_use]
    pub fn finish(&self) -> Ended {
        self.shared.queue.close();
        for worker in self.take_workers() {
            if worker.join().is_err() {
                let error = Error::Body("a sending thread failed; please report this".to_owned());
                self.shared.end_with(error);
            }
        }
        let mut ledger = self.shared.ledger();
        let error = ledger.fatal.take();
        let given_up = ledger.given_up.take();
        let (outcome, reason, enumerate) = match (&error, self.shared.interrupt.level()) {
            (Some(error), _) => (Outcome::Failed, format!("not sent: {error}"), false),
            (None, Level::None) if given_up.is_some() => {
                (Outcome::Failed, given_up.unwrap_or_default(), true)
            }
            (None, Level::None) => (
                Outcome::Skipped,
                "not sent: stopped after a failure".to_owned(),
                true,
            ),
            (None, _) => (Outcome::Skipped, "not sent: interrupted".to_owned(), false),
        };
        for result in self.shared.queue.drain(outcome, &reason, enumerate) {
            ledger.book(&result);
            ledger.results.push_back(result);
        }
        Ended {
            error,
            sessions: std::mem::take(&mut ledger.kept),
            counters: ledger.counters,
            results: ledger.results.drain(..).collect(),
        }
    }
}

impl Drop for Transfer {
    /// A transfer that is dropped unfinished aborts; its threads end by themselves.
    fn drop(&mut self) {
        if !self.take_workers().is_empty() {
            self.interrupt(Level::Abort);
        }
    }
}
