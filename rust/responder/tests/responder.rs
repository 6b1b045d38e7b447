//! The responder against the client that only counts.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use dicomwire_responder::drain::drain;
use dicomwire_responder::prepared::Pdus;
use dicomwire_responder::serve::{Options, serve};
use dicomwire_responder::studies::VARIETY;

const OPTIONS: Options = Options {
    answers: 10,
    delay: Duration::ZERO,
    pdus: Pdus::Separate,
    prefer_implicit: false,
};

/// Serves on a thread that ends with the test process.
fn address(options: Options) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    thread::spawn(move || serve(&listener, options));
    address
}

#[test]
fn every_answer_arrives_however_they_are_put_into_pdus() {
    for pdus in [Pdus::Separate, Pdus::One] {
        for answers in [0, 1, VARIETY + 1, 3 * VARIETY] {
            let address = address(Options {
                answers,
                pdus,
                ..OPTIONS
            });
            let counted = drain(&address, "ANY").expect("answers");
            assert_eq!(counted.answers, answers as u64);
            assert!(counted.bytes >= 280 * answers as u64);
        }
    }
}

#[test]
fn one_association_after_the_other_and_pauses_between_answers() {
    let delay = Duration::from_millis(2);
    let address = address(Options { delay, ..OPTIONS });
    for _ in 0..2 {
        let counted = drain(&address, "ANY").expect("answers");
        assert_eq!(counted.answers, 10);
        assert!(counted.took >= 10 * delay);
    }
}

#[test]
fn what_is_no_dicom_is_aborted() {
    let mut stream = TcpStream::connect(address(OPTIONS)).expect("a connection");
    stream
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the end");
    assert_eq!(answer.first(), Some(&7), "A-ABORT");
}
