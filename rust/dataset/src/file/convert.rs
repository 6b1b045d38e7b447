//! The data set of a file in another transfer syntax, piece by piece.

use crate::error::Error;
use crate::file::ReadAt;
use crate::file::layout::Layout;
use crate::limits::Limits;
use crate::syntax::TransferSyntax;
use crate::transcode::Transcoder;
use crate::window::Blocks;

/// How much is read at a time, and about how much comes out.
const PIECE: usize = 256 * 1024;
/// What is read to find the data set.
const BLOCK: usize = 4096;

/// A file's data set on its way into another transfer syntax. Memory is bounded, whatever the
/// file.
#[derive(Debug)]
pub struct Conversion<R> {
    source: R,
    position: u64,
    from: &'static TransferSyntax,
    transcoder: Transcoder,
    block: Vec<u8>,
    is_over: bool,
}

impl<R: ReadAt> Conversion<R> {
    /// Finds the data set of the file.
    ///
    /// # Errors
    /// Those of [`load`](super::load) in group 2, [`Error::SyntaxMismatch`] when the data set is not
    /// encoded as group 2 says, [`Error::UnknownTransferSyntax`], and [`Error::Unsupported`] when it
    /// takes an image codec to convert.
    pub fn new(source: R, to: &'static TransferSyntax, limits: &Limits) -> Result<Self, Error> {
        let layout = Layout::read(&mut Blocks::new(&source, BLOCK), source.size(), None)?;
        if let Some(mismatch) = layout.mismatch {
            return Err(mismatch);
        }
        let from = layout.syntax.ok_or_else(|| Error::UnknownTransferSyntax {
            uid: layout.declared.unwrap_or_default(),
        })?;
        let transcoder = Transcoder::new(from, to, limits)?;
        Ok(Self {
            source,
            position: layout.data_set,
            from,
            transcoder,
            block: vec![0; PIECE],
            is_over: false,
        })
    }

    /// The syntax the file is in.
    #[must_use]
    pub const fn from(&self) -> &'static TransferSyntax {
        self.from
    }

    /// Appends the next piece to `output`; tells whether there may be more.
    ///
    /// # Errors
    /// Those of [`Transcoder::push`] and [`Transcoder::finish`], and [`Error::Io`].
    pub fn next(&mut self, output: &mut Vec<u8>) -> Result<bool, Error> {
        if self.is_over {
            return Ok(false);
        }
        match self.source.read_at(&mut self.block, self.position) {
            Ok(0) => {
                self.transcoder.finish(output)?;
                self.is_over = true;
            }
            Ok(count) => {
                self.position = self.position.saturating_add(count as u64);
                let piece = self.block.get(..count).unwrap_or_default();
                self.transcoder.push(piece, output)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(Error::Io {
                    offset: self.position,
                    source,
                });
            }
        }
        Ok(!self.is_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::encode_file_head;
    use crate::syntax;
    use crate::tag::Tag;
    use crate::vr::Vr;
    use crate::write::Writer;

    const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

    fn standard(uid: &str) -> &'static TransferSyntax {
        syntax::lookup(uid).expect("a standard syntax")
    }

    fn file(syntax: &TransferSyntax, pixels: usize) -> Vec<u8> {
        let mut writer = Writer::new(syntax.encoding());
        writer
            .element(Tag::new(0x0010, 0x0020), Vr::LO, b"42")
            .expect("short");
        writer
            .element(Tag::new(0x7FE0, 0x0010), Vr::OW, &vec![7; pixels])
            .expect("short");
        let head = encode_file_head(CT, "1.2.3", syntax.uid, "1.2", "", None);
        [head, writer.into_bytes()].concat()
    }

    fn convert(file: &[u8], to: &'static TransferSyntax) -> Result<Vec<u8>, Error> {
        let mut conversion = Conversion::new(file, to, &Limits::default())?;
        let mut output = Vec::new();
        while conversion.next(&mut output)? {}
        Ok(output)
    }

    #[test]
    fn there_and_back_is_where_it_began() {
        let implicit = standard(syntax::IMPLICIT_VR_LITTLE_ENDIAN);
        let explicit = standard(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
        let file_in = |syntax| file(syntax, 3 * PIECE);
        let there = convert(&file_in(implicit), explicit).expect("sound");
        assert!(file_in(explicit).ends_with(&there));
        let back = convert(&file_in(explicit), implicit).expect("sound");
        assert!(file_in(implicit).ends_with(&back));
    }

    #[test]
    fn a_deflated_data_set_has_an_even_length() {
        let explicit = standard(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
        let deflated = standard(syntax::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
        for pixels in (2..200).step_by(2) {
            let output = convert(&file(explicit, pixels), deflated).expect("sound");
            assert_eq!(output.len() % 2, 0);
        }
    }

    #[test]
    fn what_takes_a_codec_is_refused() {
        let jpeg = standard(syntax::JPEG_BASELINE_8BIT);
        let explicit = standard(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
        let outcome = convert(&file(jpeg, 10), explicit);
        assert!(matches!(outcome, Err(Error::Unsupported { .. })));
    }
}
