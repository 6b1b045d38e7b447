//! Whole messages for those who want a request and its answer: the inbox of an SCU.

use std::collections::VecDeque;
use std::time::Instant;

use dicomwire_proto::association::BodyLength;
use dicomwire_proto::command::CommandSet;

use crate::body::{Body, MemoryBody};
use crate::connection::{Connection, Incoming, Signal};
use crate::error::Error;
use crate::reports::Answer;

/// Whole messages that may wait to be looked at.
const MAX_MESSAGES: usize = 256;
/// Bytes of data sets a peer may still send when the association is being released.
const MAX_UNHEARD: usize = 64 << 20;

/// A command set and its data set, if it has one.
#[derive(Debug)]
pub struct Message {
    /// The presentation context it came on.
    pub context_id: u8,
    /// The command set.
    pub command: Box<CommandSet>,
    /// The data set, encoded in the transfer syntax of the context.
    pub data_set: Vec<u8>,
}

/// Collects whole messages in memory.
#[derive(Debug)]
pub struct Inbox {
    messages: VecDeque<Message>,
    partial: Option<Message>,
    max_data_set: usize,
    /// Bytes of all data sets in it.
    held: usize,
}

impl Inbox {
    /// An empty inbox that takes data sets of up to `max_data_set` bytes in all.
    #[must_use]
    pub fn new(max_data_set: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            partial: None,
            max_data_set,
            held: 0,
        }
    }

    /// The next whole message.
    pub fn take(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.held = self.held.saturating_sub(message.data_set.len());
        Some(message)
    }

    /// Whether a message is there or under way.
    pub(crate) fn has_any(&self) -> bool {
        self.is_ready() || self.partial.is_some()
    }

    /// Whether a whole message is there.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.messages.is_empty()
    }
}

impl Incoming for Inbox {
    fn command(&mut self, context_id: u8, command: Box<CommandSet>) -> Result<(), Error> {
        if self.messages.len() >= MAX_MESSAGES {
            return Err(Error::Flooded(MAX_MESSAGES));
        }
        let has_data_set = command.has_data_set;
        let message = Message {
            context_id,
            command,
            data_set: Vec::new(),
        };
        if has_data_set {
            self.partial = Some(message);
        } else {
            self.messages.push_back(message);
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(partial) = &mut self.partial {
            self.held = self.held.saturating_add(bytes.len());
            if self.held > self.max_data_set {
                return Err(too_long(self.max_data_set));
            }
            partial.data_set.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn body_end(&mut self, _context_id: u8) -> Result<(), Error> {
        self.messages.extend(self.partial.take());
        Ok(())
    }
}

fn too_long(limit: usize) -> Error {
    Error::DataSetTooLong {
        peer: "the peer".to_owned(),
        limit,
    }
}

/// Takes messages that nobody wants any more, but not without end.
#[derive(Debug, Default)]
pub(crate) struct Unheard {
    messages: usize,
    bytes: usize,
}

impl Incoming for Unheard {
    fn command(&mut self, _context_id: u8, _command: Box<CommandSet>) -> Result<(), Error> {
        self.messages += 1;
        if self.messages > MAX_MESSAGES {
            return Err(Error::Flooded(MAX_MESSAGES));
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MAX_UNHEARD {
            return Err(too_long(MAX_UNHEARD));
        }
        Ok(())
    }

    fn body_end(&mut self, _context_id: u8) -> Result<(), Error> {
        Ok(())
    }
}

impl Connection {
    /// Sends one message.
    ///
    /// # Errors
    /// [`Error`]: the association is over, but for [`Error::Local`].
    pub fn send<I: Incoming>(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        body: &mut Body,
        incoming: &mut I,
    ) -> Result<(), Error> {
        let length = match &*body {
            Body::Empty => BodyLength::None,
            Body::Streamed(_) => BodyLength::Streaming,
            known => BodyLength::Known(known.remaining_known()),
        };
        self.association
            .send(context_id, command, length, Instant::now())?;
        if self.observer.logs() {
            let lines = dicomwire_proto::describe::command_set(context_id, command);
            self.observer.log(&crate::pump::directed("sending", lines));
        }
        let (pdus_before, bytes_before) = (self.data_pdus, self.traffic.sent);
        match self.transmit(body, incoming)? {
            None => {
                if self.observer.logs() && command.has_data_set {
                    let pdus = self.data_pdus - pdus_before;
                    let bytes = self.traffic.sent - bytes_before;
                    let line = format!(
                        "sent its data set in {pdus} P-DATA-TF PDUs, {bytes} bytes on the wire"
                    );
                    self.observer.log(&[line]);
                }
                Ok(())
            }
            Some(signal) => Err(self.unexpected(signal)),
        }
    }

    /// Waits for the next whole message.
    ///
    /// # Errors
    /// [`Error`]: the association is over.
    pub fn next_message(&mut self, inbox: &mut Inbox) -> Result<Message, Error> {
        loop {
            if let Some(message) = inbox.take() {
                return Ok(message);
            }
            if let Some(signal) = self.receive_by(None, inbox, Inbox::is_ready)? {
                return Err(self.unexpected(signal));
            }
        }
    }

    /// Whether a whole message is there, or comes before `until`.
    ///
    /// # Errors
    /// [`Error`]: the association is over.
    pub fn message_by(&mut self, until: Instant, inbox: &mut Inbox) -> Result<bool, Error> {
        match self.receive_by(Some(until), inbox, Inbox::is_ready)? {
            None => Ok(inbox.is_ready()),
            Some(signal) => Err(self.unexpected(signal)),
        }
    }

    /// Sends an answer of ours to a request of the peer's.
    pub(crate) fn send_answer<I: Incoming>(
        &mut self,
        answer: Answer,
        incoming: &mut I,
    ) -> Result<(), Error> {
        let mut body = answer.data_set.map_or(Body::Empty, |bytes| {
            Body::Memory(MemoryBody::new(bytes.into()))
        });
        self.send(answer.context_id, &answer.command, &mut body, incoming)
    }

    /// Whether the peer still holds an idle association: looks without waiting.
    pub(crate) fn is_alive(&mut self, inbox: &mut Inbox) -> bool {
        if self.is_copy() {
            return false;
        }
        self.readable = true;
        loop {
            if !matches!(self.process(inbox), Ok(None)) || self.eof {
                return false;
            }
            match self.fill(inbox) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
    }

    pub(crate) fn unexpected(&mut self, signal: Signal) -> Error {
        match signal {
            Signal::ReleaseRequested => {
                // Agree, so that the peer's side ends in order; the caller still gets no answer.
                if self.association.respond_release(Instant::now()).is_ok() {
                    self.flush_briefly();
                }
                Error::ReleasedByPeer {
                    peer: self.peer.clone(),
                }
            }
            _ => Error::Lost {
                peer: self.peer.clone(),
                doing: "waiting for an answer",
                cause: "closed by the peer".to_owned(),
            },
        }
    }
}
