//! Command sets: decoding and encoding agree.

use dicomwire_proto::{CommandSet, describe};

use crate::items::check_lines;

/// The input is a command set. What is decoded decodes to the same after it was encoded, encoding
/// is stable and even, and the command can be described.
///
/// # Panics
/// When that does not hold.
pub fn command_set(input: &[u8]) {
    let Ok(command) = CommandSet::decode(input) else {
        return;
    };
    check_lines(&describe::command_set(1, &command));
    assert!(
        usize::from(command.is_request())
            + usize::from(command.is_response())
            + usize::from(command.is_cancel())
            == 1,
        "a command is one of request, response and cancel"
    );
    let mut encoded = Vec::new();
    command.encode(&mut encoded);
    assert!(encoded.len().is_multiple_of(2), "an odd length");
    let decoded = CommandSet::decode(&encoded).expect("our own command set");
    assert_eq!(decoded, command);
    let mut again = Vec::new();
    decoded.encode(&mut again);
    assert_eq!(again, encoded);
}
