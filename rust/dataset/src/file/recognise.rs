//! Telling an encoding from the first element of a data set.

use crate::cursor::Cursor;
use crate::dict;
use crate::error::Error;
use crate::header::Header;
use crate::syntax::{
    self, EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN,
    TransferSyntax,
};
use crate::tag::Tag;
use crate::vr::Vr;

/// The encoding the first element of a data set seems to have: explicit when there is a VR, of the
/// byte order in which the tag is one of the standard's, or else of the assumed one. `None` when
/// there is no whole tag and VR.
pub(super) fn looks_like(first: &[u8], assumes_big_endian: bool) -> Option<Encoding> {
    let letters = *first.get(4..)?.first_chunk()?;
    let is_known_in = |big_endian| is_known(Cursor::new(first, big_endian).tag());
    let big_endian = match (is_known_in(false), is_known_in(true)) {
        (true, false) => false,
        (false, true) => true,
        _ => assumes_big_endian,
    };
    Some(Encoding {
        implicit: Vr::from_bytes(letters).is_none(),
        big_endian,
    })
}

/// Whether a data set may begin with the tag: an element of the standard, or the length of a group
/// low enough to come first.
fn is_known(tag: Option<Tag>) -> bool {
    tag.is_some_and(|tag| match (tag.group(), tag.element()) {
        (0..4, _) => false,
        (group, 0) => group < 0x0100,
        _ => dict::lookup(tag).is_some(),
    })
}

/// Chooses the syntax of a data set that comes without one. With nothing else in the file that
/// speaks for DICOM (`is_bare`), the first element must be one of the standard's.
pub(super) fn guess(first: &[u8], left: u64, is_bare: bool) -> Option<&'static TransferSyntax> {
    let encoding = looks_like(first, false)?;
    let header = Header::decode(first, encoding)?;
    let fits = header.is_undefined() || u64::from(header.length) <= left;
    if is_bare && !(fits && is_known(Some(header.tag))) {
        return None;
    }
    syntax::lookup(match (encoding.implicit, encoding.big_endian) {
        (true, false) => IMPLICIT_VR_LITTLE_ENDIAN,
        (false, false) => EXPLICIT_VR_LITTLE_ENDIAN,
        (false, true) => EXPLICIT_VR_BIG_ENDIAN,
        (true, true) => return None,
    })
}

/// Compares the declared syntax with the first element: sending a data set under the wrong syntax
/// would make the receiver read nonsense, or store it.
pub(super) fn check_declared(
    declared: &TransferSyntax,
    first: &[u8],
    offset: u64,
) -> Result<(), Error> {
    let Some(found) = looks_like(first, declared.big_endian) else {
        return Ok(());
    };
    let mismatch = |looks_like| {
        Err(Error::SyntaxMismatch {
            declared: declared.uid.to_owned(),
            looks_like,
            offset,
        })
    };
    if declared.deflated {
        // That a deflate stream should begin like an element of the standard, with a VR, is as
        // good as impossible.
        let tag = Cursor::new(first, found.big_endian).tag();
        let is_element = !found.implicit && is_known(tag);
        return if is_element {
            mismatch(found.name())
        } else {
            Ok(())
        };
    }
    if found == declared.encoding() {
        return Ok(());
    }
    // A VR this crate does not know is still two capital letters.
    let has_letters = first
        .get(4..6)
        .is_some_and(|letters| letters.iter().all(u8::is_ascii_uppercase));
    if !declared.implicit && has_letters && found.big_endian == declared.big_endian {
        return Ok(());
    }
    mismatch(found.name())
}
