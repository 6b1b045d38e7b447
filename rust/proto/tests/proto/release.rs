//! Release of an association (PS3.8 §7.2), with and without collision.

use dicomwire_proto::{CommandSet, LocalError, State};

use crate::support::*;

/// Carries what one side has to say now to the other.
fn deliver(from: &mut Side, to: &mut Side, now: std::time::Instant) {
    let bytes = drain(&mut from.association, &mut &[][..], now);
    feed(&mut to.association, &bytes, now, &mut to.seen);
}

#[test]
fn ordinary_release() {
    let mut pair = Pair::established();
    let now = pair.now;
    pair.requestor.association.release(now).unwrap();
    assert_eq!(pair.requestor.association.state(), State::Sta7);
    pair.run();
    assert_eq!(pair.acceptor.take(), [Seen::ReleaseRequested]);
    assert_eq!(pair.acceptor.association.state(), State::Sta8);
    pair.acceptor.association.respond_release(now).unwrap();
    pair.run();
    assert_eq!(pair.requestor.take(), [Seen::Released]);
    assert_eq!(pair.requestor.association.state(), State::Sta1);
    pair.acceptor.association.handle_eof(now);
    feed(
        &mut pair.acceptor.association,
        &[],
        now,
        &mut pair.acceptor.seen,
    );
    assert_eq!(pair.acceptor.take(), [Seen::Closed(true)]);
}

#[test]
fn the_acceptor_may_release_as_well() {
    let mut pair = Pair::established();
    pair.acceptor.association.release(pair.now).unwrap();
    pair.run();
    assert_eq!(pair.requestor.take(), [Seen::ReleaseRequested]);
    pair.requestor
        .association
        .respond_release(pair.now)
        .unwrap();
    pair.run();
    assert_eq!(pair.acceptor.take(), [Seen::Released]);
}

#[test]
fn messages_before_the_answer_still_go_through() {
    let mut pair = Pair::established();
    let now = pair.now;
    let echo = CommandSet::c_echo_rq(1);
    pair.send(ECHO, &echo);
    pair.acceptor.take();
    pair.requestor.association.release(now).unwrap();
    pair.run();
    // AR-7 in Sta8, AR-6 in Sta7.
    pair.respond(ECHO, &echo.response_to(0));
    assert_eq!(
        pair.requestor.take(),
        [Seen::Command(ECHO, echo.response_to(0))]
    );
    let error = pair.requestor.association.respond_release(now).unwrap_err();
    assert!(matches!(
        error,
        LocalError::NotAllowed {
            state: State::Sta7,
            ..
        }
    ));
    pair.acceptor.association.respond_release(now).unwrap();
    pair.run();
    assert_eq!(pair.requestor.take(), [Seen::Released]);
}

/// Both sides have asked for release and seen the other's request.
fn collision() -> Pair {
    let mut pair = Pair::established();
    pair.requestor.association.release(pair.now).unwrap();
    pair.acceptor.association.release(pair.now).unwrap();
    pair.run();
    assert_eq!(pair.requestor.take(), [Seen::ReleaseRequested]);
    assert_eq!(pair.acceptor.take(), [Seen::ReleaseRequested]);
    assert_eq!(pair.requestor.association.state(), State::Sta9);
    assert_eq!(pair.acceptor.association.state(), State::Sta10);
    pair
}

#[test]
fn collision_in_the_order_of_the_standard() {
    let mut pair = collision();
    let now = pair.now;
    pair.requestor.association.respond_release(now).unwrap();
    assert_eq!(pair.requestor.association.state(), State::Sta11);
    deliver(&mut pair.requestor, &mut pair.acceptor, now);
    assert_eq!(pair.acceptor.take(), [Seen::Released]);
    assert_eq!(pair.acceptor.association.state(), State::Sta12);
    pair.acceptor.association.respond_release(now).unwrap();
    assert_eq!(pair.acceptor.association.state(), State::Sta13);
    deliver(&mut pair.acceptor, &mut pair.requestor, now);
    assert_eq!(pair.requestor.take(), [Seen::Released]);
    assert_eq!(pair.requestor.association.state(), State::Sta1);
}

#[test]
fn collision_with_an_early_answer_of_the_acceptor() {
    let mut pair = collision();
    let now = pair.now;
    pair.acceptor.association.respond_release(now).unwrap();
    assert!(
        !pair.acceptor.association.wants_output(),
        "held back until Sta12"
    );
    pair.requestor.association.respond_release(now).unwrap();
    pair.run();
    assert_eq!(pair.acceptor.take(), [Seen::Released]);
    assert_eq!(pair.acceptor.association.state(), State::Sta13);
    assert_eq!(pair.requestor.take(), [Seen::Released]);
}

#[test]
fn release_needs_an_established_association() {
    let mut pair = Pair::new(request(), Default::default(), Default::default());
    let now = pair.now;
    let error = pair.requestor.association.release(now).unwrap_err();
    assert!(
        matches!(
            error,
            LocalError::NotAllowed {
                state: State::Sta5,
                ..
            }
        ),
        "{error}"
    );
    let error = pair.acceptor.association.respond_release(now).unwrap_err();
    assert!(
        matches!(
            error,
            LocalError::NotAllowed {
                state: State::Sta2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_release_answer_nobody_asked_for_is_an_error() {
    let mut pair = Pair::established();
    feed(
        &mut pair.requestor.association,
        &hex("06 00 00000004 00000000"),
        pair.now,
        &mut pair.requestor.seen,
    );
    let seen = pair.requestor.take();
    let [Seen::Failed(error)] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(error.abort_reason(), 2);
    assert!(
        error.to_string().starts_with("unexpected A-RELEASE-RP"),
        "{error}"
    );
    assert!(
        error.to_string().ends_with("while established (Sta6)"),
        "{error}"
    );
}
