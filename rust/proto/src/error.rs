//! The two kinds of failure: the peer's ([`Error`]) and our own caller's ([`LocalError`]).

use std::fmt;

use dicomwire_dataset::tag::Tag;
use thiserror::Error as ThisError;

use crate::pdu::abort::reason;
use crate::state::State;

/// What was being waited for when time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The answer to an association or release request.
    Acse,
    /// A response, or the rest of a message.
    Dimse,
    /// Anything at all on an idle association.
    Idle,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acse => "acse",
            Self::Dimse => "dimse",
            Self::Idle => "idle",
        })
    }
}

/// The peer broke the protocol or kept silent. The association is dead for good once one of these was returned.
///
/// Every `offset` counts bytes from the start of the incoming stream.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A PDU that is well formed but not allowed now (PS3.8 Table 9-10).
    #[error("unexpected {pdu} at byte {offset} while {state}")]
    UnexpectedPdu {
        /// The name of the PDU.
        pdu: &'static str,
        /// Its PDU type.
        pdu_type: u8,
        /// The state of the association when it came.
        state: State,
        /// Where the PDU starts.
        offset: u64,
    },
    /// A byte that is no PDU type, where a PDU has to start.
    #[error("unrecognized PDU type {pdu_type:#04x} at byte {offset}")]
    UnrecognizedPdu {
        /// The byte found.
        pdu_type: u8,
        /// Where it is.
        offset: u64,
    },
    /// A PDU whose inside does not fit PS3.8 §9.3.
    #[error("invalid {pdu} at byte {offset}: expected {expected}, found {found}")]
    InvalidPdu {
        /// The name of the PDU.
        pdu: &'static str,
        /// Where the fault is.
        offset: u64,
        /// What should have been there.
        expected: &'static str,
        /// What was.
        found: String,
    },
    /// A PDU longer than the limit set for its kind.
    #[error(
        "PDU of type {pdu_type:#04x} at byte {offset} is {length} bytes long, more than {limit}"
    )]
    PduTooLong {
        /// Its PDU type.
        pdu_type: u8,
        /// The length it claims.
        length: u32,
        /// The limit in force.
        limit: u32,
        /// Where the PDU starts.
        offset: u64,
    },
    /// The stream does not even start like DICOM.
    #[error("the peer does not speak DICOM: it began with {first_bytes:02x?}{hint}")]
    NotDicom {
        /// The first bytes received.
        first_bytes: [u8; 6],
        /// Where they are (0, as only the start of the stream is judged so).
        offset: u64,
        /// What it looks like instead, as a continuation of the sentence, or empty.
        hint: &'static str,
    },
    /// An item or sub-item of an A-ASSOCIATE PDU that does not fit PS3.8 §9.3 or PS3.7 Annex D.3.
    #[error("invalid item {item_type:#04x} at byte {offset}: expected {expected}")]
    InvalidItem {
        /// The item type.
        item_type: u8,
        /// Where the fault is.
        offset: u64,
        /// What should have been there.
        expected: &'static str,
    },
    /// An A-ASSOCIATE-RQ of a protocol we do not speak. An A-ASSOCIATE-RJ, not an A-ABORT, is queued.
    #[error("protocol version {version:#06x} does not include version 1")]
    UnsupportedProtocolVersion {
        /// The version bits of the request.
        version: u16,
    },
    /// The peer takes no PDU long enough to carry anything.
    #[error("the peer's maximum length of {length} bytes leaves no room for a message fragment")]
    PeerLimitTooSmall {
        /// The maximum length it announced.
        length: u32,
    },
    /// Message fragments in an impossible order (PS3.8 Annex E).
    #[error(
        "message fragment at byte {offset} on presentation context {context_id}: expected {expected}"
    )]
    InvalidFragment {
        /// The presentation context of the fragment.
        context_id: u8,
        /// Where its presentation data value starts.
        offset: u64,
        /// What should have come.
        expected: &'static str,
    },
    /// A command set that cannot be read (PS3.7 §6.3).
    #[error("invalid command set at byte {offset}: expected {expected}")]
    InvalidCommand {
        /// Where the fault is; in a command set cut into fragments, counted from the first one on without the
        /// headers between.
        offset: u64,
        /// What should have been there.
        expected: &'static str,
        /// The element at fault, if the fault is in one.
        tag: Option<Tag>,
    },
    /// A command set longer than the limit.
    #[error("command set at byte {offset} is longer than {limit} bytes")]
    CommandTooLong {
        /// The limit in force.
        limit: u32,
        /// Where its first fragment starts.
        offset: u64,
    },
    /// A message on a presentation context that was not accepted.
    #[error("message on presentation context {id}, which was not accepted")]
    UnknownContext {
        /// The presentation context ID used.
        id: u8,
    },
    /// A response to nothing we asked, or of another kind than we asked.
    #[error("unexpected {command} for message {message_id}")]
    UnexpectedResponse {
        /// The message ID being responded to.
        message_id: u16,
        /// The name of the response.
        command: &'static str,
    },
    /// Nothing came in time.
    #[error("timed out ({phase})")]
    Timeout {
        /// What was being waited for.
        phase: Phase,
    },
}

impl Error {
    /// The reason/diagnostic of the A-ABORT this error is answered with (PS3.8 Table 9-26, source 2).
    #[must_use]
    pub fn abort_reason(&self) -> u8 {
        match self {
            Self::UnrecognizedPdu { .. } | Self::NotDicom { .. } => reason::UNRECOGNIZED_PDU,
            Self::UnexpectedPdu { .. } => reason::UNEXPECTED_PDU,
            Self::InvalidPdu { .. }
            | Self::InvalidItem { .. }
            | Self::PduTooLong { .. }
            | Self::PeerLimitTooSmall { .. }
            | Self::UnknownContext { .. } => reason::INVALID_PARAMETER_VALUE,
            Self::InvalidFragment { .. } => reason::UNEXPECTED_PARAMETER,
            Self::UnsupportedProtocolVersion { .. }
            | Self::InvalidCommand { .. }
            | Self::CommandTooLong { .. }
            | Self::UnexpectedResponse { .. }
            | Self::Timeout { .. } => reason::NOT_SPECIFIED,
        }
    }
}

/// The caller asked for something the protocol or the state of the association does not allow. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum LocalError {
    /// An application entity title that is not 1 to 16 characters of the default repertoire (PS3.5 §6.2, AE).
    #[error("{title:?} is not an AE title: {reason}")]
    InvalidAeTitle {
        /// The title.
        title: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A UID that does not fit PS3.5 §9.1.
    #[error("{uid:?} is not a UID")]
    InvalidUid {
        /// The text.
        uid: String,
    },
    /// A presentation context ID that is even or used twice.
    #[error("presentation context ID {id} is {reason}")]
    InvalidContextId {
        /// The ID.
        id: u8,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Not 1 to 128 presentation contexts.
    #[error("an association needs 1 to 128 presentation contexts, not {count}")]
    ContextCount {
        /// How many there were.
        count: usize,
    },
    /// A presentation context that proposes no transfer syntax.
    #[error("presentation context {id} proposes no transfer syntax")]
    NoTransferSyntax {
        /// Its ID.
        id: u8,
    },
    /// An item longer than its 16-bit length can say.
    #[error("{item} is too long for its 16-bit length")]
    ItemTooLong {
        /// Which item.
        item: &'static str,
    },
    /// An answer that does not fit the request.
    #[error("cannot answer presentation context {id}: {reason}")]
    InvalidAnswer {
        /// Its ID.
        id: u8,
        /// What is wrong with the answer.
        reason: &'static str,
    },
    /// The operation is not allowed in this state (PS3.8 Table 9-10).
    #[error("{operation} is not possible while {state}")]
    NotAllowed {
        /// What was asked for.
        operation: &'static str,
        /// The state of the association.
        state: State,
    },
    /// The body of the message before has not been handed out completely.
    #[error("the message before is not completely transmitted")]
    MessageInProgress,
    /// A message on a presentation context that was not accepted.
    #[error("presentation context {id} was not accepted")]
    ContextNotAccepted {
        /// Its ID.
        id: u8,
    },
    /// A request more than the asynchronous operations window allows (PS3.7 Annex D.3.3.3).
    #[error("{limit} operations are outstanding, and no more were negotiated")]
    WindowExceeded {
        /// The negotiated number.
        limit: u16,
    },
    /// The message ID belongs to a request that is still outstanding.
    #[error("message ID {message_id} is still in use")]
    MessageIdInUse {
        /// The message ID.
        message_id: u16,
    },
    /// A request without message ID, or a response that names no request.
    #[error("{command} needs a message ID")]
    NoMessageId {
        /// The name of the command.
        command: &'static str,
    },
    /// The command announces a data set and there is no body, or the other way round.
    #[error("the command set and the body disagree on whether there is a data set")]
    BodyMismatch,
    /// The peer takes no PDU long enough to carry anything.
    #[error("the peer's maximum length of {length} bytes leaves no room for a message fragment")]
    PeerLimitTooSmall {
        /// The maximum length it announced.
        length: u32,
    },
}
