//! Deadlines under virtual time.

use std::time::Duration;

use dicomwire_proto::{
    AbortPdu, Association, BodyLength, CommandSet, Error, Phase, Priority, Settings, State,
    Timeouts,
};

use crate::support::*;

const SECOND: Duration = Duration::from_secs(1);

fn settings() -> Settings {
    Settings {
        timeouts: Timeouts {
            acse: Some(30 * SECOND),
            release: Some(20 * SECOND),
            dimse: Some(60 * SECOND),
            idle: Some(300 * SECOND),
            artim: 10 * SECOND,
        },
        ..Settings::default()
    }
}

fn established() -> Pair {
    Pair::established_from(request(), settings(), Settings::default())
}

/// Seconds until the requestor's deadline.
fn due(pair: &Pair) -> Option<u64> {
    let deadline = pair.requestor.association.poll_timeout()?;
    Some(deadline.duration_since(pair.now).as_secs())
}

fn timed_out(phase: Phase) -> Seen {
    Seen::Failed(Error::Timeout { phase })
}

/// The requestor has died of a timeout: A-ABORT out, then only the end.
fn assert_aborted(pair: &mut Pair) {
    let out = drain(&mut pair.requestor.association, &mut &[][..], pair.now);
    assert_eq!(out, hex("07 00 00000004 00 00 02 00"));
    assert_eq!(pair.requestor.association.state(), State::Sta13);
    assert_eq!(due(pair), Some(10), "ARTIM");
    pair.advance(10 * SECOND);
    assert_eq!(pair.requestor.take(), [Seen::Closed(false)]);
    assert_eq!(due(pair), None);
}

#[test]
fn no_answer_to_the_request() {
    let mut pair = Pair::new(request(), settings(), Settings::default());
    drain(&mut pair.requestor.association, &mut &[][..], pair.now);
    assert_eq!(due(&pair), Some(30));
    pair.advance(29 * SECOND);
    assert_eq!(pair.requestor.take(), []);
    pair.advance(SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Acse)]);
    assert_aborted(&mut pair);
}

#[test]
fn dribbling_bytes_do_not_put_off_the_answer() {
    let mut pair = Pair::new(request(), settings(), Settings::default());
    pair.advance(20 * SECOND);
    feed(
        &mut pair.requestor.association,
        &[2, 0, 0],
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(due(&pair), Some(10));
}

#[test]
fn no_answer_to_the_release() {
    let mut pair = established();
    pair.requestor.association.release(pair.now).unwrap();
    drain(&mut pair.requestor.association, &mut &[][..], pair.now);
    assert_eq!(due(&pair), Some(20));
    pair.advance(20 * SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Acse)]);
    assert_aborted(&mut pair);
}

#[test]
fn no_response() {
    let mut pair = established();
    pair.advance(100 * SECOND);
    pair.send(ECHO, &CommandSet::c_echo_rq(1));
    assert_eq!(due(&pair), Some(60));
    pair.advance(60 * SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Dimse)]);
    assert_aborted(&mut pair);
}

#[test]
fn pending_responses_put_off_the_deadline() {
    let mut pair = established();
    let rq = CommandSet::c_find_rq(1, FIND, Priority::Medium);
    pair.requestor
        .association
        .send(QUERY, &rq, BodyLength::Known(0), pair.now)
        .unwrap();
    pair.run();
    for _ in 0..5 {
        pair.advance(50 * SECOND);
        pair.respond(QUERY, &rq.response_to(0xFF00));
        assert_eq!(due(&pair), Some(60));
    }
    pair.respond(QUERY, &rq.response_to(0));
    assert_eq!(due(&pair), Some(300), "idle again");
}

#[test]
fn a_message_half_received() {
    let mut pair = established();
    let half = hex("04 00 00000100 000000fc 03 01 0000");
    feed(
        &mut pair.requestor.association,
        &half,
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(due(&pair), Some(60));
    pair.advance(40 * SECOND);
    feed(
        &mut pair.requestor.association,
        &[0],
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(due(&pair), Some(60), "each byte counts");
    pair.advance(60 * SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Dimse)]);
}

#[test]
fn a_peer_that_stops_reading() {
    let mut pair = established();
    let association = &mut pair.requestor.association;
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    association
        .send(STORE, &rq, BodyLength::Known(1 << 40), pair.now)
        .unwrap();
    let mut out = Vec::new();
    for _ in 0..3 {
        pair.now += 50 * SECOND;
        let association = &mut pair.requestor.association;
        association.poll_transmit(&mut out, pair.now).unwrap();
        assert_eq!(due(&pair), Some(60), "progress counts");
    }
    pair.advance(60 * SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Dimse)]);
    assert_aborted(&mut pair);
}

#[test]
fn a_peer_that_reads_slowly() {
    let mut pair = established();
    pair.send(ECHO, &CommandSet::c_echo_rq(1));
    pair.advance(50 * SECOND);
    // The driver got rid of some more of what it had polled before.
    let now = pair.now;
    pair.requestor.association.note_progress(now);
    assert_eq!(due(&pair), Some(60));
}

#[test]
fn skipped_bytes_are_progress() {
    let mut pair = established();
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let mut head = Vec::new();
    pair.acceptor
        .association
        .send(STORE, &rq, BodyLength::Known(1000), pair.now)
        .unwrap();
    pair.acceptor
        .association
        .poll_transmit(&mut head, pair.now)
        .unwrap();
    pair.acceptor
        .association
        .poll_transmit(&mut head, pair.now)
        .unwrap();
    feed(
        &mut pair.requestor.association,
        &head,
        pair.now,
        &mut pair.requestor.seen,
    );
    pair.advance(50 * SECOND);
    pair.requestor.association.skip_body(10);
    feed(
        &mut pair.requestor.association,
        &[],
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(due(&pair), Some(60));
}

#[test]
fn idle() {
    let mut pair = established();
    assert_eq!(due(&pair), Some(300));
    pair.advance(300 * SECOND);
    assert_eq!(pair.requestor.take(), [timed_out(Phase::Idle)]);
    assert_aborted(&mut pair);

    let pair = Pair::established();
    assert_eq!(due(&pair), None, "no idle limit unless asked for");
}

#[test]
fn artim_for_a_peer_that_says_nothing() {
    let now = std::time::Instant::now();
    let mut association = Association::accept(settings(), now);
    assert_eq!(association.poll_timeout(), Some(now + 10 * SECOND));
    let mut seen = Vec::new();
    // Half a request does not stop ARTIM.
    feed(
        &mut association,
        &hex("01 00 000000ff 0001"),
        now + 9 * SECOND,
        &mut seen,
    );
    association.handle_timeout(now + 9 * SECOND);
    feed(&mut association, &[], now + 9 * SECOND, &mut seen);
    assert_eq!(seen, []);
    association.handle_timeout(now + 10 * SECOND);
    feed(&mut association, &[], now + 10 * SECOND, &mut seen);
    assert_eq!(seen, [Seen::Closed(false)]);
    assert!(!association.wants_output(), "AA-2 sends nothing");
    assert_eq!(association.poll_timeout(), None);
}

#[test]
fn artim_stops_while_the_local_user_thinks() {
    let mut pair = Pair::new(request(), settings(), settings());
    pair.run();
    assert_eq!(pair.acceptor.association.state(), State::Sta3);
    assert_eq!(pair.acceptor.association.poll_timeout(), None);
}

#[test]
fn artim_for_a_peer_that_does_not_close() {
    let mut pair = Pair::established_from(request(), settings(), settings());
    pair.advance(100 * SECOND);
    pair.requestor.association.release(pair.now).unwrap();
    pair.run();
    pair.acceptor.association.respond_release(pair.now).unwrap();
    pair.run();
    pair.acceptor.take();
    assert_eq!(
        pair.acceptor.association.poll_timeout(),
        Some(pair.now + 10 * SECOND)
    );
    pair.advance(10 * SECOND);
    assert_eq!(pair.acceptor.take(), [Seen::Closed(false)]);
}

#[test]
fn input_does_not_restart_artim_after_an_abort() {
    let mut pair = established();
    pair.requestor
        .association
        .abort(AbortPdu::SERVICE_USER, 0, pair.now);
    pair.advance(6 * SECOND);
    feed(
        &mut pair.requestor.association,
        &hex("05 00 00000004 00000000"),
        pair.now,
        &mut pair.requestor.seen,
    );
    assert_eq!(due(&pair), Some(4));
}

#[test]
fn without_limits_nothing_is_due() {
    let none = Timeouts {
        acse: None,
        release: None,
        dimse: None,
        idle: None,
        artim: SECOND,
    };
    let settings = Settings {
        timeouts: none,
        ..Settings::default()
    };
    let mut pair = Pair::new(request(), settings.clone(), Settings::default());
    assert_eq!(due(&pair), None);
    pair = Pair::established_from(request(), settings, Settings::default());
    pair.send(ECHO, &CommandSet::c_echo_rq(1));
    assert_eq!(due(&pair), None);
    pair.advance(1_000_000 * SECOND);
    assert_eq!(pair.requestor.take(), []);
}
