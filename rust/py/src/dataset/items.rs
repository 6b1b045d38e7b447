//! The items of a sequence, made into data sets when somebody looks.

use std::sync::Arc;

use bytes::Bytes;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::tag::Tag;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::dataset::elements::Elements;
use crate::dataset::large::LargeValues;
use crate::dataset::pydicom::Pydicom;
use crate::errors;

/// Where the items of a sequence come from.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct SequenceItems {
    index: Arc<Index>,
    position: usize,
    encodings: Py<PyAny>,
}

impl SequenceItems {
    /// The items of the element at `position` of the entries. pydicom knows several names of
    /// codecs by a list, and converts one alone into a list for sequences of defined length.
    pub(crate) fn new(py: Python<'_>, elements: &Elements, position: usize) -> PyResult<Self> {
        let around = elements.encodings.bind(py);
        let entry = elements.index.entries().get(position);
        let is_undefined = entry.is_some_and(Entry::is_undefined);
        let encodings = if is_undefined || around.is_instance_of::<PyList>() {
            around.clone()
        } else {
            PyList::new(py, [around])?.into_any()
        };
        Ok(Self {
            index: Arc::clone(&elements.index),
            position,
            encodings: encodings.unbind(),
        })
    }

    /// The sequence exactly as it was read, header included, if that is how it would be written as
    /// the element `tag` in `encoding`, within a data set of the given character sets. One without
    /// a length is not: its items are written one by one.
    pub(crate) fn as_it_was_read(
        &self,
        tag: Tag,
        encoding: Encoding,
        encodings: &Bound<'_, PyList>,
    ) -> PyResult<Option<Bytes>> {
        let entry = self.index.entries().get(self.position);
        let Some(entry) = entry.filter(|entry| entry.tag == tag) else {
            return Ok(None);
        };
        let length = self.index.value(entry).as_bytes().len();
        let is_whole = usize::try_from(entry.declared_length()) == Ok(length);
        let is_alike = is_whole
            && entry.content == Content::Sequence
            && entry.letters().is_none_or(|letters| letters == *b"SQ")
            && self.index.encoding() == encoding
            && self.encodings.bind(encodings.py()).eq(encodings)?;
        Ok(is_alike.then(|| self.index.encoded(entry)))
    }

    fn item<'py>(
        &self,
        py: Python<'py>,
        names: &Pydicom,
        index: Index,
    ) -> PyResult<Bound<'py, PyAny>> {
        let encoding = index.encoding();
        let is_undefined = index.is_undefined_length_item();
        let pixel_representation = index.pixel_representation();
        let tell = index.item_offset();
        let elements = Elements::new(
            py,
            Arc::new(index),
            LargeValues::none(),
            Some(&self.encodings),
        )?;
        let state = PyDict::new(py);
        let options = PyDict::new(py);
        options.set_item(intern!(py, "use_pdh"), false)?;
        state.set_item(intern!(py, "_parent_encoding"), &self.encodings)?;
        state.set_item(intern!(py, "is_decompressed"), false)?;
        state.set_item(intern!(py, "_read_little"), !encoding.big_endian)?;
        state.set_item(intern!(py, "_read_implicit"), encoding.implicit)?;
        state.set_item(intern!(py, "_read_charset"), &elements.encodings)?;
        state.set_item(intern!(py, "_is_little_endian"), py.None())?;
        state.set_item(intern!(py, "_is_implicit_VR"), py.None())?;
        state.set_item(
            intern!(py, "is_undefined_length_sequence_item"),
            is_undefined,
        )?;
        state.set_item(intern!(py, "_private_blocks"), PyDict::new(py))?;
        state.set_item(intern!(py, "_pixel_array"), py.None())?;
        state.set_item(intern!(py, "_pixel_array_opts"), options)?;
        state.set_item(intern!(py, "_pixel_id"), PyDict::new(py))?;
        state.set_item(intern!(py, "seq_item_tell"), tell)?;
        state.set_item(intern!(py, "file_tell"), tell)?;
        if let Some(number) = pixel_representation {
            state.set_item(intern!(py, "_pixel_rep"), number)?;
        }
        state.set_item(intern!(py, "_source"), Bound::new(py, elements)?)?;
        let item = names.instance(py, &names.item)?;
        item.setattr(intern!(py, "__dict__"), state)?;
        Ok(item)
    }
}

#[pymethods]
impl SequenceItems {
    /// The items, as a list of data sets.
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let names = Pydicom::get(py)?;
        let Some(entry) = self.index.entries().get(self.position) else {
            return Ok(PyList::empty(py));
        };
        let (items, cut) = self
            .index
            .items_as_they_are(entry)
            .map_err(|error| errors::dataset(py, &error))?;
        if let Some(cut) = cut {
            names.warn.bind(py).call1((cut.to_string(),))?;
        }
        let list = PyList::empty(py);
        for index in items {
            list.append(self.item(py, names, index)?)?;
        }
        Ok(list)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
