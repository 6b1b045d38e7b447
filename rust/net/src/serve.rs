//! The acceptor's side of one association: C-ECHO and C-STORE.

use std::collections::VecDeque;
use std::sync::Arc;

use dicomwire_proto::command::{CommandSet, command_field};

use crate::body::Body;
use crate::connection::{Appetite, Connection, Incoming, Signal};
use crate::error::Error;
use crate::observer::HandlerFailed;
use crate::sink::{Arrived, Arriving, Refusal, Sink, Writer, status};

/// PS3.7 §C.5.24: we do not perform this service.
const UNRECOGNIZED_OPERATION: u16 = 0x0211;
/// (0000,0902) is of VR LO.
const MAX_COMMENT: usize = 64;
/// Answers that may wait to be sent. We grant one operation at a time (PS3.7 §D.3.3.3); peers that do not ask
/// for a window and pipeline all the same are put up with this far.
const MAX_ANSWERS: usize = 256;

/// Told of each instance that arrived whole, before its sender is; may refuse it.
pub trait Receipt: Send + Sync {
    /// The instance is stored. The status is what the sender is told.
    ///
    /// # Errors
    /// A handler failed: the sender is told a processing failure.
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed>;
    /// An instance was begun and not stored.
    fn refused(&self, arriving: &Arriving, refusal: &Refusal);
}

struct InProgress {
    request: Box<CommandSet>,
    arriving: Arriving,
    writer: Result<Box<dyn Writer>, Refusal>,
    bytes: u64,
}

struct Desk {
    sink: Arc<dyn Sink>,
    receipt: Arc<dyn Receipt>,
    calling_ae_title: String,
    called_ae_title: String,
    peer: String,
    syntaxes: Vec<(u8, String)>,
    current: Option<InProgress>,
    /// The data set of a request that is refused anyway.
    ignoring: Option<CommandSet>,
    answers: VecDeque<(u8, CommandSet)>,
}

/// Serves until the peer releases, aborts or vanishes.
///
/// # Errors
/// How the association ended, if not by a release.
pub fn serve(
    mut connection: Connection,
    sink: Arc<dyn Sink>,
    receipt: Arc<dyn Receipt>,
) -> Result<(), Error> {
    let association = connection.association();
    let request = association.associate_rq();
    let mut desk = Desk {
        sink,
        receipt,
        calling_ae_title: request
            .map(|rq| rq.calling_ae_title.clone())
            .unwrap_or_default(),
        called_ae_title: request
            .map(|rq| rq.called_ae_title.clone())
            .unwrap_or_default(),
        peer: connection.peer().to_owned(),
        syntaxes: association
            .contexts()
            .iter()
            .map(|context| (context.id, context.transfer_syntax.clone()))
            .collect(),
        current: None,
        ignoring: None,
        answers: VecDeque::new(),
    };
    match converse(&mut connection, &mut desk) {
        Ok(()) => {
            connection.end_as_acceptor();
            Ok(())
        }
        Err(error) => Err(connection.fail(error)),
    }
}

fn converse(connection: &mut Connection, desk: &mut Desk) -> Result<(), Error> {
    loop {
        match connection.receive_until(desk, |desk: &Desk| !desk.answers.is_empty())? {
            None => {}
            Some(Signal::ReleaseRequested) => return Ok(()),
            Some(_) => {
                return Err(Error::Lost {
                    peer: connection.peer().to_owned(),
                    doing: "serving",
                    cause: "closed by the peer".to_owned(),
                });
            }
        }
        while let Some((context_id, answer)) = desk.answers.pop_front() {
            connection.send(context_id, &answer, &mut Body::Empty, desk)?;
        }
    }
}

impl Desk {
    fn begin_store(&mut self, context_id: u8, request: Box<CommandSet>) {
        let syntax = self.syntaxes.iter().find(|(id, _)| *id == context_id);
        let arriving = Arriving {
            sop_class_uid: request.affected_sop_class_uid.clone().unwrap_or_default(),
            sop_instance_uid: request
                .affected_sop_instance_uid
                .clone()
                .unwrap_or_default(),
            transfer_syntax_uid: syntax.map(|(_, uid)| uid.clone()).unwrap_or_default(),
            calling_ae_title: self.calling_ae_title.clone(),
            called_ae_title: self.called_ae_title.clone(),
            peer: self.peer.clone(),
        };
        let writer = self.sink.begin(&arriving);
        self.current = Some(InProgress {
            request,
            arriving,
            writer,
            bytes: 0,
        });
    }

    fn end_store(&mut self, context_id: u8, done: InProgress) {
        let InProgress {
            request,
            arriving,
            writer,
            bytes,
        } = done;
        let stored = writer.and_then(Writer::finish);
        let mut answer = match stored {
            Ok((path, file)) => {
                let arrived = Arrived {
                    arriving,
                    path,
                    file,
                    bytes,
                };
                let status = self
                    .receipt
                    .received(arrived)
                    .unwrap_or(status::PROCESSING_FAILURE);
                request.response_to(status)
            }
            Err(refusal) => {
                self.receipt.refused(&arriving, &refusal);
                let mut answer = request.response_to(refusal.status);
                answer.error_comment = Some(refusal.comment);
                answer
            }
        };
        if let Some(comment) = &mut answer.error_comment {
            *comment = comment
                .chars()
                .filter(char::is_ascii)
                .take(MAX_COMMENT)
                .collect();
        }
        self.answers.push_back((context_id, answer));
    }
}

impl Incoming for Desk {
    fn command(&mut self, context_id: u8, command: Box<CommandSet>) -> Result<(), Error> {
        if self.answers.len() >= MAX_ANSWERS {
            return Err(Error::Flooded(MAX_ANSWERS));
        }
        match command.command_field {
            command_field::C_ECHO_RQ => self
                .answers
                .push_back((context_id, command.response_to(status::SUCCESS))),
            command_field::C_STORE_RQ if command.has_data_set => {
                self.begin_store(context_id, command)
            }
            // Nothing of ours is running that could be cancelled, and answers answer nothing of ours.
            _ if command.is_cancel() || command.is_response() => {}
            _ => {
                let answer = command.response_to(UNRECOGNIZED_OPERATION);
                if command.has_data_set {
                    self.ignoring = Some(answer);
                } else {
                    self.answers.push_back((context_id, answer));
                }
            }
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        current.bytes += bytes.len() as u64;
        // After a failure the rest is dropped: the answer can only come after it.
        self.write_instead(bytes)
    }

    fn body_end(&mut self, context_id: u8) -> Result<(), Error> {
        if let Some(done) = self.current.take() {
            self.end_store(context_id, done);
        } else if let Some(answer) = self.ignoring.take() {
            self.answers.push_back((context_id, answer));
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

    fn spoiled(&mut self, error: &std::io::Error) {
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
