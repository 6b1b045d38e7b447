//! Our requests that await a response (PS3.7 §6.1: identified by Message ID).

use dicomwire_dataset::tag::Tag;

use crate::command::{CommandSet, command_field};
use crate::error::Error;

/// What the command fields of the DIMSE-N messages have in common (PS3.7 Table E.1-1), but for C-CANCEL-RQ.
const NORMALIZED: u16 = 0x0100;

#[derive(Clone, Copy, Debug)]
struct Request {
    message_id: u16,
    context_id: u8,
    command_field: u16,
}

/// The requests in flight: a handful, so a list.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    requests: Vec<Request>,
}

impl Outstanding {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(super) fn contains(&self, message_id: u16) -> bool {
        self.requests
            .iter()
            .any(|request| request.message_id == message_id)
    }

    pub(super) fn add(&mut self, message_id: u16, context_id: u8, command_field: u16) {
        self.requests.push(Request {
            message_id,
            context_id,
            command_field,
        });
    }

    pub(super) fn clear(&mut self) {
        self.requests.clear();
    }

    /// Checks a response against the requests and strikes off the request it ends. `offset` is where the response
    /// starts.
    pub(super) fn answer(
        &mut self,
        context_id: u8,
        response: &CommandSet,
        offset: u64,
    ) -> Result<(), Error> {
        let missing = |expected, element| Error::InvalidCommand {
            offset,
            expected,
            tag: Some(Tag::new(0, element)),
        };
        let message_id = response
            .message_id_being_responded_to
            .ok_or_else(|| missing("a Message ID Being Responded To", 0x0120))?;
        if response.status.is_none() {
            return Err(missing("a Status", 0x0900));
        }
        let answered = |request: &Request| {
            request.message_id == message_id
                && request.context_id == context_id
                && request.command_field | command_field::RESPONSE == response.command_field
        };
        let Some(position) = self.requests.iter().position(answered) else {
            return Err(Error::UnexpectedResponse {
                message_id,
                command: response.name(),
            });
        };
        if !response.is_pending() {
            self.requests.swap_remove(position);
        } else if response.command_field & NORMALIZED != 0 {
            // One request, one response (PS3.7 §10.1): nobody would wait for another.
            return Err(missing("a final Status", 0x0900));
        }
        Ok(())
    }
}
