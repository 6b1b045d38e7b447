//! Looking a little longer before going to sleep.
//!
//! To wake a sleeping thread costs whoever wakes it: on a virtual machine an interrupt to another
//! processor, some 10 µs for each fragment or answer. Who looks again for a moment, while yielding to
//! all others that want to run, is awake when the next bytes come. Where they do not come in time it
//! stops looking, so that an idle or slow association costs nothing.

use std::time::Duration;

/// How long to look: about what the next bytes take when the sender is busy sending.
pub(crate) const LOOK: Duration = Duration::from_micros(50);
/// Fruitless looks in a row before giving up on it.
const MISSES: u32 = 3;
/// Every how many waits to try again after that.
const RETRY: u32 = 32;

/// Whether it has been worth looking lately.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    misses: u32,
    waits: u32,
    sleeps_at_once: bool,
}

impl Patience {
    /// Whether to look before this wait.
    pub(crate) fn is_worth_it(&mut self) -> bool {
        if self.sleeps_at_once {
            return false;
        }
        if self.misses < MISSES {
            return true;
        }
        self.waits = self.waits.wrapping_add(1);
        self.waits.is_multiple_of(RETRY)
    }

    /// Whether to sleep without looking: where the peer is known to take longer to send than we to take.
    pub(crate) fn sleep_at_once(&mut self, yes: bool) {
        self.sleeps_at_once = yes;
    }

    /// Learns whether something came.
    pub(crate) fn learn(&mut self, came: bool) {
        self.misses = if came {
            0
        } else {
            self.misses.saturating_add(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_up_after_misses_and_tries_again_now_and_then() {
        let mut patience = Patience::default();
        for _ in 0..MISSES {
            assert!(patience.is_worth_it());
            patience.learn(false);
        }
        let looks = (0..RETRY * 4).filter(|_| patience.is_worth_it()).count();
        assert_eq!(looks, 4);
        patience.learn(true);
        assert!(patience.is_worth_it());
    }
}
