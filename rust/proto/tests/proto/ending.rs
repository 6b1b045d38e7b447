//! Refusals, aborts and lost connections: how an association fails to begin, or ends without a release.

use dicomwire_proto::{
    AbortPdu, AcceptPolicy, AssociateRj, Association, BodyLength, CommandSet, Error, Priority,
    Settings, State, Timeouts,
};

use crate::support::*;

#[test]
fn rejection() {
    let mut pair = Pair::new(request(), Settings::default(), Settings::default());
    pair.run();
    let policy = AcceptPolicy {
        ae_title: Some("OTHER".into()),
        ..AcceptPolicy::default()
    };
    let rj = policy
        .decide(pair.acceptor.association.associate_rq().unwrap())
        .unwrap_err();
    assert_eq!(
        rj,
        AssociateRj {
            result: 1,
            source: 1,
            reason: 7
        }
    );
    pair.acceptor
        .association
        .reject_request(rj, pair.now)
        .unwrap();
    pair.run();
    assert_eq!(pair.requestor.take(), [Seen::Rejected(rj)]);
    assert_eq!(pair.requestor.association.state(), State::Sta1);
    assert_eq!(pair.requestor.association.poll_timeout(), None);
    assert_eq!(pair.acceptor.association.state(), State::Sta13);
    // The requestor closes.
    pair.acceptor.association.handle_eof(pair.now);
    pair.run();
    feed(
        &mut pair.acceptor.association,
        &[],
        pair.now,
        &mut pair.acceptor.seen,
    );
    assert_eq!(
        pair.acceptor.take(),
        [Seen::AssociateRequested, Seen::Closed(true)]
    );
}

#[test]
fn a_request_of_another_protocol_version_is_rejected_by_the_provider() {
    let mut rq = request();
    rq.protocol_version = 2;
    let mut pair = Pair::new(rq, Settings::default(), Settings::default());
    pair.run();
    let error = Error::UnsupportedProtocolVersion { version: 2 };
    assert_eq!(pair.acceptor.take(), [Seen::Failed(error)]);
    let rj = AssociateRj {
        result: 1,
        source: 2,
        reason: 2,
    };
    assert_eq!(pair.requestor.take(), [Seen::Rejected(rj)]);
}

#[test]
fn abort_while_sending_drops_the_rest() {
    let mut pair = Pair::established_with(16384, 1006);
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let association = &mut pair.requestor.association;
    association
        .send(STORE, &rq, BodyLength::Known(5000), pair.now)
        .unwrap();
    let mut out = Vec::new();
    association.poll_transmit(&mut out, pair.now).unwrap();
    association.poll_transmit(&mut out, pair.now).unwrap();
    out.extend(pattern(1000));
    association.abort(AbortPdu::SERVICE_USER, 0, pair.now);
    assert_eq!(association.outstanding(), 0);
    assert!(!association.is_sending_body());
    let rest = drain(association, &mut &[][..], pair.now);
    assert_eq!(rest, hex("07 00 00000004 00 00 00 00"));
    assert_eq!(association.state(), State::Sta13);
    out.extend(rest);

    feed(
        &mut pair.acceptor.association,
        &out,
        pair.now,
        &mut pair.acceptor.seen,
    );
    let seen = pair.acceptor.take();
    let abort = Seen::Aborted(AbortPdu {
        source: 0,
        reason: 0,
    });
    assert_eq!(
        seen,
        [
            Seen::Command(STORE, rq),
            Seen::Body(STORE, pattern(1000)),
            abort
        ]
    );
    assert_eq!(pair.acceptor.association.state(), State::Sta1);
}

#[test]
fn input_after_our_abort_is_ignored_until_the_end() {
    let mut pair = Pair::established();
    let echo = CommandSet::c_echo_rq(1);
    pair.send(ECHO, &echo);
    pair.requestor
        .association
        .abort(AbortPdu::SERVICE_USER, 0, pair.now);
    // The response crosses the abort.
    pair.acceptor
        .association
        .send(ECHO, &echo.response_to(0), BodyLength::None, pair.now)
        .unwrap();
    let crossing = drain(&mut pair.acceptor.association, &mut &[][..], pair.now);
    feed(
        &mut pair.requestor.association,
        &crossing,
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(pair.requestor.take(), []);
    pair.requestor.association.handle_eof(pair.now);
    feed(
        &mut pair.requestor.association,
        &[],
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(pair.requestor.take(), [Seen::Closed(true)]);
}

#[test]
fn the_end_of_the_stream_in_the_middle_is_not_clean() {
    let mut pair = Pair::established();
    pair.requestor.association.handle_eof(pair.now);
    pair.requestor.association.handle_eof(pair.now);
    feed(
        &mut pair.requestor.association,
        &[],
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(pair.requestor.take(), [Seen::Closed(false)], "once");
    assert_eq!(pair.requestor.association.state(), State::Sta1);
    assert!(!pair.requestor.association.wants_output());
}

#[test]
fn a_peer_that_connects_and_leaves_is_clean() {
    let now = std::time::Instant::now();
    let mut association = Association::accept(Settings::default(), now);
    association.handle_eof(now);
    let mut seen = Vec::new();
    feed(&mut association, &[], now, &mut seen);
    assert_eq!(seen, [Seen::Closed(true)]);

    let mut association = Association::accept(Settings::default(), now);
    feed(&mut association, &[1, 0, 0], now, &mut seen);
    association.handle_eof(now);
    feed(&mut association, &[], now, &mut seen);
    assert_eq!(
        seen.last(),
        Some(&Seen::Closed(false)),
        "half a header is not"
    );
}

#[test]
fn the_announced_length_is_that_of_the_settings() {
    let settings = Settings {
        max_pdu_length: 12345,
        timeouts: Timeouts::default(),
        ..Settings::default()
    };
    let pair = Pair::established_from(request(), settings.clone(), settings);
    assert_eq!(pair.acceptor.association.peer_max_pdu_length(), 12345);
    assert_eq!(pair.requestor.association.peer_max_pdu_length(), 12345);
}

#[test]
fn a_peer_that_takes_nothing_is_refused() {
    let with_max = |max_pdu_length| Settings {
        max_pdu_length,
        ..Settings::default()
    };
    for max in 1..7 {
        // As acceptor we cannot accept such a request.
        let mut pair = Pair::new(request(), with_max(max), Settings::default());
        pair.run();
        let ac = AcceptPolicy::default()
            .decide(pair.acceptor.association.associate_rq().unwrap())
            .unwrap();
        let error = pair
            .acceptor
            .association
            .accept_request(ac, pair.now)
            .unwrap_err();
        assert_eq!(
            error,
            dicomwire_proto::LocalError::PeerLimitTooSmall { length: max }
        );

        // As requestor we abort on such an acceptance.
        let mut pair = Pair::new(request(), Settings::default(), with_max(max));
        pair.run();
        let ac = AcceptPolicy::default()
            .decide(pair.acceptor.association.associate_rq().unwrap())
            .unwrap();
        pair.acceptor
            .association
            .accept_request(ac, pair.now)
            .unwrap();
        pair.run();
        let error = Error::PeerLimitTooSmall { length: max };
        assert_eq!(pair.requestor.take(), [Seen::Failed(error)]);
        let abort = Seen::Aborted(AbortPdu {
            source: 2,
            reason: 6,
        });
        assert_eq!(pair.acceptor.take().last(), Some(&abort));
    }
}
