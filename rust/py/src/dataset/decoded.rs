//! Data sets of messages as pydicom's objects, many of them quickly.

use std::sync::Arc;

use dicomwire_dataset::index::Index;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::dataset::elements::Elements;
use crate::dataset::large::LargeValues;
use crate::dataset::pydicom::Pydicom;

/// Makes data sets that were decoded from messages of one transfer syntax.
pub(crate) struct Decoded<'py> {
    py: Python<'py>,
    names: &'static Pydicom,
    /// What all of them have in common, as `dicomwire.dataset.lazy.dataset_state` gives it.
    state: Bound<'py, PyDict>,
}

impl<'py> Decoded<'py> {
    /// Asks Python for what such data sets look like.
    pub(crate) fn new(py: Python<'py>, implicit: bool, little: bool) -> PyResult<Self> {
        let names = Pydicom::get(py)?;
        let keywords = PyDict::new(py);
        keywords.set_item("implicit", implicit)?;
        keywords.set_item("little", little)?;
        let state = names
            .dataset_state
            .bind(py)
            .call((py.None(), py.None()), Some(&keywords))?
            .cast_into::<PyDict>()?;
        Ok(Self { py, names, state })
    }

    /// Makes the data set of an index: nothing of it is decoded yet.
    pub(crate) fn data_set(&self, index: Index) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let elements = Elements::new(py, Arc::new(index), LargeValues::none(), None)?;
        let data_set = self.names.instance(py, &self.names.item)?;
        let state = data_set
            .getattr(intern!(py, "__dict__"))?
            .cast_into::<PyDict>()?;
        state.update(self.state.as_mapping())?;
        // What is changed in place is not shared.
        state.set_item(intern!(py, "_private_blocks"), PyDict::new(py))?;
        state.set_item(intern!(py, "_pixel_id"), PyDict::new(py))?;
        let options = PyDict::new(py);
        options.set_item(intern!(py, "use_pdh"), false)?;
        state.set_item(intern!(py, "_pixel_array_opts"), options)?;
        state.set_item(intern!(py, "_read_charset"), &elements.encodings)?;
        state.set_item(intern!(py, "_source"), Bound::new(py, elements)?)?;
        Ok(data_set)
    }
}
