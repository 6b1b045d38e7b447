//! The DICOM upper layer (PS3.8) and the DIMSE message layer (PS3.7) without input or output.
//!
//! Bytes go in, events come out; commands go in, bytes come out. The crate opens no socket, starts no thread and
//! reads no clock: the time is an argument of every call that needs it. A driver owns the socket and asks
//! [`Association`] what to do next:
//!
//! - `handle_*` and [`Association::next_event`] take input,
//! - [`Association::send`], [`Association::release`], … are commands,
//! - `poll_*` give output: bytes to write and the next deadline.
//!
//! Data set bodies are never collected here. An incoming body is lent to the driver chunk by chunk from the
//! driver's own buffer, an outgoing one is only announced ("these 12 bytes, then n of yours").

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::expect_used,
        clippy::unwrap_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod association;
mod codec;
pub mod command;
pub mod context;
pub mod describe;
pub mod error;
pub mod event;
mod framer;
pub mod items;
mod message;
pub mod pdu;
pub mod settings;
pub mod state;

pub use association::{Association, BodyLength, Transmit};
pub use command::{CommandSet, Priority, command_field};
pub use context::{AcceptPolicy, NegotiatedContext, SyntaxFilter, TransferPreference};
pub use error::{Error, LocalError, Phase};
pub use event::Event;
pub use items::{
    AnsweredContext, AsynchronousOperations, CommonExtendedNegotiation, ContextResult,
    ExtendedNegotiation, ProposedContext, RoleSelection, UserIdentity, UserInformation,
};
pub use pdu::{AbortPdu, AssociateAc, AssociateRj, AssociateRq, Pdu, PduType};
pub use settings::{Limits, Settings, Timeouts};
pub use state::State;

/// The DICOM application context name (PS3.7 Annex A.2.1), the only one in use.
pub const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";
