//! Transcoding: independent of cuts, stable there and back, of one mind with check and index.

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{encode_file_head, read_head};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::{Error, TransferSyntax};

use crate::data_set::choose;
use crate::elements::{check_same, elements};
use crate::limits;
use crate::script::Script;

/// The input is a byte that chooses two of the four uncompressed syntaxes, a byte that says how
/// the rest is cut, and a data set in the first of them.
///
/// - The output, or the error, is the same whole and in pieces, and the output is no longer than
///   three times the input.
/// - What is accepted passes the check, can be indexed, and has the same elements afterwards.
/// - There, back and there again is the same as there.
/// - What passes the check and can be indexed to the bottom is accepted, unless a length that must
///   stay would have to change, or implicit VR cannot say it.
///
/// # Panics
/// When that does not hold.
pub fn transcode(input: &[u8]) {
    let mut script = Script::new(input);
    let pair = script.byte();
    let (from, to) = (choose(pair % 4), choose(pair / 4 % 4));
    let step = usize::from(script.byte() % 61).saturating_add(1);
    let body = script.rest();
    let whole = convert([body], from, to);
    let pieces = convert(body.chunks(step), from, to);
    let converted = match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(pieces, whole, "{} to {}", from.name, to.name);
            whole
        }
        (Err(one), Err(other)) => {
            // Where a deflated stream is damaged is noticed sooner or later.
            assert!(
                from.deflated || one.to_string() == other.to_string(),
                "{one}, {other}"
            );
            check_refusal(body, from, &one);
            return;
        }
        (one, other) => panic!("whole {one:?}, in pieces {other:?}"),
    };
    if from.uid == to.uid {
        return;
    }
    if !from.deflated {
        let most = body.len().saturating_mul(3).saturating_add(64);
        assert!(
            converted.len() <= most,
            "{} of {}",
            converted.len(),
            body.len()
        );
    }
    check_accepted(body, &converted, from, to);
    check_stable(&converted, from, to);
}

fn convert<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    from: &TransferSyntax,
    to: &TransferSyntax,
) -> Result<Vec<u8>, Error> {
    let mut transcoder = Transcoder::new(from, to, &limits())?;
    let mut output = Vec::new();
    for piece in pieces {
        transcoder.push(piece, &mut output)?;
    }
    transcoder.finish(&mut output)?;
    Ok(output)
}

fn index(body: &[u8], syntax: &TransferSyntax) -> Result<Index, Error> {
    Index::parse(Bytes::copy_from_slice(body), syntax, &limits())
}

/// Checks the structure of a data set as a file; `None` when the head cannot be read.
fn verify(body: &[u8], syntax: &TransferSyntax) -> Option<Result<(), Error>> {
    let mut file = encode_file_head("1.2.3", "1.2.3.4", syntax.uid, "1.2", "", None);
    file.extend_from_slice(body);
    let head = read_head(&file, &limits()).ok()?;
    Some(verify_structure(&file, &head, &limits()))
}

fn is_copy_of_stream(from: &TransferSyntax, to: &TransferSyntax) -> bool {
    from.encoding() == to.encoding()
}

fn check_accepted(body: &[u8], converted: &[u8], from: &TransferSyntax, to: &TransferSyntax) {
    // Between deflated and plain explicit VR no element is looked at.
    if is_copy_of_stream(from, to) {
        return;
    }
    if let Some(Err(error)) = verify(body, from) {
        panic!("transcoded, but the check says: {error}");
    }
    let before = index(body, from).unwrap_or_else(|error| panic!("transcoded, but: {error}"));
    let after = index(converted, to).unwrap_or_else(|error| panic!("cannot be read: {error}"));
    let before = elements(&before).unwrap_or_else(|error| panic!("transcoded, but: {error}"));
    let after = elements(&after).unwrap_or_else(|error| panic!("cannot be read: {error}"));
    check_same(&before, &after);
}

fn check_stable(converted: &[u8], from: &TransferSyntax, to: &TransferSyntax) {
    let back = convert([converted], to, from)
        .unwrap_or_else(|error| panic!("{} to {} and not back: {error}", from.name, to.name));
    let again = convert([back.as_slice()], from, to)
        .unwrap_or_else(|error| panic!("{} to {} but once: {error}", from.name, to.name));
    assert_eq!(again, converted, "{} to {} and back", from.name, to.name);
}

/// What was refused must be refused by the others too, unless a fixed length or the dictionary
/// stood in the way.
fn check_refusal(body: &[u8], from: &TransferSyntax, error: &Error) {
    let cannot_be_said = matches!(
        error,
        Error::MixedEncoding { .. } | Error::LostInImplicit { .. }
    );
    if from.deflated || cannot_be_said {
        return;
    }
    let is_sound = matches!(verify(body, from), Some(Ok(())));
    let is_readable = index(body, from).and_then(|index| elements(&index)).is_ok();
    assert!(
        !is_sound || !is_readable,
        "sound and readable, and yet: {error}"
    );
}
