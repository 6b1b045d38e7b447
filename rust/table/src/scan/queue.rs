//! The queue between workers and reader: places in order, each filled when its worker gets there.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;

/// What the reader gets.
#[derive(Debug)]
pub enum Next {
    /// Rows.
    Batch(RecordBatch),
    /// Nothing yet.
    NotYet,
    /// There are no more rows.
    End,
    /// A worker has died. It says nothing about the files; it is a defect of this program.
    Lost,
}

/// Places for batches, of which a bounded number is handed out.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    /// The places that the reader has not passed yet; the first one has the number `passed`.
    slots: VecDeque<Slot>,
    passed: usize,
    /// There are no more files.
    ended: bool,
    /// Nobody wants more rows.
    stopped: bool,
    /// A worker died.
    lost: bool,
}

#[derive(Debug, Default)]
struct Slot {
    batches: VecDeque<RecordBatch>,
    done: bool,
}

impl Queue {
    pub(super) fn new(most: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            most: most.max(1),
        }
    }

    /// Claims the next place, as soon as the reader is near enough; `None` when there is nothing
    /// to do any more.
    pub(super) fn claim(&self) -> Option<Place<'_>> {
        let mut state = self.state();
        loop {
            if state.stopped || state.ended {
                return None;
            }
            if state.slots.len() < self.most {
                state.slots.push_back(Slot::default());
                let number = state.passed + state.slots.len() - 1;
                let queue = self;
                return Some(Place { queue, number });
            }
            state = self.wait(state);
        }
    }

    /// Takes the front of the queue.
    pub(super) fn take(&self, patience: Duration) -> Next {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        loop {
            if state.lost {
                return Next::Lost;
            }
            if let Some(slot) = state.slots.front_mut() {
                if let Some(batch) = slot.batches.pop_front() {
                    self.changed.notify_all();
                    return Next::Batch(batch);
                }
                if slot.done {
                    state.slots.pop_front();
                    state.passed += 1;
                    self.changed.notify_all();
                    continue;
                }
            } else if state.ended || state.stopped {
                return Next::End;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Next::NotYet;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Tells everybody that no more rows are wanted.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    /// Tells the reader that rows are missing.
    pub(super) fn lose(&self) {
        self.state().lost = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claimed place. If it is dropped before it was finished, its rows are lost and the reader is
/// told.
#[derive(Debug)]
pub(super) struct Place<'a> {
    queue: &'a Queue,
    number: usize,
}

impl Place<'_> {
    /// Puts rows into the place and keeps it, once the reader has taken what was there before;
    /// `false` when nobody wants them.
    pub(super) fn add(&self, batch: RecordBatch) -> bool {
        let mut state = self.queue.state();
        loop {
            if state.stopped {
                return false;
            }
            let Some(slot) = state.slot(self.number) else {
                return false;
            };
            if slot.batches.is_empty() {
                slot.batches.push_back(batch);
                self.queue.changed.notify_all();
                return true;
            }
            state = self.queue.wait(state);
        }
    }

    /// Puts the last rows into the place; `false` when nobody wants them.
    pub(super) fn finish(self, batch: RecordBatch) -> bool {
        self.close(Some(batch));
        !self.queue.state().stopped
    }

    /// Says that there are no files for this place, nor for any after it.
    pub(super) fn end(self) {
        self.queue.state().ended = true;
        self.close(None);
    }

    fn close(&self, batch: Option<RecordBatch>) {
        let mut state = self.queue.state();
        if let Some(slot) = state.slot(self.number) {
            slot.batches
                .extend(batch.filter(|batch| batch.num_rows() > 0));
            slot.done = true;
        }
        self.queue.changed.notify_all();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        let unfinished = state.slot(self.number).is_some_and(|slot| !slot.done);
        if unfinished && !state.stopped {
            state.lost = true;
            self.queue.changed.notify_all();
        }
    }
}

impl State {
    /// The place of that number, unless the reader has passed it.
    fn slot(&mut self, number: usize) -> Option<&mut Slot> {
        let position = number.checked_sub(self.passed)?;
        self.slots.get_mut(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, Int64Array};
    use std::sync::Arc;
    use std::thread;

    fn batch(number: i64) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![number]));
        RecordBatch::try_from_iter([("number", column)]).expect("a batch")
    }

    fn number(next: Next) -> i64 {
        let Next::Batch(batch) = next else {
            panic!("{next:?}");
        };
        let column = batch.column(0).as_any().downcast_ref::<Int64Array>();
        column.expect("numbers").value(0)
    }

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn rows_come_in_the_order_of_the_places() {
        let queue = Queue::new(4);
        let (first, second) = (queue.claim().expect("room"), queue.claim().expect("room"));
        assert!(second.finish(batch(2)));
        assert!(matches!(queue.take(Duration::ZERO), Next::NotYet));
        assert!(first.finish(batch(1)));
        queue.claim().expect("room").end();
        assert_eq!(number(queue.take(SOON)), 1);
        assert_eq!(number(queue.take(SOON)), 2);
        assert!(matches!(queue.take(SOON), Next::End));
        assert!(queue.claim().is_none());
    }

    #[test]
    fn who_is_ahead_waits_for_the_reader() {
        let queue = Queue::new(1);
        queue.claim().expect("room").finish(batch(1));
        thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let place = queue.claim().expect("room");
                // The second one waits until the first one was taken.
                assert!(place.add(batch(2)) && place.add(batch(3)));
                place.finish(batch(4));
                queue.claim().expect("room").end();
            });
            let taken: Vec<_> = (1..5).map(|_| number(queue.take(SOON))).collect();
            assert_eq!(taken, [1, 2, 3, 4]);
            assert!(matches!(queue.take(SOON), Next::End));
            worker.join().expect("no panic");
        });
    }

    #[test]
    fn a_lost_worker_is_noticed() {
        let queue = Queue::new(2);
        drop(queue.claim());
        assert!(matches!(queue.take(SOON), Next::Lost));
    }

    #[test]
    fn stopping_ends_everybody() {
        let queue = Queue::new(1);
        let place = queue.claim().expect("room");
        assert!(place.add(batch(1)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.claim().is_none());
            queue.stop();
            assert!(waiting.join().expect("no panic"));
        });
        assert!(!place.add(batch(2)));
        assert!(!place.finish(batch(3)));
    }
}
