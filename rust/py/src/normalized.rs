//! One N-service operation for Python, and the event reports it answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dicomwire_dataset::tag::Tag;
use dicomwire_net::error::Error;
use dicomwire_net::message::Message;
use dicomwire_net::observer::HandlerFailed;
use dicomwire_net::reports::{Reply, Report, Reports};
use dicomwire_net::session::Session;
use dicomwire_proto::CommandSet;
use dicomwire_proto::command::command_field as field;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::association::Association;
use crate::errors::to_python;
use crate::observer::Watch;

/// Longer than anybody waits for a report.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Processing failure (PS3.7 §C.5.21).
const PROCESSING_FAILURE: u16 = 0x0110;

/// (status, SOP class, SOP instance, type, attribute identifiers, offending elements, error comment, error ID,
/// data set)
pub(crate) type Response<'py> = (
    u16,
    Option<String>,
    Option<String>,
    Option<u16>,
    Vec<u32>,
    Vec<u32>,
    Option<String>,
    Option<u16>,
    Option<Bound<'py, PyBytes>>,
);

/// The request as Python gives it.
pub(crate) struct Operation {
    pub(crate) context_id: u8,
    pub(crate) command_field: u16,
    pub(crate) message_id: u16,
    pub(crate) sop_class_uid: String,
    pub(crate) sop_instance_uid: Option<String>,
    pub(crate) type_id: Option<u16>,
    pub(crate) attributes: Vec<u32>,
    pub(crate) data_set: Option<PyBackedBytes>,
}

impl Operation {
    fn command(&self) -> PyResult<CommandSet> {
        let (id, class) = (self.message_id, &*self.sop_class_uid);
        let has_data_set = self.data_set.is_some();
        let missing = |what| PyValueError::new_err(format!("the request has no {what}"));
        let instance = || {
            let uid = self.sop_instance_uid.as_deref();
            uid.ok_or_else(|| missing("SOP instance UID"))
        };
        Ok(match self.command_field {
            field::N_CREATE_RQ => {
                let instance = self.sop_instance_uid.as_deref();
                CommandSet::n_create_rq(id, class, instance, has_data_set)
            }
            field::N_SET_RQ => CommandSet::n_set_rq(id, class, instance()?),
            field::N_GET_RQ => {
                let tags = self.attributes.iter().copied().map(Tag).collect();
                CommandSet::n_get_rq(id, class, instance()?, tags)
            }
            field::N_ACTION_RQ => {
                let action = self.type_id.ok_or_else(|| missing("action type ID"))?;
                CommandSet::n_action_rq(id, class, instance()?, action, has_data_set)
            }
            field::N_DELETE_RQ => CommandSet::n_delete_rq(id, class, instance()?),
            other => {
                let text = format!("{other:#06X} is no request of an N-service of ours");
                return Err(PyValueError::new_err(text));
            }
        })
    }
}

/// Has Python answer reports:
/// `reported(transfer syntax, class, instance, event type, data set, AE title, peer) -> (status, data set)`.
pub(crate) struct Asking {
    function: Py<PyAny>,
    /// Where to keep what it raises, which then ends the association. Without one the report is answered with a
    /// failure: there is nobody to raise it to.
    watch: Option<Arc<Watch>>,
}

impl Asking {
    pub(crate) fn new(function: Py<PyAny>, watch: Option<Arc<Watch>>) -> Self {
        Self { function, watch }
    }
}

impl Reports for Asking {
    fn reported(&self, report: Report) -> Result<Reply, HandlerFailed> {
        Python::attach(|py| match ask(py, &self.function, &report) {
            Ok(reply) => Ok(reply),
            Err(raised) => match &self.watch {
                Some(watch) => Err(watch.keep(raised)),
                None => {
                    raised.write_unraisable(py, None);
                    Ok(Reply {
                        status: PROCESSING_FAILURE,
                        data_set: None,
                    })
                }
            },
        })
    }
}

fn ask(py: Python<'_>, function: &Py<PyAny>, report: &Report) -> PyResult<Reply> {
    let data_set = report.data_set.as_ref().map(|it| PyBytes::new(py, it));
    let arguments = (
        &report.transfer_syntax_uid,
        &report.sop_class_uid,
        &report.sop_instance_uid,
        report.event_type_id,
        data_set,
        &report.ae_title,
        &report.peer,
    );
    let (status, data_set) = function.call1(py, arguments)?.extract(py)?;
    Ok(Reply { status, data_set })
}

/// Sends a request and waits for its response.
pub(crate) fn request<'py>(
    py: Python<'py>,
    association: &Association,
    mut operation: Operation,
    reported: Py<PyAny>,
) -> PyResult<Response<'py>> {
    let command = operation.command()?;
    let data_set = operation.data_set.take().map(Bytes::from_owner);
    let context_id = operation.context_id;
    let most = association.bounds().max_identifier;
    let message = drive(py, association, reported, move |session, reports| {
        session.operate(context_id, &command, data_set, most, reports)
    })?;
    Ok(response(py, message))
}

/// Waits for a report and has it answered.
pub(crate) fn next_report(
    py: Python<'_>,
    association: &Association,
    seconds: f64,
    reported: Py<PyAny>,
) -> PyResult<bool> {
    // What is left of a time that has passed is below zero: one look, no wait.
    let seconds = seconds.max(0.0);
    let patience = Duration::try_from_secs_f64(seconds).unwrap_or(DAY).min(DAY);
    let until = Instant::now() + patience;
    let most = association.bounds().max_identifier;
    drive(py, association, reported, move |session, reports| {
        session.await_report(until, most, reports)
    })
}

/// Borrows the association for one operation; after an error of the association it is gone.
fn drive<T: Send>(
    py: Python<'_>,
    association: &Association,
    reported: Py<PyAny>,
    run: impl FnOnce(&mut Session, &dyn Reports) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let watch = Arc::clone(association.watch());
    let mut session = association.take().ok_or_else(|| Association::taken(py))?;
    let reports = Asking::new(reported, Some(Arc::clone(&watch)));
    let (session, outcome) = py.detach(move || match run(&mut session, &reports) {
        Ok(done) => (Some(session), Ok(done)),
        Err(error @ Error::Local(_)) => (Some(session), Err(error)),
        Err(error) => (None, Err(session.into_connection().fail(error))),
    });
    if let Some(session) = session {
        association.put(session);
    }
    outcome.map_err(|error| match (&error, watch.take_raised()) {
        // What a handler raised goes before what came of it.
        (Error::Interrupted | Error::Handler, Some(raised)) => raised,
        (error, raised) => to_python(py, error, raised),
    })
}

fn response(py: Python<'_>, message: Message) -> Response<'_> {
    let command = *message.command;
    let tags = |list: Vec<Tag>| list.into_iter().map(|tag| tag.0).collect();
    (
        command.status.unwrap_or(PROCESSING_FAILURE),
        command.affected_sop_class_uid,
        command.affected_sop_instance_uid,
        command.action_type_id,
        tags(command.attribute_identifier_list),
        tags(command.offending_elements),
        command.error_comment,
        command.error_id,
        command
            .has_data_set
            .then(|| PyBytes::new(py, &message.data_set)),
    )
}
