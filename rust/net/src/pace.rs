//! Which way of sending is faster to this peer, found by trying.
//!
//! An instance of ordinary size can be read into memory while the answer to the one before is awaited and then
//! written from there, or left to `sendfile`. A receiver that looks at what it gets is fed faster by the
//! first, one that passes it on inside its kernel by the second, by a quarter or more either way
//! (docs/performance.md). Nothing on the wire tells which it is, so each way is timed on a few instances, the
//! faster one is used, and the other tried again now and then.

use std::time::Instant;

use crate::socket::HAS_SEND_FILE;

/// Instances sent one way before judging.
const BLOCK: u32 = 8;
/// Every how many blocks the other way is tried again.
const EXPLORE: u32 = 32;
/// Weight of the newest block.
const NEWEST: f64 = 0.3;

/// How the body of an instance gets to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Read while waiting, written from memory.
    ReadAhead,
    /// By `sendfile`.
    SendFile,
}

impl Way {
    const fn other(self) -> Self {
        match self {
            Self::ReadAhead => Self::SendFile,
            Self::SendFile => Self::ReadAhead,
        }
    }
}

/// Times both ways and chooses.
#[derive(Debug)]
pub(crate) struct Pace {
    way: Way,
    sent: u32,
    bytes: u64,
    since: Option<Instant>,
    blocks: u32,
    /// Bytes per second by way, once measured.
    rates: [Option<f64>; 2],
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            way: Way::ReadAhead,
            sent: 0,
            bytes: 0,
            since: None,
            blocks: 0,
            rates: [None; 2],
        }
    }
}

impl Pace {
    /// The way for the next instance.
    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// An instance of a size that could go either way was answered.
    pub(crate) fn note(&mut self, bytes: u64, now: Instant) {
        if !HAS_SEND_FILE {
            return;
        }
        let Some(since) = self.since else {
            // The first one only starts the clock: what follows was prepared the way it is timed for.
            self.since = Some(now);
            return;
        };
        self.sent += 1;
        self.bytes += bytes;
        if self.sent < BLOCK {
            return;
        }
        let seconds = now.saturating_duration_since(since).as_secs_f64().max(1e-9);
        self.learn(self.bytes as f64 / seconds);
        self.sent = 0;
        self.bytes = 0;
        self.since = None;
    }

    fn learn(&mut self, rate: f64) {
        let known = &mut self.rates[self.way as usize];
        *known = Some(known.map_or(rate, |old| old * (1.0 - NEWEST) + rate * NEWEST));
        self.blocks = self.blocks.wrapping_add(1);
        let other = self.way.other();
        let (Some(mine), Some(theirs)) =
            (self.rates[self.way as usize], self.rates[other as usize])
        else {
            self.way = other;
            return;
        };
        let best_is_other = theirs > mine;
        if best_is_other != self.blocks.is_multiple_of(EXPLORE) {
            self.way = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Sends `count` instances; `slow` takes ten times as long.
    fn run(pace: &mut Pace, now: &mut Instant, count: u32, slow: Way) -> u32 {
        let mut fast = 0;
        for _ in 0..count {
            let way = pace.way();
            fast += u32::from(way != slow);
            *now += Duration::from_micros(if way == slow { 2000 } else { 200 });
            pace.note(500_000, *now);
        }
        fast
    }

    #[test]
    fn settles_on_the_faster_way_and_follows_a_change() {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        run(&mut pace, &mut now, 100, Way::ReadAhead);
        let fast = run(&mut pace, &mut now, 1000, Way::ReadAhead);
        assert!(fast > 850, "{fast} of 1000 by sendfile");
        run(&mut pace, &mut now, 2000, Way::SendFile);
        let fast = run(&mut pace, &mut now, 1000, Way::SendFile);
        assert!(fast > 850, "{fast} of 1000 from memory");
    }
}
