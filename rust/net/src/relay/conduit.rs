//! The way of one instance's bytes from the thread that receives it to the one that sends it on.
//!
//! It holds a few pieces at most: whoever is faster waits for the other.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::socket::TICK;

/// Bytes in a piece: what comes in smaller portions is gathered, so that threads wake each other seldom.
const PIECE: usize = 128 * 1024;
/// Pieces that may wait.
const PIECES: usize = 8;

/// The bytes that wait in all conduits of one relay, and the most there ever were.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Gauge {
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    fn rise(&self, count: usize) {
        let now = self.now.fetch_add(count, Ordering::Relaxed) + count;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    fn fall(&self, count: usize) {
        self.now.fetch_sub(count, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct State {
    pieces: VecDeque<Vec<u8>>,
    /// Emptied pieces, to be filled again.
    spare: Vec<Vec<u8>>,
    /// All bytes are in.
    is_complete: bool,
    /// Nobody puts anything in any more.
    is_left: bool,
    /// Nobody takes anything out any more.
    is_closed: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    gauge: Arc<Gauge>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something changes. Every tick without a change it asks whether to go on, holding no lock.
    fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        go_on: &dyn Fn() -> bool,
    ) -> Option<MutexGuard<'a, State>> {
        let waited = self.changed.wait_timeout(state, TICK);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if !waited.timed_out() {
            return Some(state);
        }
        drop(state);
        go_on().then(|| self.lock())
    }
}

/// Where bytes go in. Dropped before it is finished, it tells the other end that the rest will not come.
pub(super) struct Inlet {
    shared: Arc<Shared>,
    filling: Vec<u8>,
}

/// Where they come out.
pub(crate) struct Outlet {
    shared: Arc<Shared>,
    /// Asked at least once in a tick: whether anybody still wants them.
    go_on: Box<dyn Fn() -> bool + Send>,
}

/// What an [`Outlet`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// More bytes.
    Piece,
    /// No more: the instance is complete.
    End,
    /// No more, and it is not complete.
    Broken,
}

/// A conduit for one instance.
pub(super) fn conduit(
    gauge: &Arc<Gauge>,
    go_on: impl Fn() -> bool + Send + 'static,
) -> (Inlet, Outlet) {
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        changed: Condvar::new(),
        gauge: Arc::clone(gauge),
    });
    let inlet = Inlet {
        shared: Arc::clone(&shared),
        filling: Vec::new(),
    };
    let outlet = Outlet {
        shared,
        go_on: Box::new(go_on),
    };
    (inlet, outlet)
}

impl Inlet {
    /// Puts bytes in; waits while it is full.
    ///
    /// # Errors
    /// `BrokenPipe` if the other end is closed, `Interrupted` if `go_on` says no.
    pub(super) fn push(&mut self, mut bytes: &[u8], go_on: &dyn Fn() -> bool) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.filling.capacity() == 0 {
                self.filling = self.shared.lock().spare.pop().unwrap_or_default();
                self.filling.reserve_exact(PIECE);
            }
            let room = PIECE - self.filling.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.filling.extend_from_slice(now);
            bytes = later;
            if self.filling.len() == PIECE {
                self.flush(go_on)?;
            }
        }
        Ok(())
    }

    /// All bytes were put in.
    ///
    /// # Errors
    /// As [`Inlet::push`].
    pub(super) fn finish(&mut self, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        if !self.filling.is_empty() {
            self.flush(go_on)?;
        }
        self.shared.lock().is_complete = true;
        self.shared.changed.notify_all();
        Ok(())
    }

    fn flush(&mut self, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        let mut state = self.shared.lock();
        while state.pieces.len() >= PIECES && !state.is_closed {
            state = self
                .shared
                .wait(state, go_on)
                .ok_or(io::ErrorKind::Interrupted)?;
        }
        if state.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let piece = std::mem::take(&mut self.filling);
        self.shared.gauge.rise(piece.len());
        state.pieces.push_back(piece);
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.shared.lock().is_left = true;
        self.shared.changed.notify_all();
    }
}

impl Outlet {
    /// Appends the next piece to `into`; waits for it.
    pub(crate) fn draw(&self, into: &mut Vec<u8>) -> Drawn {
        let mut state = self.shared.lock();
        loop {
            if let Some(mut piece) = state.pieces.pop_front() {
                self.shared.gauge.fall(piece.len());
                drop(state);
                self.shared.changed.notify_all();
                into.extend_from_slice(&piece);
                piece.clear();
                self.shared.lock().spare.push(piece);
                return Drawn::Piece;
            }
            if state.is_complete {
                return Drawn::End;
            }
            if state.is_left {
                return Drawn::Broken;
            }
            match self.shared.wait(state, &self.go_on) {
                Some(again) => state = again,
                None => return Drawn::Broken,
            }
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        for piece in state.pieces.drain(..) {
            self.shared.gauge.fall(piece.len());
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_and_few_wait() {
        let gauge = Arc::new(Gauge::default());
        let (mut inlet, outlet) = conduit(&gauge, || true);
        let bytes: Vec<u8> = (0..PIECE * 20 + 5)
            .map(|index| (index % 251) as u8)
            .collect();
        let expected = bytes.clone();
        let filling = std::thread::spawn(move || {
            for part in bytes.chunks(10_007) {
                inlet.push(part, &|| true).unwrap();
            }
            inlet.finish(&|| true).unwrap();
        });
        let mut drawn = Vec::new();
        while outlet.draw(&mut drawn) == Drawn::Piece {}
        filling.join().unwrap();
        assert!(drawn == expected);
        assert_eq!(outlet.draw(&mut drawn), Drawn::End);
        assert!(gauge.peak() <= PIECE * PIECES);
        assert_eq!(gauge.now.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn either_end_hears_of_the_loss_of_the_other() {
        let gauge = Arc::new(Gauge::default());
        let (mut inlet, outlet) = conduit(&gauge, || true);
        inlet.push(&vec![0; PIECE + 1], &|| true).unwrap();
        drop(inlet);
        let mut drawn = Vec::new();
        assert_eq!(outlet.draw(&mut drawn), Drawn::Piece);
        assert_eq!(outlet.draw(&mut drawn), Drawn::Broken);

        let (mut inlet, outlet) = conduit(&gauge, || true);
        inlet.push(&vec![0; PIECE], &|| true).unwrap();
        drop(outlet);
        let error = inlet.push(&vec![0; PIECE], &|| true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(gauge.now.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn whoever_waits_can_be_told_to_stop() {
        let gauge = Arc::new(Gauge::default());
        let (mut inlet, _outlet) = conduit(&gauge, || true);
        let error = inlet.push(&vec![0; PIECE * (PIECES + 1)], &|| false);
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::Interrupted);
        let (_inlet, outlet) = conduit(&gauge, || false);
        assert_eq!(outlet.draw(&mut Vec::new()), Drawn::Broken);
    }
}
