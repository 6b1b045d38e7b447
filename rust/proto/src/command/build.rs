//! Command sets of the eleven services, requests and responses (PS3.7 §9.3 and §10.3).

use dicomwire_dataset::tag::Tag;

use super::{CommandSet, command_field as field};

/// The Verification SOP class (PS3.4 Annex A.4), the only one with C-ECHO.
const VERIFICATION: &str = "1.2.840.10008.1.1";

impl CommandSet {
    /// A C-ECHO-RQ (PS3.7 §9.3.5.1).
    #[must_use]
    pub fn c_echo_rq(message_id: u16) -> Self {
        Self::affecting(field::C_ECHO_RQ, message_id, VERIFICATION, None)
    }

    /// A C-STORE-RQ (PS3.7 §9.3.1.1).
    #[must_use]
    pub fn c_store_rq(
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: &str,
        priority: impl Into<u16>,
    ) -> Self {
        Self {
            priority: Some(priority.into()),
            has_data_set: true,
            ..Self::affecting(
                field::C_STORE_RQ,
                message_id,
                sop_class_uid,
                Some(sop_instance_uid),
            )
        }
    }

    /// A C-FIND-RQ (PS3.7 §9.3.2.1).
    #[must_use]
    pub fn c_find_rq(message_id: u16, sop_class_uid: &str, priority: impl Into<u16>) -> Self {
        Self::query(field::C_FIND_RQ, message_id, sop_class_uid, priority)
    }

    /// A C-GET-RQ (PS3.7 §9.3.3.1).
    #[must_use]
    pub fn c_get_rq(message_id: u16, sop_class_uid: &str, priority: impl Into<u16>) -> Self {
        Self::query(field::C_GET_RQ, message_id, sop_class_uid, priority)
    }

    /// A C-MOVE-RQ (PS3.7 §9.3.4.1).
    #[must_use]
    pub fn c_move_rq(
        message_id: u16,
        sop_class_uid: &str,
        priority: impl Into<u16>,
        move_destination: &str,
    ) -> Self {
        Self {
            move_destination: Some(move_destination.to_owned()),
            ..Self::query(field::C_MOVE_RQ, message_id, sop_class_uid, priority)
        }
    }

    /// A C-CANCEL-RQ for the C-FIND, C-GET or C-MOVE with this message ID (PS3.7 §9.3.2.3, §9.3.3.3, §9.3.4.3).
    #[must_use]
    pub fn c_cancel_rq(message_id_being_responded_to: u16) -> Self {
        Self {
            command_field: field::C_CANCEL_RQ,
            message_id_being_responded_to: Some(message_id_being_responded_to),
            ..Self::default()
        }
    }

    /// An N-EVENT-REPORT-RQ (PS3.7 §10.3.1.1).
    #[must_use]
    pub fn n_event_report_rq(
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: &str,
        event_type_id: u16,
        has_data_set: bool,
    ) -> Self {
        Self {
            event_type_id: Some(event_type_id),
            has_data_set,
            ..Self::affecting(
                field::N_EVENT_REPORT_RQ,
                message_id,
                sop_class_uid,
                Some(sop_instance_uid),
            )
        }
    }

    /// An N-GET-RQ; no attribute identifiers ask for all attributes (PS3.7 §10.3.2.1).
    #[must_use]
    pub fn n_get_rq(
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: &str,
        attribute_identifier_list: Vec<Tag>,
    ) -> Self {
        Self {
            attribute_identifier_list,
            ..Self::requesting(field::N_GET_RQ, message_id, sop_class_uid, sop_instance_uid)
        }
    }

    /// An N-SET-RQ (PS3.7 §10.3.3.1).
    #[must_use]
    pub fn n_set_rq(message_id: u16, sop_class_uid: &str, sop_instance_uid: &str) -> Self {
        Self {
            has_data_set: true,
            ..Self::requesting(field::N_SET_RQ, message_id, sop_class_uid, sop_instance_uid)
        }
    }

    /// An N-ACTION-RQ (PS3.7 §10.3.4.1).
    #[must_use]
    pub fn n_action_rq(
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: &str,
        action_type_id: u16,
        has_data_set: bool,
    ) -> Self {
        Self {
            action_type_id: Some(action_type_id),
            has_data_set,
            ..Self::requesting(
                field::N_ACTION_RQ,
                message_id,
                sop_class_uid,
                sop_instance_uid,
            )
        }
    }

    /// An N-CREATE-RQ; without an instance UID the performer chooses one (PS3.7 §10.3.5.1).
    #[must_use]
    pub fn n_create_rq(
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: Option<&str>,
        has_data_set: bool,
    ) -> Self {
        Self {
            has_data_set,
            ..Self::affecting(
                field::N_CREATE_RQ,
                message_id,
                sop_class_uid,
                sop_instance_uid,
            )
        }
    }

    /// An N-DELETE-RQ (PS3.7 §10.3.6.1).
    #[must_use]
    pub fn n_delete_rq(message_id: u16, sop_class_uid: &str, sop_instance_uid: &str) -> Self {
        Self::requesting(
            field::N_DELETE_RQ,
            message_id,
            sop_class_uid,
            sop_instance_uid,
        )
    }

    /// The response to this request, without a data set.
    ///
    /// It names the SOP class and instance of the request, whether requested or affected there, as affected, and
    /// repeats event and action type (PS3.7 §9.3, §10.3).
    #[must_use]
    pub fn response_to(&self, status: u16) -> Self {
        let either = |affected: &Option<String>, requested: &Option<String>| {
            affected.as_ref().or(requested.as_ref()).cloned()
        };
        Self {
            command_field: self.command_field | field::RESPONSE,
            message_id_being_responded_to: self.message_id,
            affected_sop_class_uid: either(
                &self.affected_sop_class_uid,
                &self.requested_sop_class_uid,
            ),
            affected_sop_instance_uid: either(
                &self.affected_sop_instance_uid,
                &self.requested_sop_instance_uid,
            ),
            status: Some(status),
            event_type_id: self.event_type_id,
            action_type_id: self.action_type_id,
            ..Self::default()
        }
    }

    fn affecting(
        command_field: u16,
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: Option<&str>,
    ) -> Self {
        Self {
            command_field,
            message_id: Some(message_id),
            affected_sop_class_uid: Some(sop_class_uid.to_owned()),
            affected_sop_instance_uid: sop_instance_uid.map(str::to_owned),
            ..Self::default()
        }
    }

    fn requesting(
        command_field: u16,
        message_id: u16,
        sop_class_uid: &str,
        sop_instance_uid: &str,
    ) -> Self {
        Self {
            command_field,
            message_id: Some(message_id),
            requested_sop_class_uid: Some(sop_class_uid.to_owned()),
            requested_sop_instance_uid: Some(sop_instance_uid.to_owned()),
            ..Self::default()
        }
    }

    fn query(
        command_field: u16,
        message_id: u16,
        sop_class_uid: &str,
        priority: impl Into<u16>,
    ) -> Self {
        Self {
            priority: Some(priority.into()),
            has_data_set: true,
            ..Self::affecting(command_field, message_id, sop_class_uid, None)
        }
    }
}
