//! Changing elements of a data set on its way.
//!
//! Bytes go in as they come, in pieces of any size, and come out with the elements of [`Changes`]
//! changed, added or left out; the output does not depend on how the input was cut. No value but
//! short ones that are looked at is ever held: memory is bounded whatever the file. The transfer
//! syntax stays; a deflated data set is inflated and deflated again.
//!
//! What is changed beside the named elements, and nothing else is:
//! - the length (gggg,0000) of a group in which something is changed is left out: it would be
//!   wrong, and group lengths are retired (PS3.5 §7.2);
//! - a sequence or item that is entered to change elements in it is written with undefined length.
//!
//! New text is written in the data set's own character set. Where that lacks a character the data
//! set fails with [`Error::Unencodable`]; nothing is replaced or guessed.
//!
//! A data set that is not sorted by tag is taken as it is: a named element is changed wherever it
//! stands, and new elements go before the first element with a greater tag.

mod change;
mod collected;
mod element;
mod elements;
mod head;
mod level;
mod machine;
mod pixels;
mod uid_map;

pub use change::{Change, Changes};
pub use element::{NewElement, NewValue};
pub use head::index_head;
pub use pixels::DecompressedPixels;
pub use uid_map::{InvalidRoot, MAX_ROOT, UidMap};

use crate::deflate::{Deflater, Inflater};
use crate::error::Error;
use crate::limits::Limits;
use crate::syntax::TransferSyntax;
use machine::Machine;

/// Changes one data set.
///
/// ```
/// use dicomwire_dataset::path::TagPath;
/// use dicomwire_dataset::rewrite::{Change, Changes, NewValue, Rewriter};
/// use dicomwire_dataset::{Limits, Tag, syntax};
///
/// let mut changes = Changes::default();
/// let id = TagPath::element(Tag::new(0x0010, 0x0020));
/// changes.insert(&id, Change::Set(None, NewValue::Text("B-4".to_owned())))?;
///
/// let syntax = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).unwrap();
/// let mut rewriter = Rewriter::new(syntax, &changes, &Limits::default());
/// let mut output = Vec::new();
/// rewriter.push(b"\x10\0\x10\0PN\x04\0DOE \x10\0\x20\0LO\x02\x0042", &mut output)?;
/// rewriter.finish(&mut output)?;
/// assert_eq!(output, b"\x10\0\x10\0PN\x04\0DOE \x10\0\x20\0LO\x04\0B-4 ");
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Debug)]
pub struct Rewriter {
    machine: Machine,
    deflate: Option<Box<Deflate>>,
}

/// What a deflated data set goes through before and after.
#[derive(Debug)]
struct Deflate {
    inflater: Inflater,
    inflated: Vec<u8>,
    rewritten: Vec<u8>,
    deflater: Deflater,
}

impl Rewriter {
    /// Prepares to change one data set in the given transfer syntax.
    #[must_use]
    pub fn new(syntax: &TransferSyntax, changes: &Changes, limits: &Limits) -> Self {
        let deflate = syntax.deflated.then(|| {
            Box::new(Deflate {
                inflater: Inflater::new(limits),
                inflated: Vec::new(),
                rewritten: Vec::new(),
                deflater: Deflater::new(),
            })
        });
        Self {
            machine: Machine::new(syntax.encoding(), changes, limits),
            deflate,
        }
    }

    /// Changes the next piece and appends what is ready to `output`.
    ///
    /// # Errors
    /// Those of a damaged data set ([`Error::Truncated`] and [`Error::MissingDelimiter`] only come
    /// from [`finish`](Self::finish)) and of limits exceeded; [`Error::Unencodable`],
    /// [`Error::WrongValue`], [`Error::ValueTooLong`] for a new value that does not fit;
    /// [`Error::InvalidValue`] for a value that is not what a change takes it for;
    /// [`Error::CharacterSetInUse`]. After an error the rewriter is of no more use.
    pub fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
        let machine = &mut self.machine;
        let Some(deflate) = self.deflate.as_deref_mut() else {
            return machine.push(input, output);
        };
        let Deflate {
            inflater,
            inflated,
            rewritten,
            deflater,
        } = deflate;
        inflater.push(input, inflated, |inflated| {
            machine.push(inflated, rewritten)?;
            inflated.clear();
            deflater.push(rewritten, output)?;
            rewritten.clear();
            Ok(())
        })
    }

    /// Ends the data set.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TruncatedHeader`], [`Error::TruncatedDeflate`] or
    /// [`Error::MissingDelimiter`] when the input was not whole, and those of a new value that
    /// does not fit.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), Error> {
        let Some(deflate) = self.deflate.as_deref_mut() else {
            return self.machine.finish(output);
        };
        deflate.inflater.finish()?;
        self.machine.finish(&mut deflate.rewritten)?;
        deflate.deflater.push(&deflate.rewritten, output)?;
        deflate.rewritten.clear();
        deflate.deflater.finish(output)
    }
}
