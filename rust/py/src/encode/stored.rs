//! Stored values that are written in another encoding without having been decoded, where it is
//! certain what decoding would give.

use dicomwire_dataset::dict::{self, PrivateEntry};
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
        self.note_creator(raw);
        let Some(vr) = self.stored_vr(raw) else {
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

    /// The VR that pydicom would decode the value with, if that is certain.
    fn stored_vr(&self, raw: &RawParts<'py>) -> Option<Vr> {
        let tag = raw.tag;
        let is_known = raw.letters.is_some_and(|letters| letters != *b"UN");
        if is_known || !tag.is_private() {
            return standard_vr(tag, raw.letters);
        }
        if is_private_creator(tag) {
            return Some(Vr::LO);
        }
        let block = Tag::new(tag.group(), tag.element() >> 8);
        let creators = &self.levels.last()?.creators;
        let (_, creator) = creators.iter().find(|(found, _)| *found == block)?;
        // Somebody may have taught pydicom what our dictionary does not know.
        dict::private(creator, tag)
            .filter(|entry| !entry.is_ambiguous())
            .map(PrivateEntry::vr)
    }

    fn note_creator(&mut self, raw: &RawParts<'py>) {
        if is_private_creator(raw.tag)
            && let Some(level) = self.levels.last_mut()
            && let Some(text) = creator_text(raw.value.as_bytes())
        {
            level.creators.push((raw.tag, text));
        }
    }
}

/// The VR of a stored value of the standard: as it was read, or else from the dictionary when that
/// names one only.
fn standard_vr(tag: Tag, letters: Option<[u8; 2]>) -> Option<Vr> {
    match letters {
        // pydicom may know better than UN.
        Some(letters) => Vr::from_bytes(letters).filter(|vr| *vr != Vr::UN),
        None => dict::lookup(tag)
            .filter(|entry| !entry.is_ambiguous())
            .map(|entry| entry.vr),
    }
}

/// Whether the element names the creator of a private block (PS3.5 §7.8.1).
fn is_private_creator(tag: Tag) -> bool {
    tag.is_private() && (0x10..=0xFF).contains(&tag.element())
}

/// A private creator that every reader reads alike.
fn creator_text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value)
        .ok()?
        .trim_end_matches(['\0', ' ']);
    let is_plain = |byte| (b' '..=b'~').contains(&byte) && byte != b'\\';
    (!text.is_empty() && text.bytes().all(is_plain)).then(|| text.to_owned())
}
