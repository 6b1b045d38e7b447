//! Values of Command Field (0000,0100) (PS3.7 Annex E.1).

/// The bit that tells a response from its request.
pub const RESPONSE: u16 = 0x8000;

/// C-STORE request.
pub const C_STORE_RQ: u16 = 0x0001;
/// C-STORE response.
pub const C_STORE_RSP: u16 = 0x8001;
/// C-GET request.
pub const C_GET_RQ: u16 = 0x0010;
/// C-GET response.
pub const C_GET_RSP: u16 = 0x8010;
/// C-FIND request.
pub const C_FIND_RQ: u16 = 0x0020;
/// C-FIND response.
pub const C_FIND_RSP: u16 = 0x8020;
/// C-MOVE request.
pub const C_MOVE_RQ: u16 = 0x0021;
/// C-MOVE response.
pub const C_MOVE_RSP: u16 = 0x8021;
/// C-ECHO request.
pub const C_ECHO_RQ: u16 = 0x0030;
/// C-ECHO response.
pub const C_ECHO_RSP: u16 = 0x8030;
/// N-EVENT-REPORT request.
pub const N_EVENT_REPORT_RQ: u16 = 0x0100;
/// N-EVENT-REPORT response.
pub const N_EVENT_REPORT_RSP: u16 = 0x8100;
/// N-GET request.
pub const N_GET_RQ: u16 = 0x0110;
/// N-GET response.
pub const N_GET_RSP: u16 = 0x8110;
/// N-SET request.
pub const N_SET_RQ: u16 = 0x0120;
/// N-SET response.
pub const N_SET_RSP: u16 = 0x8120;
/// N-ACTION request.
pub const N_ACTION_RQ: u16 = 0x0130;
/// N-ACTION response.
pub const N_ACTION_RSP: u16 = 0x8130;
/// N-CREATE request.
pub const N_CREATE_RQ: u16 = 0x0140;
/// N-CREATE response.
pub const N_CREATE_RSP: u16 = 0x8140;
/// N-DELETE request.
pub const N_DELETE_RQ: u16 = 0x0150;
/// N-DELETE response.
pub const N_DELETE_RSP: u16 = 0x8150;
/// C-CANCEL request; there is no response to it.
pub const C_CANCEL_RQ: u16 = 0x0FFF;

/// The name of a message by its command field.
#[must_use]
pub const fn name(command_field: u16) -> &'static str {
    match command_field {
        C_STORE_RQ => "C-STORE-RQ",
        C_STORE_RSP => "C-STORE-RSP",
        C_GET_RQ => "C-GET-RQ",
        C_GET_RSP => "C-GET-RSP",
        C_FIND_RQ => "C-FIND-RQ",
        C_FIND_RSP => "C-FIND-RSP",
        C_MOVE_RQ => "C-MOVE-RQ",
        C_MOVE_RSP => "C-MOVE-RSP",
        C_ECHO_RQ => "C-ECHO-RQ",
        C_ECHO_RSP => "C-ECHO-RSP",
        N_EVENT_REPORT_RQ => "N-EVENT-REPORT-RQ",
        N_EVENT_REPORT_RSP => "N-EVENT-REPORT-RSP",
        N_GET_RQ => "N-GET-RQ",
        N_GET_RSP => "N-GET-RSP",
        N_SET_RQ => "N-SET-RQ",
        N_SET_RSP => "N-SET-RSP",
        N_ACTION_RQ => "N-ACTION-RQ",
        N_ACTION_RSP => "N-ACTION-RSP",
        N_CREATE_RQ => "N-CREATE-RQ",
        N_CREATE_RSP => "N-CREATE-RSP",
        N_DELETE_RQ => "N-DELETE-RQ",
        N_DELETE_RSP => "N-DELETE-RSP",
        C_CANCEL_RQ => "C-CANCEL-RQ",
        _ => "unknown command",
    }
}
