//! Writing a command set: Implicit VR Little Endian, ascending tags, group length first (PS3.7 §6.3.1).

use dicomwire_dataset::tag::Tag;

use super::{CommandSet, DATA_SET, NO_DATA_SET, element};
use crate::codec::patch;

/// Length of the group length element: tag, value length, value.
const GROUP_LENGTH_SIZE: usize = 12;

impl CommandSet {
    /// Appends the command set.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        put_header(out, element::GROUP_LENGTH, 4);
        out.extend_from_slice(&[0; 4]);
        self.encode_low_elements(out);
        self.encode_high_elements(out);
        let elements = out
            .len()
            .saturating_sub(start)
            .saturating_sub(GROUP_LENGTH_SIZE);
        let length = u32::try_from(elements).unwrap_or(u32::MAX);
        patch(out, start.saturating_add(8), &length.to_le_bytes());
    }

    /// The elements below (0000,1000).
    fn encode_low_elements(&self, out: &mut Vec<u8>) {
        put_uid(
            out,
            element::AFFECTED_SOP_CLASS_UID,
            self.affected_sop_class_uid.as_deref(),
        );
        put_uid(
            out,
            element::REQUESTED_SOP_CLASS_UID,
            self.requested_sop_class_uid.as_deref(),
        );
        put_number(out, element::COMMAND_FIELD, Some(self.command_field));
        put_number(out, element::MESSAGE_ID, self.message_id);
        put_number(
            out,
            element::MESSAGE_ID_BEING_RESPONDED_TO,
            self.message_id_being_responded_to,
        );
        put_text(
            out,
            element::MOVE_DESTINATION,
            self.move_destination.as_deref(),
        );
        put_number(out, element::PRIORITY, self.priority);
        let data_set_type = if self.has_data_set {
            DATA_SET
        } else {
            NO_DATA_SET
        };
        put_number(out, element::COMMAND_DATA_SET_TYPE, Some(data_set_type));
        put_number(out, element::STATUS, self.status);
        put_tags(out, element::OFFENDING_ELEMENT, &self.offending_elements);
        put_text(out, element::ERROR_COMMENT, self.error_comment.as_deref());
        put_number(out, element::ERROR_ID, self.error_id);
    }

    /// The elements from (0000,1000) on.
    fn encode_high_elements(&self, out: &mut Vec<u8>) {
        put_uid(
            out,
            element::AFFECTED_SOP_INSTANCE_UID,
            self.affected_sop_instance_uid.as_deref(),
        );
        put_uid(
            out,
            element::REQUESTED_SOP_INSTANCE_UID,
            self.requested_sop_instance_uid.as_deref(),
        );
        put_number(out, element::EVENT_TYPE_ID, self.event_type_id);
        put_tags(
            out,
            element::ATTRIBUTE_IDENTIFIER_LIST,
            &self.attribute_identifier_list,
        );
        put_number(out, element::ACTION_TYPE_ID, self.action_type_id);
        let counts = [
            (
                element::NUMBER_OF_REMAINING_SUB_OPERATIONS,
                self.number_of_remaining_sub_operations,
            ),
            (
                element::NUMBER_OF_COMPLETED_SUB_OPERATIONS,
                self.number_of_completed_sub_operations,
            ),
            (
                element::NUMBER_OF_FAILED_SUB_OPERATIONS,
                self.number_of_failed_sub_operations,
            ),
            (
                element::NUMBER_OF_WARNING_SUB_OPERATIONS,
                self.number_of_warning_sub_operations,
            ),
        ];
        for (number, count) in counts {
            put_number(out, number, count);
        }
        put_text(
            out,
            element::MOVE_ORIGINATOR_AE_TITLE,
            self.move_originator_ae_title.as_deref(),
        );
        put_number(
            out,
            element::MOVE_ORIGINATOR_MESSAGE_ID,
            self.move_originator_message_id,
        );
    }
}

fn put_header(out: &mut Vec<u8>, number: u16, length: usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let [n0, n1] = number.to_le_bytes();
    let [l0, l1, l2, l3] = length.to_le_bytes();
    out.extend_from_slice(&[0, 0, n0, n1, l0, l1, l2, l3]);
}

fn put_number(out: &mut Vec<u8>, number: u16, value: Option<u16>) {
    if let Some(value) = value {
        put_header(out, number, 2);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn put_uid(out: &mut Vec<u8>, number: u16, value: Option<&str>) {
    put_padded(out, number, value, 0);
}

fn put_text(out: &mut Vec<u8>, number: u16, value: Option<&str>) {
    put_padded(out, number, value, b' ');
}

/// Values have even length; a UID is padded with NUL, text with a space (PS3.5 §6.2).
fn put_padded(out: &mut Vec<u8>, number: u16, value: Option<&str>, padding: u8) {
    let Some(value) = value else { return };
    let is_odd = value.len() & 1 == 1;
    put_header(out, number, value.len().saturating_add(usize::from(is_odd)));
    out.extend_from_slice(value.as_bytes());
    if is_odd {
        out.push(padding);
    }
}

fn put_tags(out: &mut Vec<u8>, number: u16, tags: &[Tag]) {
    if tags.is_empty() {
        return;
    }
    put_header(out, number, tags.len().saturating_mul(4));
    for tag in tags {
        out.extend_from_slice(&tag.group().to_le_bytes());
        out.extend_from_slice(&tag.element().to_le_bytes());
    }
}
