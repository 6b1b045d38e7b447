//! Whom queries tell of what happens on the way into rows and Arrow streams, and what ended a stream.
//!
//! An Arrow stream is read by some library, perhaps on a thread of its own: nobody of ours sees a match pass or
//! the stream end, and of an exception the library only learns that there was one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_schema::ArrowError;
use dicomwire_net::error::Error;
use dicomwire_net::observer::HandlerFailed;
use dicomwire_net::query::Batch;
use pyo3::prelude::*;

use crate::errors::to_python;
use crate::matches::Matches;
use crate::observer::Watch;

/// Functions of the caller, and what they raised.
pub(crate) struct Listeners {
    watch: Arc<Watch>,
    functions: Mutex<Functions>,
    /// What ended an Arrow stream.
    trouble: Mutex<Option<Error>>,
}

#[derive(Default)]
struct Functions {
    /// Called with the data sets of each batch before it is handed out in another form.
    matched: Option<Py<PyAny>>,
    /// Called when an Arrow stream is over, or nobody reads it any more.
    ended: Option<Py<PyAny>>,
}

/// Does what takes time where a stream is given up: whoever does that may have the interpreter in hand, and all
/// other threads of Python would wait, among them those that this waits for.
pub(crate) fn without_interpreter<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    Python::attach(|py| py.detach(work))
}

impl Listeners {
    pub(crate) fn new(watch: Arc<Watch>) -> Self {
        Self {
            watch,
            functions: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    pub(crate) fn set(&self, matched: Option<Py<PyAny>>, ended: Option<Py<PyAny>>) {
        *self.functions() = Functions { matched, ended };
    }

    fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of matches that are about to become rows.
    pub(crate) fn matched<'a>(
        &self,
        py: Python<'_>,
        matches: &Matches,
        batches: impl Iterator<Item = &'a Batch>,
    ) -> PyResult<()> {
        let function = self.functions().matched.as_ref().map(|it| it.clone_ref(py));
        let Some(function) = function else {
            return Ok(());
        };
        for batch in batches {
            function.call1(py, (matches.data_sets(py, batch)?,))?;
        }
        Ok(())
    }

    /// The same in a stream, which does not enter Python when nobody listens.
    pub(crate) fn matched_in_stream<'a>(
        &self,
        matches: &Matches,
        batches: impl Iterator<Item = &'a Batch>,
    ) -> Result<(), ArrowError> {
        if self.functions().matched.is_none() {
            return Ok(());
        }
        Python::attach(|py| self.matched(py, matches, batches))
            .map_err(|raised| self.raised(raised))
    }

    /// Tells that a stream is over.
    pub(crate) fn ended(&self) -> Result<(), ArrowError> {
        if self.functions().ended.is_none() {
            return Ok(());
        }
        let told = Python::attach(|py| {
            let function = self.functions().ended.as_ref().map(|it| it.clone_ref(py));
            function.map_or(Ok(()), |function| function.call0(py).map(|_| ()))
        });
        told.map_err(|raised| self.raised(raised))
    }

    fn raised(&self, raised: PyErr) -> ArrowError {
        let HandlerFailed = self.watch.keep(raised);
        self.keep(Error::Handler)
    }

    /// Keeps what ended a stream, of which Arrow only takes the text.
    pub(crate) fn keep(&self, error: Error) -> ArrowError {
        let text = error.to_string();
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        ArrowError::ComputeError(text)
    }

    /// What ended an Arrow stream early.
    pub(crate) fn take_raised(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let trouble = self.trouble.lock();
        let trouble = trouble.unwrap_or_else(PoisonError::into_inner).take()?;
        let error = to_python(py, &trouble, self.watch.take_raised());
        Some(error.into_value(py).into_any())
    }
}
