//! Many files on several threads, rows in the order of the files.
//!
//! Workers take the next few files each, fill a batch of rows, and put it in its place in a short
//! queue of which the reader takes the front. Who is too far ahead of the reader waits, so
//! memory is bounded however many files there are and however slowly rows are taken.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;

use crate::head::{Rows, Table};
use crate::listing::{Listed, Listing};

mod queue;

pub use queue::Next;
use queue::Queue;

/// How many files a worker takes at once: one batch, unless their values are very long.
const FILES: usize = 256;
/// A batch with so many bytes of values is handed on before it is full.
const BATCH_BYTES: u64 = 4 << 20;
/// How many batches each worker may be ahead of the reader.
const AHEAD: usize = 4;
/// More threads than this only wait for each other.
const MAX_WORKERS: usize = 64;

/// A running scan.
#[derive(Debug)]
pub struct Scan {
    table: Table,
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    waiting: usize,
    counters: Arc<Counters>,
}

/// What has been handed to the reader so far.
#[derive(Debug, Default)]
pub struct Counters {
    rows: AtomicU64,
    errors: AtomicU64,
}

impl Counters {
    /// Rows, and how many of them have errors.
    #[must_use]
    pub fn get(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.rows), read(&self.errors))
    }

    fn count(&self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        let fine = batch.columns().last().map_or(0, |error| error.null_count());
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.errors
            .fetch_add((rows - fine) as u64, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Shared {
    listing: Mutex<Listing>,
    queue: Queue,
}

impl Scan {
    /// Prepares a scan of files and directories; threads start when the first batch is asked for.
    /// `workers` of 0 means as many as the machine has processors.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, table: Table, workers: usize) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let workers = if workers == 0 { processors } else { workers };
        let workers = workers.min(MAX_WORKERS);
        Self {
            table,
            shared: Arc::new(Shared {
                listing: Mutex::new(Listing::new(paths)),
                queue: Queue::new(workers * AHEAD),
            }),
            workers: Vec::new(),
            waiting: workers,
            counters: Arc::default(),
        }
    }

    /// The schema of every batch.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    /// What the table shows.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Takes the next batch, waiting for it no longer than `patience`.
    pub fn next_batch(&mut self, patience: Duration) -> Next {
        self.start();
        let next = self.shared.queue.take(patience);
        if let Next::Batch(batch) = &next {
            self.counters.count(batch);
        }
        next
    }

    /// Counts the rows taken, also after the scan has become a stream.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    fn start(&mut self) {
        for number in 0..std::mem::take(&mut self.waiting) {
            let shared = Arc::clone(&self.shared);
            let table = self.table.clone();
            let builder = thread::Builder::new().name(format!("dicomwire-scan-{number}"));
            match builder.spawn(move || work(&shared, &table)) {
                Ok(worker) => self.workers.push(worker),
                // Fewer threads do the same work; without any, somebody has to.
                Err(_) if !self.workers.is_empty() => break,
                Err(_) => self.shared.queue.lose(),
            }
        }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.shared.queue.stop();
        for worker in self.workers.drain(..) {
            // A worker that panicked has been told by the queue.
            let _ = worker.join();
        }
    }
}

/// What each thread does until there are no files left or nobody wants more.
fn work(shared: &Shared, table: &Table) {
    let mut rows = Rows::new(table);
    while let Some((place, files)) = take_files(shared) {
        for listed in files {
            match listed {
                Listed::File(path) => rows.add_file(&path),
                Listed::Failed(path, error) => rows.add_failed(&path, &error),
            }
            if rows.bytes() >= BATCH_BYTES && !hand_on(&mut rows, |batch| place.add(batch)) {
                return;
            }
        }
        if !hand_on(&mut rows, |batch| place.finish(batch)) {
            return;
        }
    }
}

/// Takes the next files together with their place in the order of the rows.
fn take_files(shared: &Shared) -> Option<(queue::Place<'_>, Vec<Listed>)> {
    let mut listing = shared
        .listing
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let place = shared.queue.claim()?;
    let files: Vec<Listed> = listing.by_ref().take(FILES).collect();
    if files.is_empty() {
        place.end();
        return None;
    }
    Some((place, files))
}

fn hand_on(rows: &mut Rows, give: impl FnOnce(RecordBatch) -> bool) -> bool {
    // Whoever drops the place without finishing it makes the reader see the loss.
    rows.finish().is_ok_and(give)
}
