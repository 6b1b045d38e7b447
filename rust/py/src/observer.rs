//! Carries the events of an association to Python: only those somebody subscribed to.

use std::sync::{Arc, Mutex, PoisonError};

use dicomwire_net::observer::{AbortNotice, AssociateAnswer, HandlerFailed, Observer, Wants};
use dicomwire_net::transfer::{Outgoing, StoreResult};
use dicomwire_proto::{AssociateRj, AssociateRq, Association};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::spec::RequestSpec;
use crate::transfer::result_tuple;

/// What the observers of one operation share.
pub(crate) struct Watch {
    /// `dispatch(event name, *arguments)`, or nothing subscribed at all.
    dispatch: Option<Py<PyAny>>,
    events: Vec<String>,
    /// `log(lines)`.
    log: Option<Py<PyAny>>,
    /// The first thing a handler raised.
    raised: Mutex<Option<PyErr>>,
}

impl Watch {
    pub(crate) fn new(
        dispatch: Option<Py<PyAny>>,
        events: Vec<String>,
        log: Option<Py<PyAny>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            dispatch,
            events,
            log,
            raised: Mutex::new(None),
        })
    }

    /// The exception to raise for [`dicomwire_net::error::Error::Handler`].
    pub(crate) fn take_raised(&self) -> Option<PyErr> {
        self.raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(crate) fn keep(&self, error: PyErr) -> HandlerFailed {
        self.raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        HandlerFailed
    }

    fn wants(&self, event: &str) -> bool {
        self.dispatch.is_some() && self.events.iter().any(|name| name == event)
    }
}

/// Watches one association for Python.
pub(crate) struct PyObserver {
    watch: Arc<Watch>,
    wants: Wants,
    /// Whether we run on the thread that called us, which may be the one that gets signals.
    on_calling_thread: bool,
}

impl PyObserver {
    pub(crate) fn new(watch: Arc<Watch>, on_calling_thread: bool) -> Self {
        let wants = Wants {
            before_c_store: watch.wants("before_c_store"),
            after_c_store: watch.wants("after_c_store"),
        };
        Self {
            watch,
            wants,
            on_calling_thread,
        }
    }

    /// Calls `dispatch(event, *arguments)` if somebody wants the event.
    fn fire<F>(&self, event: &str, arguments: F) -> Result<Option<Py<PyAny>>, HandlerFailed>
    where
        F: for<'py> FnOnce(Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>>,
    {
        if !self.watch.wants(event) {
            return Ok(None);
        }
        let Some(dispatch) = &self.watch.dispatch else {
            return Ok(None);
        };
        Python::attach(|py| {
            let mut all = vec![event.into_pyobject(py)?.into_any()];
            all.extend(arguments(py)?);
            dispatch.call1(py, PyTuple::new(py, all)?).map(Some)
        })
        .map_err(|error| self.watch.keep(error))
    }

    fn fire_plain(&self, event: &str) -> Result<(), HandlerFailed> {
        self.fire(event, |_| Ok(Vec::new())).map(|_| ())
    }
}

fn any<'py, T: IntoPyObject<'py>>(py: Python<'py>, value: T) -> PyResult<Bound<'py, PyAny>> {
    value.into_bound_py_any(py)
}

impl Observer for PyObserver {
    fn tick(&mut self) -> Result<(), HandlerFailed> {
        if !self.on_calling_thread {
            return Ok(());
        }
        Python::attach(|py| py.check_signals()).map_err(|error| self.watch.keep(error))
    }

    fn before_connect(&mut self, _peer: &str) -> Result<(), HandlerFailed> {
        self.fire_plain("before_connect")
    }

    fn after_connect(&mut self, _peer: &str, error: Option<&str>) -> Result<(), HandlerFailed> {
        self.fire("after_connect", |py| Ok(vec![any(py, error)?]))
            .map(|_| ())
    }

    fn before_associate_request(&mut self, request: &mut AssociateRq) -> Result<(), HandlerFailed> {
        let edited = self.fire("before_associate_request", |py| {
            request_arguments(py, request)
        })?;
        let Some(edited) = edited else { return Ok(()) };
        let spec = Python::attach(|py| edited.extract::<RequestSpec>(py));
        spec.map_err(|error| self.watch.keep(error))?.apply(request);
        Ok(())
    }

    fn after_associate_request(
        &mut self,
        answer: &AssociateAnswer<'_>,
    ) -> Result<(), HandlerFailed> {
        self.fire("after_associate_request", |py| match answer {
            AssociateAnswer::Accepted(association) => accepted_arguments(py, association),
            AssociateAnswer::Rejected(rj) => rejected_arguments(py, rj),
            AssociateAnswer::Failed(_) => Ok(vec![any(py, false)?]),
        })
        .map(|_| ())
    }

    fn before_release_request(&mut self) -> Result<(), HandlerFailed> {
        self.fire_plain("before_release_request")
    }

    fn after_release_request(&mut self) -> Result<(), HandlerFailed> {
        self.fire_plain("after_release_request")
    }

    fn before_close(&mut self) -> Result<(), HandlerFailed> {
        self.fire_plain("before_close")
    }

    fn after_close(&mut self) -> Result<(), HandlerFailed> {
        self.fire_plain("after_close")
    }

    fn aborted(&mut self, notice: &AbortNotice) -> Result<(), HandlerFailed> {
        self.fire("aborted", |py| {
            Ok(vec![
                any(py, notice.by)?,
                any(py, notice.source)?,
                any(py, notice.reason)?,
                any(py, &notice.message)?,
            ])
        })
        .map(|_| ())
    }

    fn wants(&self) -> Wants {
        self.wants
    }

    fn before_c_store(&mut self, outgoing: &mut Outgoing<'_>) -> Result<(), HandlerFailed> {
        let answer = self.fire("before_c_store", |py| {
            let head = &outgoing.item.head;
            Ok(vec![
                any(py, outgoing.item.path.as_deref())?,
                any(py, head.sop_class_uid.as_str())?,
                any(py, head.sop_instance_uid.as_str())?,
                any(py, outgoing.transfer_syntax_uid)?,
                any(py, outgoing.context_id)?,
                any(py, outgoing.message_id)?,
            ])
        })?;
        let Some(answer) = answer else { return Ok(()) };
        let answer = Python::attach(|py| answer.extract::<(bool, u16)>(py));
        let (skip, priority) = answer.map_err(|error| self.watch.keep(error))?;
        outgoing.skip = skip;
        outgoing.priority = priority;
        Ok(())
    }

    fn after_c_store(&mut self, result: &StoreResult) -> Result<(), HandlerFailed> {
        self.fire("after_c_store", |py| {
            Ok(vec![result_tuple(py, result)?.into_any()])
        })
        .map(|_| ())
    }

    fn logs(&self) -> bool {
        self.watch.log.is_some()
    }

    fn log(&mut self, lines: &[String]) {
        if let Some(log) = &self.watch.log {
            // A log that fails must not end what it watches.
            Python::attach(|py| {
                if let Err(error) = log.call1(py, (lines,)) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

fn request_arguments<'py>(
    py: Python<'py>,
    request: &AssociateRq,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let contexts: Vec<_> = request
        .presentation_contexts
        .iter()
        .map(|context| {
            (
                context.id,
                &context.abstract_syntax,
                &context.transfer_syntaxes,
            )
        })
        .collect();
    Ok(vec![any(py, contexts)?])
}

fn accepted_arguments<'py>(
    py: Python<'py>,
    association: &Association,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let user = association.associate_ac().map(|ac| &ac.user_information);
    let roles: Vec<_> = user
        .into_iter()
        .flat_map(|user| &user.roles)
        .map(|role| (&role.sop_class_uid, role.scu, role.scp))
        .collect();
    let mut extended = Vec::new();
    for item in user.into_iter().flat_map(|user| &user.extended) {
        let information = PyBytes::new(py, &item.information);
        extended.push((&item.sop_class_uid, information));
    }
    Ok(vec![
        any(py, true)?,
        any(py, contexts(association))?,
        any(py, association.peer_max_pdu_length())?,
        any(py, association.window())?,
        any(py, user.map(|user| user.implementation_class_uid.as_str()))?,
        any(
            py,
            user.and_then(|user| user.implementation_version_name.as_deref()),
        )?,
        any(py, roles)?,
        any(py, extended)?,
    ])
}

/// (identifier, abstract syntax, proposed syntaxes, result, accepted syntax)
pub(crate) type Answered = (u8, String, Vec<String>, u8, Option<String>);

pub(crate) fn contexts(association: &Association) -> Vec<Answered> {
    association
        .contexts()
        .iter()
        .map(|context| {
            let accepted = (context.result as u8 == 0).then(|| context.transfer_syntax.clone());
            (
                context.id,
                context.abstract_syntax.clone(),
                context.proposed.clone(),
                context.result as u8,
                accepted,
            )
        })
        .collect()
}

fn rejected_arguments<'py>(py: Python<'py>, rj: &AssociateRj) -> PyResult<Vec<Bound<'py, PyAny>>> {
    Ok(vec![
        any(py, false)?,
        any(py, (rj.result, rj.source, rj.reason))?,
    ])
}
