//! Deadlines as data (PS3.8 §9.1.5 for ARTIM; the others are local).

use std::time::{Duration, Instant};

use super::Association;
use crate::error::Phase;
use crate::state::State;

/// The two instants all deadlines count from.
#[derive(Debug)]
pub(super) struct Clock {
    /// When ARTIM was started, or the request was made whose answer is due.
    phase_start: Instant,
    /// When bytes last went either way, or a message was handed to us.
    last_activity: Instant,
}

/// What a deadline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Artim,
    Phase(Phase),
}

impl Clock {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            phase_start: now,
            last_activity: now,
        }
    }

    pub(super) const fn begin_phase(&mut self, now: Instant) {
        self.phase_start = now;
    }

    pub(super) const fn touch(&mut self, now: Instant) {
        self.last_activity = now;
    }
}

impl Association {
    /// When to call `handle_timeout`, as of now. Changes with every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadline().map(|(deadline, _)| deadline)
    }

    /// The driver got bytes of an earlier `poll_transmit` onto the wire: the peer is alive, if slow.
    pub const fn note_progress(&mut self, now: Instant) {
        self.clock.touch(now);
    }

    /// The one deadline in force: each state waits for one thing.
    pub(super) fn deadline(&self) -> Option<(Instant, Expiry)> {
        let timeouts = &self.settings.timeouts;
        let (start, limit, expiry) = match self.state {
            State::Sta2 | State::Sta13 => {
                (self.clock.phase_start, Some(timeouts.artim), Expiry::Artim)
            }
            State::Sta5 => (
                self.clock.phase_start,
                timeouts.acse,
                Expiry::Phase(Phase::Acse),
            ),
            State::Sta7 | State::Sta10 | State::Sta11 => (
                self.clock.phase_start,
                timeouts.release,
                Expiry::Phase(Phase::Acse),
            ),
            State::Sta6 | State::Sta8 if self.is_busy() => (
                self.clock.last_activity,
                timeouts.dimse,
                Expiry::Phase(Phase::Dimse),
            ),
            State::Sta6 => (
                self.clock.last_activity,
                timeouts.idle,
                Expiry::Phase(Phase::Idle),
            ),
            // Nothing, or the local user, is waited for.
            State::Sta1 | State::Sta3 | State::Sta4 | State::Sta8 | State::Sta9 | State::Sta12 => {
                return None;
            }
        };
        let limit: Duration = limit?;
        Some((start.checked_add(limit)?, expiry))
    }

    /// Whether the peer owes us a response, the rest of a message, or an ear.
    fn is_busy(&self) -> bool {
        self.outstanding.len() > 0 || self.assembler.is_partial() || !self.outbox.is_empty()
    }
}
