//! Whole conversations between two associations in memory.

use dicomwire_proto::{
    AbortPdu, AsynchronousOperations, BodyLength, CommandSet, Error, Priority, RoleSelection,
    Settings,
};

use crate::support::*;

const BODY_LENGTHS: [usize; 9] = [0, 1, 2, 3, 100, 9999, 10000, 16378, 40000];

/// What the acceptor sees of a C-STORE-RQ with this body.
fn store_seen(command: &CommandSet, body: &[u8]) -> Vec<Seen> {
    let mut seen = vec![Seen::Command(STORE, command.clone())];
    if !body.is_empty() {
        seen.push(Seen::Body(STORE, body.to_vec()));
    }
    seen.push(Seen::BodyEnd(STORE));
    seen
}

/// The lengths in the headers of consecutive PDUs.
fn pdu_lengths(mut bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while !bytes.is_empty() {
        let length = u32::from_be_bytes(bytes[2..6].try_into().unwrap()) as usize;
        lengths.push(length);
        bytes = &bytes[6 + length..];
    }
    lengths
}

#[test]
fn negotiated_contexts_are_the_same_on_both_sides() {
    let pair = Pair::established();
    let requestor = pair.requestor.association.contexts();
    let acceptor = pair.acceptor.association.contexts();
    assert_eq!(requestor.len(), 3);
    for (ours, theirs) in requestor.iter().zip(acceptor) {
        assert!(ours.is_accepted());
        assert_eq!(ours.transfer_syntax, EXPLICIT, "the first one proposed");
        assert_eq!(ours.proposed, [EXPLICIT, IMPLICIT]);
        assert_eq!((ours.scu, ours.scp), (true, false));
        assert_eq!((theirs.scu, theirs.scp), (false, true));
        assert_eq!(ours.transfer_syntax, theirs.transfer_syntax);
    }
    assert_eq!(
        pair.acceptor
            .association
            .associate_rq()
            .unwrap()
            .calling_ae_title,
        "DICOMWIRE"
    );
    let ac = pair.requestor.association.associate_ac().unwrap();
    assert_eq!(
        (&*ac.called_ae_title, &*ac.calling_ae_title),
        ("PACS", "DICOMWIRE")
    );
}

#[test]
fn echo_request_and_response() {
    let mut pair = Pair::established();
    let rq = CommandSet::c_echo_rq(pair.requestor.association.next_message_id());
    pair.send(ECHO, &rq);
    assert_eq!(pair.acceptor.take(), [Seen::Command(ECHO, rq.clone())]);
    assert_eq!(pair.requestor.association.outstanding(), 1);
    pair.respond(ECHO, &rq.response_to(0));
    assert_eq!(
        pair.requestor.take(),
        [Seen::Command(ECHO, rq.response_to(0))]
    );
    assert_eq!(pair.requestor.association.outstanding(), 0);
}

#[test]
fn store_bodies_of_all_sizes_in_pdus_of_all_sizes() {
    // 100 is shorter than the command set, so that is cut too; 10006 makes 10000 one full fragment.
    for max in [0, 7, 8, 9, 100, 10006, 16384, u32::MAX] {
        let mut pair = Pair::established_with(16384, max);
        for length in BODY_LENGTHS {
            let body = pattern(length);
            let id = pair.requestor.association.next_message_id();
            let rq = CommandSet::c_store_rq(id, CT, "1.2.3", Priority::Medium);
            let known = BodyLength::Known(length as u64);
            pair.requestor
                .association
                .send(STORE, &rq, known, pair.now)
                .unwrap();
            let out = drain(&mut pair.requestor.association, &mut &body[..], pair.now);
            if max != 0 {
                assert!(
                    pdu_lengths(&out)
                        .iter()
                        .all(|length| *length <= max as usize)
                );
            }
            feed(
                &mut pair.acceptor.association,
                &out,
                pair.now,
                &mut pair.acceptor.seen,
            );
            assert_eq!(
                pair.acceptor.take(),
                store_seen(&rq, &body),
                "max {max}, body {length}"
            );
            pair.respond(STORE, &rq.response_to(0));
            pair.requestor.take();
        }
    }
}

#[test]
fn a_body_that_fills_its_fragments_has_no_empty_one_at_the_end() {
    let mut pair = Pair::established_with(16384, 1006);
    assert_eq!(pair.requestor.association.max_fragment(), 1000);
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let body = pattern(3000);
    pair.requestor
        .association
        .send(STORE, &rq, BodyLength::Known(3000), pair.now)
        .unwrap();
    let out = drain(&mut pair.requestor.association, &mut &body[..], pair.now);
    assert_eq!(pdu_lengths(&out)[1..], [1006, 1006, 1006]);
}

#[test]
fn fragments_have_even_length_where_there_is_room() {
    for (max, fragment) in [(7, 1), (8, 2), (9, 2), (1007, 1000), (16384, 16378)] {
        let pair = Pair::established_with(16384, max);
        assert_eq!(
            pair.requestor.association.max_fragment(),
            fragment,
            "maximum length {max}"
        );
        assert_eq!(pair.requestor.association.peer_max_pdu_length(), max);
    }
    // Without limit, or with one beyond it, our own ceiling holds.
    for max in [0, u32::MAX] {
        let pair = Pair::established_with(16384, max);
        assert_eq!(pair.requestor.association.max_fragment(), 1024 * 1024);
    }
}

#[test]
fn a_response_with_a_data_set() {
    let mut pair = Pair::established();
    let rq = CommandSet::c_find_rq(1, FIND, Priority::Medium);
    let now = pair.now;
    pair.requestor
        .association
        .send(QUERY, &rq, BodyLength::Known(4), now)
        .unwrap();
    pair.run_with(&mut &b"keys"[..], &mut &[][..]);
    for _ in 0..2 {
        let rsp = CommandSet {
            has_data_set: true,
            ..rq.response_to(0xFF00)
        };
        pair.acceptor
            .association
            .send(QUERY, &rsp, BodyLength::Known(5), now)
            .unwrap();
        pair.run_with(&mut &[][..], &mut &b"match"[..]);
        let seen = pair.requestor.take();
        let body = Seen::Body(QUERY, b"match".to_vec());
        assert_eq!(
            seen,
            [Seen::Command(QUERY, rsp), body, Seen::BodyEnd(QUERY)]
        );
        assert_eq!(
            pair.requestor.association.outstanding(),
            1,
            "pending is not final"
        );
    }
    pair.respond(QUERY, &rq.response_to(0));
    assert_eq!(pair.requestor.association.outstanding(), 0);
}

#[test]
fn cancel_needs_no_window_and_gets_no_response_of_its_own() {
    let mut pair = Pair::established();
    let rq = CommandSet::c_find_rq(1, FIND, Priority::Medium);
    pair.requestor
        .association
        .send(QUERY, &rq, BodyLength::Known(0), pair.now)
        .unwrap();
    pair.run();
    pair.acceptor.take();
    pair.send(QUERY, &CommandSet::c_cancel_rq(1));
    assert_eq!(
        pair.acceptor.take(),
        [Seen::Command(QUERY, CommandSet::c_cancel_rq(1))]
    );
    pair.respond(QUERY, &rq.response_to(0xFE00));
    assert_eq!(pair.requestor.association.outstanding(), 0);
}

#[test]
fn the_acceptor_sends_requests_too() {
    // As in C-GET: the requestor takes the SCP role, the acceptor stores to it.
    let mut rq = request();
    rq.user_information.roles = vec![RoleSelection {
        sop_class_uid: CT.to_owned(),
        scu: false,
        scp: true,
    }];
    let mut pair = Pair::established_from(rq, Settings::default(), Settings::default());
    let ours = &pair.requestor.association.contexts()[0];
    assert_eq!((ours.scu, ours.scp), (false, true));
    let theirs = &pair.acceptor.association.contexts()[0];
    assert_eq!((theirs.scu, theirs.scp), (true, false));

    let store = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    pair.acceptor
        .association
        .send(STORE, &store, BodyLength::Known(4), pair.now)
        .unwrap();
    pair.run_with(&mut &[][..], &mut &b"body"[..]);
    assert_eq!(pair.requestor.take(), store_seen(&store, b"body"));
    pair.send(STORE, &store.response_to(0));
    assert_eq!(
        pair.acceptor.take(),
        [Seen::Command(STORE, store.response_to(0))]
    );
    assert_eq!(pair.acceptor.association.outstanding(), 0);
}

#[test]
fn responses_out_of_order_under_a_window() {
    let mut rq = request();
    rq.user_information.asynchronous_operations = Some(AsynchronousOperations {
        invoked: 3,
        performed: 1,
    });
    let mut pair = Pair::established_from(rq, Settings::default(), Settings::default());
    assert_eq!(pair.requestor.association.window(), (3, 1));
    assert_eq!(pair.acceptor.association.window(), (1, 3));
    for id in [1, 2, 3] {
        pair.send(ECHO, &CommandSet::c_echo_rq(id));
    }
    assert_eq!(pair.requestor.association.outstanding(), 3);
    for id in [3, 1, 2] {
        pair.respond(ECHO, &CommandSet::c_echo_rq(id).response_to(0));
    }
    assert_eq!(pair.requestor.association.outstanding(), 0);
    assert!(
        pair.requestor
            .take()
            .iter()
            .all(|seen| matches!(seen, Seen::Command(..)))
    );
}

#[test]
fn a_response_to_nothing_is_an_error() {
    let echo = CommandSet::c_echo_rq(1);
    let store = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let cases = [
        // Another message, another kind, another context.
        (
            ECHO,
            CommandSet::c_echo_rq(2).response_to(0),
            2,
            "C-ECHO-RSP",
        ),
        (ECHO, store.response_to(0), 1, "C-STORE-RSP"),
        (STORE, echo.response_to(0), 1, "C-ECHO-RSP"),
    ];
    for (context, response, message_id, command) in cases {
        let mut pair = Pair::established();
        pair.send(ECHO, &echo);
        pair.respond(context, &response);
        let error = Error::UnexpectedResponse {
            message_id,
            command,
        };
        assert_eq!(pair.requestor.take(), [Seen::Failed(error)]);
        let abort = AbortPdu {
            source: 2,
            reason: 0,
        };
        assert_eq!(pair.acceptor.take().last(), Some(&Seen::Aborted(abort)));
    }
}

#[test]
fn a_second_final_response_is_an_error() {
    let mut pair = Pair::established();
    let echo = CommandSet::c_echo_rq(1);
    pair.send(ECHO, &echo);
    pair.respond(ECHO, &echo.response_to(0));
    pair.requestor.take();
    pair.respond(ECHO, &echo.response_to(0));
    assert!(matches!(
        pair.requestor.take()[..],
        [Seen::Failed(Error::UnexpectedResponse { .. })]
    ));
}

#[test]
fn a_response_without_status_is_an_error() {
    let mut pair = Pair::established();
    let echo = CommandSet::c_echo_rq(1);
    pair.send(ECHO, &echo);
    pair.respond(
        ECHO,
        &CommandSet {
            status: None,
            ..echo.response_to(0)
        },
    );
    let seen = pair.requestor.take();
    let [Seen::Failed(error)] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert!(
        matches!(
            error,
            Error::InvalidCommand {
                expected: "a Status",
                ..
            }
        ),
        "{error}"
    );
}
