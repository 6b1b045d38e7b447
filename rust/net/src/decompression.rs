//! Compressed instances for peers that take none: their pixels are decompressed by the caller's
//! image codecs, everything else of the data set stays.

use bytes::Bytes;
use dicomwire_dataset::file::encode_file_head;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::rewrite::{Changes, DecompressedPixels, Rewriter};
use dicomwire_dataset::syntax::{self, TransferSyntax};

use crate::body::{Body, MemoryBody};
use crate::conversion::Conversion;
use crate::prepare::{convert, convert_whole};
use crate::scan::Item;

/// Decompresses pixel data.
pub trait Decompressor: Send + Sync {
    /// Decompresses the image in a file; `None` when it holds none. `limit` bounds the bytes of the
    /// result. Called from the thread that is about to send it.
    ///
    /// # Errors
    /// Why that is not possible, and what would help.
    fn decompress(&self, file: Vec<u8>, limit: u64) -> Result<Option<DecompressedPixels>, String>;
}

/// Makes the body of a compressed instance for a peer that accepted the uncompressed syntax `to`.
/// What is to be rewritten is rewritten first.
pub(crate) fn decompress(
    item: &Item,
    body: Body,
    conversion: Conversion,
    to: &'static TransferSyntax,
    decompressor: &dyn Decompressor,
    limits: &Limits,
) -> Result<Body, String> {
    let explicit = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN)
        .ok_or("the table of transfer syntaxes is damaged")?;
    let from = item.syntax.ok_or("its transfer syntax is not known")?;
    let size = body.remaining_known();
    if size > limits.max_element_length {
        return Err(format!(
            "cannot be decompressed: it has {size} bytes, more than are held in memory"
        ));
    }
    let data_set = convert_whole(body, conversion)?;
    let head = &item.head;
    let mut file = encode_file_head(
        &head.sop_class_uid,
        &head.sop_instance_uid,
        &head.transfer_syntax_uid,
        "",
        "",
        None,
    );
    file.extend_from_slice(&data_set);
    let pixels = decompressor.decompress(file, limits.max_element_length)?;
    let uncompressed = match pixels {
        Some(pixels) => replace_pixels(&data_set, from, pixels, limits)?,
        None => data_set,
    };
    let mut transcoding = Conversion::default();
    if to.uid != explicit.uid {
        transcoding = transcoding.then_transcoding(explicit, to, limits)?;
    }
    let body = Body::Memory(MemoryBody::new(uncompressed));
    convert(body, Some(explicit), transcoding)
}

/// Writes the data set with the decompressed pixels. Compressed ones are all in Explicit VR Little
/// Endian (PS3.5 §A.4), so no other element changes.
fn replace_pixels(
    data_set: &[u8],
    from: &TransferSyntax,
    pixels: DecompressedPixels,
    limits: &Limits,
) -> Result<Bytes, String> {
    let in_words = |error: dicomwire_dataset::Error| format!("cannot be decompressed: {error}");
    let changes = Changes::of_decompressed(pixels).map_err(in_words)?;
    let mut rewriter = Rewriter::new(from, &changes, limits);
    let mut output = Vec::new();
    rewriter
        .push(data_set, &mut output)
        .and_then(|()| rewriter.finish(&mut output))
        .map_err(in_words)?;
    Ok(Bytes::from(output))
}
