//! The receiver: a listener in Rust that tells Python of each instance and each event report.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dicomwire_dataset::sop;
use dicomwire_net::desk::Receipt;
use dicomwire_net::listener::{Listener, ListenerOptions};
use dicomwire_net::observer::{HandlerFailed, Observer};
use dicomwire_net::reports::Reports;
use dicomwire_net::sink::{Arrived, Arriving, Refusal, status};
use dicomwire_proto::{AcceptPolicy, AsynchronousOperations, SyntaxFilter};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::normalized::Asking;
use crate::observer::{PyObserver, Watch};
use crate::spec::{LimitSpec, TimeoutSpec, settings};
use crate::stored::{SinkSpec, tell};

/// Verification SOP Class (PS3.4 Annex A).
const VERIFICATION: &str = "1.2.840.10008.1.1";

/// Requests that may wait for their turn on one association; they are performed one after the other.
const PIPELINE: AsynchronousOperations = AsynchronousOperations {
    invoked: 64,
    performed: 1,
};

/// How to receive, read from `dicomwire.scp.serving`.
#[derive(FromPyObject)]
struct ReceiverSpec {
    address: String,
    port: u16,
    ae_title: Option<String>,
    calling_ae_titles: Option<Vec<String>>,
    transfer_syntaxes: Option<Vec<String>>,
    max_pdu_length: u32,
    max_associations: usize,
    timeouts: TimeoutSpec,
    limits: LimitSpec,
    implementation_class_uid: String,
    implementation_version_name: String,
    sink: SinkSpec,
    accepts_storage: bool,
    event_sop_classes: Vec<String>,
}

#[derive(Default)]
struct Tally {
    received: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
}

struct PyReceipt {
    tally: Arc<Tally>,
    /// See [`tell`].
    received: Py<PyAny>,
    /// Whether anybody would be told: Python is not entered otherwise.
    listening: Arc<AtomicBool>,
    /// `refused(class, instance, calling, status, comment, move originator, its message ID)`
    refused: Option<Py<PyAny>>,
}

impl Receipt for PyReceipt {
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed> {
        let bytes = arrived.bytes;
        let status = if self.listening.load(Ordering::Relaxed) {
            // The Python side catches what handlers raise and gives a status; an error here is its own.
            Python::attach(|py| {
                tell(py, &self.received, &arrived).unwrap_or_else(|error| {
                    error.write_unraisable(py, None);
                    status::PROCESSING_FAILURE
                })
            })
        } else {
            status::SUCCESS
        };
        if status::is_stored(status) {
            self.tally.received.fetch_add(1, Ordering::Relaxed);
            self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        } else {
            self.tally.failed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(status)
    }

    fn refused(&self, arriving: &Arriving, refusal: &Refusal) {
        self.tally.failed.fetch_add(1, Ordering::Relaxed);
        if let Some(refused) = &self.refused {
            Python::attach(|py| {
                let arguments = (
                    &arriving.sop_class_uid,
                    &arriving.sop_instance_uid,
                    &arriving.calling_ae_title,
                    refusal.status,
                    &refusal.comment,
                    arriving.move_originator_ae_title.as_deref(),
                    arriving.move_originator_message_id,
                );
                if let Err(error) = refused.call1(py, arguments) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

/// A running receiver.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Receiver {
    listener: Mutex<Option<Listener>>,
    port: u16,
    tally: Arc<Tally>,
    listening: Arc<AtomicBool>,
}

#[pymethods]
impl Receiver {
    /// Binds and starts to accept.
    #[staticmethod]
    #[pyo3(signature = (spec, received, refused, ended, log, reported))]
    fn start(
        py: Python<'_>,
        spec: ReceiverSpec,
        received: Py<PyAny>,
        refused: Option<Py<PyAny>>,
        ended: Option<Py<PyAny>>,
        log: Option<Py<PyAny>>,
        reported: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let tally = Arc::new(Tally::default());
        let listening = Arc::new(AtomicBool::new(false));
        let receipt = PyReceipt {
            tally: Arc::clone(&tally),
            received,
            listening: Arc::clone(&listening),
            refused,
        };
        let watch = Watch::new(None, Vec::new(), log);
        let options = ListenerOptions {
            address: address(&spec.address, spec.port)?,
            policy: policy(&spec),
            settings: settings(spec.max_pdu_length, &spec.timeouts, &spec.limits),
            max_associations: spec.max_associations,
            sink: spec.sink.sink()?,
            receipt: Arc::new(receipt),
            reports: reported.map(|function| -> (Arc<dyn Reports>, usize) {
                (
                    Arc::new(Asking::new(function, None)),
                    spec.limits.max_identifier(),
                )
            }),
            observers: Arc::new(move || -> Box<dyn Observer> {
                Box::new(PyObserver::new(Arc::clone(&watch), false))
            }),
            ended: Arc::new(move |error| {
                if let Some(ended) = &ended {
                    Python::attach(|py| {
                        if let Err(error) = ended.call1(py, (error.to_string(),)) {
                            error.write_unraisable(py, None);
                        }
                    });
                }
            }),
        };
        let listener = py.detach(|| Listener::start(options))?;
        let port = listener.address().port();
        Ok(Self {
            listener: Mutex::new(Some(listener)),
            port,
            tally,
            listening,
        })
    }

    /// The port it listens on.
    #[getter]
    fn port(&self) -> u16 {
        self.port
    }

    /// (instances stored, bytes of their data sets, instances refused)
    fn tally(&self) -> (u64, u64, u64) {
        let tally = &self.tally;
        (
            tally.received.load(Ordering::Relaxed),
            tally.bytes.load(Ordering::Relaxed),
            tally.failed.load(Ordering::Relaxed),
        )
    }

    /// From now on `received` is called for each instance.
    fn listen(&self) {
        self.listening.store(true, Ordering::Relaxed);
    }

    /// Associations being served now.
    fn serving(&self) -> usize {
        self.listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map_or(0, Listener::serving)
    }

    /// Stops accepting, waits for open associations, aborts what is left after `patience` seconds.
    fn stop(&self, py: Python<'_>, patience: f64) {
        let listener = self
            .listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
        if let Some(mut listener) = listener {
            py.detach(move || listener.stop(patience));
        }
    }
}

fn address(host: &str, port: u16) -> PyResult<SocketAddr> {
    let found = (host, port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next());
    found.ok_or_else(|| PyValueError::new_err(format!("{host:?} is no address and no name of one")))
}

fn policy(spec: &ReceiverSpec) -> AcceptPolicy {
    let storage = SyntaxFilter::any_storage();
    let reporting = SyntaxFilter::only(spec.event_sop_classes.iter().cloned());
    let (scp_roles, accepts_storage) = (reporting.clone(), spec.accepts_storage);
    let abstract_syntaxes = SyntaxFilter::matching(move |uid| {
        uid == VERIFICATION
            || reporting.accepts(uid)
            || (accepts_storage && (storage.accepts(uid) || sop::is_storage(uid)))
    });
    let transfer_syntaxes = match &spec.transfer_syntaxes {
        Some(uids) => SyntaxFilter::only(uids.iter().cloned()),
        None => SyntaxFilter::matching(|uid| dicomwire_dataset::syntax::lookup(uid).is_some()),
    };
    AcceptPolicy {
        ae_title: spec.ae_title.clone(),
        calling_ae_titles: spec
            .calling_ae_titles
            .as_ref()
            .map(|titles| titles.iter().cloned().collect()),
        abstract_syntaxes,
        transfer_syntaxes,
        scp_roles,
        asynchronous_operations: PIPELINE,
        implementation_class_uid: spec.implementation_class_uid.clone(),
        implementation_version_name: Some(spec.implementation_version_name.clone()),
        ..AcceptPolicy::default()
    }
}
