//! One association that Python holds: open, echo, release, abort.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::{self, TransferSyntax};
use dicomwire_net::body::Body;
use dicomwire_net::connection::Connection;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::message::Inbox;
use dicomwire_net::observer::Observer;
use dicomwire_net::plan::Plan;
use dicomwire_net::query::Question;
use dicomwire_net::session::Session;
use dicomwire_proto::{CommandSet, ContextResult, ExtendedNegotiation, UserInformation};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::errors::{make, state, to_python};
use crate::find::Find;
use crate::normalized::{self, Operation};
use crate::observer::{Answered, PyObserver, Watch, contexts};
use crate::retrieve::{Instances, Request, Retrieve};
use crate::spec::AssociateSpec;
use crate::stored::SinkSpec;

/// Verification SOP Class (PS3.4 Annex A).
const VERIFICATION: &str = "1.2.840.10008.1.1";
/// No answer we wait for here carries a data set larger than this.
const MAX_DATA_SET: usize = 64 << 20;

/// An open association, driven by whichever thread calls it.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Association {
    session: Mutex<Option<Session>>,
    bounds: Mutex<Bounds>,
    pub(crate) interrupt: Interrupt,
    watch: Arc<Watch>,
}

/// How much of a data set is accepted from the peer.
#[derive(Clone, Default)]
pub(crate) struct Bounds {
    pub(crate) limits: Limits,
    pub(crate) max_identifier: usize,
}

impl Association {
    pub(crate) fn from_session(session: Session, interrupt: Interrupt, watch: Arc<Watch>) -> Self {
        Self {
            session: Mutex::new(Some(session)),
            bounds: Mutex::default(),
            interrupt,
            watch,
        }
    }

    pub(crate) fn take(&self) -> Option<Session> {
        self.session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Gives it back after an operation. If an abort was asked for meanwhile it is not kept.
    pub(crate) fn put(&self, session: Session) {
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // An abort from now on waits for the lock and finds the session.
        if self.interrupt.level() < Level::Abort {
            *place = Some(session);
        } else {
            drop(place);
            session.into_connection().abort();
        }
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let bounds = self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        bounds.clone()
    }

    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    pub(crate) fn taken(py: Python<'_>) -> PyErr {
        state(
            py,
            "the association is closed, or something else is using it",
        )
    }
}

#[pymethods]
impl Association {
    /// An association that is not open yet, so that another thread can end its opening.
    #[new]
    #[pyo3(signature = (dispatch, events, log))]
    fn new(dispatch: Option<Py<PyAny>>, events: Vec<String>, log: Option<Py<PyAny>>) -> Self {
        let watch = Watch::new(dispatch, events, log);
        Self {
            session: Mutex::new(None),
            bounds: Mutex::default(),
            interrupt: Interrupt::new(),
            watch,
        }
    }

    /// Connects and negotiates.
    fn connect(&self, py: Python<'_>, spec: AssociateSpec) -> PyResult<()> {
        let max_identifier = spec.max_identifier();
        let (endpoint, request, settings, limits) = spec.into_parts();
        *self.bounds.lock().unwrap_or_else(PoisonError::into_inner) = Bounds {
            limits,
            max_identifier,
        };
        let plan = Plan::from_contexts(request.presentation_contexts.clone());
        let observer: Box<dyn Observer> = Box::new(PyObserver::new(Arc::clone(&self.watch), true));
        let switch = self.interrupt.clone();
        let opened =
            py.detach(move || Connection::open(&endpoint, request, settings, observer, switch));
        match opened {
            Ok(connection) => {
                self.put(Session::new(connection, plan));
                Ok(())
            }
            Err(error) => Err(to_python(py, &error, self.watch.take_raised())),
        }
    }

    /// Sends a C-ECHO-RQ and returns the status of the answer (PS3.7 §9.1.5).
    fn echo(&self, py: Python<'_>) -> PyResult<u16> {
        let mut session = self.take().ok_or_else(|| Self::taken(py))?;
        let (session, outcome) = py.detach(move || match echo(session.connection()) {
            Ok(status) => (Some(session), Ok(status)),
            Err(error @ Error::Local(_)) => (Some(session), Err(error)),
            Err(error) => (None, Err(session.into_connection().fail(error))),
        });
        if let Some(session) = session {
            self.put(session);
        }
        outcome.map_err(|error| to_python(py, &error, self.watch.take_raised()))
    }

    /// Whether the peer still holds the association, as far as can be seen without asking it.
    fn is_alive(&self) -> bool {
        let Some(mut session) = self.take() else {
            return false;
        };
        let alive = session.is_alive();
        if alive {
            self.put(session);
        }
        alive
    }

    /// (identifier, abstract syntax, proposed syntaxes, result, accepted syntax) of each context.
    fn contexts(&self) -> Vec<Answered> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .as_mut()
            .map(|session| contexts(session.connection().association()))
            .unwrap_or_default()
    }

    /// (SOP class, information) of each extended negotiation the peer answered (PS3.7 §D.3.3.5).
    fn extended<'py>(&self, py: Python<'py>) -> Vec<(String, Bound<'py, PyBytes>)> {
        let items = self.negotiated(|user| user.extended.clone()).into_iter();
        let pair = |item: ExtendedNegotiation| {
            let information = PyBytes::new(py, &item.information);
            (item.sop_class_uid, information)
        };
        items.map(pair).collect()
    }

    /// (SOP class, user, provider) of each role selection the peer answered (PS3.7 §D.3.3.4).
    fn roles(&self) -> Vec<(String, bool, bool)> {
        self.negotiated(|user| {
            let items = user.roles.iter();
            items
                .map(|role| (role.sop_class_uid.clone(), role.scu, role.scp))
                .collect()
        })
    }

    /// Sends a C-FIND-RQ (PS3.7 §9.1.2).
    #[pyo3(signature = (context_id, sop_class_uid, priority, identifier, limit))]
    fn find(
        slf: &Bound<'_, Self>,
        context_id: u8,
        sop_class_uid: String,
        priority: u16,
        identifier: PyBackedBytes,
        limit: Option<u64>,
    ) -> PyResult<Find> {
        let py = slf.py();
        let this = slf.get();
        let mut session = this.take().ok_or_else(|| Self::taken(py))?;
        let Some(syntax) = accepted_syntax(session.connection(), context_id) else {
            this.put(session);
            let text = format!("presentation context {context_id} was not accepted");
            return Err(make(py, "LocalProtocolError", &text, &[]));
        };
        let bounds = this.bounds();
        let question = Question {
            context_id,
            sop_class_uid,
            priority,
            identifier: Bytes::from_owner(identifier),
            limit,
            max_identifier: bounds.max_identifier,
        };
        let (interrupt, watch) = (this.interrupt.clone(), Arc::clone(&this.watch));
        let association = slf.clone().unbind();
        Find::start(
            py,
            association,
            session,
            question,
            interrupt,
            watch,
            syntax,
            bounds.limits,
        )
    }

    /// Sends a C-MOVE-RQ (PS3.7 §9.1.4). Until its final response the association is taken.
    #[pyo3(name = "move")]
    fn move_(
        slf: &Bound<'_, Self>,
        context_id: u8,
        sop_class_uid: String,
        priority: u16,
        identifier: &[u8],
        destination: String,
    ) -> PyResult<Retrieve> {
        let request = Request::new(context_id, sop_class_uid, priority, identifier);
        Retrieve::start_move(slf, request, destination)
    }

    /// Sends a C-GET-RQ (PS3.7 §9.1.3). Until its final response the association is taken, and `relay`, an open
    /// association the instances are passed on to, as well.
    #[expect(clippy::too_many_arguments, reason = "Python's call is the interface")]
    fn get(
        slf: &Bound<'_, Self>,
        context_id: u8,
        sop_class_uid: String,
        priority: u16,
        identifier: &[u8],
        sink: SinkSpec,
        received: Option<Py<PyAny>>,
        relay: Option<Py<Self>>,
    ) -> PyResult<Retrieve> {
        let request = Request::new(context_id, sop_class_uid, priority, identifier);
        let instances = Instances {
            sink,
            received,
            relay,
        };
        Retrieve::start_get(slf, request, instances)
    }

    /// A message ID for the next request.
    fn next_message_id(&self, py: Python<'_>) -> PyResult<u16> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = session.as_mut().ok_or_else(|| Self::taken(py))?;
        Ok(session.connection().next_message_id())
    }

    /// Sends a request of an N-service and waits for its response (PS3.7 §10.1). `reported` answers event reports
    /// that came before or come meanwhile.
    #[expect(clippy::too_many_arguments, reason = "Python's call is the interface")]
    fn request<'py>(
        &self,
        py: Python<'py>,
        context_id: u8,
        command_field: u16,
        message_id: u16,
        sop_class_uid: String,
        sop_instance_uid: Option<String>,
        type_id: Option<u16>,
        attributes: Vec<u32>,
        data_set: Option<PyBackedBytes>,
        reported: Py<PyAny>,
    ) -> PyResult<normalized::Response<'py>> {
        let operation = Operation {
            context_id,
            command_field,
            message_id,
            sop_class_uid,
            sop_instance_uid,
            type_id,
            attributes,
            data_set,
        };
        normalized::request(py, self, operation, reported)
    }

    /// Waits for an event report and has `reported` answer it; whether one came in time.
    fn next_report(&self, py: Python<'_>, seconds: f64, reported: Py<PyAny>) -> PyResult<bool> {
        normalized::next_report(py, self, seconds, reported)
    }

    /// Ends a wait for an event report; from another thread.
    fn cancel(&self) {
        self.interrupt.raise(Level::Cancel);
    }

    /// Releases and closes. Does nothing when it is closed already.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let Some(mut session) = self.take() else {
            return Ok(());
        };
        session
            .connection()
            .set_observer(Box::new(PyObserver::new(Arc::clone(&self.watch), true)));
        py.detach(move || session.into_connection().release())
            .map_err(|error| to_python(py, &error, self.watch.take_raised()))
    }

    /// Aborts; from another thread, whatever is running on it ends with an error.
    fn abort(&self, py: Python<'_>) {
        self.interrupt.raise(Level::Abort);
        if let Some(session) = self.take() {
            py.detach(move || session.into_connection().abort());
        }
    }
}

impl Association {
    /// Reads the user information of the peer's acceptance.
    fn negotiated<T: Default>(&self, read: impl Fn(&UserInformation) -> T) -> T {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .as_mut()
            .and_then(|session| session.connection().association().associate_ac())
            .map(|ac| read(&ac.user_information))
            .unwrap_or_default()
    }
}

/// The accepted context of a SOP class in a transfer syntax.
pub(crate) fn accepted_context(
    connection: &Connection,
    sop_class_uid: &str,
    transfer_syntax_uid: &str,
) -> Option<u8> {
    let contexts = connection.association().contexts();
    let context = contexts.iter().find(|context| {
        context.is_accepted()
            && context.abstract_syntax == sop_class_uid
            && context.transfer_syntax == transfer_syntax_uid
    });
    context.map(|context| context.id)
}

/// The transfer syntax of an accepted context.
pub(crate) fn accepted_syntax(
    connection: &Connection,
    context_id: u8,
) -> Option<&'static TransferSyntax> {
    let contexts = connection.association().contexts();
    let context = contexts
        .iter()
        .find(|context| context.id == context_id && context.is_accepted())?;
    syntax::lookup(&context.transfer_syntax)
}

fn echo(connection: &mut Connection) -> Result<u16, Error> {
    let context_id = connection
        .association()
        .contexts()
        .iter()
        .find(|context| {
            context.abstract_syntax == VERIFICATION && context.result == ContextResult::Acceptance
        })
        .map_or(0, |context| context.id);
    let message_id = connection.next_message_id();
    let mut inbox = Inbox::new(MAX_DATA_SET);
    connection.send(
        context_id,
        &CommandSet::c_echo_rq(message_id),
        &mut Body::Empty,
        &mut inbox,
    )?;
    loop {
        let answer = connection.next_message(&mut inbox)?;
        if answer.command.is_response() {
            return Ok(answer.command.status.unwrap_or(0x0110));
        }
    }
}
