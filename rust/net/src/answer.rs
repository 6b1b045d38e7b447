//! The answer to a C-STORE-RQ, and what it means.

use dicomwire_proto::command::command_field;

use crate::body::Body;
use crate::connection::Connection;
use crate::error::Error;
use crate::message::{Inbox, Message};
use crate::scan::Item;
use crate::sink::status;
use crate::transfer::{Outcome, StoreResult};

/// Waits for the C-STORE-RSP; a request the peer makes meanwhile is refused.
pub(crate) fn await_answer(
    connection: &mut Connection,
    inbox: &mut Inbox,
) -> Result<Message, Error> {
    loop {
        let message = connection.next_message(inbox)?;
        if message.command.is_request() {
            let refusal = message.command.response_to(status::UNRECOGNIZED_OPERATION);
            connection.send(message.context_id, &refusal, &mut Body::Empty, inbox)?;
        } else if message.command.command_field == command_field::C_STORE_RSP
            && !matches!(message.command.status, Some(0xFF00 | 0xFF01))
        {
            return Ok(message);
        }
    }
}

/// PS3.4 §B.2.3 and PS3.7 Annex C: 0000 success, B000–BFFF, 0001, 0107 and 0116 warnings, the rest failures.
pub(crate) fn judge(item: &Item, answer: &Message) -> StoreResult {
    let status = answer.command.status.unwrap_or(0x0110);
    let outcome = match status {
        0x0000 => Outcome::Sent,
        status if status::is_warning(status) => Outcome::Warning,
        _ => Outcome::Failed,
    };
    let comment = answer.command.error_comment.clone();
    let error = match (outcome, comment) {
        (Outcome::Sent, comment) | (_, comment @ Some(_)) => comment,
        (_, None) => Some(format!("the peer answered with status 0x{status:04X}")),
    };
    let mut result = item.result(outcome, error);
    result.status = Some(status);
    result
}
