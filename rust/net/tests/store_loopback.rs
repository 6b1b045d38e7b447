//! Whole transfers over loopback: what is sent arrives, byte for byte, and is accounted for.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common::{EXPLICIT, IMPLICIT, data_set, file, options, receiver, send, write_file};
use dicomwire_net::scan::Source;
use dicomwire_net::sink::{Directory, Discard, Duplicates, Implementation};
use dicomwire_net::transfer::Outcome;

fn directory_sink(root: &std::path::Path, duplicates: Duplicates) -> Arc<Directory> {
    let ours = Implementation {
        class_uid: "1.2.3".to_owned(),
        version_name: "TEST".to_owned(),
    };
    Arc::new(Directory::new(root.to_path_buf(), duplicates, ours))
}

/// Every way of sending a body, at sizes around fragment and buffer boundaries.
#[test]
fn files_arrive_byte_for_byte() {
    for max_pdu_length in [4096, 16384, 131_072, 0] {
        let from = tempfile::tempdir().unwrap();
        let to = tempfile::tempdir().unwrap();
        let (listener, _) = receiver(
            directory_sink(to.path(), Duplicates::Replace),
            max_pdu_length,
            &[EXPLICIT],
        );
        let sizes = [
            0, 2, 3900, 4090, 16_378, 65_536, 131_066, 131_068, 262_144, 3_000_000,
        ];
        for (number, size) in sizes.iter().enumerate() {
            write_file(from.path(), &format!("1.2.{number}"), *size);
        }
        let ended = send(
            options(listener.address().port(), 1),
            vec![Source::Path(from.path().to_path_buf())],
        );
        assert!(ended.error.is_none(), "{:?}", ended.error);
        assert_eq!(ended.counters.sent, sizes.len() as u64);
        for (number, size) in sizes.iter().enumerate() {
            let received = std::fs::read(to.path().join(format!("1.2.{number}.dcm"))).unwrap();
            let sent = data_set(&format!("1.2.{number}"), *size);
            assert!(
                received.ends_with(&sent),
                "instance of {size} bytes, PDU {max_pdu_length}"
            );
        }
    }
}

#[test]
fn four_associations_send_everything_exactly_once() {
    let from = tempfile::tempdir().unwrap();
    for number in 0..200 {
        write_file(from.path(), &format!("1.2.{number}"), 5000);
    }
    let (listener, book) = receiver(Arc::new(Discard), 16384, &[EXPLICIT]);
    let ended = send(
        options(listener.address().port(), 4),
        vec![Source::Path(from.path().to_path_buf())],
    );
    assert_eq!(ended.counters.sent, 200);
    assert_eq!(ended.results.len(), 200);
    let mut received = book.received.lock().unwrap().clone();
    received.sort();
    received.dedup();
    assert_eq!(received.len(), 200);
}

/// Larger than what is transcoded at once, so that it streams, to peers with any limit.
#[test]
fn a_large_instance_is_transcoded_while_it_streams() {
    let pixels = 6 << 20;
    let values: Vec<u8> = (0..pixels)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect();
    let mut expected = vec![0xE0, 0x7F, 0x10, 0x00];
    expected.extend_from_slice(&u32::try_from(pixels).unwrap().to_le_bytes());
    expected.extend_from_slice(&values);
    for max_pdu_length in [0, 4096, 16384, 524_288] {
        let to = tempfile::tempdir().unwrap();
        let sink = directory_sink(to.path(), Duplicates::Replace);
        let (listener, _) = receiver(sink, max_pdu_length, &[IMPLICIT]);
        let source = Source::Memory {
            name: None,
            bytes: Bytes::from(file("1.2.9", pixels)),
        };
        let ended = send(options(listener.address().port(), 1), vec![source]);
        assert_eq!(ended.counters.sent, 1, "{:?}", ended.results);
        let received = std::fs::read(to.path().join("1.2.9.dcm")).unwrap();
        assert!(received.ends_with(&expected), "PDU {max_pdu_length}");
    }
}

#[test]
fn nobody_listening_is_an_error_and_leaves_nothing_unaccounted() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let source = Source::Memory {
        name: None,
        bytes: Bytes::from(file("1.2.1", 10)),
    };
    let ended = send(options(port, 2), vec![source]);
    let text = ended
        .error
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(text.contains("cannot connect"), "{text}");
    assert_eq!(ended.results.len(), 1);
    assert_eq!(ended.results[0].outcome, Outcome::Failed);
}

#[test]
fn duplicates_are_refused_when_asked_and_the_first_stays() {
    let to = tempfile::tempdir().unwrap();
    let (listener, book) = receiver(
        directory_sink(to.path(), Duplicates::Refuse),
        16384,
        &[EXPLICIT],
    );
    let source = |size| Source::Memory {
        name: None,
        bytes: Bytes::from(file("1.2.1", size)),
    };
    let ended = send(
        options(listener.address().port(), 1),
        vec![source(100), source(200)],
    );
    assert_eq!((ended.counters.sent, ended.counters.failed), (1, 1));
    assert_eq!(ended.results[1].status, Some(0x0111));
    assert_eq!(*book.refused.lock().unwrap(), ["1.2.1 0x0111"]);
    let names: Vec<_> = std::fs::read_dir(to.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["1.2.1.dcm"]);
    assert!(
        std::fs::read(to.path().join("1.2.1.dcm"))
            .unwrap()
            .ends_with(&data_set("1.2.1", 100))
    );
}

#[test]
fn a_path_in_the_instance_uid_never_reaches_the_file_system() {
    let to = tempfile::tempdir().unwrap();
    let inner = to.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let (listener, _) = receiver(
        directory_sink(&inner, Duplicates::Replace),
        16384,
        &[EXPLICIT],
    );
    let source = Source::Memory {
        name: None,
        bytes: Bytes::from(file("../1.2", 10)),
    };
    let ended = send(options(listener.address().port(), 1), vec![source]);
    assert_eq!(ended.counters.failed, 1);
    assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(to.path()).unwrap().count(), 1);
}

#[test]
fn a_kept_association_serves_the_next_transfer() {
    let (mut listener, book) = receiver(Arc::new(Discard), 16384, &[EXPLICIT]);
    let port = listener.address().port();
    let source = |uid| Source::Memory {
        name: None,
        bytes: Bytes::from(file(uid, 10)),
    };
    let first = send(options(port, 1), vec![source("1.2.1")]);
    assert_eq!(first.sessions.len(), 1);
    let transfer = dicomwire_net::transfer::Transfer::start(
        options(port, 1),
        dicomwire_net::interrupt::Interrupt::new(),
        first.sessions,
    )
    .unwrap();
    transfer.push(source("1.2.2")).unwrap();
    transfer.close();
    while !transfer.wait(Duration::from_secs(1), false) {}
    let second = transfer.finish();
    assert_eq!(second.counters.sent, 1);
    assert_eq!(listener.serving(), 1, "one association carried both");
    assert_eq!(*book.received.lock().unwrap(), ["1.2.1", "1.2.2"]);
    drop(second);
    listener.stop(Duration::from_secs(5));
}

/// Two associations to a peer that hangs up on every one: nothing is lost between the two that give up.
#[test]
fn giving_up_on_several_associations_accounts_for_everything() {
    let hangs_up = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hangs_up.local_addr().unwrap().port();
    let (good, _) = receiver(Arc::new(Discard), 16384, &[EXPLICIT]);
    let good_port = good.address().port();
    // A door that passes the first association's bytes on until the receiver accepted it, and then shuts.
    std::thread::spawn(move || {
        for stream in hangs_up.incoming() {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || shut_after_acceptance(stream, good_port));
        }
    });
    let from = tempfile::tempdir().unwrap();
    for number in 0..40 {
        write_file(from.path(), &format!("1.2.{number}"), 5000);
    }
    let ended = send(
        options(port, 2),
        vec![Source::Path(from.path().to_path_buf())],
    );
    assert!(ended.error.is_none(), "{:?}", ended.error);
    assert_eq!(ended.counters.sent, 0);
    assert_eq!(ended.counters.failed, 40, "{:?}", ended.counters);
    let mut paths: Vec<_> = ended
        .results
        .iter()
        .map(|result| result.path.clone())
        .collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 40, "each once");
    let given_up = ended.results.iter().filter(|result| {
        result
            .error
            .as_deref()
            .is_some_and(|error| error.contains("gave up"))
    });
    assert!(given_up.count() >= 30);
}

fn shut_after_acceptance(mut client: std::net::TcpStream, port: u16) {
    use std::io::{Read, Write};
    let mut server = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut buffer = [0; 4096];
    let count = client.read(&mut buffer).unwrap_or(0);
    server.write_all(&buffer[..count]).unwrap();
    let count = server.read(&mut buffer).unwrap_or(0);
    let _ = client.write_all(&buffer[..count]);
    // What the client sends next is the C-STORE request: the answer is the end of the line.
    let _ = client.read(&mut buffer);
}
