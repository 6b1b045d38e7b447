//! The storage desk: takes the requests a peer makes of us, and what is to be answered to them.
//!
//! It serves associations we accepted, and the sub-operations of a C-GET on one that we asked for
//! (PS3.4 §C.4.3.2): the same C-STORE, only the roles are the other way round. Event reports of peers that call
//! back, as after storage commitment (PS3.4 §J.3.3), are handed in here too.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use dicomwire_proto::SyntaxFilter;
use dicomwire_proto::command::{CommandSet, command_field};

use crate::connection::{Appetite, Connection, Incoming};
use crate::error::Error;
use crate::observer::HandlerFailed;
use crate::reports::{self, Answer, Reports, Sender};
use crate::sink::{Arrived, Arriving, Refusal, Sink, Writer, status};

/// (0000,0902) is of VR LO.
const MAX_COMMENT: usize = 64;
/// Answers that may wait to be sent. We grant one operation at a time (PS3.7 §D.3.3.3); peers that do not ask
/// for a window and pipeline all the same are put up with this far.
const MAX_ANSWERS: usize = 256;

/// Told of each instance that arrived whole, before its sender is; may refuse it.
pub trait Receipt: Send + Sync {
    /// The instance is stored. The status is what the sender is told; success leaves it at what the sink
    /// has to say ([`Arrived::warning`]).
    ///
    /// # Errors
    /// A handler failed in a way that ends the association.
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed>;
    /// An instance was begun and not stored.
    fn refused(&self, arriving: &Arriving, refusal: &Refusal);
}

/// Which side of the association the desk is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// We accepted the association.
    Acceptor,
    /// We asked for it, and for a C-GET on it.
    Requestor,
}

struct Context {
    id: u8,
    abstract_syntax: String,
    transfer_syntax: String,
}

struct InProgress {
    request: Box<CommandSet>,
    arriving: Arriving,
    writer: Result<Box<dyn Writer>, Refusal>,
    bytes: u64,
}

/// C-STORE, C-ECHO and N-EVENT-REPORT as performer, for one association.
pub(crate) struct Desk {
    sink: Arc<dyn Sink>,
    receipt: Arc<dyn Receipt>,
    side: Side,
    calling_ae_title: String,
    called_ae_title: String,
    peer: String,
    contexts: Vec<Context>,
    current: Option<InProgress>,
    /// The data set of a request that is refused anyway.
    ignoring: Option<CommandSet>,
    /// Who answers event reports, if they are taken.
    reports: Option<ReportDesk>,
    answers: VecDeque<Answer>,
}

/// N-EVENT-REPORT as performer.
struct ReportDesk {
    reports: Arc<dyn Reports>,
    sender: Sender,
    max_data_set: usize,
    /// In whose presentation contexts; those of others know no such operation.
    sop_classes: SyntaxFilter,
    /// The report whose data set is arriving.
    current: Option<(Box<CommandSet>, Vec<u8>)>,
}

impl Desk {
    /// A desk for what the peer of `connection` asks for.
    pub(crate) fn new(
        connection: &Connection,
        sink: Arc<dyn Sink>,
        receipt: Arc<dyn Receipt>,
        side: Side,
    ) -> Self {
        let association = connection.association();
        let (requestor, acceptor) = association
            .associate_rq()
            .map(|rq| (rq.calling_ae_title.clone(), rq.called_ae_title.clone()))
            .unwrap_or_default();
        // In a C-GET the one who sends is the one we called.
        let (calling_ae_title, called_ae_title) = match side {
            Side::Acceptor => (requestor, acceptor),
            Side::Requestor => (acceptor, requestor),
        };
        let contexts = association.contexts().iter().map(|context| Context {
            id: context.id,
            abstract_syntax: context.abstract_syntax.clone(),
            transfer_syntax: context.transfer_syntax.clone(),
        });
        Self {
            sink,
            receipt,
            side,
            calling_ae_title,
            called_ae_title,
            peer: connection.peer().to_owned(),
            contexts: contexts.collect(),
            current: None,
            ignoring: None,
            reports: None,
            answers: VecDeque::new(),
        }
    }

    /// Takes event reports of some SOP classes as well, with data sets of up to `max_data_set` bytes.
    pub(crate) fn taking_reports(
        mut self,
        connection: &Connection,
        reports: Arc<dyn Reports>,
        max_data_set: usize,
        sop_classes: SyntaxFilter,
    ) -> Self {
        self.reports = Some(ReportDesk {
            reports,
            sender: Sender::of(connection, self.side == Side::Requestor),
            max_data_set,
            sop_classes,
            current: None,
        });
        self
    }

    /// Whether an answer waits to be sent.
    pub(crate) fn has_answers(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The next answer.
    pub(crate) fn take_answer(&mut self) -> Option<Answer> {
        self.answers.pop_front()
    }

    fn begin_store(&mut self, context_id: u8, request: Box<CommandSet>) {
        let context = self
            .contexts
            .iter()
            .find(|context| context.id == context_id);
        let arriving = Arriving {
            sop_class_uid: request.affected_sop_class_uid.clone().unwrap_or_default(),
            sop_instance_uid: request
                .affected_sop_instance_uid
                .clone()
                .unwrap_or_default(),
            transfer_syntax_uid: context
                .map(|context| context.transfer_syntax.clone())
                .unwrap_or_default(),
            calling_ae_title: self.calling_ae_title.clone(),
            called_ae_title: self.called_ae_title.clone(),
            peer: self.peer.clone(),
            move_originator_ae_title: request.move_originator_ae_title.clone(),
            move_originator_message_id: request.move_originator_message_id,
        };
        // What we asked for is what we negotiated: anything else is not ours to keep.
        let is_requested = self.side == Side::Acceptor
            || context.is_some_and(|context| context.abstract_syntax == arriving.sop_class_uid);
        let writer = if is_requested {
            self.sink.begin(&arriving)
        } else {
            Err(Refusal {
                status: status::SOP_CLASS_NOT_SUPPORTED,
                comment: "not the SOP class of its presentation context".to_owned(),
            })
        };
        self.current = Some(InProgress {
            request,
            arriving,
            writer,
            bytes: 0,
        });
    }

    fn end_store(&mut self, context_id: u8, done: InProgress) -> Result<(), Error> {
        let InProgress {
            request,
            arriving,
            writer,
            bytes,
        } = done;
        let (status, comment) = match writer.and_then(Writer::finish) {
            Ok(stored) => {
                let warning = stored.warning;
                let arrived = Arrived {
                    arriving,
                    path: stored.path,
                    file: stored.file,
                    bytes,
                    warning: warning.clone(),
                };
                match (self.receipt.received(arrived)?, warning) {
                    (status::SUCCESS, Some(warning)) => (warning.status, Some(warning.comment)),
                    (status, _) => (status, None),
                }
            }
            Err(refusal) => {
                self.receipt.refused(&arriving, &refusal);
                (refusal.status, Some(refusal.comment))
            }
        };
        let mut answer = request.response_to(status);
        answer.error_comment = comment
            .map(|comment| {
                let ascii = comment.chars().filter(char::is_ascii);
                ascii.take(MAX_COMMENT).collect()
            })
            .filter(|comment: &String| !comment.is_empty());
        self.push(context_id, answer);
        Ok(())
    }

    fn push(&mut self, context_id: u8, command: CommandSet) {
        self.answers.push_back(Answer {
            context_id,
            command,
            data_set: None,
        });
    }

    /// Whether event reports are taken in a presentation context.
    fn takes_reports(&self, context_id: u8) -> bool {
        let mut contexts = self.contexts.iter();
        self.reports.as_ref().is_some_and(|desk| {
            contexts.any(|context| {
                context.id == context_id && desk.sop_classes.accepts(&context.abstract_syntax)
            })
        })
    }

    /// A whole event report is here.
    fn end_report(
        &mut self,
        context_id: u8,
        request: &CommandSet,
        data_set: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        if let Some(desk) = &self.reports {
            let reports = &*desk.reports;
            let answer = reports::answer(reports, &desk.sender, context_id, request, data_set)?;
            self.answers.extend(answer);
        }
        Ok(())
    }
}

impl Incoming for Desk {
    fn command(&mut self, context_id: u8, command: Box<CommandSet>) -> Result<(), Error> {
        if self.answers.len() >= MAX_ANSWERS {
            return Err(Error::Flooded(MAX_ANSWERS));
        }
        match command.command_field {
            command_field::C_ECHO_RQ if self.side == Side::Acceptor => {
                self.push(context_id, command.response_to(status::SUCCESS));
            }
            command_field::C_STORE_RQ if command.has_data_set => {
                self.begin_store(context_id, command);
            }
            command_field::N_EVENT_REPORT_RQ if self.takes_reports(context_id) => {
                if !command.has_data_set {
                    return self.end_report(context_id, &command, None);
                }
                if let Some(desk) = &mut self.reports {
                    desk.current = Some((command, Vec::new()));
                }
            }
            // Nothing of ours is running that could be cancelled, and answers answer nothing of ours.
            _ if command.is_cancel() || command.is_response() => {}
            _ => {
                let answer = command.response_to(status::UNRECOGNIZED_OPERATION);
                if command.has_data_set {
                    self.ignoring = Some(answer);
                } else {
                    self.push(context_id, answer);
                }
            }
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(desk) = &mut self.reports
            && let Some((_, data_set)) = &mut desk.current
        {
            if data_set.len().saturating_add(bytes.len()) > desk.max_data_set {
                return Err(Error::DataSetTooLong {
                    peer: self.peer.clone(),
                    limit: desk.max_data_set,
                });
            }
            data_set.extend_from_slice(bytes);
            return Ok(());
        }
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        current.bytes += bytes.len() as u64;
        // After a failure the rest is dropped: the answer can only come after it.
        self.write_instead(bytes)
    }

    fn body_end(&mut self, context_id: u8) -> Result<(), Error> {
        let report = self.reports.as_mut().and_then(|desk| desk.current.take());
        if let Some((request, data_set)) = report {
            self.end_report(context_id, &request, Some(data_set))?;
        } else if let Some(done) = self.current.take() {
            self.end_store(context_id, done)?;
        } else if let Some(answer) = self.ignoring.take() {
            self.push(context_id, answer);
        }
        Ok(())
    }

    fn appetite(&self) -> Appetite<'_> {
        match &self.current {
            Some(InProgress {
                writer: Ok(writer), ..
            }) => writer.appetite(),
            // Refused, whatever comes.
            Some(InProgress { writer: Err(_), .. }) => Appetite::Nothing,
            None => Appetite::Bytes,
        }
    }

    fn passed_by(&mut self, count: u64) {
        if let Some(current) = &mut self.current {
            current.bytes += count;
        }
    }

    fn spoiled(&mut self, error: &io::Error) {
        if let Some(current) = &mut self.current {
            current.writer = Err(Refusal::from_io("cannot write", error));
        }
    }

    fn write_instead(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(InProgress {
            writer: Ok(writer), ..
        }) = &mut self.current
            && let Err(error) = writer.write(bytes)
        {
            self.spoiled(&error);
        }
        Ok(())
    }
}

impl Connection {
    /// Sends what the desk has to answer.
    pub(crate) fn send_answers<I: Incoming>(
        &mut self,
        incoming: &mut I,
        desk: impl Fn(&mut I) -> &mut Desk,
    ) -> Result<(), Error> {
        while let Some(answer) = desk(incoming).take_answer() {
            self.send_answer(answer, incoming)?;
        }
        Ok(())
    }
}
