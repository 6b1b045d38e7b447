//! A C-MOVE or C-GET under way, driven by the Python thread that asks for its next response.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dicomwire_net::desk::Receipt;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::Level;
use dicomwire_net::observer::HandlerFailed;
use dicomwire_net::relay::Relay;
use dicomwire_net::retrieve::{self, Control, Response, Way};
use dicomwire_net::sink::{Arrived, Arriving, Refusal, Sink};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::association::Association;
use crate::errors::{state, to_python};
use crate::observer::{PyObserver, Watch};
use crate::stored::{SinkSpec, tell};

/// Longer than anybody waits for one response.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// (SOP class, SOP instance, status we answered, why not, bytes)
type FateTuple = (String, String, u16, Option<String>, u64);

/// (status, remaining, completed, failed, warning, error comment, offending elements, identifier)
type ResponseTuple<'py> = (
    u16,
    Option<u16>,
    Option<u16>,
    Option<u16>,
    Option<u16>,
    Option<String>,
    Vec<u32>,
    Option<Bound<'py, PyBytes>>,
);

pub(crate) use dicomwire_net::retrieve::Request;

/// Where the instances of a C-GET go.
pub(crate) struct Instances {
    pub(crate) sink: SinkSpec,
    pub(crate) received: Option<Py<PyAny>>,
    pub(crate) relay: Option<Py<Association>>,
}

/// Tells Python of each instance, on the thread that waits for the next response.
struct Told {
    received: Py<PyAny>,
    watch: Arc<Watch>,
}

impl Receipt for Told {
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed> {
        // What comes out here, such as the KeyboardInterrupt of an impatient user, ends the operation.
        Python::attach(|py| tell(py, &self.received, &arrived))
            .map_err(|error| self.watch.keep(error))
    }

    fn refused(&self, _arriving: &Arriving, _refusal: &Refusal) {}
}

/// A C-MOVE or C-GET under way.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Retrieve {
    running: Mutex<Option<retrieve::Retrieve>>,
    control: Control,
    message_id: u16,
    association: Py<Association>,
    relay: Option<Onward>,
    /// What ended the association after a response that is told first.
    withheld: Mutex<Option<Error>>,
}

/// Where the instances of a C-GET are passed on to.
struct Onward {
    relay: Arc<Relay>,
    association: Py<Association>,
}

impl Onward {
    /// Takes the association from its owner. `source` is the one the instances come on.
    fn start(py: Python<'_>, association: Py<Association>, source: &Association) -> PyResult<Self> {
        let owner = association.get();
        let mut session = owner.take().ok_or_else(|| Association::taken(py))?;
        // It is driven by a thread that gets no signals.
        let observer = PyObserver::new(Arc::clone(owner.watch()), false);
        session.connection().set_observer(Box::new(observer));
        let (watch, interrupt) = (Arc::clone(source.watch()), source.interrupt().clone());
        let switch = interrupt.clone();
        let tick = move || {
            if let Err(error) = Python::attach(|py| py.check_signals()) {
                watch.keep(error);
                interrupt.raise(Level::Abort);
            }
        };
        let relay = Relay::start(session, switch, Box::new(tick))?;
        Ok(Self {
            relay: Arc::new(relay),
            association,
        })
    }

    /// Waits for the sending thread and gives the association back. Not with the interpreter in hand: that thread
    /// may want it.
    fn finish(&self) {
        if let Some(mut session) = self.relay.finish() {
            let owner = self.association.get();
            let observer = PyObserver::new(Arc::clone(owner.watch()), true);
            session.connection().set_observer(Box::new(observer));
            owner.put(session);
        }
    }
}

impl Retrieve {
    pub(crate) fn start_move(
        association: &Bound<'_, Association>,
        request: Request,
        destination: String,
    ) -> PyResult<Self> {
        Self::start(association, request, Way::Move { destination }, None)
    }

    pub(crate) fn start_get(
        association: &Bound<'_, Association>,
        request: Request,
        instances: Instances,
    ) -> PyResult<Self> {
        let py = association.py();
        let owner = association.get();
        let Instances {
            sink,
            received,
            relay,
        } = instances;
        let receipt = received.map(|received| -> Arc<dyn Receipt> {
            Arc::new(Told {
                received,
                watch: Arc::clone(owner.watch()),
            })
        });
        let is_relay = sink.kind == "relay";
        let (sink, relay): (Arc<dyn Sink>, _) = match relay {
            Some(destination) if is_relay => {
                let onward = Onward::start(py, destination, owner)?;
                let relay = Arc::clone(&onward.relay);
                (relay, Some(onward))
            }
            None if !is_relay => (sink.sink()?, None),
            _ => {
                let message =
                    "a sink of kind \"relay\" and an association to relay to need each other";
                return Err(PyValueError::new_err(message));
            }
        };
        Self::start(association, request, Way::Get { sink, receipt }, relay)
    }

    fn start(
        association: &Bound<'_, Association>,
        request: Request,
        way: Way,
        relay: Option<Onward>,
    ) -> PyResult<Self> {
        let py = association.py();
        let owner = association.get();
        let started = owner.take().map(|mut session| {
            let observer = PyObserver::new(Arc::clone(owner.watch()), true);
            session.connection().set_observer(Box::new(observer));
            py.detach(move || retrieve::Retrieve::start(session, request, way))
        });
        let error = match started {
            Some(Ok(running)) => {
                return Ok(Self {
                    control: running.control(),
                    message_id: running.message_id(),
                    running: Mutex::new(Some(running)),
                    association: association.clone().unbind(),
                    relay,
                    withheld: Mutex::default(),
                });
            }
            Some(Err(unstarted)) => {
                if let Some(session) = unstarted.session {
                    owner.put(session);
                }
                failure(py, &unstarted.error, owner.watch())
            }
            None => Association::taken(py),
        };
        if let Some(onward) = relay {
            py.detach(|| onward.finish());
        }
        Err(error)
    }

    fn take(&self) -> Option<retrieve::Retrieve> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Puts it back after use; when it is over, gives the associations back instead.
    fn put(&self, running: retrieve::Retrieve) {
        if !self.control.is_over() {
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
            return;
        }
        let session = running.into_session();
        if let Some(onward) = &self.relay {
            onward.finish();
        }
        if let Some(session) = session {
            self.association.get().put(session);
        }
    }

    fn withheld(&self) -> MutexGuard<'_, Option<Error>> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next response that is not followed by another one within the gap.
    fn next_news(
        &self,
        running: &mut retrieve::Retrieve,
        patience: Duration,
        gap: Duration,
    ) -> Result<Option<Response>, Error> {
        let begun = Instant::now();
        let (until, enough) = (begun + patience, begun + gap.min(patience));
        let mut latest = None;
        loop {
            let limit = if latest.is_some() { enough } else { until };
            match running.next_response(limit) {
                Ok(Some(response)) if response.is_pending() && Instant::now() < enough => {
                    latest = Some(response);
                }
                Ok(response) => return Ok(response.or(latest)),
                Err(error) if latest.is_some() => {
                    *self.withheld() = Some(error);
                    return Ok(latest);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends it by A-ABORT, if no thread is driving it.
    fn end(&self, py: Python<'_>) {
        if let Some(running) = self.take() {
            // This takes a moment, in which others may use the interpreter.
            py.detach(|| {
                drop(running);
                if let Some(onward) = &self.relay {
                    onward.finish();
                }
            });
        }
    }
}

#[pymethods]
impl Retrieve {
    /// The next response, if it comes within `seconds`; after the final one, `None`. Of pending ones that come
    /// within `gap` seconds only the last, as each counts all that came before.
    #[pyo3(signature = (seconds, gap = 0.0))]
    fn next_response<'py>(
        &self,
        py: Python<'py>,
        seconds: f64,
        gap: f64,
    ) -> PyResult<Option<ResponseTuple<'py>>> {
        if let Some(error) = self.withheld().take() {
            return Err(failure(py, &error, self.association.get().watch()));
        }
        let Some(mut running) = self.take() else {
            if self.control.is_over() {
                return Ok(None);
            }
            return Err(state(py, "another thread waits for the response"));
        };
        let duration = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(DAY).min(DAY);
        let outcome = py.detach(|| {
            let outcome = self.next_news(&mut running, duration(seconds), duration(gap));
            self.put(running);
            outcome
        });
        match outcome {
            Ok(response) => Ok(response.map(|response| response_tuple(py, response))),
            Err(error) => Err(failure(py, &error, self.association.get().watch())),
        }
    }

    /// The message ID of the request, with which the instances of a C-MOVE come.
    fn message_id(&self) -> u16 {
        self.message_id
    }

    /// The DIMSE time-out starts again: sub-operations went on elsewhere.
    fn touch(&self) {
        self.control.touch();
    }

    /// Whether the final response was taken, or an error ended it.
    fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// Asks the peer to end it (PS3.7 §9.3.3.3, §9.3.4.3); responses go on to come until the final one.
    fn cancel(&self) {
        self.control.cancel();
    }

    /// Aborts the association, whatever goes on.
    fn abort(&self, py: Python<'_>) {
        self.control.abort();
        self.end(py);
    }

    /// C-GET: instances stored, bytes of their data sets, instances refused.
    fn tally(&self) -> (u64, u64, u64) {
        let tally = self.control.tally();
        (tally.stored, tally.bytes, tally.refused)
    }

    /// C-GET: what became of the instances that came since the last call.
    fn take_arrived(&self) -> Vec<FateTuple> {
        let fates = self.control.take_arrived().into_iter();
        fates
            .map(|fate| {
                (
                    fate.sop_class_uid,
                    fate.sop_instance_uid,
                    fate.status,
                    fate.comment,
                    fate.bytes,
                )
            })
            .collect()
    }
}

impl Drop for Retrieve {
    fn drop(&mut self) {
        Python::attach(|py| self.end(py));
    }
}

/// What a handler raised goes before what came of it.
fn failure(py: Python<'_>, error: &Error, watch: &Watch) -> PyErr {
    match (error, watch.take_raised()) {
        (Error::Interrupted | Error::Handler, Some(raised)) => raised,
        (error, raised) => to_python(py, error, raised),
    }
}

fn response_tuple(py: Python<'_>, response: Response) -> ResponseTuple<'_> {
    let elements = response.offending_elements.iter();
    (
        response.status,
        response.remaining,
        response.completed,
        response.failed,
        response.warning,
        response.error_comment,
        elements.map(|tag| tag.0).collect(),
        response
            .identifier
            .map(|identifier| PyBytes::new(py, &identifier)),
    )
}
