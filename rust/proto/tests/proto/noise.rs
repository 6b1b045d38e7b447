//! Arbitrary and nearly valid input: no panic, no hoarding, and after an error only the end.

use dicomwire_proto::{CommandSet, Limits, Settings};
use proptest::prelude::*;

use crate::support::*;

/// Bytes that are likelier than noise to get anywhere.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..40);
    let pdu = (1u8..9, 0u32..60, noise.clone()).prop_map(|(pdu_type, length, body)| {
        let mut bytes = vec![pdu_type, 0];
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
        bytes
    });
    let value =
        (0u32..30, any::<u8>(), 0u8..4, noise).prop_map(|(length, context, control, body)| {
            let mut bytes = vec![4, 0];
            bytes.extend((length + 4).to_be_bytes());
            bytes.extend(length.to_be_bytes());
            bytes.extend([context % 6, control]);
            bytes.extend(body);
            bytes
        });
    let whole = crate::strategies::pdu().prop_map(|pdu| {
        let mut bytes = Vec::new();
        pdu.encode(&mut bytes).unwrap();
        bytes
    });
    proptest::collection::vec(prop_oneof![pdu, value, whole], 0..8).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn no_input_panics_and_after_an_error_there_is_only_the_end(
        bytes in plausible(),
        established in any::<bool>(),
    ) {
        let mut pair = if established {
            Pair::established()
        } else {
            Pair::new(request(), Settings::default(), Settings::default())
        };
        for side in [&mut pair.requestor, &mut pair.acceptor] {
            feed(&mut side.association, &bytes, pair.now, &mut side.seen);
            let failed = side.seen.iter().position(|seen| matches!(seen, Seen::Failed(_)));
            if let Some(failed) = failed {
                prop_assert_eq!(failed, side.seen.len() - 1);
                prop_assert!(side.association.wants_output());
            }
            side.association.handle_eof(pair.now);
            feed(&mut side.association, &[], pair.now, &mut side.seen);
            let closed = side.seen.iter().filter(|seen| matches!(seen, Seen::Closed(_))).count();
            prop_assert_eq!(closed, 1);
        }
    }

    #[test]
    fn what_is_held_back_stays_within_the_limits(bytes in plausible(), step in 1usize..50) {
        let limits = Limits { max_control_pdu: 300, max_command_set: 40, ..Limits::default() };
        let settings = Settings { limits, ..Settings::default() };
        let mut pair = Pair::established_from(request(), settings, Settings::default());
        for piece in bytes.chunks(step) {
            feed(&mut pair.requestor.association, piece, pair.now, &mut pair.requestor.seen);
            prop_assert!(pair.requestor.association.buffered() <= 300 + 40 + 6);
        }
    }

    #[test]
    fn no_command_set_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = CommandSet::decode(&bytes);
    }

    #[test]
    fn a_damaged_command_set_never_panics(
        command in crate::strategies::command_set(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        command.encode(&mut bytes);
        *place.get_mut(&mut bytes) = byte;
        let _ = CommandSet::decode(&bytes);
    }
}
