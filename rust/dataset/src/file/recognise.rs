//! Telling an encoding from the first element of a data set.

use crate::dict;
use crate::error::Error;
use crate::header::Header;
use crate::syntax::{
    self, EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN,
    TransferSyntax,
};
use crate::vr::Vr;

/// The encoding the first element of a data set seems to have: explicit when there is a VR, big
/// endian when the group number makes sense only so. `None` when these bytes begin no data set.
fn looks_like(first: &[u8]) -> Option<Encoding> {
    let [group_low, group_high, _, _, letters @ ..] = first else {
        return None;
    };
    let is_explicit = letters
        .first_chunk()
        .copied()
        .and_then(Vr::from_bytes)
        .is_some();
    // The groups a data set can begin with are below 0x0100, so one byte of two is zero.
    let big_endian = *group_low == 0 && *group_high != 0;
    Some(Encoding {
        implicit: !is_explicit,
        big_endian,
    })
}

/// Chooses the syntax of a data set that comes without one. With nothing else in the file that
/// speaks for DICOM (`is_bare`), the first element must be one of the standard's.
pub(super) fn guess(first: &[u8], left: u64, is_bare: bool) -> Option<&'static TransferSyntax> {
    if first.is_empty() && !is_bare {
        return syntax::lookup(IMPLICIT_VR_LITTLE_ENDIAN);
    }
    let encoding = looks_like(first)?;
    let header = Header::decode(first, encoding)?;
    let fits = header.is_undefined() || u64::from(header.length) <= left;
    let is_known = header.tag.group() >= 4
        && (header.tag.element() == 0 || dict::lookup(header.tag).is_some());
    if is_bare && !(fits && is_known) {
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
    let Some(found) = looks_like(first) else {
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
        // No raw deflate stream of a data set begins like an element with a group below 0x0100,
        // a known VR and a dictionary tag.
        let is_element = Header::decode(first, found)
            .is_some_and(|header| header.vr.is_some() && dict::lookup(header.tag).is_some());
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
