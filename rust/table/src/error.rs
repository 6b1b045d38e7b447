//! What can be wrong with a table that is asked for.

use dicomwire_dataset::Tag;

/// An error of the caller: found before a file is opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No tag, no keyword, no path of these.
    #[error("{text:?} is no keyword of the data dictionary (PS3.6) and no tag")]
    UnknownTag {
        /// What was asked for.
        text: String,
    },
    /// An item of something that is no sequence.
    #[error("{text:?}: {tag} is no sequence, so it has no items")]
    NoSequence {
        /// What was asked for.
        text: String,
        /// The element that was taken for a sequence.
        tag: Tag,
    },
    /// Pixel data, which is never read.
    #[error("{tag} is pixel data, which is never read for a table")]
    PixelData {
        /// The element.
        tag: Tag,
    },
    /// Two columns of the same element.
    #[error("{name} is asked for twice")]
    Duplicate {
        /// The column.
        name: String,
    },
}
