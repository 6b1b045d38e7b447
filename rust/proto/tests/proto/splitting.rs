//! How the stream is cut, by TCP or by the peer's framing, changes nothing.

use std::time::Instant;

use dicomwire_proto::{
    AcceptPolicy, Association, BodyLength, CommandSet, Event, Priority, Settings,
};
use proptest::prelude::*;

use crate::support::*;

/// What a requestor sends in one session: two stores, an echo, a release.
fn recording() -> Vec<u8> {
    let mut pair = Pair::established_with(16384, 500);
    let now = pair.now;
    let mut bytes = pair.last_from_requestor.clone();
    let association = &mut pair.requestor.association;
    for (id, length) in [(1, 1234), (2, 0)] {
        let rq = CommandSet::c_store_rq(id, CT, "1.2.3.4", Priority::Medium);
        let body = vec![id as u8; length];
        association
            .send(STORE, &rq, BodyLength::Known(length as u64), now)
            .unwrap();
        bytes.extend(drain(association, &mut &body[..], now));
        let mut response = Vec::new();
        pair.acceptor
            .association
            .send(STORE, &rq.response_to(0), BodyLength::None, now)
            .unwrap_or_else(|error| panic!("{error}"));
        pair.acceptor
            .association
            .poll_transmit(&mut response, now)
            .unwrap();
        feed(association, &response, now, &mut Vec::new());
    }
    association
        .send(ECHO, &CommandSet::c_echo_rq(3), BodyLength::None, now)
        .unwrap();
    association.release(now).unwrap();
    bytes.extend(drain(association, &mut &[][..], now));
    bytes
}

/// Plays the recording to an acceptor in these pieces.
fn play<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Seen> {
    let now = Instant::now();
    let mut association = Association::accept(Settings::default(), now);
    let mut seen = Vec::new();
    for piece in pieces {
        let mut rest = piece;
        while let Some(event) = association.next_event(&mut rest, now).unwrap() {
            if event == Event::AssociateRequested {
                let rq = association.associate_rq().unwrap();
                let ac = AcceptPolicy::default().decide(rq).unwrap();
                association.accept_request(ac, now).unwrap();
            }
            note(&mut seen, event);
        }
        assert!(rest.is_empty());
    }
    seen
}

#[test]
fn byte_by_byte_is_the_same_as_all_at_once() {
    let bytes = recording();
    let whole = play([&bytes[..]].into_iter());
    assert_eq!(whole.len(), 8, "{whole:?}");
    assert_eq!(whole[2], Seen::Body(STORE, vec![1; 1234]));
    assert_eq!(play(bytes.chunks(1)), whole);
}

#[test]
fn every_place_to_cut_in_two_is_the_same() {
    let bytes = recording();
    let whole = play([&bytes[..]].into_iter());
    for place in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(place);
        assert_eq!(play([head, tail].into_iter()), whole, "cut at {place}");
    }
}

proptest! {
    #[test]
    fn any_cuts_are_the_same(mut cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let bytes = recording();
        let mut places: Vec<usize> = cuts.drain(..).map(|cut| cut.index(bytes.len() + 1)).collect();
        places.push(bytes.len());
        places.sort_unstable();
        let mut start = 0;
        let pieces = places.into_iter().map(|place| {
            let piece = &bytes[start..place];
            start = place;
            piece
        });
        prop_assert_eq!(play(pieces), play([&bytes[..]].into_iter()));
    }
}

/// A P-DATA-TF with these values: context, control header, fragment.
fn data_pdu(values: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (context, control, fragment) in values {
        body.extend((fragment.len() as u32 + 2).to_be_bytes());
        body.extend([*context, *control]);
        body.extend(*fragment);
    }
    let mut pdu = vec![4, 0];
    pdu.extend((body.len() as u32).to_be_bytes());
    pdu.extend(body);
    pdu
}

fn store() -> (CommandSet, Vec<u8>) {
    let rq = CommandSet::c_store_rq(1, CT, "1.2.3", Priority::Medium);
    let mut bytes = Vec::new();
    rq.encode(&mut bytes);
    (rq, bytes)
}

fn seen_by_acceptor(bytes: &[u8]) -> Vec<Seen> {
    let mut pair = Pair::established();
    feed(
        &mut pair.acceptor.association,
        bytes,
        pair.now,
        &mut pair.acceptor.seen,
    );
    pair.acceptor.take()
}

#[test]
fn every_framing_of_a_message_means_the_same() {
    let (rq, command) = store();
    let (head, tail) = command.split_at(21);
    let (begin, end) = (&b"odd"[..], &b"-length"[..]);
    let expected = [
        Seen::Command(STORE, rq),
        Seen::Body(STORE, b"odd-length".to_vec()),
        Seen::BodyEnd(STORE),
    ];
    let framings = [
        // Each fragment in a PDU of its own.
        [
            data_pdu(&[(STORE, 1, head)]),
            data_pdu(&[(STORE, 3, tail)]),
            data_pdu(&[(STORE, 0, begin)]),
            data_pdu(&[(STORE, 2, end)]),
        ]
        .concat(),
        // All in one PDU.
        data_pdu(&[
            (STORE, 1, head),
            (STORE, 3, tail),
            (STORE, 0, begin),
            (STORE, 2, end),
        ]),
        // The end of the command set and the beginning of the data set in one PDU.
        [
            data_pdu(&[(STORE, 1, head)]),
            data_pdu(&[(STORE, 3, tail), (STORE, 0, begin)]),
            data_pdu(&[(STORE, 2, end)]),
        ]
        .concat(),
        // Empty PDUs, empty fragments, and an empty last fragment.
        [
            data_pdu(&[]),
            data_pdu(&[(STORE, 1, &[]), (STORE, 1, &command)]),
            data_pdu(&[(STORE, 3, &[])]),
            data_pdu(&[]),
            data_pdu(&[(STORE, 0, &[]), (STORE, 0, begin), (STORE, 0, end)]),
            data_pdu(&[(STORE, 2, &[])]),
        ]
        .concat(),
        // Bits 2 to 7 of the message control header are not to be looked at.
        [
            data_pdu(&[(STORE, 0xFF, &command)]),
            data_pdu(&[(STORE, 0xFE, b"odd-length")]),
        ]
        .concat(),
    ];
    for (number, bytes) in framings.iter().enumerate() {
        assert_eq!(seen_by_acceptor(bytes), expected, "framing {number}");
    }
}

#[test]
fn an_empty_data_set_has_an_end() {
    let (rq, command) = store();
    let bytes = data_pdu(&[(STORE, 3, &command), (STORE, 2, &[])]);
    assert_eq!(
        seen_by_acceptor(&bytes),
        [Seen::Command(STORE, rq), Seen::BodyEnd(STORE)]
    );
}

#[test]
fn chunks_borrow_the_input_and_come_before_the_pdu_is_complete() {
    let (_, command) = store();
    let mut pair = Pair::established();
    let bytes = data_pdu(&[(STORE, 3, &command), (STORE, 2, &[7; 1000])]);
    let first = &bytes[..bytes.len() - 600];
    let mut rest = first;
    let association = &mut pair.acceptor.association;
    let command = association
        .next_event(&mut rest, pair.now)
        .unwrap()
        .unwrap();
    assert!(matches!(command, Event::Command { .. }));
    let Event::BodyChunk { bytes: chunk, .. } = association
        .next_event(&mut rest, pair.now)
        .unwrap()
        .unwrap()
    else {
        panic!("no chunk")
    };
    assert_eq!(chunk.len(), 400);
    assert_eq!(
        chunk.as_ptr_range().end,
        first.as_ptr_range().end,
        "not a copy"
    );
    assert_eq!(association.body_remaining(), 600);
}

#[test]
fn bytes_thrown_away_by_the_driver_count_as_delivered() {
    let (_, command) = store();
    let mut pair = Pair::established();
    let now = pair.now;
    let bytes = [
        data_pdu(&[(STORE, 3, &command), (STORE, 0, &[7; 1000])]),
        data_pdu(&[(STORE, 2, &[8; 500])]),
        data_pdu(&[(ECHO, 3, &command)]),
    ]
    .concat();
    let association = &mut pair.acceptor.association;
    let seen = &mut pair.acceptor.seen;
    let body = bytes.len() - (12 + command.len()) - (12 + 500) - 1000;
    assert_eq!(association.body_remaining(), 0);
    association.skip_body(10);
    feed(association, &bytes[..body], now, seen);
    assert_eq!(association.body_remaining(), 1000);
    association.skip_body(900);
    assert_eq!(association.body_remaining(), 100);
    // More than there is counts as what there is.
    association.skip_body(5000);
    assert_eq!(association.body_remaining(), 0);
    let second = body + 1000;
    feed(association, &bytes[second..second + 12 + 100], now, seen);
    assert_eq!(association.body_remaining(), 400);
    association.skip_body(400);
    feed(association, &bytes[second + 12 + 500..], now, seen);
    let seen = pair.acceptor.take();
    assert!(matches!(seen[0], Seen::Command(STORE, _)));
    assert_eq!(
        seen[1..3],
        [Seen::Body(STORE, vec![8; 100]), Seen::BodyEnd(STORE)]
    );
    assert!(matches!(seen[3], Seen::Command(ECHO, _)));
}
