//! The elements of one data set, made into pydicom's objects when somebody looks.

use std::sync::Arc;

use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use dicomwire_table::JsonModel;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::dataset::convert::{Converter, is_raw};
use crate::dataset::items::SequenceItems;
use crate::dataset::large::LargeValues;
use crate::dataset::private;
use crate::dataset::pydicom::Pydicom;
use crate::errors;

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// Where a data set that was read comes from. A data set asks it once for its elements, and then
/// for the value of one element after the other.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Elements {
    pub(crate) index: Arc<Index>,
    large: LargeValues,
    /// The character sets in force, as pydicom's `original_character_set`: a list of names of
    /// Python's codecs, or one such name.
    pub(crate) encodings: Py<PyAny>,
}

impl Elements {
    /// The elements of `index`; `around` are the character sets of the data set around it.
    pub(crate) fn new(
        py: Python<'_>,
        index: Arc<Index>,
        large: LargeValues,
        around: Option<&Py<PyAny>>,
    ) -> PyResult<Self> {
        let names = Pydicom::get(py)?;
        let encodings = match own_encodings(py, names, &index)? {
            Some(own) => own,
            None => around.unwrap_or(&names.default_encoding).clone_ref(py),
        };
        Ok(Self::with_encodings(index, large, encodings))
    }

    /// The elements of `index`, whose character sets are known.
    pub(crate) const fn with_encodings(
        index: Arc<Index>,
        large: LargeValues,
        encodings: Py<PyAny>,
    ) -> Self {
        Self {
            index,
            large,
            encodings,
        }
    }

    fn value<'py>(
        &self,
        py: Python<'py>,
        names: &Pydicom,
        position: usize,
        entry: &Entry,
    ) -> Bound<'py, PyAny> {
        if entry.elsewhere.is_some() {
            return match self.large.get(py, position) {
                Some(bytes) => bytes.into_any(),
                // Deferred, as pydicom says it: no value, but a length.
                None => py.None().into_bound(py),
            };
        }
        let bytes = self.index.value(entry).as_bytes();
        if bytes.is_empty() && !has_empty_bytes(entry) {
            return py.None().into_bound(py);
        }
        if bytes.is_empty() {
            return names.no_bytes.bind(py).clone().into_any();
        }
        PyBytes::new(py, bytes).into_any()
    }

    fn raw_element<'py>(
        &self,
        py: Python<'py>,
        names: &Pydicom,
        position: usize,
        entry: &Entry,
        flags: [&Bound<'py, PyBool>; 2],
    ) -> PyResult<Bound<'py, PyAny>> {
        let vr = match entry.letters() {
            None => py.None().into_bound(py),
            Some(letters) => match Vr::from_bytes(letters) {
                Some(vr) => names.vr(py, vr),
                None => PyString::new(py, &String::from_utf8_lossy(&letters)).into_any(),
            },
        };
        let [is_implicit, is_little] = flags;
        let fields = [
            names.base_tag(py, entry.tag)?,
            vr,
            entry.declared_length().into_pyobject(py)?.into_any(),
            self.value(py, names, position, entry),
            entry.offset.into_pyobject(py)?.into_any(),
            is_implicit.clone().into_any(),
            is_little.clone().into_any(),
            PyBool::new(py, true).to_owned().into_any(),
            PyBool::new(py, false).to_owned().into_any(),
        ];
        names.raw_element(py, PyTuple::new(py, fields)?)
    }

    fn sequence_element<'py>(
        &self,
        py: Python<'py>,
        names: &Pydicom,
        position: usize,
        entry: &Entry,
        validation_mode: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let items = SequenceItems::new(py, self, position)?;
        let sequence = names.instance(py, &names.sequence)?;
        sequence.setattr(intern!(py, "_source"), Bound::new(py, items)?)?;
        sequence.setattr(intern!(py, "is_undefined_length"), entry.is_undefined())?;
        // pydicom makes those of undefined length before it knows who reserved them.
        let creator = if entry.is_undefined() {
            None
        } else {
            private::creator_in_index(&self.index, entry.tag)
        };
        let element = NewElement {
            tag: names.base_tag(py, entry.tag)?,
            vr: names.vr(py, Vr::SQ),
            value: sequence,
            offset: entry.offset.into_pyobject(py)?.into_any(),
            is_undefined: entry.is_undefined(),
            private_creator: creator.into_pyobject(py)?,
        };
        element.make(py, names, validation_mode)
    }
}

/// The value of Specific Character Set (0008,0005).
pub(crate) fn character_set(index: &Index) -> Option<&[u8]> {
    let entry = index.get(SPECIFIC_CHARACTER_SET)?;
    Some(index.value(entry).trimmed())
}

/// The character sets a data set names itself, as pydicom's `original_character_set`.
pub(crate) fn own_encodings(
    py: Python<'_>,
    names: &Pydicom,
    index: &Index,
) -> PyResult<Option<Py<PyAny>>> {
    let Some(value) = character_set(index) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value);
    let terms: Vec<&str> = text.split('\\').map(str::trim_end).collect();
    let convert = names.convert_encodings.bind(py);
    let encodings = match *terms {
        [single] => convert.call1((single,)),
        _ => convert.call1((terms,)),
    };
    match encodings {
        // Terms that not even Python's list of codecs can be asked for.
        Err(error) if error.is_instance_of::<PyValueError>(py) => {
            let message = "(0008,0005) is no list of character sets; \
                           the default character repertoire is assumed";
            names.warn.bind(py).call1((message,))?;
            Ok(Some(names.default_encoding.clone_ref(py)))
        }
        other => Ok(Some(other?.unbind())),
    }
}

/// A `DataElement` about to be made.
pub(crate) struct NewElement<'py> {
    pub(crate) tag: Bound<'py, PyAny>,
    pub(crate) vr: Bound<'py, PyAny>,
    pub(crate) value: Bound<'py, PyAny>,
    pub(crate) offset: Bound<'py, PyAny>,
    pub(crate) is_undefined: bool,
    pub(crate) private_creator: Bound<'py, PyAny>,
}

impl<'py> NewElement<'py> {
    /// Makes it as pydicom's own constructor would, without converting the value once more.
    pub(crate) fn make(
        self,
        py: Python<'py>,
        names: &Pydicom,
        validation_mode: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let element = names.instance(py, &names.data_element)?;
        element.setattr(intern!(py, "tag"), self.tag)?;
        element.setattr(intern!(py, "VR"), self.vr)?;
        element.setattr(intern!(py, "validation_mode"), validation_mode)?;
        element.setattr(intern!(py, "_value"), self.value)?;
        element.setattr(intern!(py, "file_tell"), self.offset)?;
        element.setattr(intern!(py, "is_undefined_length"), self.is_undefined)?;
        element.setattr(intern!(py, "private_creator"), self.private_creator)?;
        Ok(element)
    }
}

#[pymethods]
impl Elements {
    /// The character sets in force, as pydicom's `original_character_set`.
    #[getter]
    fn encodings(&self, py: Python<'_>) -> Py<PyAny> {
        self.encodings.clone_ref(py)
    }

    /// Whether the elements have no VR.
    #[getter]
    fn is_implicit(&self) -> bool {
        self.index.encoding().implicit
    }

    /// Whether numbers have their least significant byte first.
    #[getter]
    fn is_little_endian(&self) -> bool {
        !self.index.encoding().big_endian
    }

    /// The tags as they come, those that come twice too.
    fn tags(&self) -> Vec<u32> {
        let entries = self.index.entries();
        entries.iter().map(|entry| entry.tag.0).collect()
    }

    /// All elements by tag: `RawDataElement`s, and `DataElement`s of sequences.
    fn elements<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.large.fetch(py, &self.index)?;
        let names = Pydicom::get(py)?;
        let encoding = self.index.encoding();
        let is_implicit = PyBool::new(py, encoding.implicit).to_owned();
        let is_little = PyBool::new(py, !encoding.big_endian).to_owned();
        let settings = names.settings(py)?;
        let elements = PyDict::new(py);
        for (position, entry) in self.index.entries().iter().enumerate() {
            let is_sequence = matches!(entry.content, Content::Sequence | Content::UnknownSequence);
            let element = if is_sequence {
                self.sequence_element(py, names, position, entry, &settings.validation_mode)?
            } else {
                self.raw_element(py, names, position, entry, [&is_implicit, &is_little])?
            };
            elements.set_item(names.base_tag(py, entry.tag)?, element)?;
        }
        Ok(elements)
    }

    /// Converts a `RawDataElement` of a data set's elements; `None` when it is pydicom that has
    /// to, because of what is in it or of how pydicom is configured.
    fn convert<'py>(
        &self,
        py: Python<'py>,
        elements: &Bound<'py, PyDict>,
        raw: &Bound<'py, PyTuple>,
        encodings: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let converter = Converter::new(py, self, elements, encodings)?;
        let Some(element) = converter.convert(raw)? else {
            return Ok(None);
        };
        elements.set_item(raw.get_borrowed_item(0)?, &element)?;
        Ok(Some(element))
    }

    /// Converts all that can be converted here, and returns the tags in order.
    fn convert_all<'py>(
        &self,
        py: Python<'py>,
        elements: &Bound<'py, PyDict>,
        encodings: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let converter = Converter::new(py, self, elements, encodings)?;
        let mut tags: Vec<(u32, Bound<'py, PyAny>)> = Vec::with_capacity(elements.len());
        let mut raws = Vec::with_capacity(elements.len());
        for (tag, element) in elements.iter() {
            tags.push((tag.extract()?, tag));
            if let Some(raw) = is_raw(converter.names(), &element) {
                raws.push(raw.clone());
            }
        }
        for raw in raws {
            if let Some(element) = converter.convert(&raw)? {
                elements.set_item(raw.get_borrowed_item(0)?, element)?;
            }
        }
        if !tags.is_sorted_by_key(|(tag, _)| *tag) {
            tags.sort_by_key(|(tag, _)| *tag);
        }
        PyList::new(py, tags.into_iter().map(|(_, tag)| tag))
    }

    /// The data set in the DICOM JSON model, as it was read; `None` where that needs pydicom: a
    /// value is not here, or a text not of its character sets.
    fn to_json(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let (text, flaw) = JsonModel::default()
            .write(&self.index)
            .map_err(|error| errors::dataset(py, &error))?;
        Ok(flaw.is_none().then_some(text))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// What pydicom's reader gives for an empty value: no bytes for text, nothing for the others.
fn has_empty_bytes(entry: &Entry) -> bool {
    let vr = entry.letters().and_then(Vr::from_bytes);
    entry.declared_length() != 0
        || vr.is_some_and(|vr| (vr.is_text() && !matches!(vr, Vr::DS | Vr::IS)) || vr == Vr::SQ)
}
