//! What the local user asks for.

use std::time::Instant;

use super::{Association, BodyLength, max_fragment};
use crate::command::CommandSet;
use crate::error::LocalError;
use crate::items::ContextResult;
use crate::pdu::{AbortPdu, AssociateAc, AssociateRj, AssociateRq, Pdu};
use crate::state::{Input, State, cell};

impl Association {
    /// Acceptor: accepts the association. AE titles and maximum length are filled in.
    ///
    /// # Errors
    /// [`LocalError::NotAllowed`] without a request to answer, [`LocalError::InvalidAnswer`] if the answer does not
    /// fit it, [`LocalError::PeerLimitTooSmall`] if the requestor could not be sent anything.
    pub fn accept_request(&mut self, mut ac: AssociateAc, now: Instant) -> Result<(), LocalError> {
        self.allow(Input::AssociateAccept, "accepting an association")?;
        let Some(rq) = self.associate_rq.as_deref() else {
            return Err(self.not_allowed("accepting an association"));
        };
        check_answers(rq, &ac)?;
        let length = rq.user_information.max_pdu_length;
        if max_fragment(length, self.settings.unlimited_fragment).is_none() {
            return Err(LocalError::PeerLimitTooSmall { length });
        }
        ac.called_ae_title.clone_from(&rq.called_ae_title);
        ac.calling_ae_title.clone_from(&rq.calling_ae_title);
        ac.user_information.max_pdu_length = self.settings.max_pdu_length;
        let ac = Box::new(ac);
        self.outbox.push(&Pdu::AssociateAc(ac.clone()))?;
        self.establish(ac);
        self.step(Input::AssociateAccept, now);
        self.clock.touch(now);
        Ok(())
    }

    /// Acceptor: rejects the association. The peer is to close the connection.
    ///
    /// # Errors
    /// [`LocalError::NotAllowed`] without a request to answer.
    pub fn reject_request(&mut self, rj: AssociateRj, now: Instant) -> Result<(), LocalError> {
        self.allow(Input::AssociateReject, "rejecting an association")?;
        self.outbox.push(&Pdu::AssociateRj(rj))?;
        self.step(Input::AssociateReject, now);
        Ok(())
    }

    /// Sends a message: queues its command set and announces its body, whose bytes the driver holds.
    ///
    /// # Errors
    /// [`LocalError::NotAllowed`] if the association is not established, [`LocalError::MessageInProgress`] while
    /// the body before is not completely polled, [`LocalError::ContextNotAccepted`], [`LocalError::BodyMismatch`],
    /// and for a request [`LocalError::WindowExceeded`], [`LocalError::NoMessageId`] or
    /// [`LocalError::MessageIdInUse`]. Nothing is queued then.
    pub fn send(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        body: BodyLength,
        now: Instant,
    ) -> Result<(), LocalError> {
        self.allow(Input::DataRequest, "sending a message")?;
        if self.outbox.has_body() {
            return Err(LocalError::MessageInProgress);
        }
        if !self.is_accepted(context_id) {
            return Err(LocalError::ContextNotAccepted { id: context_id });
        }
        if command.has_data_set == (body == BodyLength::None) {
            return Err(LocalError::BodyMismatch);
        }
        if command.is_request() {
            let message_id = self.check_request(command)?;
            self.outstanding
                .add(message_id, context_id, command.command_field);
        } else if command.message_id_being_responded_to.is_none() {
            return Err(LocalError::NoMessageId {
                command: command.name(),
            });
        }
        self.outbox
            .push_message(context_id, command, body, self.max_fragment);
        self.step(Input::DataRequest, now);
        self.clock.touch(now);
        Ok(())
    }

    /// Asks the peer to release the association.
    ///
    /// # Errors
    /// [`LocalError::NotAllowed`] if it is not established, [`LocalError::MessageInProgress`] in the middle of a
    /// body.
    pub fn release(&mut self, now: Instant) -> Result<(), LocalError> {
        self.allow(Input::ReleaseRequest, "releasing the association")?;
        if self.outbox.has_body() {
            return Err(LocalError::MessageInProgress);
        }
        self.outbox.push(&Pdu::ReleaseRq)?;
        self.step(Input::ReleaseRequest, now);
        Ok(())
    }

    /// Answers the peer's request for release. In a release collision the answer goes out when the protocol lets it.
    ///
    /// # Errors
    /// [`LocalError::NotAllowed`] without such a request, [`LocalError::MessageInProgress`] in the middle of a body.
    pub fn respond_release(&mut self, now: Instant) -> Result<(), LocalError> {
        if self.state == State::Sta10 {
            self.is_release_answered = true;
            return Ok(());
        }
        self.allow(Input::ReleaseResponse, "answering a release")?;
        if self.outbox.has_body() {
            return Err(LocalError::MessageInProgress);
        }
        self.outbox.push(&Pdu::ReleaseRp)?;
        self.step(Input::ReleaseResponse, now);
        Ok(())
    }

    /// Ends the association at once: drops what is queued and queues an A-ABORT. Does nothing if there is no
    /// association, or none any more.
    pub fn abort(&mut self, source: u8, reason: u8, now: Instant) {
        if self.step(Input::AbortRequest, now).is_some() {
            self.drop_everything();
            self.queue_abort(AbortPdu { source, reason });
        }
    }

    /// A message ID for the next request: 1 to 65535 in turn, never one that is outstanding.
    pub fn next_message_id(&mut self) -> u16 {
        for _ in 0..u16::MAX {
            self.last_message_id = self.last_message_id.checked_add(1).unwrap_or(1);
            if !self.outstanding.contains(self.last_message_id) {
                break;
            }
        }
        self.last_message_id
    }

    /// Lets the message IDs of the next requests go on after this one.
    pub fn continue_message_ids_after(&mut self, message_id: u16) {
        self.last_message_id = message_id;
    }

    pub(super) fn is_accepted(&self, context_id: u8) -> bool {
        self.is_accepted
            .get(usize::from(context_id))
            .copied()
            .unwrap_or_default()
    }

    /// Forgets messages and output, for nothing can come of them.
    pub(super) fn drop_everything(&mut self) {
        self.outbox.clear();
        self.outstanding.clear();
        self.events.clear();
    }

    /// Queues an A-ABORT. It has no item that could be too long.
    pub(super) fn queue_abort(&mut self, abort: AbortPdu) {
        let _ = self.outbox.push(&Pdu::Abort(abort));
    }

    fn allow(&self, input: Input, operation: &'static str) -> Result<(), LocalError> {
        match cell(self.state, input) {
            Some(_) => Ok(()),
            None => Err(self.not_allowed(operation)),
        }
    }

    fn not_allowed(&self, operation: &'static str) -> LocalError {
        LocalError::NotAllowed {
            operation,
            state: self.state,
        }
    }

    /// Checks a request against the window and the requests under way; its message ID.
    fn check_request(&self, command: &CommandSet) -> Result<u16, LocalError> {
        let message_id = command.message_id.ok_or_else(|| LocalError::NoMessageId {
            command: command.name(),
        })?;
        let (limit, _) = self.window;
        if limit != 0 && self.outstanding.len() >= usize::from(limit) {
            return Err(LocalError::WindowExceeded { limit });
        }
        if self.outstanding.contains(message_id) {
            return Err(LocalError::MessageIdInUse { message_id });
        }
        Ok(message_id)
    }
}

fn check_answers(rq: &AssociateRq, ac: &AssociateAc) -> Result<(), LocalError> {
    for answer in &ac.presentation_contexts {
        let invalid = |reason| LocalError::InvalidAnswer {
            id: answer.id,
            reason,
        };
        let proposal = rq
            .presentation_contexts
            .iter()
            .find(|proposal| proposal.id == answer.id)
            .ok_or_else(|| invalid("it was not proposed"))?;
        if answer.result == ContextResult::Acceptance
            && !proposal.transfer_syntaxes.contains(&answer.transfer_syntax)
        {
            return Err(invalid("the transfer syntax was not proposed"));
        }
    }
    Ok(())
}
