//! Command sets.

use dicomwire_dataset::tag::Tag;

use super::{detail, shown};
use crate::command::CommandSet;

/// Lines for a command set on a presentation context.
#[must_use]
pub fn command_set(context_id: u8, command: &CommandSet) -> Vec<String> {
    let mut lines = vec![format!("{} on context {context_id}", command.name())];
    let texts = [
        ("affected SOP class", &command.affected_sop_class_uid),
        ("requested SOP class", &command.requested_sop_class_uid),
        ("affected SOP instance", &command.affected_sop_instance_uid),
        (
            "requested SOP instance",
            &command.requested_sop_instance_uid,
        ),
        ("move destination", &command.move_destination),
        ("move originator", &command.move_originator_ae_title),
        ("error comment", &command.error_comment),
    ];
    let numbers = [
        ("message ID", command.message_id),
        (
            "responds to message ID",
            command.message_id_being_responded_to,
        ),
        (
            "move originator message",
            command.move_originator_message_id,
        ),
        ("event type ID", command.event_type_id),
        ("action type ID", command.action_type_id),
        ("remaining", command.number_of_remaining_sub_operations),
        ("completed", command.number_of_completed_sub_operations),
        ("failed", command.number_of_failed_sub_operations),
        ("warnings", command.number_of_warning_sub_operations),
        ("error ID", command.error_id),
    ];
    for (name, number) in numbers {
        lines.extend(number.map(|number| detail(name, &number.to_string())));
    }
    if let Some(priority) = command.priority {
        lines.push(detail("priority", priority_text(priority)));
    }
    for (name, text) in texts {
        lines.extend(text.as_ref().map(|text| detail(name, &shown(text))));
    }
    if let Some(status) = command.status {
        let text = format!("0x{status:04X} ({})", status_text(status));
        lines.push(detail("status", &text));
    }
    let tags = [
        ("offending elements", &command.offending_elements),
        ("attributes", &command.attribute_identifier_list),
    ];
    for (name, tags) in tags {
        if !tags.is_empty() {
            lines.push(detail(name, &tag_list(tags)));
        }
    }
    lines.push(detail(
        "data set",
        if command.has_data_set {
            "follows"
        } else {
            "none"
        },
    ));
    lines
}

/// The class of a status (PS3.7 Annex C); what exactly it says depends on the service.
const fn status_text(status: u16) -> &'static str {
    match status {
        0x0000 => "success",
        0xFE00 => "cancel",
        0xFF00 | 0xFF01 => "pending",
        0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF => "warning",
        _ => "failure",
    }
}

const fn priority_text(priority: u16) -> &'static str {
    match priority {
        0 => "medium",
        1 => "high",
        2 => "low",
        _ => "unknown",
    }
}

fn tag_list(tags: &[Tag]) -> String {
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    tags.join(" ")
}
