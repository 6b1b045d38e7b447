//! Ending an operation from another thread.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mio::Waker;

/// How an operation is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Go on.
    None = 0,
    /// Finish the message in hand, then stop and release.
    Cancel = 1,
    /// A-ABORT now.
    Abort = 2,
}

#[derive(Default)]
struct Inner {
    level: AtomicU8,
    wakers: Mutex<Vec<Weak<Waker>>>,
}

/// A switch that any thread may throw and every connection of one operation watches.
#[derive(Clone, Default)]
pub struct Interrupt {
    inner: Arc<Inner>,
}

impl Interrupt {
    /// A switch nobody has thrown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for an end and wakes every connection that is waiting.
    pub fn raise(&self, level: Level) {
        self.inner.level.fetch_max(level as u8, Ordering::SeqCst);
        self.nudge();
    }

    /// Wakes every connection that is waiting, so that it looks around.
    pub fn nudge(&self) {
        let wakers = self
            .inner
            .wakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for waker in wakers.iter().filter_map(Weak::upgrade) {
            // A waker that fails belongs to a poll that is gone; its owner sees the level anyway.
            let _ = waker.wake();
        }
    }

    /// Takes the request back, for the next operation on a kept association.
    pub fn reset(&self) {
        self.inner.level.store(Level::None as u8, Ordering::SeqCst);
    }

    /// Takes back a request to finish, which was followed or came too late. An abort stays asked for.
    pub fn forget_cancel(&self) {
        let (cancel, none) = (Level::Cancel as u8, Level::None as u8);
        let level = &self.inner.level;
        // Anything else is left as it is.
        let _ = level.compare_exchange(cancel, none, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// What has been asked for.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.inner.level.load(Ordering::Relaxed) {
            0 => Level::None,
            1 => Level::Cancel,
            _ => Level::Abort,
        }
    }

    pub(crate) fn watch(&self, waker: &Arc<Waker>) {
        let mut wakers = self
            .inner
            .wakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|known| known.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
    }
}
