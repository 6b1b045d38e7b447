//! Commands of the local user: what is refused, and bodies of unknown length.

use std::time::Instant;

use dicomwire_proto::{
    AssociateRq, Association, BodyLength, CommandSet, LocalError, Priority, Settings, State,
    Transmit,
};

use crate::support::*;

fn store(message_id: u16) -> CommandSet {
    CommandSet::c_store_rq(message_id, CT, "1.2.3", Priority::Medium)
}

fn refused(change: impl FnOnce(&mut AssociateRq)) -> LocalError {
    let mut rq = request();
    change(&mut rq);
    Association::request(rq, Settings::default(), Instant::now()).unwrap_err()
}

#[test]
fn requests_that_may_not_be_sent() {
    for title in [
        "",
        "   ",
        "SEVENTEEN LETTERS",
        "BACK\\SLASH",
        "NEW\nLINE",
        "ÄÖÜ",
    ] {
        let error = refused(|rq| rq.called_ae_title = title.to_owned());
        assert!(
            matches!(error, LocalError::InvalidAeTitle { .. }),
            "{title}: {error}"
        );
        let error = refused(|rq| rq.calling_ae_title = title.to_owned());
        assert!(
            matches!(error, LocalError::InvalidAeTitle { .. }),
            "{title}: {error}"
        );
    }
    let long = format!("1.{}", "2".repeat(63));
    for uid in ["", ".1.2", "1.2.x", "CTImageStorage", &*long] {
        let error = refused(|rq| rq.presentation_contexts[0].abstract_syntax = uid.to_owned());
        assert_eq!(
            error,
            LocalError::InvalidUid {
                uid: uid.to_owned()
            }
        );
        let error = refused(|rq| rq.presentation_contexts[0].transfer_syntaxes[1] = uid.to_owned());
        assert_eq!(
            error,
            LocalError::InvalidUid {
                uid: uid.to_owned()
            }
        );
    }
    let error = refused(|rq| rq.presentation_contexts[2].id = 4);
    assert_eq!(
        error,
        LocalError::InvalidContextId {
            id: 4,
            reason: "not odd"
        }
    );
    let error = refused(|rq| rq.presentation_contexts[2].id = 1);
    assert_eq!(
        error,
        LocalError::InvalidContextId {
            id: 1,
            reason: "used twice"
        }
    );
    let error = refused(|rq| rq.presentation_contexts.clear());
    assert_eq!(error, LocalError::ContextCount { count: 0 });
    let error = refused(|rq| {
        let context = rq.presentation_contexts[0].clone();
        rq.presentation_contexts = vec![context; 129];
    });
    assert_eq!(error, LocalError::ContextCount { count: 129 });
    let error = refused(|rq| rq.presentation_contexts[1].transfer_syntaxes.clear());
    assert_eq!(error, LocalError::NoTransferSyntax { id: ECHO });
}

#[test]
fn messages_that_may_not_be_sent() {
    let mut pair = Pair::established();
    let now = pair.now;
    let association = &mut pair.requestor.association;
    let none = BodyLength::None;
    let echo = CommandSet::c_echo_rq(1);
    assert_eq!(
        association.send(7, &echo, none, now),
        Err(LocalError::ContextNotAccepted { id: 7 })
    );
    assert_eq!(
        association.send(ECHO, &echo, BodyLength::Known(1), now),
        Err(LocalError::BodyMismatch)
    );
    assert_eq!(
        association.send(STORE, &store(1), none, now),
        Err(LocalError::BodyMismatch)
    );
    let anonymous = CommandSet {
        message_id: None,
        ..echo.clone()
    };
    let error = LocalError::NoMessageId {
        command: "C-ECHO-RQ",
    };
    assert_eq!(association.send(ECHO, &anonymous, none, now), Err(error));
    let anonymous = CommandSet {
        message_id_being_responded_to: None,
        ..echo.response_to(0)
    };
    let error = LocalError::NoMessageId {
        command: "C-ECHO-RSP",
    };
    assert_eq!(association.send(ECHO, &anonymous, none, now), Err(error));
    assert!(
        !association.wants_output() && association.outstanding() == 0,
        "nothing was queued"
    );

    association
        .send(STORE, &store(1), BodyLength::Known(10), now)
        .unwrap();
    assert_eq!(
        association.send(ECHO, &CommandSet::c_echo_rq(2), none, now),
        Err(LocalError::MessageInProgress)
    );
    assert_eq!(association.release(now), Err(LocalError::MessageInProgress));
    drain(association, &mut &[0; 10][..], now);
    assert_eq!(
        association.send(ECHO, &CommandSet::c_echo_rq(2), none, now),
        Err(LocalError::WindowExceeded { limit: 1 })
    );
    association.abort(0, 0, now);
    let error = association.send(ECHO, &echo, none, now).unwrap_err();
    assert!(
        matches!(
            error,
            LocalError::NotAllowed {
                state: State::Sta13,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_id_in_use_is_refused_and_skipped() {
    let mut rq = request();
    rq.user_information.asynchronous_operations = Some(dicomwire_proto::AsynchronousOperations {
        invoked: 0,
        performed: 0,
    });
    let mut pair = Pair::established_from(rq, Settings::default(), Settings::default());
    let now = pair.now;
    let association = &mut pair.requestor.association;
    assert_eq!(association.window(), (0, 0));
    let echo = |id| CommandSet::c_echo_rq(id);
    association
        .send(ECHO, &echo(2), BodyLength::None, now)
        .unwrap();
    let error = association
        .send(ECHO, &echo(2), BodyLength::None, now)
        .unwrap_err();
    assert_eq!(error, LocalError::MessageIdInUse { message_id: 2 });
    assert_eq!(association.next_message_id(), 1);
    assert_eq!(association.next_message_id(), 3);
    let mut last = 3;
    for _ in 0..65534 {
        let next = association.next_message_id();
        assert!(next != 0 && next != 2, "0 is no ID, 2 is outstanding");
        assert!(next > last || next == 1, "in turn, and from 65535 to 1");
        last = next;
    }
}

#[test]
fn an_answer_has_to_fit_the_request() {
    use dicomwire_proto::{AcceptPolicy, AnsweredContext, ContextResult};
    let mut pair = Pair::new(request(), Settings::default(), Settings::default());
    pair.run();
    let now = pair.now;
    let association = &mut pair.acceptor.association;
    let ac = AcceptPolicy::default()
        .decide(association.associate_rq().unwrap())
        .unwrap();
    let mut stranger = ac.clone();
    stranger.presentation_contexts.push(AnsweredContext {
        id: 9,
        result: ContextResult::NoReason,
        transfer_syntax: String::new(),
    });
    let error = association.accept_request(stranger, now).unwrap_err();
    assert_eq!(
        error,
        LocalError::InvalidAnswer {
            id: 9,
            reason: "it was not proposed"
        }
    );
    let mut foreign = ac.clone();
    foreign.presentation_contexts[0].transfer_syntax = "1.2.840.10008.1.2.4.50".to_owned();
    let error = association.accept_request(foreign, now).unwrap_err();
    assert!(
        matches!(error, LocalError::InvalidAnswer { id: STORE, .. }),
        "{error}"
    );
    association.accept_request(ac.clone(), now).unwrap();
    let error = association.accept_request(ac, now).unwrap_err();
    assert!(
        matches!(
            error,
            LocalError::NotAllowed {
                state: State::Sta6,
                ..
            }
        ),
        "{error}"
    );
}

/// Polls once; the announced number of body bytes.
fn poll(association: &mut Association, now: Instant) -> Option<usize> {
    let mut out = vec![0xAA];
    let transmit = association.poll_transmit(&mut out, now);
    assert_eq!(out[0], 0xAA, "output is appended");
    match transmit {
        Some(Transmit::Body { take }) => {
            assert_eq!(out.len(), 1 + 12);
            Some(take)
        }
        Some(Transmit::Bytes) => panic!("no body header"),
        None => {
            assert_eq!(out.len(), 1);
            None
        }
    }
}

#[test]
fn a_streaming_body_goes_out_in_full_fragments() {
    let mut pair = Pair::established_with(16384, 1006);
    let now = pair.now;
    let association = &mut pair.requestor.association;
    association
        .send(STORE, &store(1), BodyLength::Streaming, now)
        .unwrap();
    assert_eq!(
        association.poll_transmit(&mut Vec::new(), now),
        Some(Transmit::Bytes)
    );
    assert_eq!(poll(association, now), None);
    assert!(!association.wants_output());
    association.body_available(999, false);
    assert_eq!(
        poll(association, now),
        None,
        "less than a fragment may be the last one"
    );
    association.body_available(1501, false);
    assert_eq!(poll(association, now), Some(1000));
    assert_eq!(poll(association, now), Some(1000));
    assert_eq!(poll(association, now), None);
    assert!(association.is_sending_body());
    association.body_available(100, true);
    assert_eq!(poll(association, now), Some(600));
    assert!(!association.is_sending_body() && !association.wants_output());
}

#[test]
fn a_streaming_body_arrives_whatever_way_it_trickles_in() {
    for total in [0usize, 1, 999, 1000, 1001, 2000, 2500] {
        for step in [1usize, 7, 1000, 3000] {
            let body: Vec<u8> = (0..total).map(|index| index as u8).collect();
            let mut pair = Pair::established_with(16384, 1006);
            let now = pair.now;
            let association = &mut pair.requestor.association;
            association
                .send(STORE, &store(1), BodyLength::Streaming, now)
                .unwrap();
            let mut given = 0;
            let mut rest = &body[..];
            let mut out = drain(association, &mut rest, now);
            while association.is_sending_body() {
                let more = step.min(total - given);
                given += more;
                association.body_available(more as u64, given == total);
                out.extend(drain(association, &mut rest, now));
            }
            assert!(rest.is_empty());
            feed(
                &mut pair.acceptor.association,
                &out,
                now,
                &mut pair.acceptor.seen,
            );
            let mut expected = vec![Seen::Command(STORE, store(1))];
            if total > 0 {
                expected.push(Seen::Body(STORE, body));
            }
            expected.push(Seen::BodyEnd(STORE));
            assert_eq!(pair.acceptor.take(), expected, "{total} by {step}");
        }
    }
}

#[test]
fn an_empty_streaming_body_is_one_empty_last_fragment() {
    let mut pair = Pair::established();
    let now = pair.now;
    let association = &mut pair.requestor.association;
    association
        .send(STORE, &store(1), BodyLength::Streaming, now)
        .unwrap();
    association.body_available(0, true);
    let out = drain(association, &mut &[][..], now);
    // P-DATA-TF of 6 bytes: one value of 2 bytes on context 1, data set, last.
    assert!(out.ends_with(&hex("04 00 00000006 00000002 01 02")));
}

#[test]
fn abort_without_an_association_does_nothing() {
    let now = Instant::now();
    let mut association = Association::accept(Settings::default(), now);
    association.abort(0, 0, now);
    assert_eq!(association.state(), State::Sta2);
    assert!(!association.wants_output());
}
