//! Output that waits for a decision.
//!
//! Whether an element is US or SS is told by Pixel Representation, which may come later. Both look
//! the same but for two letters, so the output from the first undecided element on is held back
//! and the letters are written into it afterwards. What is held is bounded: beyond [`LIMIT`] the
//! elements are called US, which is what they are in nearly all images.

use crate::vr::Vr;

/// The most that is held back.
pub(super) const LIMIT: u64 = 64 * 1024;

/// Two letters to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    /// Where the letters are: in the output while pushing, in `held` between pushes.
    position: usize,
    /// The level whose Pixel Representation may decide.
    pub(super) level: usize,
}

/// The held output and the patches it waits for. Nearly always empty.
#[derive(Debug, Default)]
pub(super) struct Hold {
    held: Vec<u8>,
    patches: Vec<Patch>,
}

impl Hold {
    /// Moves what is held to the end of the output, to work on it there.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let base = out.len();
        out.append(&mut self.held);
        for patch in &mut self.patches {
            patch.position = patch.position.saturating_add(base);
        }
    }

    /// Takes back everything from the first undecided element on.
    pub(super) fn take_back(&mut self, out: &mut Vec<u8>) {
        let Some(first) = self.patches.first().map(|patch| patch.position) else {
            return;
        };
        self.held = out.split_off(first.min(out.len()));
        for patch in &mut self.patches {
            patch.position = patch.position.saturating_sub(first);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.patches.is_empty()
    }

    /// Notes that the letters at a position of the output wait for a level.
    pub(super) fn wait(&mut self, position: usize, level: usize) {
        self.patches.push(Patch { position, level });
    }

    /// Whether so many more bytes would be too many to hold.
    pub(super) fn is_full(&self, out: &[u8], more: u64) -> bool {
        self.patches.first().is_some_and(|first| {
            let held = out.len().saturating_sub(first.position) as u64;
            held.saturating_add(more) > LIMIT
        })
    }

    /// Asks about every patch again: `Ok` decides it, `Err` names the level it now waits for.
    pub(super) fn review(
        &mut self,
        out: &mut [u8],
        mut decide: impl FnMut(Patch) -> Result<Vr, usize>,
    ) {
        self.patches.retain_mut(|patch| match decide(*patch) {
            Ok(vr) => {
                let end = patch.position.saturating_add(2);
                if let Some(letters) = out.get_mut(patch.position..end) {
                    letters.copy_from_slice(&vr.bytes());
                }
                false
            }
            Err(level) => {
                patch.level = level;
                true
            }
        });
    }
}
