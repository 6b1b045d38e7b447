//! Command sets byte by byte, built by hand from PS3.7 §6.3, §9.3, §10.3 and Annex E.

use dicomwire_dataset::tag::Tag;
use dicomwire_proto::{CommandSet, Error, Priority, command_field as field};

use crate::support::hex;

/// The elements after the group length, little endian; UIDs 1.2 and 1.3.4 stand for any.
fn check(command: &CommandSet, elements: &str) {
    let elements = hex(elements);
    let mut bytes = hex("0000 0000 04000000");
    bytes.extend((elements.len() as u32).to_le_bytes());
    bytes.extend(elements);
    let mut written = Vec::new();
    command.encode(&mut written);
    assert_eq!(written, bytes, "{}", command.name());
    assert_eq!(&CommandSet::decode(&bytes).unwrap(), command);
}

/// (0000,0002) Affected SOP Class UID 1.2, padded with NUL.
const AFFECTED_CLASS: &str = "00000200 04000000 312e3200";
/// (0000,0003) Requested SOP Class UID 1.2.
const REQUESTED_CLASS: &str = "00000300 04000000 312e3200";
/// (0000,1000) Affected SOP Instance UID 1.3.4.
const AFFECTED_INSTANCE: &str = "00000010 06000000 312e332e3400";
/// (0000,1001) Requested SOP Instance UID 1.3.4.
const REQUESTED_INSTANCE: &str = "00000110 06000000 312e332e3400";
/// (0000,0110) Message ID 7.
const MESSAGE: &str = "00001001 02000000 0700";
/// (0000,0120) Message ID Being Responded To 7.
const RESPONDED: &str = "00002001 02000000 0700";
/// (0000,0800) Command Data Set Type: none.
const NO_DATA: &str = "00000008 02000000 0101";
/// (0000,0800) Command Data Set Type: not 0101H.
const DATA: &str = "00000008 02000000 0100";
/// (0000,0900) Status 0000H.
const SUCCESS: &str = "00000009 02000000 0000";

/// (0000,0100) Command Field.
fn command_field(value: u16) -> String {
    format!("00000001 02000000 {:04x}", value.swap_bytes())
}

/// (0000,0700) Priority.
fn priority(value: u16) -> String {
    format!("00000007 02000000 {:04x}", value.swap_bytes())
}

#[test]
fn c_echo() {
    // (0000,0002) is the Verification SOP class, 17 characters and a NUL.
    let class = "00000200 12000000 312e322e3834302e31303030382e312e3100";
    let rq = CommandSet::c_echo_rq(7);
    check(
        &rq,
        &[class, &command_field(0x0030), MESSAGE, NO_DATA].concat(),
    );
    let rsp = [class, &command_field(0x8030), RESPONDED, NO_DATA, SUCCESS].concat();
    check(&rq.response_to(0), &rsp);
}

#[test]
fn c_store() {
    let rq = CommandSet::c_store_rq(7, "1.2", "1.3.4", Priority::Medium);
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0001),
        MESSAGE,
        &priority(0),
        DATA,
        AFFECTED_INSTANCE,
    ];
    check(&rq, &bytes.concat());
    let rsp = [
        AFFECTED_CLASS,
        &command_field(0x8001),
        RESPONDED,
        NO_DATA,
        // Status A700H: out of resources.
        "00000009 02000000 00a7",
        AFFECTED_INSTANCE,
    ];
    check(&rq.response_to(0xA700), &rsp.concat());
}

#[test]
fn c_store_as_a_sub_operation_of_a_move() {
    let rq = CommandSet {
        move_originator_ae_title: Some("ME".into()),
        move_originator_message_id: Some(9),
        ..CommandSet::c_store_rq(7, "1.2", "1.3.4", Priority::High)
    };
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0001),
        MESSAGE,
        &priority(1),
        DATA,
        AFFECTED_INSTANCE,
        "00003010 02000000 4d45",
        "00003110 02000000 0900",
    ];
    check(&rq, &bytes.concat());
}

#[test]
fn c_find_get_and_cancel() {
    let find = CommandSet::c_find_rq(7, "1.2", Priority::Low);
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0020),
        MESSAGE,
        &priority(2),
        DATA,
    ];
    check(&find, &bytes.concat());

    let pending = CommandSet {
        has_data_set: true,
        ..find.response_to(0xFF00)
    };
    let status = "00000009 02000000 00ff";
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x8020),
        RESPONDED,
        DATA,
        status,
    ];
    check(&pending, &bytes.concat());
    assert!(pending.is_pending());

    let get = CommandSet::c_get_rq(7, "1.2", Priority::Medium);
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0010),
        MESSAGE,
        &priority(0),
        DATA,
    ];
    check(&get, &bytes.concat());

    let cancel = CommandSet::c_cancel_rq(7);
    check(
        &cancel,
        &[&command_field(0x0FFF), RESPONDED, NO_DATA].concat(),
    );
    assert!(cancel.is_cancel() && !cancel.is_request() && !cancel.is_response());
}

#[test]
fn c_move() {
    let rq = CommandSet::c_move_rq(7, "1.2", Priority::Medium, "STORE");
    // (0000,0600) Move Destination, padded with a space.
    let destination = "00000006 06000000 53544f524520";
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0021),
        MESSAGE,
        destination,
        &priority(0),
        DATA,
    ];
    check(&rq, &bytes.concat());

    let rsp = CommandSet {
        number_of_remaining_sub_operations: Some(4),
        number_of_completed_sub_operations: Some(3),
        number_of_failed_sub_operations: Some(2),
        number_of_warning_sub_operations: Some(1),
        ..rq.response_to(0xFF00)
    };
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x8021),
        RESPONDED,
        NO_DATA,
        "00000009 02000000 00ff",
        "00002010 02000000 0400",
        "00002110 02000000 0300",
        "00002210 02000000 0200",
        "00002310 02000000 0100",
    ];
    check(&rsp, &bytes.concat());
}

#[test]
fn n_event_report() {
    let rq = CommandSet::n_event_report_rq(7, "1.2", "1.3.4", 2, true);
    let event_type = "00000210 02000000 0200";
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x0100),
        MESSAGE,
        DATA,
        AFFECTED_INSTANCE,
        event_type,
    ];
    check(&rq, &bytes.concat());
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x8100),
        RESPONDED,
        NO_DATA,
        SUCCESS,
        AFFECTED_INSTANCE,
        event_type,
    ];
    check(&rq.response_to(0), &bytes.concat());
}

#[test]
fn n_get() {
    let tags = vec![Tag::new(0x0010, 0x0020), Tag::new(0x2110, 0x0010)];
    let rq = CommandSet::n_get_rq(7, "1.2", "1.3.4", tags);
    let bytes = [
        REQUESTED_CLASS,
        &command_field(0x0110),
        MESSAGE,
        NO_DATA,
        REQUESTED_INSTANCE,
        // (0000,1005) Attribute Identifier List: two tags.
        "00000510 08000000 1000 2000 1021 1000",
    ];
    check(&rq, &bytes.concat());
    // The response calls affected what the request called requested.
    let bytes = [
        AFFECTED_CLASS,
        &command_field(0x8110),
        RESPONDED,
        NO_DATA,
        SUCCESS,
        AFFECTED_INSTANCE,
    ];
    check(&rq.response_to(0), &bytes.concat());
}

#[test]
fn n_set_action_create_and_delete() {
    let set = CommandSet::n_set_rq(7, "1.2", "1.3.4");
    let bytes = [
        REQUESTED_CLASS,
        &command_field(0x0120),
        MESSAGE,
        DATA,
        REQUESTED_INSTANCE,
    ];
    check(&set, &bytes.concat());

    let action = CommandSet::n_action_rq(7, "1.2", "1.3.4", 1, true);
    let action_type = "00000810 02000000 0100";
    let bytes = [
        REQUESTED_CLASS,
        &command_field(0x0130),
        MESSAGE,
        DATA,
        REQUESTED_INSTANCE,
        action_type,
    ];
    check(&action, &bytes.concat());
    assert_eq!(action.response_to(0).action_type_id, Some(1));

    let create = CommandSet::n_create_rq(7, "1.2", None, true);
    check(
        &create,
        &[AFFECTED_CLASS, &command_field(0x0140), MESSAGE, DATA].concat(),
    );

    let delete = CommandSet::n_delete_rq(7, "1.2", "1.3.4");
    let bytes = [
        REQUESTED_CLASS,
        &command_field(0x0150),
        MESSAGE,
        NO_DATA,
        REQUESTED_INSTANCE,
    ];
    check(&delete, &bytes.concat());
}

#[test]
fn failure_details() {
    let rsp = CommandSet {
        command_field: field::N_SET_RSP,
        message_id_being_responded_to: Some(7),
        status: Some(0x0106),
        offending_elements: vec![Tag::new(0x0010, 0x0010)],
        error_comment: Some("bad".into()),
        error_id: Some(5),
        ..CommandSet::default()
    };
    let bytes = [
        &command_field(0x8120),
        RESPONDED,
        NO_DATA,
        "00000009 02000000 0601",
        "00000109 04000000 1000 1000",
        "00000209 04000000 62616420",
        "00000309 02000000 0500",
    ];
    check(&rsp, &bytes.concat());
}

#[test]
fn sloppy_command_sets_are_read() {
    // No group length; a retired element (0000,0001); an odd UID without padding; one padded with a space; Status
    // with two values.
    let bytes = [
        "00000100 04000000 00000000",
        "00000200 03000000 312e32",
        &command_field(0x8001),
        RESPONDED,
        NO_DATA,
        "00000009 04000000 00a7 0000",
        "00000010 06000000 312e332e3420",
    ];
    let command = CommandSet::decode(&hex(&bytes.concat())).unwrap();
    assert_eq!(command.affected_sop_class_uid.as_deref(), Some("1.2"));
    assert_eq!(command.affected_sop_instance_uid.as_deref(), Some("1.3.4"));
    assert_eq!(command.status, Some(0xA700));
}

#[test]
fn broken_command_sets_say_where() {
    let decode = |text: &str| CommandSet::decode(&hex(text)).unwrap_err();
    let element = |element| Some(Tag::new(0, element));
    let fault = |offset, expected, tag| Error::InvalidCommand {
        offset,
        expected,
        tag,
    };

    let value = "a value as long as its length says";
    assert_eq!(
        decode("00000001 02000000 30"),
        fault(0, value, element(0x0100))
    );
    assert_eq!(
        decode("00000001 ffffffff 3000"),
        fault(0, value, element(0x0100))
    );
    let field = command_field(0x0030);
    assert_eq!(
        decode(&[&field, "00"].concat()),
        fault(10, "an element header", None)
    );
    let foreign = [&field, "08001800 00000000"].concat();
    let tag = Some(Tag::new(0x0008, 0x0018));
    assert_eq!(decode(&foreign), fault(10, "an element of group 0000", tag));
    let one_byte = [&field, "00001001 01000000 07"].concat();
    assert_eq!(
        decode(&one_byte),
        fault(10, "a 16-bit number", element(0x0110))
    );
    let three_bytes = [&field, "00000510 03000000 070707"].concat();
    assert_eq!(
        decode(&three_bytes),
        fault(10, "tags of four bytes each", element(0x1005))
    );
    assert_eq!(
        decode(NO_DATA),
        fault(10, "a Command Field", element(0x0100))
    );
    assert_eq!(
        decode(&field),
        fault(10, "a Command Data Set Type", element(0x0800))
    );
}

#[test]
fn names_follow_the_command_field() {
    let cases = [
        (field::C_STORE_RQ, "C-STORE-RQ"),
        (field::C_GET_RSP, "C-GET-RSP"),
        (field::C_MOVE_RQ, "C-MOVE-RQ"),
        (field::N_EVENT_REPORT_RSP, "N-EVENT-REPORT-RSP"),
        (field::N_DELETE_RQ, "N-DELETE-RQ"),
        (field::C_CANCEL_RQ, "C-CANCEL-RQ"),
        (0x0F00, "unknown command"),
    ];
    for (command_field, name) in cases {
        let command = CommandSet {
            command_field,
            ..CommandSet::default()
        };
        assert_eq!(command.name(), name);
        assert_eq!(command.is_response(), name.ends_with("RSP"));
    }
}
