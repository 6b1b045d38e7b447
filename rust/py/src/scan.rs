//! A scan of many files, as rows or as an Arrow stream.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::{ArrowError, SchemaRef};
use dicomwire_dataset::dict;
use dicomwire_table::head::Table;
use dicomwire_table::scan::{self, Counters, Next};
use dicomwire_table::stream::Stream;
use dicomwire_table::{Error, schema, tags};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::errors::{state, table_to_python};
use crate::rows;

/// How long a wait goes on before signals are looked after.
const TICK: Duration = Duration::from_millis(100);
const TAKEN: &str = "the rows of this scan were taken already; call scan() again, or keep what to_arrow() or to_polars() gave";

/// What a signal handler raised while rows were waited for.
type Raised = Arc<Mutex<Option<PyErr>>>;

/// A scan: threads in Rust that start when rows are asked for.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Scan {
    /// Gone once it was handed on as a stream, closed or came to its end.
    running: Mutex<Option<scan::Scan>>,
    schema: SchemaRef,
    counters: Arc<Counters>,
    raised: Raised,
}

#[pymethods]
impl Scan {
    #[new]
    fn new(
        py: Python<'_>,
        paths: Vec<PathBuf>,
        tags: Vec<String>,
        workers: usize,
        max_value_length: u64,
    ) -> PyResult<Self> {
        let columns = schema::columns(&tags).map_err(|error| table_to_python(py, &error))?;
        let running = scan::Scan::new(paths, Table::new(columns, max_value_length), workers);
        Ok(Self {
            schema: running.schema(),
            counters: running.counters(),
            running: Mutex::new(Some(running)),
            raised: Raised::default(),
        })
    }

    /// The names of the columns.
    fn columns(&self) -> Vec<String> {
        let fields = self.schema.fields();
        fields.iter().map(|field| field.name().clone()).collect()
    }

    /// The next rows; `None` after the last ones.
    fn next_rows<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyDict>>>> {
        loop {
            // Before rows are taken: what a handler raises must not cost any.
            py.check_signals()?;
            let next = py.detach(|| self.running().as_mut().map(|scan| scan.next_batch(TICK)));
            match next {
                Some(Next::Batch(batch)) => return rows::of_batch(py, &batch).map(Some),
                Some(Next::NotYet) => {}
                Some(Next::End) | None => {
                    self.close(py);
                    return Ok(None);
                }
                Some(Next::Lost) => {
                    return Err(PyRuntimeError::new_err("a thread of the scan died"));
                }
            }
        }
    }

    /// Hands the scan on as an Arrow stream, once.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol lets a producer ignore a wish it cannot fulfil.
        drop(requested_schema);
        let scan = self.running().take().ok_or_else(|| state(py, TAKEN))?;
        let stream = Stream::new(scan, ask_python(Arc::clone(&self.raised)));
        let stream = FFI_ArrowArrayStream::new(Box::new(stream));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// (rows, rows with errors) so far.
    fn counters(&self) -> (u64, u64) {
        self.counters.get()
    }

    /// What ended the stream early, as the reader of an Arrow stream only gets a text.
    fn take_raised(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let raised = self.raised.lock();
        let raised = raised.unwrap_or_else(PoisonError::into_inner).take();
        raised.map(|error| error.into_value(py).into_any())
    }

    /// Ends the threads.
    fn close(&self, py: Python<'_>) {
        let running = self.running().take();
        py.detach(|| drop(running));
    }
}

impl Scan {
    fn running(&self) -> MutexGuard<'_, Option<scan::Scan>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after signals between two batches. Only on the thread that asked for the stream: another
/// one may be waited for by a thread that holds the interpreter.
fn ask_python(raised: Raised) -> impl FnMut(&scan::Scan) -> Result<(), ArrowError> + Send {
    let home = thread::current().id();
    move |_| {
        if thread::current().id() != home {
            return Ok(());
        }
        let checked = Python::try_attach(|py| py.check_signals());
        let Some(Err(error)) = checked else {
            return Ok(());
        };
        *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        Err(ArrowError::ComputeError("interrupted".to_owned()))
    }
}

/// Those of the tags and paths that mean nothing.
#[pyfunction]
pub(crate) fn unknown_tags(texts: Vec<String>) -> Vec<String> {
    let is_unknown = |text: &str| matches!(tags::parse(text), Err(Error::UnknownTag { .. }));
    texts.into_iter().filter(|text| is_unknown(text)).collect()
}

/// All keywords of the data dictionary (PS3.6).
#[pyfunction]
pub(crate) fn keywords() -> Vec<&'static str> {
    let keywords = dict::all().iter().map(|entry| entry.keyword);
    keywords.filter(|keyword| !keyword.is_empty()).collect()
}
