//! A running C-STORE transfer, fed and watched by Python.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dicomwire_net::decompression::Decompressor;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::observer::Observer;
use dicomwire_net::plan::Transcoding;
use dicomwire_net::scan::Source;
use dicomwire_net::transfer::{
    self, Counters, Keep, ObserverFactory, Outcome, StoreResult, TransferOptions,
};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyTuple;

use crate::association::Association;
use crate::decompression::PyDecompressor;
use crate::errors::to_python;
use crate::observer::{PyObserver, Watch};
use crate::rewrite::RewriteSpec;
use crate::spec::AssociateSpec;

/// How to send, read from `dicomwire.scu.store`.
#[derive(FromPyObject)]
struct StoreSpec {
    associations: usize,
    transcode: String,
    decompress: Option<Py<PyAny>>,
    rewrite: Option<RewriteSpec>,
    verify: bool,
    stop_on_failure: bool,
    attempts: u32,
    keep_all: bool,
}

/// (sent, warnings, failed, skipped, bytes)
type CounterTuple = (u64, u64, u64, u64, u64);

/// A running transfer: worker threads in Rust, fed from here.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Transfer {
    running: transfer::Transfer,
    watch: Arc<Watch>,
}

#[pymethods]
impl Transfer {
    /// Starts the workers. `kept` are associations left open by an earlier call.
    #[staticmethod]
    #[pyo3(signature = (spec, store, dispatch, events, log, kept))]
    fn start(
        spec: AssociateSpec,
        store: StoreSpec,
        dispatch: Option<Py<PyAny>>,
        events: Vec<String>,
        log: Option<Py<PyAny>>,
        kept: Vec<PyRef<'_, Association>>,
    ) -> PyResult<Self> {
        let watch = Watch::new(dispatch, events, log);
        let (endpoint, request, settings, limits) = spec.into_parts();
        let for_observers = Arc::clone(&watch);
        let observers: ObserverFactory = Arc::new(move || -> Box<dyn Observer> {
            Box::new(PyObserver::new(Arc::clone(&for_observers), false))
        });
        let options = TransferOptions {
            endpoint,
            request,
            settings,
            limits,
            associations: store.associations,
            transcode: match store.transcode.as_str() {
                "any" => Transcoding::Any,
                "never" => Transcoding::Never,
                _ => Transcoding::Uncompressed,
            },
            decompressor: store.decompress.map(|decompress| -> Arc<dyn Decompressor> {
                Arc::new(PyDecompressor(decompress))
            }),
            rewriting: store.rewrite.map(|rewrite| rewrite.into_rewriting(&watch)),
            verify: store.verify,
            stop_on_failure: store.stop_on_failure,
            attempts: store.attempts,
            keep: if store.keep_all {
                Keep::All
            } else {
                Keep::Failures
            },
            observers,
        };
        let sessions = kept
            .iter()
            .filter_map(|association| association.take())
            .collect();
        let running = transfer::Transfer::start(options, Interrupt::new(), sessions)?;
        Ok(Self { running, watch })
    }

    /// Offers a file or directory; `False`: the queue is full or the transfer is over.
    fn push_path(&self, path: PathBuf) -> bool {
        self.running.push(Source::Path(path)).is_ok()
    }

    /// Offers a whole file in memory, which is not copied.
    #[pyo3(signature = (name, file))]
    fn push_bytes(&self, name: Option<PathBuf>, file: PyBackedBytes) -> bool {
        let bytes = Bytes::from_owner(file);
        self.running.push(Source::Memory { name, bytes }).is_ok()
    }

    /// Books an input that could not be made an instance of.
    #[pyo3(signature = (name, error))]
    fn push_failed(&self, name: Option<PathBuf>, error: String) -> bool {
        self.running.push(Source::Failed { name, error }).is_ok()
    }

    /// Takes a source that comes too late to be sent, so that it is accounted for.
    #[pyo3(signature = (path, error))]
    fn push_late(&self, path: Option<PathBuf>, error: Option<String>) {
        self.running.push_late(match (path, error) {
            (name, Some(error)) => Source::Failed { name, error },
            (Some(path), None) => Source::Path(path),
            (None, None) => Source::Memory {
                name: None,
                bytes: Bytes::new(),
            },
        });
    }

    /// Whether no worker takes anything any more.
    fn is_over(&self) -> bool {
        self.running.is_over()
    }

    /// Sources and instances that wait for a worker.
    fn waiting(&self) -> usize {
        self.running.waiting()
    }

    /// No more sources will come.
    fn close(&self) {
        self.running.close();
    }

    /// Waits until all is done (or results are there, if wanted) or the time has passed; returns whether all is done.
    fn wait(&self, py: Python<'_>, seconds: f64, for_results: bool) -> PyResult<bool> {
        let timeout = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let done = py.detach(|| self.running.wait(timeout, for_results));
        py.check_signals()?;
        Ok(done)
    }

    /// Results since the last call.
    fn take_results<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let results = self.running.take_results();
        results
            .iter()
            .map(|result| result_tuple(py, result))
            .collect()
    }

    /// (sent, warnings, failed, skipped, bytes) so far.
    fn counters(&self) -> CounterTuple {
        counter_tuple(self.running.counters())
    }

    /// Inputs seen so far and whether these are all.
    fn discovered(&self) -> (u64, bool) {
        self.running.discovered()
    }

    /// Ends it early: after the instances in hand, or at once by A-ABORT.
    fn interrupt(&self, abort: bool) {
        self.running
            .interrupt(if abort { Level::Abort } else { Level::Cancel });
    }

    /// Waits for the workers: (exception or None, counters, remaining results, associations still open).
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let ended = py.detach(|| self.running.finish());
        let error = ended
            .error
            .map(|error| to_python(py, &error, self.watch.take_raised()));
        let results: Vec<_> = ended
            .results
            .iter()
            .map(|result| result_tuple(py, result))
            .collect::<PyResult<_>>()?;
        let kept: Vec<_> = ended
            .sessions
            .into_iter()
            .map(|mut session| {
                let interrupt = Interrupt::new();
                session.connection().set_interrupt(interrupt.clone());
                Py::new(
                    py,
                    Association::from_session(session, interrupt, Arc::clone(&self.watch)),
                )
            })
            .collect::<PyResult<_>>()?;
        (
            error.map(|error| error.into_value(py)),
            counter_tuple(ended.counters),
            results,
            kept,
        )
            .into_pyobject(py)
    }
}

fn counter_tuple(counters: Counters) -> CounterTuple {
    (
        counters.sent,
        counters.warnings,
        counters.failed,
        counters.skipped,
        counters.bytes,
    )
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sent => "sent",
        Outcome::Warning => "warning",
        Outcome::Failed => "failed",
        Outcome::Unconfirmed => "unconfirmed",
        Outcome::Skipped => "skipped",
    }
}

/// (path, class, instance, outcome, status, error, bytes, seconds, message id, context id, instance
/// as it is stored, if it was sent as another one)
pub(crate) fn result_tuple<'py>(
    py: Python<'py>,
    result: &StoreResult,
) -> PyResult<Bound<'py, PyTuple>> {
    (
        result.path.as_deref(),
        result.sop_class_uid.as_deref(),
        result.sop_instance_uid.as_deref(),
        outcome_name(result.outcome),
        result.status,
        result.error.as_deref(),
        result.bytes,
        result.seconds,
        result.message_id,
        result.context_id,
        result.original_sop_instance_uid.as_deref(),
    )
        .into_pyobject(py)
}
