//! The data set of a file in another transfer syntax.

use std::sync::{Mutex, PoisonError};

use dicomwire_dataset::file::{Conversion, ReadAt};
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dataset::large::OpenFile;
use crate::dataset::read::Source;
use crate::errors;

/// How many bytes are converted before Python gets them.
const PIECE: usize = 256 * 1024;

/// An iterator over the pieces of the converted data set.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct ConvertedDataSet {
    state: Mutex<State>,
}

struct State {
    conversion: Conversion<Box<dyn ReadAt + Send + Sync>>,
    output: Vec<u8>,
}

#[pymethods]
impl ConvertedDataSet {
    /// Finds the data set; `None` when the transfer syntax is not in the standard.
    #[staticmethod]
    fn open(py: Python<'_>, source: Source, transfer_syntax_uid: &str) -> PyResult<Option<Self>> {
        let Some(to) = syntax::lookup(transfer_syntax_uid) else {
            return Ok(None);
        };
        let source: Box<dyn ReadAt + Send + Sync> = match source {
            Source::Bytes(bytes) => Box::new(bytes.to_vec()),
            Source::Path(path) => Box::new(OpenFile::open(py, &path)?),
        };
        let conversion = Conversion::new(source, to, &Limits::default())
            .map_err(|error| errors::dataset(py, &error))?;
        let output = Vec::new();
        Ok(Some(Self {
            state: Mutex::new(State { conversion, output }),
        }))
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State { conversion, output } = &mut *state;
            output.clear();
            while output.len() < PIECE && conversion.next(output)? {}
            Ok(())
        })
        .map_err(|error| errors::dataset(py, &error))?;
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = PyBytes::new(py, &state.output);
        Ok((!state.output.is_empty()).then_some(piece))
    }
}
