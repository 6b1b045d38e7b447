//! The asynchronous operations window of a transfer (PS3.7 Annex D.3.3.3): used as granted, answered in any order, and
//! every instance accounted for when the association ends with requests in flight.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use common::provider::{Provider, provider_granting};
use common::{file, options, send};
use dicomwire_net::error::Error;
use dicomwire_net::scan::Source;
use dicomwire_net::transfer::{Ended, Outcome, TransferOptions};
use dicomwire_proto::AsynchronousOperations;
use dicomwire_proto::command::CommandSet;

fn instances(count: usize) -> Vec<Source> {
    let bytes = |number| Bytes::from(file(&format!("1.2.{number}"), 2000));
    (0..count)
        .map(|number| Source::Memory {
            name: None,
            bytes: bytes(number),
        })
        .collect()
}

fn asking(port: u16, invoked: u16) -> TransferOptions {
    let mut options = options(port, 1);
    options.request.user_information.asynchronous_operations = Some(AsynchronousOperations {
        invoked,
        performed: 1,
    });
    options
}

/// What became of each, by the last number of its UID; each is named once.
fn fates(ended: &Ended) -> BTreeMap<usize, (Outcome, Option<u16>)> {
    let mut fates = BTreeMap::new();
    for result in &ended.results {
        let uid = result.sop_instance_uid.as_deref().unwrap();
        let number = uid.rsplit('.').next().unwrap().parse().unwrap();
        let before = fates.insert(number, (result.outcome, result.status));
        assert_eq!(before, None, "{uid} is named twice");
    }
    fates
}

/// Takes so many requests.
fn take(provider: &mut Provider, count: usize) -> Result<Vec<CommandSet>, Error> {
    (0..count).map(|_| provider.request()).collect()
}

/// A status that tells instances apart: a warning with the number in it.
fn status_of(request: &CommandSet) -> u16 {
    let uid = request.affected_sop_instance_uid.as_deref().unwrap();
    let number: u16 = uid.rsplit('.').next().unwrap().parse().unwrap();
    0xB000 + number
}

#[test]
fn answers_in_any_order_find_their_instances() {
    for window in [1, 2, 5, 0] {
        let (address, thread) = provider_granting(window, 1, move |provider| {
            let at_once = if window == 0 { 17 } else { usize::from(window) };
            let mut left = 17;
            while left > 0 {
                let batch = take(provider, at_once.min(left))?;
                left -= batch.len();
                for request in batch.iter().rev() {
                    provider.answer(request, status_of(request), b"")?;
                }
            }
            Ok(())
        });
        let ended = send(asking(address.port(), 0), instances(17));
        let expected = (0..17).map(|number| {
            let status = 0xB000 + u16::try_from(number).unwrap();
            (number, (Outcome::Warning, Some(status)))
        });
        assert_eq!(fates(&ended), expected.collect(), "window {window}");
        drop(ended);
        thread.join().unwrap();
    }
}

#[test]
fn the_window_is_the_one_that_was_granted() {
    // We ask for 3 and get no more, though the peer would take 50.
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let (address, thread) = provider_granting(50, 1, move |provider| {
        let mut left = 20;
        while left > 0 {
            let mut batch = vec![provider.request()?];
            // Whatever else is on its way is there after a moment.
            std::thread::sleep(Duration::from_millis(20));
            while batch.len() < left && provider.has_more()? {
                batch.push(provider.request()?);
            }
            seen.fetch_max(batch.len(), Ordering::SeqCst);
            left -= batch.len();
            for request in &batch {
                provider.answer(request, 0, b"")?;
            }
        }
        Ok(())
    });
    let ended = send(asking(address.port(), 3), instances(20));
    assert_eq!(ended.counters.sent, 20);
    assert_eq!(most.load(Ordering::SeqCst), 3);
    // With it goes the association.
    drop(ended);
    thread.join().unwrap();
}

#[test]
fn what_was_in_flight_is_unconfirmed_and_the_rest_goes_on() {
    let served = Arc::new(Mutex::new(0));
    let (address, thread) = provider_granting(6, 2, move |provider| {
        let number = {
            let mut served = served.lock().unwrap();
            *served += 1;
            *served
        };
        if number == 1 {
            let batch = take(provider, 6)?;
            // The second and the fourth are answered before it breaks.
            provider.answer(&batch[1], 0, b"")?;
            provider.answer(&batch[3], 0xA700, b"")?;
            return Err(Error::Interrupted);
        }
        loop {
            let request = provider.request()?;
            provider.answer(&request, 0, b"")?;
        }
    });
    let ended = send(asking(address.port(), 6), instances(20));
    let fates = fates(&ended);
    assert_eq!(fates.len(), 20);
    assert_eq!(fates[&1], (Outcome::Sent, Some(0)));
    assert_eq!(fates[&3], (Outcome::Failed, Some(0xA700)));
    let in_doubt: Vec<_> = fates
        .iter()
        .filter(|(_, fate)| fate.0 == Outcome::Unconfirmed)
        .map(|(number, _)| *number)
        .collect();
    // Two answers let two more begin, of which the break may have come before.
    let least = [0, 2, 4, 5];
    assert!(in_doubt.starts_with(&least), "{in_doubt:?}");
    assert!(in_doubt.len() <= 6, "{in_doubt:?}");
    let confirmed = fates.values().filter(|fate| fate.0 == Outcome::Sent);
    assert_eq!(confirmed.count() + in_doubt.len() + 1, 20);
    // With it goes the association.
    drop(ended);
    thread.join().unwrap();
}

#[test]
fn requests_of_the_peer_between_its_answers_are_refused() {
    let (address, thread) = provider_granting(4, 1, |provider| {
        let batch = take(provider, 4)?;
        provider.send(1, &CommandSet::c_echo_rq(77))?;
        assert_eq!(provider.request()?.status, Some(0x0211));
        for request in &batch {
            provider.answer(request, 0, b"")?;
        }
        Ok(())
    });
    let ended = send(asking(address.port(), 4), instances(4));
    assert_eq!(ended.counters.sent, 4);
    // With it goes the association.
    drop(ended);
    thread.join().unwrap();
}
