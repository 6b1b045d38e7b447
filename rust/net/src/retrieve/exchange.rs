//! What comes on an association while a C-MOVE or C-GET is under way: responses, and requests of the peer.

use std::collections::VecDeque;
use std::io;

use dicomwire_dataset::tag::Tag;
use dicomwire_proto::command::CommandSet;

use crate::connection::{Appetite, Incoming};
use crate::desk::Desk;
use crate::error::Error;

/// Bytes of identifiers that are kept: a list of a million instances that failed.
const MAX_IDENTIFIERS: usize = 64 << 20;
/// Pending responses that may wait; after that the newest takes the place of the one before, which says less.
const MAX_PENDING: usize = 1024;

/// A C-MOVE-RSP or C-GET-RSP (PS3.7 §9.3.3.2, §9.3.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Status (PS3.4 Tables C.4-2 and C.4-3).
    pub status: u16,
    /// Number of Remaining Sub-operations.
    pub remaining: Option<u16>,
    /// Number of Completed Sub-operations.
    pub completed: Option<u16>,
    /// Number of Failed Sub-operations.
    pub failed: Option<u16>,
    /// Number of Warning Sub-operations.
    pub warning: Option<u16>,
    /// Error Comment.
    pub error_comment: Option<String>,
    /// Offending Element.
    pub offending_elements: Vec<Tag>,
    /// The identifier as it was sent: Failed SOP Instance UID List (0008,0058).
    pub identifier: Option<Vec<u8>>,
}

impl Response {
    /// Whether more responses follow.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.status, 0xFF00 | 0xFF01)
    }

    fn of(command: CommandSet) -> Self {
        Self {
            status: command
                .status
                .unwrap_or(crate::sink::status::PROCESSING_FAILURE),
            remaining: command.number_of_remaining_sub_operations,
            completed: command.number_of_completed_sub_operations,
            failed: command.number_of_failed_sub_operations,
            warning: command.number_of_warning_sub_operations,
            error_comment: command.error_comment,
            offending_elements: command.offending_elements,
            identifier: command.has_data_set.then(Vec::new),
        }
    }
}

/// The inbox of a retrieval.
pub(super) struct Exchange {
    pub(super) desk: Desk,
    peer: String,
    responses: VecDeque<Response>,
    /// A response whose identifier is arriving.
    partial: Option<Response>,
    /// Bytes of the identifiers in both.
    held: usize,
}

impl Exchange {
    pub(super) fn new(desk: Desk, peer: &str) -> Self {
        Self {
            desk,
            peer: peer.to_owned(),
            responses: VecDeque::new(),
            partial: None,
            held: 0,
        }
    }

    /// Whether there is anything to send or to hand on.
    pub(super) fn is_ready(&self) -> bool {
        !self.responses.is_empty() || self.desk.has_answers()
    }

    /// Whether the final response waits to be handed on.
    pub(super) fn has_final(&self) -> bool {
        self.responses.back().is_some_and(|it| !it.is_pending())
    }

    pub(super) fn take_response(&mut self) -> Option<Response> {
        let response = self.responses.pop_front()?;
        let length = response.identifier.as_ref().map_or(0, Vec::len);
        self.held = self.held.saturating_sub(length);
        Some(response)
    }

    fn whole(&mut self, response: Response) {
        if response.is_pending()
            && self.responses.len() >= MAX_PENDING
            && self.responses.back().is_some_and(Response::is_pending)
            && let Some(superseded) = self.responses.pop_back()
        {
            let length = superseded.identifier.as_ref().map_or(0, Vec::len);
            self.held = self.held.saturating_sub(length);
        }
        self.responses.push_back(response);
    }
}

impl Incoming for Exchange {
    fn command(&mut self, context_id: u8, command: Box<CommandSet>) -> Result<(), Error> {
        // The association lets no response through that does not answer our one request.
        if !command.is_response() {
            return self.desk.command(context_id, command);
        }
        let response = Response::of(*command);
        if response.identifier.is_some() {
            self.partial = Some(response);
        } else {
            self.whole(response);
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(identifier) = self.partial.as_mut().and_then(|it| it.identifier.as_mut()) else {
            return self.desk.body(bytes);
        };
        self.held = self.held.saturating_add(bytes.len());
        if self.held > MAX_IDENTIFIERS {
            return Err(Error::DataSetTooLong {
                peer: self.peer.clone(),
                limit: MAX_IDENTIFIERS,
            });
        }
        identifier.extend_from_slice(bytes);
        Ok(())
    }

    fn body_end(&mut self, context_id: u8) -> Result<(), Error> {
        match self.partial.take() {
            Some(response) => {
                self.whole(response);
                Ok(())
            }
            None => self.desk.body_end(context_id),
        }
    }

    fn appetite(&self) -> Appetite<'_> {
        if self.partial.is_some() {
            Appetite::Bytes
        } else {
            self.desk.appetite()
        }
    }

    fn passed_by(&mut self, count: u64) {
        self.desk.passed_by(count);
    }

    fn spoiled(&mut self, error: &io::Error) {
        self.desk.spoiled(error);
    }

    fn write_instead(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.desk.write_instead(bytes)
    }
}
