//! The items of A-ASSOCIATE PDUs (PS3.8 §9.3.2, §9.3.3 and Annex D; PS3.7 Annex D.3.3).

mod context;
mod identity;
mod negotiation;
mod user_information;

pub use context::{AnsweredContext, ContextResult, ProposedContext};
pub use identity::UserIdentity;
pub use negotiation::{
    AsynchronousOperations, CommonExtendedNegotiation, ExtendedNegotiation, RoleSelection,
};
pub use user_information::UserInformation;

pub(crate) const APPLICATION_CONTEXT: u8 = 0x10;
pub(crate) const PROPOSED_CONTEXT: u8 = 0x20;
pub(crate) const ANSWERED_CONTEXT: u8 = 0x21;
pub(crate) const ABSTRACT_SYNTAX: u8 = 0x30;
pub(crate) const TRANSFER_SYNTAX: u8 = 0x40;
pub(crate) const USER_INFORMATION: u8 = 0x50;
pub(crate) const MAXIMUM_LENGTH: u8 = 0x51;
pub(crate) const IMPLEMENTATION_CLASS_UID: u8 = 0x52;
pub(crate) const ASYNCHRONOUS_OPERATIONS: u8 = 0x53;
pub(crate) const ROLE_SELECTION: u8 = 0x54;
pub(crate) const IMPLEMENTATION_VERSION_NAME: u8 = 0x55;
pub(crate) const EXTENDED_NEGOTIATION: u8 = 0x56;
pub(crate) const COMMON_EXTENDED_NEGOTIATION: u8 = 0x57;
pub(crate) const USER_IDENTITY: u8 = 0x58;
pub(crate) const USER_IDENTITY_RESPONSE: u8 = 0x59;
