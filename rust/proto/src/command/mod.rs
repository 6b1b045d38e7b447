//! DIMSE command sets (PS3.7 §6.3, §9.3, §10.3 and Annex E).

mod build;
pub mod command_field;
mod decode;
mod encode;

use dicomwire_dataset::tag::Tag;

/// Priority of a request (PS3.7 Annex E.1, (0000,0700)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Priority {
    /// Before others.
    High = 1,
    /// As it comes.
    #[default]
    Medium = 0,
    /// After others.
    Low = 2,
}

impl From<Priority> for u16 {
    fn from(priority: Priority) -> Self {
        priority as Self
    }
}

/// The command set of any DIMSE message: the elements of group 0000 with a meaning.
///
/// Elements that a message does not have are `None` or empty. Retired and unknown elements are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandSet {
    /// (0000,0100), one of [`command_field`].
    pub command_field: u16,
    /// (0000,0110)
    pub message_id: Option<u16>,
    /// (0000,0120)
    pub message_id_being_responded_to: Option<u16>,
    /// (0000,0002)
    pub affected_sop_class_uid: Option<String>,
    /// (0000,0003)
    pub requested_sop_class_uid: Option<String>,
    /// (0000,1000)
    pub affected_sop_instance_uid: Option<String>,
    /// (0000,1001)
    pub requested_sop_instance_uid: Option<String>,
    /// (0000,0700)
    pub priority: Option<u16>,
    /// Whether Command Data Set Type (0000,0800) says that a data set follows, that is, anything but 0101H.
    pub has_data_set: bool,
    /// (0000,0900)
    pub status: Option<u16>,
    /// (0000,0600)
    pub move_destination: Option<String>,
    /// (0000,1030)
    pub move_originator_ae_title: Option<String>,
    /// (0000,1031)
    pub move_originator_message_id: Option<u16>,
    /// (0000,1020)
    pub number_of_remaining_sub_operations: Option<u16>,
    /// (0000,1021)
    pub number_of_completed_sub_operations: Option<u16>,
    /// (0000,1022)
    pub number_of_failed_sub_operations: Option<u16>,
    /// (0000,1023)
    pub number_of_warning_sub_operations: Option<u16>,
    /// (0000,0901)
    pub offending_elements: Vec<Tag>,
    /// (0000,0902)
    pub error_comment: Option<String>,
    /// (0000,0903)
    pub error_id: Option<u16>,
    /// (0000,1002)
    pub event_type_id: Option<u16>,
    /// (0000,1008)
    pub action_type_id: Option<u16>,
    /// (0000,1005)
    pub attribute_identifier_list: Vec<Tag>,
}

impl CommandSet {
    /// Whether this asks for an operation or notifies of an event; C-CANCEL, which has no response, does neither.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        !self.is_response() && !self.is_cancel()
    }

    /// Whether this answers a request.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.command_field & command_field::RESPONSE != 0
    }

    /// Whether this is a C-CANCEL-RQ of any kind.
    #[must_use]
    pub const fn is_cancel(&self) -> bool {
        self.command_field == command_field::C_CANCEL_RQ
    }

    /// Whether this is a response that promises more responses: its status is pending (PS3.7 Annex C.1).
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.is_response() && matches!(self.status, Some(0xFF00 | 0xFF01))
    }

    /// The name the standard gives the message, such as `"C-STORE-RQ"`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        command_field::name(self.command_field)
    }
}

/// Element numbers of group 0000 (PS3.7 Annex E).
mod element {
    pub(super) const GROUP_LENGTH: u16 = 0x0000;
    pub(super) const AFFECTED_SOP_CLASS_UID: u16 = 0x0002;
    pub(super) const REQUESTED_SOP_CLASS_UID: u16 = 0x0003;
    pub(super) const COMMAND_FIELD: u16 = 0x0100;
    pub(super) const MESSAGE_ID: u16 = 0x0110;
    pub(super) const MESSAGE_ID_BEING_RESPONDED_TO: u16 = 0x0120;
    pub(super) const MOVE_DESTINATION: u16 = 0x0600;
    pub(super) const PRIORITY: u16 = 0x0700;
    pub(super) const COMMAND_DATA_SET_TYPE: u16 = 0x0800;
    pub(super) const STATUS: u16 = 0x0900;
    pub(super) const OFFENDING_ELEMENT: u16 = 0x0901;
    pub(super) const ERROR_COMMENT: u16 = 0x0902;
    pub(super) const ERROR_ID: u16 = 0x0903;
    pub(super) const AFFECTED_SOP_INSTANCE_UID: u16 = 0x1000;
    pub(super) const REQUESTED_SOP_INSTANCE_UID: u16 = 0x1001;
    pub(super) const EVENT_TYPE_ID: u16 = 0x1002;
    pub(super) const ATTRIBUTE_IDENTIFIER_LIST: u16 = 0x1005;
    pub(super) const ACTION_TYPE_ID: u16 = 0x1008;
    pub(super) const NUMBER_OF_REMAINING_SUB_OPERATIONS: u16 = 0x1020;
    pub(super) const NUMBER_OF_COMPLETED_SUB_OPERATIONS: u16 = 0x1021;
    pub(super) const NUMBER_OF_FAILED_SUB_OPERATIONS: u16 = 0x1022;
    pub(super) const NUMBER_OF_WARNING_SUB_OPERATIONS: u16 = 0x1023;
    pub(super) const MOVE_ORIGINATOR_AE_TITLE: u16 = 0x1030;
    pub(super) const MOVE_ORIGINATOR_MESSAGE_ID: u16 = 0x1031;
}

/// Command Data Set Type: no data set follows. Any other value says that one does.
const NO_DATA_SET: u16 = 0x0101;
/// The value we write when a data set follows.
const DATA_SET: u16 = 0x0001;
