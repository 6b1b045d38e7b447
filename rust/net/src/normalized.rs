//! The DIMSE-N operations as invoker, and event reports as performer, on one association (PS3.7 chapter 10).

use std::time::Instant;

use bytes::Bytes;
use dicomwire_proto::command::CommandSet;

use crate::body::{Body, MemoryBody};
use crate::connection::Connection;
use crate::error::Error;
use crate::interrupt::Level;
use crate::message::{Inbox, Message};
use crate::reports::{Answer, Reports, Sender, answer};
use crate::session::Session;
use crate::sink::status;

impl Session {
    /// Sends a request and waits for its response. Event reports that came before, and those that come meanwhile,
    /// are answered.
    ///
    /// # Errors
    /// [`Error`]: the association is over, but for [`Error::Local`].
    pub fn operate(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        data_set: Option<Bytes>,
        max_data_set: usize,
        reports: &dyn Reports,
    ) -> Result<Message, Error> {
        let (connection, inbox) = self.with_inbox(max_data_set);
        // A cancel that nobody waited for any more is not meant for what comes now.
        connection.interrupt.forget_cancel();
        let sender = Sender::of(connection, true);
        while let Some(waiting) = inbox.take() {
            attend(connection, inbox, waiting, &sender, reports)?;
        }
        let mut body = data_set.map_or(Body::Empty, |bytes| Body::Memory(MemoryBody::new(bytes)));
        connection.send(context_id, command, &mut body, inbox)?;
        loop {
            let message = connection.next_message(inbox)?;
            if message.command.is_response() {
                // The association lets none through that does not answer our one request.
                self.used();
                return Ok(message);
            }
            attend(connection, inbox, message, &sender, reports)?;
        }
    }

    /// Waits for an event report and answers it. Returns whether one came, before `until` and before the wait was
    /// cancelled.
    ///
    /// # Errors
    /// [`Error`]: the association is over.
    pub fn await_report(
        &mut self,
        until: Instant,
        max_data_set: usize,
        reports: &dyn Reports,
    ) -> Result<bool, Error> {
        let (connection, inbox) = self.with_inbox(max_data_set);
        let sender = Sender::of(connection, true);
        let interrupt = connection.interrupt.clone();
        loop {
            while let Some(message) = inbox.take() {
                if attend(connection, inbox, message, &sender, reports)? {
                    self.used();
                    return Ok(true);
                }
                // A peer that goes on with other requests does not prolong the wait.
                if Instant::now() >= until {
                    return Ok(false);
                }
            }
            if interrupt.level() == Level::Cancel {
                interrupt.forget_cancel();
                return Ok(false);
            }
            let heed = |inbox: &Inbox| inbox.is_ready() || interrupt.level() == Level::Cancel;
            if let Some(signal) = connection.receive_by(Some(until), inbox, heed)? {
                return Err(connection.unexpected(signal));
            }
            if !heed(inbox) {
                return Ok(false);
            }
        }
    }

    /// Whether the peer still holds the association: looks without waiting. What it has to report is kept for the
    /// next operation; before the first one it cannot be, and an association on which something waits for an answer
    /// that nobody would give counts as over.
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        let mut strict = Inbox::new(0);
        let inbox = self.inbox.as_mut().unwrap_or(&mut strict);
        self.connection.is_alive(inbox) && !strict.has_any()
    }

    /// The association, and where its messages wait: also between operations, for the peer may report at any time.
    fn with_inbox(&mut self, max_data_set: usize) -> (&mut Connection, &mut Inbox) {
        let inbox = self.inbox.get_or_insert_with(|| Inbox::new(max_data_set));
        (&mut self.connection, inbox)
    }
}

/// Deals with a message that answers nothing of ours. Returns whether it was an event report.
fn attend(
    connection: &mut Connection,
    inbox: &mut Inbox,
    message: Message,
    sender: &Sender,
    reports: &dyn Reports,
) -> Result<bool, Error> {
    let request = message.command;
    if !request.is_request() {
        // Nothing of the peer's is running here that it could cancel.
        return Ok(false);
    }
    let data_set = request.has_data_set.then_some(message.data_set);
    let answered = answer(reports, sender, message.context_id, &request, data_set)?;
    let is_report = answered.is_some();
    let answer = answered.unwrap_or_else(|| Answer {
        context_id: message.context_id,
        command: request.response_to(status::UNRECOGNIZED_OPERATION),
        data_set: None,
    });
    connection.send_answer(answer, inbox)?;
    Ok(is_report)
}
