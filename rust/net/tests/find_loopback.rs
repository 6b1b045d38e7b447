//! C-FIND over loopback, against a provider that does what each test says.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use common::IMPLICIT;
use common::provider::{Provider, associate, provider};
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::observer::Unobserved;
use dicomwire_net::query::fan_out::{Failure, FanOut};
use dicomwire_net::query::{Appetite, Flaw, Query, Question};
use dicomwire_net::session::Session;
use dicomwire_proto::Settings;

const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const AT_ONCE: Appetite = Appetite {
    linger: Duration::ZERO,
    bytes: 4096,
    outlasts_cancel: true,
};
const PATIENCE: Duration = Duration::from_secs(10);

fn session(address: SocketAddr, interrupt: Interrupt) -> Session {
    let settings = Settings {
        max_pdu_length: 16384,
        ..Settings::default()
    };
    associate(address, &[(FIND, IMPLICIT)], settings, interrupt)
}

fn question() -> Question {
    Question {
        context_id: 1,
        sop_class_uid: FIND.to_owned(),
        priority: 0,
        identifier: Bytes::from_static(b"\x08\0\x52\0\x06\0\0\0STUDY "),
        limit: None,
        max_identifier: 1000,
    }
}

/// Everything there is: the identifiers, and the flaws of those that have one.
fn all(query: &mut Query) -> Result<(Vec<Vec<u8>>, Vec<Flaw>), Error> {
    let (mut identifiers, mut flaws) = (Vec::new(), Vec::new());
    while let Some(batch) = query.next_batch(AT_ONCE)? {
        for (one, bytes) in batch.iter() {
            identifiers.push(bytes.to_vec());
            flaws.extend(one.flaw);
        }
    }
    Ok((identifiers, flaws))
}

#[test]
fn all_matches_come_in_order_and_the_association_can_be_used_again() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        for round in 0..2 {
            let request = provider.request()?;
            for number in 0..1000_u32 {
                let bytes = vec![round; 2 + number as usize % 300 * 2];
                let status = if number == 7 { 0xFF01 } else { 0xFF00 };
                provider.answer(&request, status, &bytes)?;
            }
            provider.answer(&request, 0, &[])?;
        }
        Ok(())
    }
    let (address, thread) = provider(1, script);
    let mut session = session(address, Interrupt::new());
    for round in 0..2 {
        let mut query = Query::start(session, question())
            .map_err(|it| it.1)
            .unwrap();
        let (identifiers, flaws) = all(&mut query).unwrap();
        assert_eq!(identifiers.len(), 1000);
        for (number, bytes) in identifiers.iter().enumerate() {
            assert_eq!(bytes, &vec![round; 2 + number % 300 * 2], "{number}");
        }
        assert_eq!(flaws, []);
        assert_eq!(query.conclusion().unwrap().status, 0);
        session = query.into_session();
    }
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn what_has_no_identifier_or_too_long_a_one_is_told_of() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.answer(&request, 0xFF00, &[])?;
        provider.answer(&request, 0xFF00, &[1; 1002])?;
        provider.answer(&request, 0xFF01, &[2; 1000])?;
        let mut last = request.response_to(0xA700);
        last.error_comment = Some("too busy".to_owned());
        provider.send(1, &last)
    }
    let (address, thread) = provider(1, script);
    let session = session(address, Interrupt::new());
    let mut query = Query::start(session, question())
        .map_err(|it| it.1)
        .unwrap();
    let (identifiers, flaws) = all(&mut query).unwrap();
    let lengths: Vec<_> = identifiers.iter().map(Vec::len).collect();
    assert_eq!(lengths, [0, 1000, 1000]);
    assert_eq!(flaws, [Flaw::Absent, Flaw::TooLong { limit: 1000 }]);
    let conclusion = query.conclusion().unwrap();
    assert_eq!(conclusion.status, 0xA700);
    assert_eq!(conclusion.comment.as_deref(), Some("too busy"));
    query.into_session().into_connection().release().unwrap();
    thread.join().unwrap();
}

/// A provider that has more than anybody wants, and waits to be told to stop.
fn endless(provider: &mut Provider) -> Result<(), Error> {
    loop {
        let request = provider.request()?;
        for _ in 0..200 {
            provider.answer(&request, 0xFF00, &[0; 100])?;
        }
        let cancel = provider.request()?;
        assert!(cancel.is_cancel(), "{}", cancel.name());
        assert_eq!(cancel.message_id_being_responded_to, request.message_id);
        provider.answer(&request, 0xFF00, &[1; 100])?;
        provider.answer(&request, 0xFE00, &[])?;
    }
}

#[test]
fn a_provider_that_is_not_there_any_more_is_an_error_after_the_matches() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.answer(&request, 0xFF00, &[1; 10])?;
        Err(Error::Interrupted)
    }
    let (address, thread) = provider(1, script);
    let session = session(address, Interrupt::new());
    let mut query = Query::start(session, question())
        .map_err(|it| it.1)
        .unwrap();
    // Both have arrived before anybody looks.
    thread.join().unwrap();
    let batch = query.next_batch(AT_ONCE).unwrap().unwrap();
    assert_eq!(batch.len(), 1);
    let error = query.next_batch(AT_ONCE).unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
}

#[test]
fn a_match_may_be_longer_than_a_batch() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.answer(&request, 0xFF00, &[1; 100_000])?;
        provider.answer(&request, 0xFF00, &[2; 10])?;
        provider.answer(&request, 0, &[])
    }
    let (address, thread) = provider(1, script);
    let session = session(address, Interrupt::new());
    let mut question = question();
    question.max_identifier = 1 << 20;
    let mut query = Query::start(session, question).map_err(|it| it.1).unwrap();
    let (identifiers, flaws) = all(&mut query).unwrap();
    let lengths: Vec<_> = identifiers.iter().map(Vec::len).collect();
    assert_eq!(lengths, [100_000, 10]);
    assert_eq!(flaws, []);
    query.into_session().into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn many_queries_keep_their_order_over_several_associations() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        loop {
            let message = provider.message()?;
            let number = message.data_set[8];
            if number == 13 {
                provider.answer(&message.command, 0xC001, &[])?;
                continue;
            }
            for copy in 0..number % 5 {
                provider.answer(&message.command, 0xFF00, &[number, copy])?;
            }
            thread::sleep(Duration::from_millis(u64::from(number % 3)));
            provider.answer(&message.command, 0, &[])?;
        }
    }
    let (address, thread) = provider(3, script);
    let interrupt = Interrupt::new();
    let sessions = (0..3)
        .map(|_| (session(address, interrupt.clone()), 1))
        .collect();
    let observers =
        Arc::new(|| -> Box<dyn dicomwire_net::observer::Observer> { Box::new(Unobserved) });
    let fan_out = FanOut::start(sessions, question(), observers, interrupt, PATIENCE).unwrap();
    let asker = fan_out.asker();
    for number in 0..100_u8 {
        let identifier = [b"\x08\0\x52\0\x02\0\0\0".as_slice(), &[number, 0]].concat();
        assert!(asker.ask(&Bytes::from(identifier)).unwrap());
    }
    asker.close();
    let mut found = Vec::new();
    while let Some(answers) = fan_out.next(64, || Ok(())).unwrap() {
        for answer in answers {
            for (_, bytes) in answer.batch.iter() {
                assert_eq!(u64::from(bytes[0]), answer.number);
                found.push((bytes[0], bytes[1]));
            }
        }
    }
    let expected: Vec<_> = (0..100_u8)
        .filter(|number| *number != 13)
        .flat_map(|number| (0..number % 5).map(move |copy| (number, copy)))
        .collect();
    assert_eq!(found, expected);
    let failures = fan_out.take_failures();
    assert!(
        matches!(&failures[..], [(13, Failure::Status(it))] if it.status == 0xC001),
        "{failures:?}"
    );
    let (sessions, _) = fan_out.finish();
    assert_eq!(sessions.len(), 3);
    for session in sessions {
        session.into_connection().release().unwrap();
    }
    thread.join().unwrap();
}

#[test]
fn queries_fail_by_name_when_all_associations_are_lost() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        provider.request()?;
        Err(Error::Interrupted)
    }
    let (address, thread) = provider(2, script);
    let interrupt = Interrupt::new();
    let sessions = (0..2)
        .map(|_| (session(address, interrupt.clone()), 1))
        .collect();
    let observers =
        Arc::new(|| -> Box<dyn dicomwire_net::observer::Observer> { Box::new(Unobserved) });
    let fan_out = FanOut::start(sessions, question(), observers, interrupt, PATIENCE).unwrap();
    let asker = fan_out.asker();
    for _ in 0..20 {
        assert!(asker.ask(&question().identifier).unwrap());
    }
    asker.close();
    assert!(fan_out.next(64, || Ok(())).unwrap().is_none());
    let mut numbers: Vec<_> = fan_out
        .take_failures()
        .into_iter()
        .map(|(number, failure)| {
            assert!(matches!(failure, Failure::Error(_)));
            number
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert!(fan_out.finish().0.is_empty());
    thread.join().unwrap();
}

#[test]
fn a_limit_or_a_cancel_ends_an_endless_query() {
    let (address, thread) = provider(1, endless);
    let interrupt = Interrupt::new();
    let session = session(address, interrupt.clone());
    let limited = Question {
        limit: Some(5),
        ..question()
    };
    let mut query = Query::start(session, limited).map_err(|it| it.1).unwrap();
    let batch = query.next_batch(AT_ONCE).unwrap().unwrap();
    assert!(batch.len() <= 5);
    let mut count = batch.len();
    while !query.is_full() {
        count += query.next_batch(AT_ONCE).unwrap().unwrap().len();
    }
    assert_eq!(count, 5);
    query.finish(Duration::from_secs(20)).unwrap();
    assert_eq!(query.conclusion().unwrap().status, 0xFE00);
    let mut query = Query::start(query.into_session(), question())
        .map_err(|it| it.1)
        .unwrap();
    let other = interrupt.clone();
    let raising = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        other.raise(Level::Cancel);
    });
    let (identifiers, _) = all(&mut query).unwrap();
    assert!(!identifiers.is_empty());
    assert_eq!(query.conclusion().unwrap().status, 0xFE00);
    raising.join().unwrap();
    interrupt.reset();
    query.into_session().into_connection().release().unwrap();
    thread.join().unwrap();
}

/// Answers without an end, as fast as they are taken.
fn flood(provider: &mut Provider, identifier: &[u8]) -> Result<(), Error> {
    let request = provider.request()?;
    loop {
        provider.answer(&request, 0xFF00, identifier)?;
    }
}

#[test]
fn a_flood_of_matches_without_identifiers_comes_in_batches_too() {
    let (address, thread) = provider(1, |provider| flood(provider, &[]));
    let session = session(address, Interrupt::new());
    let mut query = Query::start(session, question())
        .map_err(|it| it.1)
        .unwrap();
    let patient = Appetite {
        linger: Duration::from_secs(5),
        ..AT_ONCE
    };
    for _ in 0..3 {
        let batch = query.next_batch(patient).unwrap().unwrap();
        assert!(
            batch.size() < 2 * AT_ONCE.bytes + (1 << 20),
            "{}",
            batch.size()
        );
    }
    query.into_session().into_connection().abort();
    thread.join().unwrap();
}

#[test]
fn a_query_that_has_enough_does_not_wait_for_a_lull() {
    let (address, thread) = provider(1, |provider| flood(provider, &[7; 4]));
    let session = session(address, Interrupt::new());
    let limited = Question {
        limit: Some(3),
        ..question()
    };
    let mut query = Query::start(session, limited).map_err(|it| it.1).unwrap();
    let patient = Appetite {
        linger: Duration::from_secs(3600),
        bytes: usize::MAX,
        outlasts_cancel: true,
    };
    // Nothing else ends this batch: the provider does not heed the cancel.
    let batch = query.next_batch(patient).unwrap().unwrap();
    assert_eq!(batch.len(), 3);
    let error = query.finish(Duration::from_millis(50)).unwrap_err();
    assert!(matches!(error, Error::Unheeded { .. }), "{error}");
    query.into_session().into_connection().fail(error);
    thread.join().unwrap();
}

#[test]
fn an_abort_ends_a_query_that_is_flooded() {
    let (address, thread) = provider(1, |provider| flood(provider, &[7; 4]));
    let interrupt = Interrupt::new();
    let session = session(address, interrupt.clone());
    let mut query = Query::start(session, question())
        .map_err(|it| it.1)
        .unwrap();
    let raising = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        interrupt.raise(Level::Abort);
    });
    let endless = Appetite {
        linger: Duration::from_secs(3600),
        bytes: usize::MAX,
        outlasts_cancel: true,
    };
    let error = query.next_batch(endless).unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    raising.join().unwrap();
    query.into_session().into_connection().fail(error);
    thread.join().unwrap();
}

#[test]
fn a_consumer_that_took_longer_than_the_time_out_finds_what_came_meanwhile() {
    let (address, thread) = provider(1, |provider| {
        let request = provider.request()?;
        // Slowly, so that it does not pay to look for the next one again and again.
        for _ in 0..20 {
            provider.answer(&request, 0xFF00, &[1; 4])?;
            thread::sleep(Duration::from_millis(3));
        }
        thread::sleep(Duration::from_millis(300));
        provider.answer(&request, 0xFF00, &[2; 4])?;
        provider.answer(&request, 0, &[])
    });
    let mut settings = Settings {
        max_pdu_length: 16384,
        ..Settings::default()
    };
    settings.timeouts.dimse = Some(Duration::from_millis(600));
    let session = associate(address, &[(FIND, IMPLICIT)], settings, Interrupt::new());
    let mut query = Query::start(session, question())
        .map_err(|it| it.1)
        .unwrap();
    let mut count = 0;
    while count < 20 {
        count += query.next_batch(AT_ONCE).unwrap().unwrap().len();
    }
    thread::sleep(Duration::from_millis(1000));
    let (identifiers, _) = all(&mut query).unwrap();
    assert_eq!(identifiers, [[2; 4]]);
    query.into_session().into_connection().release().unwrap();
    thread.join().unwrap();
}

/// Queries over one association, none asked yet.
fn fan_out(address: SocketAddr, template: Question) -> (FanOut, Interrupt) {
    let interrupt = Interrupt::new();
    let observers =
        Arc::new(|| -> Box<dyn dicomwire_net::observer::Observer> { Box::new(Unobserved) });
    let sessions = vec![(session(address, interrupt.clone()), 1)];
    let fan_out =
        FanOut::start(sessions, template, observers, interrupt.clone(), PATIENCE).unwrap();
    (fan_out, interrupt)
}

#[test]
fn queries_that_are_asked_after_the_last_association_is_lost_fail_too() {
    let (address, thread) = provider(1, |provider| {
        provider.request()?;
        Err(Error::Interrupted)
    });
    let (fan_out, _) = fan_out(address, question());
    let asker = fan_out.asker();
    assert!(asker.ask(&question().identifier).unwrap());
    let slow = thread::spawn(move || {
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(50));
            assert!(asker.ask(&question().identifier).unwrap());
        }
        asker.close();
    });
    assert!(fan_out.next(64, || Ok(())).unwrap().is_none());
    assert_eq!(fan_out.take_failures().len(), 6);
    slow.join().unwrap();
    thread.join().unwrap();
}

#[test]
fn a_query_that_has_enough_is_no_failure() {
    let (address, thread) = provider(1, endless);
    let limited = Question {
        limit: Some(5),
        ..question()
    };
    let (fan_out, _) = fan_out(address, limited);
    let asker = fan_out.asker();
    for _ in 0..3 {
        assert!(asker.ask(&question().identifier).unwrap());
    }
    asker.close();
    let mut count = 0;
    while let Some(answers) = fan_out.next(64, || Ok(())).unwrap() {
        count += answers.iter().map(|it| it.batch.len()).sum::<usize>();
    }
    assert_eq!(count, 15);
    let (sessions, failures) = fan_out.finish();
    assert!(failures.is_empty(), "{failures:?}");
    for session in sessions {
        session.into_connection().release().unwrap();
    }
    thread.join().unwrap();
}

#[test]
fn a_cancelled_query_is_told_of_also_if_the_peer_says_success() {
    let (address, thread) = provider(1, |provider| {
        let request = provider.request()?;
        provider.answer(&request, 0xFF00, &[1; 4])?;
        assert!(provider.request()?.is_cancel());
        provider.answer(&request, 0xFF00, &[2; 4])?;
        thread::sleep(Duration::from_millis(100));
        provider.answer(&request, 0xFF00, &[3; 4])?;
        provider.answer(&request, 0, &[])
    });
    let (fan_out, interrupt) = fan_out(address, question());
    let asker = fan_out.asker();
    for _ in 0..2 {
        assert!(asker.ask(&question().identifier).unwrap());
    }
    let answers = fan_out.next(64, || Ok(())).unwrap().unwrap();
    assert_eq!(answers.len(), 1);
    interrupt.raise(Level::Cancel);
    while fan_out.next(64, || Ok(())).unwrap().is_some() {}
    let mut failures = fan_out.take_failures();
    failures.sort_by_key(|failure| failure.0);
    assert!(
        matches!(&failures[..], [(0, Failure::Error(one)), (1, Failure::Error(other))]
            if one.contains("cancelled") && other.contains("cancelled")),
        "{failures:?}"
    );
    for session in fan_out.finish().0 {
        session.into_connection().release().unwrap();
    }
    thread.join().unwrap();
}

#[test]
fn a_flood_of_matches_without_identifiers_waits_for_the_reader() {
    let (address, thread) = provider(1, |provider| flood(provider, &[]));
    let (fan_out, interrupt) = fan_out(address, question());
    let asker = fan_out.asker();
    assert!(asker.ask(&question().identifier).unwrap());
    // Until nothing comes any more, because the reader does not take it.
    let mut held = 0;
    let is_held_up = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(300));
        let before = std::mem::replace(&mut held, fan_out.buffered());
        held == before && held > 0
    });
    assert!(is_held_up && held < 8 << 20, "{held}");
    interrupt.raise(Level::Abort);
    asker.close();
    drop(fan_out.finish());
    thread.join().unwrap();
}
