//! Stored values that are written in another encoding without having been decoded, where it is
//! certain what decoding would give.

use dicomwire_dataset::dict;
use dicomwire_dataset::header::PIXEL_DATA;
use dicomwire_dataset::pieces::{Repertoire, stored_value};
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::prelude::*;

use crate::encode::problem::Problem;
use crate::encode::raw::RawParts;
use crate::encode::walk::Walk;

impl<'py> Walk<'py> {
    /// Writes a stored value in the encoding of the target, or says that it must be decoded.
    pub(crate) fn stored(&mut self, raw: &RawParts<'py>) -> Result<bool, Problem> {
        let Some(vr) = stored_vr(raw.tag, raw.letters) else {
            return Ok(false);
        };
        if !self.decodes_plainly()? {
            return Ok(false);
        }
        let is_fragments = raw.is_undefined && raw.tag == PIXEL_DATA && raw.letters.is_some();
        if is_fragments {
            self.copy(raw, vr.bytes())?;
            return Ok(true);
        }
        if raw.is_undefined {
            return Ok(false);
        }
        let keeps_ascii = self.encodings().is_some_and(|sets| sets.keeps_ascii);
        let was_ascii = self.levels.last().is_some_and(|level| level.read_as_ascii);
        let repertoire = if keeps_ascii && was_ascii {
            Repertoire::Ascii
        } else {
            Repertoire::Unknown
        };
        let bytes = raw.value.as_bytes();
        let Some(stored) = stored_value(vr, bytes, repertoire) else {
            return Ok(false);
        };
        let is_undefined = self.pixel_form(raw.tag, raw.value.as_any(), false)?;
        let open = self.open(raw.tag, vr.bytes(), is_undefined);
        let swaps = raw.is_big_endian != self.target.encoding.big_endian;
        if stored.swap_width > 1 && swaps {
            self.out.push_swapped(stored.bytes, stored.swap_width);
        } else if stored.bytes.len() == bytes.len() {
            self.push_bytes(&raw.value);
        } else {
            self.out.push(stored.bytes);
        }
        self.out.pad(&open, vr.padding());
        self.close(open, vr.bytes())?;
        Ok(true)
    }
}

/// The VR of a stored value: as it was read, or else from the dictionary when that names one only.
fn stored_vr(tag: Tag, letters: Option<[u8; 2]>) -> Option<Vr> {
    match letters {
        // pydicom may know better than UN.
        Some(letters) => Vr::from_bytes(letters).filter(|vr| *vr != Vr::UN),
        None => dict::lookup(tag)
            .filter(|entry| !entry.is_ambiguous())
            .map(|entry| entry.vr),
    }
}
