//! The matches of one query, or of many, as an Arrow stream. Python is not entered unless somebody listens.

use std::thread::{self, ThreadId};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use dicomwire_net::error::Error;
use dicomwire_table::matches::MatchRows;
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::PyCapsule;

use crate::listeners::Listeners;
use crate::matches::Matches;

/// Why there are no more rows.
pub(crate) enum Trouble {
    /// The association is over.
    Ended(Error),
    /// The call came at the wrong moment.
    Untimely(&'static str),
    /// A function of the caller failed, or a table could not be made.
    Arrow(ArrowError),
}

/// What a stream reads from.
pub(crate) trait Source: PyClass<Frozen = True> + Send + Sync {
    fn matches(&self) -> &Matches;
    fn listeners(&self) -> &Listeners;
    /// Waits for matches and makes rows of them; `home` is where Python's signals are looked after.
    fn rows(&self, rows: &mut MatchRows, home: ThreadId) -> Result<Option<RecordBatch>, Trouble>;
    /// Ends it because the reader left.
    fn give_up(&self);
}

struct Stream<S: Source> {
    source: Py<S>,
    rows: MatchRows,
    /// The thread that asked for the stream: another one may be waited for by a thread that holds the interpreter.
    home: ThreadId,
    ended: bool,
}

/// Makes the stream, as Python hands it on.
pub(crate) fn capsule<'py, S: Source>(source: &Bound<'py, S>) -> PyResult<Bound<'py, PyCapsule>> {
    let stream = Stream {
        rows: MatchRows::new(&source.get().matches().table),
        source: source.clone().unbind(),
        home: thread::current().id(),
        ended: false,
    };
    let stream = FFI_ArrowArrayStream::new(Box::new(stream));
    PyCapsule::new_with_value(source.py(), stream, c"arrow_array_stream")
}

impl<S: Source> Stream<S> {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let source = self.source.get();
        match source.rows(&mut self.rows, self.home) {
            Ok(Some(batch)) => Ok(Some(batch)),
            Ok(None) => source.listeners().ended().map(|()| None),
            Err(Trouble::Untimely(message)) => Err(ArrowError::ComputeError(message.to_owned())),
            Err(Trouble::Arrow(error)) => Err(error),
            Err(Trouble::Ended(error)) => {
                // It is broken already, so there is nothing this could add.
                let _ = source.listeners().ended();
                Err(source.listeners().keep(error))
            }
        }
    }
}

impl<S: Source> Drop for Stream<S> {
    /// A reader that leaves before the end wants no more.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let source = self.source.get();
        source.give_up();
        // Nobody is there to be told what a function of the caller raised.
        let _ = source.listeners().ended();
    }
}

impl<S: Source> Iterator for Stream<S> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<S: Source> RecordBatchReader for Stream<S> {
    fn schema(&self) -> SchemaRef {
        self.source.get().matches().table.schema()
    }
}
