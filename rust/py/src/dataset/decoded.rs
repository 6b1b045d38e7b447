//! Data sets of messages as pydicom's objects, many of them quickly.

use std::sync::{Arc, Mutex, PoisonError};

use dicomwire_dataset::index::Index;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::dataset::elements::{Elements, character_set, own_encodings};
use crate::dataset::large::LargeValues;
use crate::dataset::pydicom::Pydicom;

/// Makes data sets that were decoded from messages of one transfer syntax.
pub(crate) struct Decoded {
    names: &'static Pydicom,
    /// What all of them have in common, as `dicomwire.dataset.lazy.dataset_state` gives it.
    state: Py<PyDict>,
    /// The character sets of the last one. Those of a peer's messages hardly ever differ.
    last: Mutex<Option<(Vec<u8>, Py<PyAny>)>>,
}

impl Decoded {
    /// Asks Python for what such data sets look like.
    pub(crate) fn new(py: Python<'_>, implicit: bool, little: bool) -> PyResult<Self> {
        let names = Pydicom::get(py)?;
        let keywords = PyDict::new(py);
        keywords.set_item("implicit", implicit)?;
        keywords.set_item("little", little)?;
        let state = names
            .dataset_state
            .bind(py)
            .call((py.None(), py.None()), Some(&keywords))?
            .cast_into::<PyDict>()?
            .unbind();
        let last = Mutex::default();
        Ok(Self { names, state, last })
    }

    /// Makes the data set of an index: nothing of it is decoded yet.
    pub(crate) fn data_set<'py>(
        &self,
        py: Python<'py>,
        index: Index,
    ) -> PyResult<Bound<'py, PyAny>> {
        let encodings = self.encodings(py, &index)?;
        let data_set = self.names.instance(py, &self.names.item)?;
        let state = data_set
            .getattr(intern!(py, "__dict__"))?
            .cast_into::<PyDict>()?;
        state.update(self.state.bind(py).as_mapping())?;
        // What is changed in place is not shared.
        state.set_item(intern!(py, "_private_blocks"), PyDict::new(py))?;
        state.set_item(intern!(py, "_pixel_id"), PyDict::new(py))?;
        let options = PyDict::new(py);
        options.set_item(intern!(py, "use_pdh"), false)?;
        state.set_item(intern!(py, "_pixel_array_opts"), options)?;
        state.set_item(intern!(py, "_read_charset"), &encodings)?;
        let elements = Elements::with_encodings(Arc::new(index), LargeValues::none(), encodings);
        state.set_item(intern!(py, "_source"), Bound::new(py, elements)?)?;
        Ok(data_set)
    }

    /// The character sets of a data set, a list of its own if it is a list.
    fn encodings(&self, py: Python<'_>, index: &Index) -> PyResult<Py<PyAny>> {
        let Some(value) = character_set(index) else {
            return Ok(self.names.default_encoding.clone_ref(py));
        };
        let known = {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let same = last.as_ref().filter(|(of, _)| of == value);
            same.map(|(_, encodings)| encodings.clone_ref(py))
        };
        let encodings = match known {
            Some(encodings) => encodings,
            None => {
                let own = own_encodings(py, self.names, index)?;
                let own = own.unwrap_or_else(|| self.names.default_encoding.clone_ref(py));
                let kept = Some((value.to_vec(), own.clone_ref(py)));
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = kept;
                own
            }
        };
        match encodings.bind(py).cast::<PyList>() {
            Ok(list) => Ok(list.get_slice(0, list.len()).into_any().unbind()),
            Err(_) => Ok(encodings),
        }
    }
}
