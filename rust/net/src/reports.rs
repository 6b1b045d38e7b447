//! Event reports: requests that the service class provider makes of its user (PS3.7 §10.1.1).

use dicomwire_proto::command::{CommandSet, command_field};

use crate::connection::Connection;
use crate::observer::HandlerFailed;

/// Mistyped argument (PS3.7 §C.5.20): a report that does not say what it is about.
const MISTYPED_ARGUMENT: u16 = 0x0212;

/// An N-EVENT-REPORT-RQ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Transfer syntax of its presentation context.
    pub transfer_syntax_uid: String,
    /// Affected SOP Class UID.
    pub sop_class_uid: String,
    /// Affected SOP Instance UID.
    pub sop_instance_uid: String,
    /// Event Type ID.
    pub event_type_id: u16,
    /// Event Information, as it was sent.
    pub data_set: Option<Vec<u8>>,
    /// The AE title of who sent it.
    pub ae_title: String,
    /// Who sent it, as the connection names it.
    pub peer: String,
}

/// What is answered to a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Event Reply, encoded in the transfer syntax of the report.
    pub data_set: Option<Vec<u8>>,
}

/// Answers reports; the peer waits meanwhile.
pub trait Reports: Send + Sync {
    /// What the peer is to be told.
    ///
    /// # Errors
    /// A handler failed in a way that ends the association.
    fn reported(&self, report: Report) -> Result<Reply, HandlerFailed>;
}

/// An answer that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) context_id: u8,
    pub(crate) command: CommandSet,
    pub(crate) data_set: Option<Vec<u8>>,
}

/// Which accepted contexts there are, and who the peer is.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    contexts: Vec<(u8, String)>,
    ae_title: String,
    peer: String,
}

impl Sender {
    /// The peer of an association we asked for, or else of one we accepted.
    pub(crate) fn of(connection: &Connection, is_requestor: bool) -> Self {
        let association = connection.association();
        let titles = association
            .associate_rq()
            .map(|rq| (rq.calling_ae_title.clone(), rq.called_ae_title.clone()));
        let (calling, called) = titles.unwrap_or_default();
        let contexts = association.contexts().iter();
        Self {
            contexts: contexts
                .map(|context| (context.id, context.transfer_syntax.clone()))
                .collect(),
            ae_title: if is_requestor { called } else { calling },
            peer: connection.peer().to_owned(),
        }
    }
}

/// Has a request of the peer answered by `reports`. `None` if it is no event report.
pub(crate) fn answer(
    reports: &dyn Reports,
    sender: &Sender,
    context_id: u8,
    request: &CommandSet,
    data_set: Option<Vec<u8>>,
) -> Result<Option<Answer>, HandlerFailed> {
    if request.command_field != command_field::N_EVENT_REPORT_RQ {
        return Ok(None);
    }
    let named = (
        request.affected_sop_class_uid.clone(),
        request.affected_sop_instance_uid.clone(),
        request.event_type_id,
    );
    let reply = if let (Some(sop_class_uid), Some(sop_instance_uid), Some(event_type_id)) = named {
        let syntaxes = sender.contexts.iter();
        reports.reported(Report {
            transfer_syntax_uid: syntaxes
                .filter(|(id, _)| *id == context_id)
                .map(|(_, syntax)| syntax.clone())
                .next()
                .unwrap_or_default(),
            sop_class_uid,
            sop_instance_uid,
            event_type_id,
            data_set,
            ae_title: sender.ae_title.clone(),
            peer: sender.peer.clone(),
        })?
    } else {
        Reply {
            status: MISTYPED_ARGUMENT,
            data_set: None,
        }
    };
    let mut command = request.response_to(reply.status);
    command.has_data_set = reply.data_set.is_some();
    Ok(Some(Answer {
        context_id,
        command,
        data_set: reply.data_set,
    }))
}
