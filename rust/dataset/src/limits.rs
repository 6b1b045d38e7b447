//! What a data set may cost us at most, whoever sent it.

/// Bounds on untrusted input. Every length is compared with them before memory is reserved.
///
/// Values that are only skipped or streamed ([`check`](crate::check),
/// [`transcode`](crate::transcode)) are never limited in length, because they are never held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How deep sequences may nest. Each level costs a few dozen bytes of state.
    pub max_depth: u16,
    /// The longest value that is held in memory.
    pub max_element_length: u64,
    /// How many element, item and fragment headers one pass may meet.
    pub max_elements: u32,
    /// How many bytes a deflated data set may inflate to.
    pub max_inflated: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: 64,
            max_element_length: 2 << 30,
            max_elements: 1 << 24,
            max_inflated: 2 << 30,
        }
    }
}
