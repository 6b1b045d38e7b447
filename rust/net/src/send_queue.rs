//! The queue that feeds the associations of one transfer.
//!
//! Sources are looked at lazily and a window of instances with known heads is
//! kept ahead, so that an association can propose what will be needed soon
//! while sending goes on. Workers take the first instance of the window that
//! their association proposed a context for.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dicomwire_dataset::limits::Limits;
use walkdir::WalkDir;

use crate::plan::{Pair, Plan};
use crate::rewriting::Rewriting;
use crate::scan::{self, Data, Item, Scanned, Source};
use crate::transfer::{Outcome, StoreResult};

/// How many heads are kept ahead.
const WINDOW: usize = 512;
/// How many of them are waited for before an association is planned, and how long. An instance of a kind
/// that comes later costs another association, which is cheaper than to keep the wire waiting.
const PLANNING: usize = 128;
const PLANNING_BUDGET: Duration = Duration::from_millis(20);
/// How many sources of the caller are held; more make the caller wait.
const SOURCES: usize = 1024;
/// How many bytes of instances in memory are held; more make the caller wait.
const MEMORY: usize = 64 << 20;

/// What a worker gets.
pub(crate) enum Pop {
    /// An instance its association has a context for.
    Item(Box<Item>),
    /// Only instances its association did not propose.
    Replan,
    /// Nothing now; asked again later there may be something.
    NotYet,
    /// Nothing any more.
    Done,
}

/// A pending source: the caller's, or a file found on the way.
enum Pending {
    Source(Source),
    Listed(PathBuf),
}

struct State {
    pending: VecDeque<Pending>,
    walker: Option<walkdir::IntoIter>,
    window: VecDeque<Box<Item>>,
    scanning: usize,
    closed: bool,
    stopped: bool,
    discovered: u64,
    /// Bytes of instances in memory that no worker has taken yet.
    memory: usize,
}

/// What a drained queue still held.
pub(crate) type Drained = Vec<StoreResult>;

pub(crate) struct SendQueue {
    state: Mutex<State>,
    changed: Condvar,
    limits: Limits,
    rewriting: Option<Rewriting>,
}

impl SendQueue {
    pub(crate) fn new(limits: Limits, rewriting: Option<Rewriting>) -> Self {
        let state = State {
            pending: VecDeque::new(),
            walker: None,
            window: VecDeque::new(),
            scanning: 0,
            closed: false,
            stopped: false,
            discovered: 0,
            memory: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            limits,
            rewriting,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers a source; gives it back when the queue is full or closed.
    pub(crate) fn push(&self, source: Source) -> Result<(), Source> {
        let mut state = self.lock();
        let size = if let Source::Memory { bytes, .. } = &source {
            bytes.len()
        } else {
            0
        };
        // One that is larger than the limit by itself goes when nothing else is held.
        let too_much = state.memory > 0 && state.memory.saturating_add(size) > MEMORY;
        if state.closed || state.stopped || state.pending.len() >= SOURCES || too_much {
            return Err(source);
        }
        state.memory += size;
        state.pending.push_back(Pending::Source(source));
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Takes a source that will not be sent any more: draining the queue accounts for it.
    pub(crate) fn push_late(&self, source: Source) {
        self.lock().pending.push_back(Pending::Source(source));
    }

    /// Sources and instances that wait for a worker.
    pub(crate) fn waiting(&self) -> usize {
        let state = self.lock();
        state.pending.len() + state.window.len() + state.scanning
    }

    /// Whether nothing is left and nothing will come.
    pub(crate) fn is_exhausted(&self) -> bool {
        let state = self.lock();
        let is_empty =
            state.pending.is_empty() && state.walker.is_none() && state.window.is_empty();
        state.stopped || (state.closed && is_empty && state.scanning == 0)
    }

    /// No more sources will come.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Workers get nothing any more.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// Whether workers are to take nothing more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Inputs seen so far, and whether these are all.
    pub(crate) fn discovered(&self) -> (u64, bool) {
        let state = self.lock();
        let complete = state.closed
            && state.pending.is_empty()
            && state.walker.is_none()
            && state.scanning == 0;
        (state.discovered, complete)
    }

    /// Puts an instance back that a worker could not send on its association.
    pub(crate) fn put_back(&self, item: Box<Item>) {
        let mut state = self.lock();
        if let Data::Memory(bytes) = &item.data {
            state.memory = state.memory.saturating_add(bytes.len());
        }
        state.window.push_front(item);
        drop(state);
        self.changed.notify_one();
    }

    /// The next instance `plan` covers. With `wait`, sleeps up to 100 ms for the caller to bring more.
    pub(crate) fn pop(
        &self,
        plan: Option<&Plan>,
        wait: bool,
        report: &mut dyn FnMut(StoreResult),
    ) -> Pop {
        let mut state = self.lock();
        let mut slept = false;
        loop {
            if state.stopped {
                return Pop::Done;
            }
            if let Some(item) = take_covered(&mut state.window, plan) {
                if let Data::Memory(bytes) = &item.data {
                    state.memory = state.memory.saturating_sub(bytes.len());
                }
                return Pop::Item(item);
            }
            if state.window.len() < WINDOW
                && let Some((source, named)) = next_source(&mut state)
            {
                state = self.scan_unlocked(state, source, named, report);
                continue;
            }
            if !state.window.is_empty() {
                return Pop::Replan;
            }
            if state.closed && state.scanning == 0 {
                return Pop::Done;
            }
            if slept || !wait {
                return Pop::NotYet;
            }
            let (guard, _) = self
                .changed
                .wait_timeout(state, crate::socket::TICK)
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            slept = true;
        }
    }

    /// Looks ahead and gives the pairs that will be needed, those of the window first.
    pub(crate) fn pairs_ahead(&self, report: &mut dyn FnMut(StoreResult)) -> Vec<Pair> {
        let until = Instant::now() + PLANNING_BUDGET;
        let mut state = self.lock();
        while state.window.len() < PLANNING && Instant::now() < until && !state.stopped {
            let Some((source, named)) = next_source(&mut state) else {
                break;
            };
            state = self.scan_unlocked(state, source, named, report);
        }
        let mut pairs: Vec<Pair> = Vec::new();
        for item in &state.window {
            let known = pairs.iter().any(|pair| {
                pair.sop_class_uid == item.head.sop_class_uid
                    && pair.transfer_syntax_uid == item.head.transfer_syntax_uid
            });
            if !known {
                pairs.push(Pair {
                    sop_class_uid: item.head.sop_class_uid.clone(),
                    transfer_syntax_uid: item.head.transfer_syntax_uid.clone(),
                });
            }
        }
        pairs
    }

    /// Reads one head without holding the lock, so that other workers can go on.
    fn scan_unlocked<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        source: Source,
        named: bool,
        report: &mut dyn FnMut(StoreResult),
    ) -> MutexGuard<'a, State> {
        state.scanning += 1;
        drop(state);
        let scanned = match source {
            Source::Path(path) => scan::scan_file(path, named, &self.limits),
            Source::Memory { name, bytes } => scan::scan_memory(name, bytes, &self.limits),
            Source::Failed { name, error } => scan::failed(name, error),
        };
        let mut state = self.lock();
        state.scanning -= 1;
        match scanned {
            Scanned::Item(mut item) => {
                if let Some(rewriting) = &self.rewriting {
                    rewriting.classify(&mut item);
                }
                state.discovered += 1;
                state.window.push_back(item);
            }
            Scanned::FileSet(files) => {
                for file in files.into_iter().rev() {
                    state.pending.push_front(Pending::Listed(file));
                }
            }
            Scanned::Result(result) => {
                state.discovered += 1;
                drop(state);
                report(*result);
                state = self.lock();
            }
        }
        self.changed.notify_one();
        state
    }

    /// Empties the queue: one result per input that will not be sent. `enumerate` says whether
    /// directories not yet walked are walked for it.
    pub(crate) fn drain(&self, outcome: Outcome, reason: &str, enumerate: bool) -> Drained {
        let mut state = self.lock();
        state.stopped = true;
        let mut results: Drained = Vec::new();
        for item in state.window.drain(..) {
            results.push(item.result(outcome, Some(reason.to_owned())));
        }
        if !enumerate {
            state.walker = None;
        }
        loop {
            if !enumerate {
                state.pending.retain(|pending| !matches!(pending, Pending::Source(Source::Path(path)) if path.is_dir()));
            }
            let Some((source, _)) = next_source(&mut state) else {
                break;
            };
            let result = match source {
                Source::Path(path) if path.is_dir() => continue,
                Source::Path(path) => scan::no_instance(Some(path), outcome, reason.to_owned()),
                Source::Memory { name, .. } => scan::no_instance(name, outcome, reason.to_owned()),
                Source::Failed { name, error } => scan::no_instance(name, Outcome::Failed, error),
            };
            state.discovered += 1;
            results.push(result);
        }
        results
    }
}

fn take_covered(window: &mut VecDeque<Box<Item>>, plan: Option<&Plan>) -> Option<Box<Item>> {
    let plan = plan?;
    let place = window
        .iter()
        .position(|item| plan.covers(&item.head.sop_class_uid, &item.head.transfer_syntax_uid))?;
    window.remove(place)
}

/// The next file to look at, and whether the caller named it itself.
fn next_source(state: &mut State) -> Option<(Source, bool)> {
    loop {
        if let Some(walker) = &mut state.walker {
            match walker.next() {
                Some(Ok(entry)) if entry.file_type().is_dir() => continue,
                Some(Ok(entry)) => return Some((Source::Path(entry.into_path()), false)),
                Some(Err(error)) => return Some((walk_failure(&error), false)),
                None => state.walker = None,
            }
        }
        match state.pending.pop_front()? {
            Pending::Source(Source::Path(path)) if path.is_dir() => {
                state.walker = Some(WalkDir::new(path).follow_links(true).into_iter());
            }
            Pending::Source(source) => return Some((source, true)),
            Pending::Listed(path) => return Some((Source::Path(path), false)),
        }
    }
}

fn walk_failure(error: &walkdir::Error) -> Source {
    let name = error.path().map(PathBuf::from);
    let shown = name
        .as_ref()
        .map_or_else(String::new, |path| format!(" {}", path.display()));
    let cause = error
        .io_error()
        .map_or_else(|| error.to_string(), crate::socket::plain);
    Source::Failed {
        name,
        error: format!("cannot read{shown}: {cause}"),
    }
}
