//! Writing one element.

use bytes::Bytes;
use dicomwire_dataset::header::PIXEL_DATA;
use dicomwire_dataset::pieces::{Closed, Open};
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::exceptions::PyUserWarning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::dataset::SequenceItems;
use crate::encode::problem::Problem;
use crate::encode::syntax::{PixelForm, source_is_encapsulated};
use crate::encode::value::Known;
use crate::encode::walk::Walk;

/// The parts of a `DataElement` that are written.
pub(crate) struct Parts<'py> {
    pub(crate) tag: Tag,
    pub(crate) letters: [u8; 2],
    pub(crate) vr: Option<Vr>,
    pub(crate) value: Bound<'py, PyAny>,
    pub(crate) is_undefined: bool,
}

impl<'py> Walk<'py> {
    /// Writes an element as the data set has it: a `RawDataElement`, or a `DataElement`.
    pub(crate) fn element(&mut self, tag: Tag, element: &Bound<'py, PyAny>) -> Result<(), Problem> {
        let class = element.get_type();
        if class.is(&self.names.data_element) {
            return self.data_element(tag, element);
        }
        if class.is(&self.names.raw_data_element)
            && let Ok(fields) = element.cast::<PyTuple>()
        {
            return self.raw_element(tag, fields);
        }
        self.fall_back(element)
    }

    /// Writes a `DataElement`.
    pub(crate) fn data_element(
        &mut self,
        tag: Tag,
        element: &Bound<'py, PyAny>,
    ) -> Result<(), Problem> {
        let py = self.py;
        let name = element.getattr(intern!(py, "VR"))?;
        let Ok(name) = name.cast::<PyString>() else {
            return self.fall_back(element);
        };
        let Ok(letters) = <[u8; 2]>::try_from(name.to_str()?.as_bytes()) else {
            return self.ambiguous_element(tag, element);
        };
        let vr = Vr::from_bytes(letters);
        let is_undefined = element.getattr(intern!(py, "is_undefined_length"))?;
        let parts = Parts {
            tag,
            letters,
            vr,
            value: element.getattr(intern!(py, "_value"))?,
            is_undefined: is_undefined.is_truthy()?,
        };
        self.parts(&parts, element)
    }

    /// Writes the parts of `element`, or leaves it to pydicom when the value is of a kind that is
    /// not known here.
    pub(crate) fn parts(
        &mut self,
        parts: &Parts<'py>,
        element: &Bound<'py, PyAny>,
    ) -> Result<(), Problem> {
        if parts.vr == Some(Vr::SQ) {
            return self.sequence(parts, element);
        }
        let Some(vr) = parts.vr else {
            return self.fall_back(element);
        };
        let is_undefined = self.pixel_form(parts.tag, &parts.value, parts.is_undefined)?;
        let open = self.open(parts.tag, parts.letters, is_undefined);
        match self.value(vr, parts, &open)? {
            Known::Written => self.close(open, parts.letters),
            Known::No => {
                self.cancel(open);
                self.fall_back(element)
            }
        }
    }

    fn sequence(&mut self, parts: &Parts<'py>, element: &Bound<'py, PyAny>) -> Result<(), Problem> {
        let py = self.py;
        if !parts.value.is_instance(self.names.sequence.bind(py))? {
            return self.fall_back(element);
        }
        if let Some(bytes) = self.unseen_sequence(parts)? {
            self.out.push(&bytes);
            return Ok(());
        }
        let items = parts.value.getattr(intern!(py, "_list"))?;
        let Ok(items) = items.cast::<PyList>() else {
            return self.fall_back(element);
        };
        let Some(around) = self.encodings().cloned() else {
            return Ok(());
        };
        let open = self.open(parts.tag, parts.letters, parts.is_undefined);
        for (number, item) in items.iter().enumerate() {
            if let Some(step) = self.path.last_mut() {
                step.1 = u32::try_from(number).ok();
            }
            let name = intern!(py, "is_undefined_length_sequence_item");
            let is_undefined = item.getattr(name)?.is_truthy()?;
            let opened = self.out.open_item(is_undefined);
            self.item(&item, &around)?;
            self.out.close_item(opened)?;
        }
        if let Some(step) = self.path.last_mut() {
            step.1 = None;
        }
        self.close(open, parts.letters)
    }

    /// The bytes of a sequence that was read by dicomwire and at whose items nobody has looked.
    fn unseen_sequence(&self, parts: &Parts<'py>) -> PyResult<Option<Bytes>> {
        let py = self.py;
        let Some(level) = self.levels.last() else {
            return Ok(None);
        };
        if level.converts || parts.is_undefined || parts.value.get_type().is(&self.names.sequence) {
            return Ok(None);
        }
        let state = parts.value.getattr(intern!(py, "__dict__"))?;
        let Ok(state) = state.cast::<PyDict>() else {
            return Ok(None);
        };
        if state.contains(intern!(py, "_list"))? {
            return Ok(None);
        }
        let Some(source) = state.get_item(intern!(py, "_source"))? else {
            return Ok(None);
        };
        let Ok(source) = source.cast::<SequenceItems>() else {
            return Ok(None);
        };
        let encoding = self.target.encoding;
        source
            .get()
            .as_it_was_read(parts.tag, encoding, &level.encodings.list)
    }

    /// Begins an element.
    pub(crate) fn open(&mut self, tag: Tag, letters: [u8; 2], is_undefined: bool) -> Open {
        if is_undefined {
            self.out.open_undefined(tag, letters)
        } else {
            self.out.open(tag, letters)
        }
    }

    /// Ends an element.
    pub(crate) fn close(&mut self, open: Open, letters: [u8; 2]) -> Result<(), Problem> {
        if self.out.close(open)? == Closed::AsUnknown {
            let text = format!(
                "{}: a value of more than 65535 bytes does not fit VR {}; it is written as UN \
                 (PS3.5 section 6.2.2)",
                self.tag_path(),
                String::from_utf8_lossy(&letters),
            );
            let category = self.py.get_type::<PyUserWarning>();
            PyErr::warn(self.py, &category, &c_text(text), 1)?;
        }
        Ok(())
    }

    /// Takes back an element.
    pub(crate) fn cancel(&mut self, open: Open) {
        self.out.cancel(open);
        let gaps = self.out.gaps();
        self.large.truncate(gaps);
    }

    /// Checks that Pixel Data has the form the transfer syntax wants (PS3.5 §A), and tells whether
    /// it is to be written with undefined length.
    pub(crate) fn pixel_form(
        &self,
        tag: Tag,
        value: &Bound<'py, PyAny>,
        is_undefined: bool,
    ) -> Result<bool, Problem> {
        if tag != PIXEL_DATA {
            return Ok(is_undefined);
        }
        let form = if self.is_root() {
            self.target.pixels
        } else {
            PixelForm::AsIs
        };
        let begins_item = self.begins_item(value)?;
        let syntax = &self.target.name;
        match form {
            PixelForm::Encapsulated if begins_item => Ok(true),
            PixelForm::Encapsulated => Err(Problem::Here(format!(
                "the value is not encapsulated as {syntax} demands (PS3.5 section A.4); compress \
                 it (Dataset.compress), encapsulate it (pydicom.encaps.encapsulate), or choose an \
                 uncompressed transfer syntax"
            ))),
            PixelForm::Native if is_undefined || (begins_item && self.was_encapsulated()?) => {
                Err(Problem::Here(format!(
                    "the value is encapsulated, but {syntax} holds native pixel data; decompress \
                     it (Dataset.decompress) or choose the transfer syntax it is compressed in"
                )))
            }
            PixelForm::AsIs if is_undefined && !begins_item => Err(Problem::Here(
                "the value of undefined length is not encapsulated (PS3.5 section A.4); \
                 encapsulate it (pydicom.encaps.encapsulate)"
                    .to_owned(),
            )),
            PixelForm::Native | PixelForm::AsIs => Ok(is_undefined),
        }
    }

    fn was_encapsulated(&self) -> PyResult<bool> {
        match self.levels.first() {
            Some(level) => source_is_encapsulated(&level.dataset),
            None => Ok(false),
        }
    }

    /// Whether a value begins with the tag of an item.
    fn begins_item(&self, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let item: &[u8] = if self.target.encoding.big_endian {
            b"\xFF\xFE\xE0\x00"
        } else {
            b"\xFE\xFF\x00\xE0"
        };
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(bytes.as_bytes().starts_with(item));
        }
        match self.buffered_bytes(value)? {
            Some(bytes) => Ok(bytes.as_bytes().starts_with(item)),
            None => Ok(false),
        }
    }
}

/// For warnings; the text has no NUL in it.
fn c_text(text: String) -> std::ffi::CString {
    std::ffi::CString::new(text).unwrap_or_default()
}
