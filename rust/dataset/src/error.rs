//! What can be wrong with a data set or a file, where, and what was expected instead.

use std::io;

use crate::path::TagPath;
use crate::tag::Tag;
use crate::value::Violation;
use crate::vr::Vr;

/// An error of the data set codec.
///
/// `offset` counts bytes from the start of what was read: the file for [`file`](crate::file) and
/// [`check`](crate::check), the (inflated) data set for the others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source could not be read.
    #[error("reading at offset {offset} failed: {source}")]
    Io {
        /// Where the read began.
        offset: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of no bytes.
    #[error("the file is empty")]
    Empty,
    /// Neither the prefix `DICM` nor anything like a data element.
    #[error(
        "not a DICOM file: no \"DICM\" at offset 128, and the bytes at offset {offset} are no data element"
    )]
    NotDicom {
        /// Where a data element was looked for.
        offset: u64,
    },
    /// The file ends before the SOP instance it holds can be told.
    #[error(
        "the file is cut short in its head at offset {offset}: {path} needs {expected} bytes, {available} are left"
    )]
    TruncatedHead {
        /// The element that is cut.
        path: TagPath,
        /// Where the missing bytes should begin.
        offset: u64,
        /// How many bytes are needed there.
        expected: u64,
        /// How many there are.
        available: u64,
    },
    /// A head element whose value cannot be what the standard says.
    #[error("{path} at offset {offset} is not {expected}")]
    InvalidHead {
        /// The element.
        path: TagPath,
        /// Where its value begins.
        offset: u64,
        /// What it should be.
        expected: &'static str,
    },
    /// No SOP Class UID, neither in the data set nor in group 2.
    #[error(
        "no SOP Class UID: neither (0008,0016) nor (0002,0002) has a value (data set at offset {offset}); set SOPClassUID to send the file"
    )]
    MissingSopClass {
        /// Where the data set begins.
        offset: u64,
    },
    /// No SOP Instance UID, neither in the data set nor in group 2.
    #[error(
        "no SOP Instance UID: neither (0008,0018) nor (0002,0003) has a value (data set at offset {offset}); set SOPInstanceUID to send the file"
    )]
    MissingSopInstance {
        /// Where the data set begins.
        offset: u64,
    },
    /// Group 2 names a transfer syntax that is not in the standard.
    #[error("unknown transfer syntax {uid:?} in (0002,0010)")]
    UnknownTransferSyntax {
        /// The UID as the file has it.
        uid: String,
    },
    /// The data set is not encoded as group 2 says.
    #[error(
        "(0002,0010) declares {declared}, but the data set at offset {offset} looks like {looks_like}; correct the file's transfer syntax"
    )]
    SyntaxMismatch {
        /// The declared transfer syntax UID.
        declared: String,
        /// What the first element looks like.
        looks_like: &'static str,
        /// Where the data set begins.
        offset: u64,
    },
    /// A value goes on after the end of the data.
    #[error(
        "{path} at offset {offset} is cut short: its value has {expected} bytes, {available} are left"
    )]
    Truncated {
        /// The element, item or fragment.
        path: TagPath,
        /// Where its value begins.
        offset: u64,
        /// The length it declares.
        expected: u64,
        /// The bytes that are there.
        available: u64,
    },
    /// The data ends within an element header.
    #[error(
        "the data ends within an element header at offset {offset} in {path}: {available} bytes of {expected}"
    )]
    TruncatedHeader {
        /// The element or item the header belongs to.
        path: TagPath,
        /// Where the header begins.
        offset: u64,
        /// How long a header is.
        expected: u64,
        /// The bytes that are there.
        available: u64,
    },
    /// The data ends where an undefined length should be ended by a delimiter.
    #[error("{path} of undefined length is not ended: {expected} is missing at offset {offset}")]
    MissingDelimiter {
        /// The sequence, item or pixel data.
        path: TagPath,
        /// Where the data ends.
        offset: u64,
        /// The delimiter that should be there.
        expected: Tag,
    },
    /// A tag that has no place here.
    #[error("found {found} at offset {offset} in {path}, where {expected} should be")]
    UnexpectedTag {
        /// The surrounding element or item.
        path: TagPath,
        /// Where the tag is.
        offset: u64,
        /// The tag.
        found: Tag,
        /// What may stand there.
        expected: &'static str,
    },
    /// An element goes on after the end of the item or sequence around it.
    #[error(
        "{path} at offset {offset} has {length} bytes, but what surrounds it ends after {available}"
    )]
    Overrun {
        /// The inner element.
        path: TagPath,
        /// Where its value begins.
        offset: u64,
        /// Its length.
        length: u64,
        /// What is left of the outer length.
        available: u64,
    },
    /// Undefined length on something that must have a length.
    #[error("{path} at offset {offset} must not have undefined length")]
    UndefinedLength {
        /// The element or fragment.
        path: TagPath,
        /// Where its header begins.
        offset: u64,
    },
    /// An item switched to implicit VR inside something whose length is already written.
    #[error(
        "{path} at offset {offset} switches to implicit VR; it cannot be converted between byte orders"
    )]
    MixedEncoding {
        /// The item.
        path: TagPath,
        /// Where its first element begins.
        offset: u64,
    },
    /// An element that a reader of implicit VR would take for something else.
    #[error(
        "{path} at offset {offset} is {vr}, which implicit VR cannot say: the dictionary has another kind of element there"
    )]
    LostInImplicit {
        /// The element.
        path: TagPath,
        /// Where its value begins.
        offset: u64,
        /// The VR it has.
        vr: Vr,
    },
    /// Sequences nest too deep.
    #[error("{path} at offset {offset} nests deeper than {limit} levels")]
    TooDeep {
        /// The sequence that is one too many.
        path: TagPath,
        /// Where it begins.
        offset: u64,
        /// The limit.
        limit: u16,
    },
    /// More headers than one pass may read.
    #[error("more than {limit} elements at offset {offset} in {path}")]
    TooManyElements {
        /// Where the limit was met.
        path: TagPath,
        /// Where the next element begins.
        offset: u64,
        /// The limit.
        limit: u32,
    },
    /// A value longer than may be held in memory.
    #[error("{path} at offset {offset} has {length} bytes; the limit is {limit}")]
    ElementTooLong {
        /// The element.
        path: TagPath,
        /// Where its value begins.
        offset: u64,
        /// Its length.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// A deflated data set that grows beyond the limit.
    #[error("the deflated data set inflates to more than {limit} bytes")]
    InflatedTooLarge {
        /// The limit.
        limit: u64,
    },
    /// Bytes that are no deflate stream.
    #[error("the deflated data set is damaged near offset {offset}")]
    CorruptDeflate {
        /// Where inflating stopped.
        offset: u64,
    },
    /// A deflate stream without its end.
    #[error("the deflated data set is cut short at offset {offset}")]
    TruncatedDeflate {
        /// Where the data ends.
        offset: u64,
    },
    /// Transcoding that needs an image codec.
    #[error(
        "cannot transcode from {from} to {to}: only uncompressed transfer syntaxes can be converted into each other"
    )]
    Unsupported {
        /// The UID of the source syntax.
        from: &'static str,
        /// The UID of the target syntax.
        to: &'static str,
    },
    /// A value that cannot be read as asked.
    #[error("{path} of {length} bytes is not {expected}")]
    InvalidValue {
        /// The element.
        path: TagPath,
        /// The length of its value.
        length: u64,
        /// What was asked for.
        expected: &'static str,
    },
    /// A value its VR does not allow (PS3.5 Table 6.2-1).
    #[error("{path}: {violation}")]
    Violation {
        /// The element.
        path: TagPath,
        /// The rule it breaks.
        violation: Violation,
    },
    /// Text in a character set that is not decoded here.
    #[error("{path} is text in the character set {name:?}, which is not supported")]
    UnsupportedCharacterSet {
        /// The element.
        path: TagPath,
        /// The defined term of (0008,0005).
        name: String,
    },
    /// A text that cannot be written in the character sets in force.
    #[error(
        "the character {character:?} at position {position} is in none of the character sets {sets:?}"
    )]
    CharacterNotInSet {
        /// The first character that is in none of them.
        character: char,
        /// How many bytes of UTF-8 come before it.
        position: usize,
        /// The defined terms, as in (0008,0005).
        sets: String,
    },
    /// A value that does not fit its VR's length field when written.
    #[error("{path} has {length} bytes, more than {limit}, the most its length field can say")]
    ValueTooLong {
        /// The element.
        path: TagPath,
        /// The length of the value.
        length: u64,
        /// The longest possible.
        limit: u64,
    },
    /// A change that is never made.
    #[error("{path} cannot be rewritten: {reason}")]
    NotRewritable {
        /// The element.
        path: TagPath,
        /// Why.
        reason: &'static str,
    },
    /// An element that is to be changed as a whole and inside.
    #[error("{path} is changed by two rules that exclude each other")]
    ConflictingChanges {
        /// The element.
        path: TagPath,
    },
    /// Text with characters that the data set's character set lacks.
    #[error("{path}: the new text cannot be written in {character_set}")]
    Unencodable {
        /// The element.
        path: TagPath,
        /// The character set in force, in words.
        character_set: String,
    },
    /// A new value that is none of the VR.
    #[error("{path}: the new value is no {vr}")]
    WrongValue {
        /// The element.
        path: TagPath,
        /// The VR it should have.
        vr: Vr,
    },
    /// Another character set for text that is already encoded.
    #[error("{path} cannot become {to:?}: the text of the data set is encoded in {from}")]
    CharacterSetInUse {
        /// The element.
        path: TagPath,
        /// The character set in force, in words.
        from: String,
        /// The new value.
        to: String,
    },
}

impl Error {
    /// The element concerned, where one is.
    #[must_use]
    pub const fn path(&self) -> Option<&TagPath> {
        match self {
            Self::TruncatedHead { path, .. }
            | Self::InvalidHead { path, .. }
            | Self::Truncated { path, .. }
            | Self::TruncatedHeader { path, .. }
            | Self::MissingDelimiter { path, .. }
            | Self::UnexpectedTag { path, .. }
            | Self::Overrun { path, .. }
            | Self::UndefinedLength { path, .. }
            | Self::MixedEncoding { path, .. }
            | Self::TooDeep { path, .. }
            | Self::TooManyElements { path, .. }
            | Self::ElementTooLong { path, .. }
            | Self::InvalidValue { path, .. }
            | Self::Violation { path, .. }
            | Self::UnsupportedCharacterSet { path, .. }
            | Self::ValueTooLong { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Where in the bytes it went wrong.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::Io { offset, .. }
            | Self::NotDicom { offset, .. }
            | Self::TruncatedHead { offset, .. }
            | Self::InvalidHead { offset, .. }
            | Self::MissingSopClass { offset, .. }
            | Self::MissingSopInstance { offset, .. }
            | Self::SyntaxMismatch { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::TruncatedHeader { offset, .. }
            | Self::MissingDelimiter { offset, .. }
            | Self::UnexpectedTag { offset, .. }
            | Self::Overrun { offset, .. }
            | Self::UndefinedLength { offset, .. }
            | Self::MixedEncoding { offset, .. }
            | Self::TooDeep { offset, .. }
            | Self::TooManyElements { offset, .. }
            | Self::ElementTooLong { offset, .. }
            | Self::CorruptDeflate { offset, .. }
            | Self::TruncatedDeflate { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}
