//! Converting a stream of data set bytes between the uncompressed transfer syntaxes.
//!
//! Bytes go in as they come, in pieces of any size, and come out converted; the output does not
//! depend on how the input was cut. No value is ever held: memory is bounded whatever the file.
//!
//! What changes beside the headers:
//! - Between implicit and explicit VR, header sizes change, so sequences and items of defined
//!   length become those of undefined length, and group lengths (gggg,0000) are dropped. Between
//!   the byte orders, and to and from deflated, both stay as they are.
//! - Towards explicit VR the VR comes from the dictionary (see `ambiguous.rs` for those the
//!   dictionary leaves open). Private and unknown elements become UN, private creators LO. A value
//!   too long for its VR's 16-bit length becomes UN (PS3.5 §6.2.2).
//! - A UN element is never interpreted. One of undefined length keeps its items byte for byte
//!   towards explicit VR; towards implicit VR, which they are in already, they are rewritten like
//!   those of any sequence.
//! - Zeros after the last element, or where an element should be, are dropped.

mod hold;
mod level;
mod rewriter;
mod value;

use crate::deflate::{Deflater, Inflater};
use crate::error::Error;
use crate::limits::Limits;
use crate::syntax::TransferSyntax;
use rewriter::Rewriter;

/// The most that goes through all stages at once.
const PIECE: usize = 64 * 1024;

/// A converter for one data set.
///
/// ```
/// use dicomwire_dataset::{Limits, syntax, transcode::Transcoder};
///
/// let implicit = syntax::lookup(syntax::IMPLICIT_VR_LITTLE_ENDIAN).unwrap();
/// let explicit = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).unwrap();
/// let mut transcoder = Transcoder::new(implicit, explicit, &Limits::default())?;
/// let mut output = Vec::new();
/// transcoder.push(b"\x10\0\x20\0\x04\0\0\0A-17", &mut output)?;
/// transcoder.finish(&mut output)?;
/// assert_eq!(output, b"\x10\0\x20\0LO\x04\0A-17");
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Debug)]
pub struct Transcoder {
    inflater: Option<Inflater>,
    stages: Stages,
    inflated: Vec<u8>,
}

/// What follows inflating.
#[derive(Debug)]
struct Stages {
    rewriter: Option<Rewriter>,
    deflater: Option<Deflater>,
    rewritten: Vec<u8>,
}

impl Transcoder {
    /// Prepares to convert one data set. Equal syntaxes of any kind are copied.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the syntaxes differ and one of them is not uncompressed.
    pub fn new(from: &TransferSyntax, to: &TransferSyntax, limits: &Limits) -> Result<Self, Error> {
        let is_copy = from.uid == to.uid;
        let is_conversion = from.is_uncompressed() && to.is_uncompressed();
        if !is_copy && !is_conversion {
            return Err(Error::Unsupported {
                from: from.uid,
                to: to.uid,
            });
        }
        let rewrites = from.encoding() != to.encoding();
        Ok(Self {
            inflater: (!is_copy && from.deflated).then(|| Inflater::new(limits)),
            stages: Stages {
                rewriter: rewrites.then(|| Rewriter::new(from.encoding(), to.encoding(), limits)),
                deflater: (!is_copy && to.deflated).then(Deflater::new),
                rewritten: Vec::new(),
            },
            inflated: Vec::new(),
        })
    }

    /// Converts the next piece and appends what is ready to `output`: about as many bytes as were
    /// pushed, but up to a thousand times as many when deflated data is inflated.
    ///
    /// # Errors
    /// Those of a damaged data set ([`Error::Truncated`] and [`Error::MissingDelimiter`] only come
    /// from [`finish`](Self::finish)), [`Error::MixedEncoding`],
    /// [`Error::LostInImplicit`], and those of limits exceeded.
    /// After an error the transcoder is of no more use.
    pub fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
        let stages = &mut self.stages;
        let Some(inflater) = &mut self.inflater else {
            return stages.push(input, output);
        };
        inflater.push(input, &mut self.inflated, |inflated| {
            stages.push(inflated, output)?;
            inflated.clear();
            Ok(())
        })
    }

    /// Ends the data set.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TruncatedHeader`], [`Error::TruncatedDeflate`] or
    /// [`Error::MissingDelimiter`] when the input was not whole.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), Error> {
        if let Some(inflater) = &self.inflater {
            inflater.finish()?;
        }
        self.stages.finish(output)
    }
}

impl Stages {
    fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
        let Some(deflater) = &mut self.deflater else {
            match &mut self.rewriter {
                Some(rewriter) => rewriter.push(input, output)?,
                None => output.extend_from_slice(input),
            }
            return Ok(());
        };
        for piece in input.chunks(PIECE) {
            let Some(rewriter) = &mut self.rewriter else {
                deflater.push(piece, output)?;
                continue;
            };
            rewriter.push(piece, &mut self.rewritten)?;
            deflater.push(&self.rewritten, output)?;
            self.rewritten.clear();
        }
        Ok(())
    }

    fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), Error> {
        let Some(deflater) = &mut self.deflater else {
            return match &mut self.rewriter {
                Some(rewriter) => rewriter.finish(output),
                None => Ok(()),
            };
        };
        if let Some(rewriter) = &mut self.rewriter {
            rewriter.finish(&mut self.rewritten)?;
            deflater.push(&self.rewritten, output)?;
            self.rewritten.clear();
        }
        deflater.finish(output)
    }
}
