//! Peers that do not keep to the protocol.

use std::time::Instant;

use dicomwire_proto::{
    Association, BodyLength, CommandSet, Error, Limits, Priority, Settings, State, Transmit,
};

use crate::support::*;

/// What an acceptor makes of these first bytes.
fn received(bytes: &[u8]) -> Error {
    let now = Instant::now();
    let mut association = Association::accept(Settings::default(), now);
    let mut seen = Vec::new();
    feed(&mut association, bytes, now, &mut seen);
    let [Seen::Failed(error)] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_dead(association, now, error.abort_reason());
    error.clone()
}

/// An A-ABORT is queued, input goes nowhere, and only the end is left.
fn assert_dead(mut association: Association, now: Instant, reason: u8) {
    let out = drain(&mut association, &mut &[][..], now);
    assert_eq!(out, [7, 0, 0, 0, 0, 4, 0, 0, 2, reason]);
    assert_eq!(association.state(), State::Sta13);
    let mut seen = Vec::new();
    let abort = hex("07 00 00000004 00000000");
    feed(&mut association, &abort, now, &mut seen);
    feed(&mut association, &[0xFF; 100], now, &mut seen);
    assert_eq!(seen, []);
    assert!(!association.wants_output());
    association.handle_eof(now);
    feed(&mut association, &[], now, &mut seen);
    assert!(matches!(seen[..], [Seen::Closed(_)]), "{seen:?}");
}

/// What an established requestor makes of these bytes, split at every place.
fn received_when_established(bytes: &[u8]) -> Error {
    received_with(Settings::default(), bytes)
}

fn received_with(settings: Settings, bytes: &[u8]) -> Error {
    let mut pair = Pair::established_from(request(), settings, Settings::default());
    feed(
        &mut pair.requestor.association,
        bytes,
        pair.now,
        &mut pair.requestor.seen,
    );
    let seen = pair.requestor.take();
    let [.., Seen::Failed(error)] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_dead(pair.requestor.association, pair.now, error.abort_reason());
    error.clone()
}

/// Where the A-ASSOCIATE-AC ended, which is where what comes next starts.
fn established_offset() -> u64 {
    Pair::established().last_from_acceptor.len() as u64
}

#[test]
fn other_protocols_are_named() {
    let hello = hex("16 03 01 0200 01 00 01fc");
    let alert = hex("15 03 03 0002 02 28");
    let cases: [(&[u8], &str); 6] = [
        (&hello, "TLS"),
        (&alert, "TLS"),
        (b"GET / HTTP/1.1\r\n", "an HTTP client"),
        (b"HTTP/1.1 400 Bad Request\r\n", "an HTTP server"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        (b"220 mail.example", "a text protocol"),
    ];
    for (bytes, name) in cases {
        let error = received(bytes);
        assert!(matches!(error, Error::NotDicom { offset: 0, .. }));
        assert!(
            error.to_string().contains(&format!("looks like {name}")),
            "{error}"
        );
        assert_eq!(error.abort_reason(), 1);
    }
    let error = received(&[0; 20]);
    assert_eq!(
        error,
        Error::NotDicom {
            first_bytes: [0; 6],
            offset: 0,
            hint: ""
        }
    );
}

#[test]
fn garbage_between_pdus() {
    let offset = established_offset();
    let error = received_when_established(&hex("08 00 00000004 00000000"));
    assert_eq!(
        error,
        Error::UnrecognizedPdu {
            pdu_type: 8,
            offset
        }
    );
}

#[test]
fn a_pdu_of_4_gib_is_refused_by_its_header() {
    let offset = established_offset();
    let error = received_when_established(&hex("04 00 ffffffff"));
    let limit = Limits::default().max_data_pdu;
    assert_eq!(
        error,
        Error::PduTooLong {
            pdu_type: 4,
            length: u32::MAX,
            limit,
            offset
        }
    );
    let error = received(&hex("01 00 ffffffff"));
    let limit = Limits::default().max_control_pdu;
    assert_eq!(
        error,
        Error::PduTooLong {
            pdu_type: 1,
            length: u32::MAX,
            limit,
            offset: 0
        }
    );
}

#[test]
fn a_data_pdu_longer_than_announced_is_taken() {
    let settings = Settings {
        max_pdu_length: 1000,
        ..Settings::default()
    };
    let mut pair = Pair::established_from(request(), settings, Settings::default());
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    pair.acceptor
        .association
        .send(STORE, &rq, BodyLength::Known(1), pair.now)
        .unwrap();
    let mut bytes = Vec::new();
    pair.acceptor
        .association
        .poll_transmit(&mut bytes, pair.now)
        .unwrap();
    bytes.extend(hex("04 00 00010006 00010002 01 02"));
    bytes.extend(vec![5; 0x10000]);
    feed(
        &mut pair.requestor.association,
        &bytes,
        pair.now,
        &mut pair.requestor.seen,
    );
    let seen = pair.requestor.take();
    assert_eq!(
        seen[1..],
        [Seen::Body(STORE, vec![5; 0x10000]), Seen::BodyEnd(STORE)]
    );
}

#[test]
fn pdus_out_of_turn() {
    for bytes in [
        "02 00 00000044", // A-ASSOCIATE-AC, its 68 bytes follow
        "03 00 00000004 00010101",
        "04 00 00000000",
        "05 00 00000004 00000000",
        "06 00 00000004 00000000",
    ] {
        let mut bytes = hex(bytes);
        if bytes[0] == 2 {
            bytes.extend([0; 68]);
        }
        let error = received(&bytes);
        let Error::UnexpectedPdu {
            pdu_type,
            state,
            offset: 0,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((pdu_type, state), (bytes[0], State::Sta2));
        assert_eq!(error.abort_reason(), 2);
    }
    let mut again = Vec::new();
    request().encode(&mut again).unwrap();
    let error = received_when_established(&again);
    assert!(matches!(
        error,
        Error::UnexpectedPdu {
            pdu_type: 1,
            state: State::Sta6,
            ..
        }
    ));
}

#[test]
fn two_contexts_with_one_id() {
    let mut rq = request();
    rq.presentation_contexts[1].id = STORE;
    let mut bytes = Vec::new();
    rq.encode(&mut bytes).unwrap();
    let error = received(&bytes);
    assert!(
        matches!(
            error,
            Error::InvalidItem {
                item_type: 0x20,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn values_that_do_not_fit_their_pdu() {
    let offset = established_offset();
    let cases = [
        // Length 1 leaves no room for context ID and control header.
        (
            "04 00 00000006 00000001 01 03",
            12,
            "a value length of at least 2",
        ),
        // The value is longer than the PDU.
        (
            "04 00 00000006 00000003 01 03",
            12,
            "a value that ends inside the PDU",
        ),
        (
            "04 00 00000006 ffffffff 01 03",
            12,
            "a value that ends inside the PDU",
        ),
        // Five bytes are no value.
        (
            "04 00 00000005",
            6,
            "a presentation data value or the end of the PDU",
        ),
    ];
    for (bytes, at, wanted) in cases {
        let error = received_when_established(&hex(bytes));
        let Error::InvalidPdu {
            pdu,
            offset: found,
            expected,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((pdu, found - offset, expected), ("P-DATA-TF", at, wanted));
    }
}

#[test]
fn a_context_that_was_not_accepted() {
    let error = received_when_established(&hex("04 00 00000008 00000004 09 03 0000"));
    assert_eq!(error, Error::UnknownContext { id: 9 });
    assert_eq!(error.abort_reason(), 6);
}

#[test]
fn fragments_in_an_impossible_order() {
    let cases = [
        // A data set first.
        ("04 00 00000008 00000004 01 02 0000", "a command set"),
        // Half a command set, then data.
        (
            "04 00 00000010 00000004 01 01 0000 00000004 01 02 0000",
            "the rest of the command set",
        ),
        // Half a command set, then another context.
        (
            "04 00 00000010 00000004 01 01 0000 00000004 03 03 0000",
            "the rest of the message on the context before",
        ),
    ];
    for (bytes, wanted) in cases {
        let error = received_when_established(&hex(bytes));
        assert!(
            matches!(error, Error::InvalidFragment { expected, .. } if expected == wanted),
            "{error}"
        );
        assert_eq!(error.abort_reason(), 5);
    }
    // A whole C-STORE-RQ, then a command set instead of its data set.
    let mut pair = Pair::established();
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    pair.acceptor
        .association
        .send(STORE, &rq, BodyLength::Known(1), pair.now)
        .unwrap();
    let mut bytes = Vec::new();
    pair.acceptor
        .association
        .poll_transmit(&mut bytes, pair.now)
        .unwrap();
    let error = received_when_established(&[&bytes[..], &bytes[..]].concat());
    let Error::InvalidFragment {
        context_id,
        offset,
        expected,
    } = error
    else {
        panic!("{error}")
    };
    let second = established_offset() + bytes.len() as u64;
    assert_eq!(
        (context_id, offset, expected),
        (STORE, second + 6, "the rest of the data set")
    );
}

#[test]
fn an_endless_command_set_is_cut_off() {
    let limits = Limits {
        max_command_set: 1000,
        ..Limits::default()
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let mut fragment = hex("04 00 000000fa 000000f6 01 01");
    fragment.extend([0; 244]);
    let offset = established_offset() + 12;
    let error = received_with(settings.clone(), &fragment.repeat(5));
    assert_eq!(
        error,
        Error::CommandTooLong {
            limit: 1000,
            offset
        }
    );
    // By its header already, if it comes in one piece.
    let error = received_with(settings, &hex("04 00 00100000 000ffffc 01 03"));
    assert_eq!(
        error,
        Error::CommandTooLong {
            limit: 1000,
            offset
        }
    );
}

#[test]
fn a_broken_command_set_says_where_in_the_stream() {
    // The second element is a byte short of a header: 12 bytes of headers, 10 of Command Field.
    let bytes = hex("04 00 00000017 00000013 01 03 00000001 02000000 3000 00001001020000");
    let error = received_when_established(&bytes);
    let offset = established_offset() + 12 + 10;
    assert!(
        matches!(error, Error::InvalidCommand { offset: found, .. } if found == offset),
        "{error}"
    );
}

#[test]
fn a_request_without_message_id() {
    let mut pair = Pair::established();
    let echo = CommandSet::c_echo_rq(1);
    let mut command = Vec::new();
    CommandSet {
        message_id: None,
        ..echo
    }
    .encode(&mut command);
    let mut bytes = hex("04 00");
    bytes.extend((command.len() as u32 + 6).to_be_bytes());
    bytes.extend((command.len() as u32 + 2).to_be_bytes());
    bytes.extend([ECHO, 3]);
    bytes.extend(command);
    feed(
        &mut pair.requestor.association,
        &bytes,
        pair.now,
        &mut pair.requestor.seen,
    );
    let seen = pair.requestor.take();
    let [Seen::Failed(Error::InvalidCommand { expected, .. })] = seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(expected, "a Message ID");
}

#[test]
fn requests_after_an_abort_do_not_pile_up_answers() {
    let mut pair = Pair::established();
    pair.acceptor.association.abort(0, 0, pair.now);
    let mut rq = Vec::new();
    request().encode(&mut rq).unwrap();
    for _ in 0..100 {
        feed(
            &mut pair.acceptor.association,
            &rq,
            pair.now,
            &mut pair.acceptor.seen,
        );
    }
    let out = drain(&mut pair.acceptor.association, &mut &[][..], pair.now);
    assert_eq!(out.len(), 20, "our A-ABORT, and one for the request (AA-7)");
}

#[test]
fn the_end_of_an_empty_body_is_a_header_alone() {
    let mut pair = Pair::established();
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    pair.requestor
        .association
        .send(STORE, &rq, BodyLength::Known(0), pair.now)
        .unwrap();
    let mut out = Vec::new();
    pair.requestor
        .association
        .poll_transmit(&mut out, pair.now)
        .unwrap();
    out.clear();
    let transmit = pair.requestor.association.poll_transmit(&mut out, pair.now);
    assert_eq!(transmit, Some(Transmit::Body { take: 0 }));
    assert_eq!(out, hex("04 00 00000006 00000002 01 02"));
}

#[test]
fn a_body_is_never_held_back() {
    let mut pair = Pair::established();
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let known = BodyLength::Known(100_000);
    pair.requestor
        .association
        .send(STORE, &rq, known, pair.now)
        .unwrap();
    let out = drain(
        &mut pair.requestor.association,
        &mut &[1; 100_000][..],
        pair.now,
    );
    for piece in out.chunks(777) {
        feed(
            &mut pair.acceptor.association,
            piece,
            pair.now,
            &mut pair.acceptor.seen,
        );
        assert!(
            pair.acceptor.association.buffered() < 300,
            "a command set at most"
        );
    }
    assert_eq!(pair.acceptor.seen.last(), Some(&Seen::BodyEnd(STORE)));
}
