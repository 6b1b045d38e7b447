//! Elements as pydicom's reader left them: `RawDataElement`s nobody has looked at.

use dicomwire_dataset::header::{PIXEL_DATA, UNDEFINED_LENGTH};
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::encode::data_set::SPECIFIC_CHARACTER_SET;
use crate::encode::problem::Problem;
use crate::encode::walk::Walk;

/// Elements which are decoded when a file is written, and so lose wrong padding and a VR of UN: the
/// file meta information and the transfer syntax depend on them.
const LOOKED_AT: [Tag; 3] = [
    Tag::new(0x0008, 0x0016),
    Tag::new(0x0008, 0x0018),
    PIXEL_DATA,
];

/// The parts of a `RawDataElement` that are written.
pub(crate) struct RawParts<'py> {
    pub(crate) tag: Tag,
    /// `None` when it was read from an implicit VR encoding.
    pub(crate) letters: Option<[u8; 2]>,
    pub(crate) value: Bound<'py, PyBytes>,
    pub(crate) is_undefined: bool,
    pub(crate) is_big_endian: bool,
}

impl<'py> Walk<'py> {
    /// Writes a `RawDataElement`: its bytes as they are when they were read in the encoding that is
    /// written, and else as decoding and encoding them would make them.
    pub(crate) fn raw_element(
        &mut self,
        tag: Tag,
        fields: &Bound<'py, PyTuple>,
    ) -> Result<(), Problem> {
        let Some(raw) = self.raw_parts(tag, fields)? else {
            return self.decoded(tag, fields);
        };
        // Whoever wants to know the character set has decoded it.
        let is_looked_at = tag == SPECIFIC_CHARACTER_SET
            || (self.is_file && self.is_root() && LOOKED_AT.contains(&tag));
        // Elements may have been moved here from a data set in the other byte order.
        let is_moved = raw.is_big_endian != self.target.encoding.big_endian;
        let converts =
            is_looked_at || is_moved || self.levels.last().is_none_or(|level| level.converts);
        if converts {
            if self.stored(&raw)? {
                return Ok(());
            }
            return self.decoded(tag, fields);
        }
        let letters = match raw.letters {
            Some(letters) => letters,
            None if self.target.encoding.implicit => Vr::UN.bytes(),
            // An element without VR in an explicit encoding: somebody mixed the two.
            None => return self.decoded(tag, fields),
        };
        self.copy(&raw, letters)
    }

    /// Writes the bytes of a value as they are.
    pub(crate) fn copy(&mut self, raw: &RawParts<'py>, letters: [u8; 2]) -> Result<(), Problem> {
        let is_undefined = self.pixel_form(raw.tag, raw.value.as_any(), raw.is_undefined)?;
        let open = self.open(raw.tag, letters, is_undefined);
        self.push_bytes(&raw.value);
        self.close(open, letters)
    }

    /// Has pydicom decode the element, which it does in the data set itself as whenever somebody
    /// looks at it, and writes the result.
    fn decoded(&mut self, tag: Tag, fields: &Bound<'py, PyTuple>) -> Result<(), Problem> {
        let Some(level) = self.levels.last() else {
            return Ok(());
        };
        let key = fields.get_item(0)?;
        let element = level.dataset.get_item(key)?;
        if element.get_type().is(&self.names.data_element) {
            return self.data_element(tag, &element);
        }
        self.fall_back(&element)
    }

    /// `None` for a value that was left in the file, or is no bytes.
    fn raw_parts(
        &self,
        tag: Tag,
        fields: &Bound<'py, PyTuple>,
    ) -> Result<Option<RawParts<'py>>, Problem> {
        let py = self.py;
        let vr = fields.get_item(1)?;
        let letters = match vr.cast::<PyString>() {
            Ok(name) => <[u8; 2]>::try_from(name.to_str()?.as_bytes()).ok(),
            Err(_) => None,
        };
        if letters.is_none() && !vr.is_none() {
            return Ok(None);
        }
        let length: u32 = fields.get_item(2)?.extract()?;
        let value = fields.get_item(3)?;
        let value = match value.cast::<PyBytes>() {
            Ok(bytes) => bytes.clone(),
            // pydicom says None for an empty value that is no text, and looks for a better VR than
            // UN then.
            Err(_) if length == 0 && value.is_none() && letters != Some(*b"UN") => {
                PyBytes::new(py, b"")
            }
            Err(_) => return Ok(None),
        };
        let is_little: bool = fields.get_item(6)?.extract()?;
        Ok(Some(RawParts {
            tag,
            letters,
            value,
            is_undefined: length == UNDEFINED_LENGTH,
            is_big_endian: !is_little,
        }))
    }
}
