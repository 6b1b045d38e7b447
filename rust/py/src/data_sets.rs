//! Matches that came together, as data sets that are made one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dicomwire_net::query::Batch;
use pyo3::prelude::*;

use crate::dataset::Decoded;
use crate::matches::Matches;

/// The data sets of a batch, each made when its turn comes: a consumer that drops one before it takes the next
/// keeps Python's garbage collector out of it, which would otherwise walk over all of the batch time and again.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct DataSets {
    matches: Arc<Matches>,
    decoded: Decoded,
    batch: Batch,
    /// The number of the first match among all of the query.
    first: u64,
    next: AtomicUsize,
}

impl DataSets {
    /// Counts the matches of the batch; those that cannot be decoded are told when their turn comes.
    pub(crate) fn new(py: Python<'_>, matches: &Arc<Matches>, batch: Batch) -> PyResult<Self> {
        Ok(Self {
            decoded: matches.decoder(py)?,
            first: matches.count(&batch),
            matches: Arc::clone(matches),
            batch,
            next: AtomicUsize::new(0),
        })
    }

    /// The next match that can be decoded.
    pub(crate) fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        loop {
            let position = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((one, identifier)) = self.batch.get(position) else {
                return Ok(None);
            };
            match self.matches.decode(py, &self.decoded, one, identifier)? {
                Ok(data_set) => return Ok(Some(data_set)),
                Err(flaw) => {
                    let number = self.first.saturating_add(position as u64);
                    self.matches.mark(number, identifier, flaw);
                }
            }
        }
    }
}

#[pymethods]
impl DataSets {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.take(py)
    }
}
