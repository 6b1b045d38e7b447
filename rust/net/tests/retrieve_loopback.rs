//! C-MOVE and C-GET over loopback, against a provider that does what each test says.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use common::provider::{Provider, associate, memory, provider};
use common::{Book, CT, EXPLICIT, IMPLICIT, data_set};
use dicomwire_net::body::{Body, FileBody};
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::Interrupt;
use dicomwire_net::retrieve::{Fate, Request, Response, Retrieve, Tally, Way};
use dicomwire_net::session::Session;
use dicomwire_net::sink::{Directory, Discard, Duplicates, Implementation, Memory, Sink};
use dicomwire_proto::command::CommandSet;
use dicomwire_proto::{Phase, Settings, Timeouts};

const MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
const GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
/// The context of CT images in [`get_session`].
const CT_CONTEXT: u8 = 3;

fn move_session(address: SocketAddr) -> Session {
    let settings = Settings::default();
    associate(address, &[(MOVE, IMPLICIT)], settings, Interrupt::new())
}

fn get_session(address: SocketAddr) -> Session {
    let contexts = [(GET, IMPLICIT), (CT, EXPLICIT), (MR, EXPLICIT)];
    associate(address, &contexts, Settings::default(), Interrupt::new())
}

fn request(sop_class_uid: &str) -> Request {
    let identifier = b"\x08\0\x52\0\x06\0\0\0STUDY ";
    Request::new(1, sop_class_uid.to_owned(), 2, identifier)
}

fn start_move(session: Session) -> Retrieve {
    let destination = "DEST".to_owned();
    let way = Way::Move { destination };
    let started = Retrieve::start(session, request(MOVE), way);
    started.map_err(|unstarted| unstarted.error).unwrap()
}

fn start_get(session: Session, sink: Arc<dyn Sink>) -> Retrieve {
    let way = Way::Get {
        sink,
        receipt: None,
    };
    let started = Retrieve::start(session, request(GET), way);
    started.map_err(|unstarted| unstarted.error).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}

/// All responses to the final one.
fn to_the_end(retrieve: &mut Retrieve) -> Result<Vec<Response>, Error> {
    let mut responses = Vec::new();
    while !retrieve.control().is_over() {
        responses.extend(retrieve.next_response(soon())?);
    }
    Ok(responses)
}

fn fate(class: &str, instance: &str, status: u16, comment: Option<&str>, bytes: usize) -> Fate {
    Fate {
        sop_class_uid: class.to_owned(),
        sop_instance_uid: instance.to_owned(),
        status,
        comment: comment.map(str::to_owned),
        bytes: bytes as u64,
    }
}

fn directory(root: &std::path::Path) -> Arc<Directory> {
    let ours = Implementation {
        class_uid: "1.2.3".to_owned(),
        version_name: "TEST".to_owned(),
    };
    Arc::new(Directory::new(
        root.to_path_buf(),
        Duplicates::Replace,
        ours,
    ))
}

#[test]
fn a_move_tells_its_progress_and_what_failed_and_leaves_the_association() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        for _ in 0..2 {
            let message = provider.message()?;
            let request = *message.command;
            assert_eq!(request.move_destination.as_deref(), Some("DEST"));
            assert_eq!(request.priority, Some(2));
            assert!(message.data_set.ends_with(b"STUDY "));
            for done in 0..3 {
                provider.pending(&request, 3 - done, done)?;
            }
            let mut last = request.response_to(0xB000);
            last.number_of_failed_sub_operations = Some(1);
            last.error_comment = Some("one failed".to_owned());
            last.has_data_set = true;
            provider.send_with(1, &last, &mut memory(b"failed list "))?;
        }
        Ok(())
    }
    let (address, thread) = provider(1, script);
    let mut session = move_session(address);
    for _ in 0..2 {
        let mut retrieve = start_move(session);
        let responses = to_the_end(&mut retrieve).unwrap();
        let progress: Vec<_> = responses
            .iter()
            .map(|it| (it.status, it.remaining, it.completed, it.failed))
            .collect();
        assert_eq!(
            progress,
            [
                (0xFF00, Some(3), Some(0), Some(0)),
                (0xFF00, Some(2), Some(1), Some(0)),
                (0xFF00, Some(1), Some(2), Some(0)),
                (0xB000, None, None, Some(1)),
            ]
        );
        let last = responses.last().unwrap();
        assert_eq!(last.error_comment.as_deref(), Some("one failed"));
        assert_eq!(last.identifier.as_deref(), Some(b"failed list ".as_slice()));
        assert_eq!(retrieve.next_response(soon()).unwrap(), None);
        session = retrieve.into_session().unwrap();
    }
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn nothing_is_stored_in_a_move() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let answer = provider.store(CT_CONTEXT, CT, "1.2.1")?;
        assert_eq!(answer.status, Some(0x0211));
        provider.answer(&request, 0, &[])
    }
    let (address, thread) = provider(1, script);
    let contexts = [(MOVE, IMPLICIT), (CT, EXPLICIT)];
    let session = associate(address, &contexts, Settings::default(), Interrupt::new());
    let mut retrieve = start_move(session);
    assert_eq!(to_the_end(&mut retrieve).unwrap().len(), 1);
    let session = retrieve.into_session().unwrap();
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn a_get_stores_what_comes_byte_for_byte() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        for number in 0..3_u16 {
            let instance = format!("1.2.{number}");
            // Large enough to be spliced into its file.
            let bytes = data_set(&instance, 400_000 * usize::from(number));
            let answer = provider.store_body(CT_CONTEXT, CT, &instance, &mut memory(&bytes))?;
            assert_eq!(answer.status, Some(0));
            provider.pending(&request, 2 - number, number + 1)?;
        }
        provider.answer(&request, 0, &[])
    }
    let (address, thread) = provider(1, script);
    let to = tempfile::tempdir().unwrap();
    let mut retrieve = start_get(get_session(address), directory(to.path()));
    let control = retrieve.control();
    assert_eq!(to_the_end(&mut retrieve).unwrap().len(), 4);
    let mut total = 0;
    let mut fates = Vec::new();
    for number in 0..3 {
        let instance = format!("1.2.{number}");
        let sent = data_set(&instance, 400_000 * number);
        let file = std::fs::read(to.path().join(format!("{instance}.dcm"))).unwrap();
        assert!(file.ends_with(&sent), "{number}");
        // (0002,0016): the peer is the one that sends.
        let head = &file[..file.len() - sent.len()];
        assert!(head.windows(8).any(|it| it == b"PROVIDER"));
        total += sent.len();
        fates.push(fate(CT, &instance, 0, None, sent.len()));
    }
    assert_eq!(control.take_arrived(), fates);
    assert_eq!(control.take_arrived(), []);
    let bytes = total as u64;
    let expected = Tally {
        stored: 3,
        bytes,
        refused: 0,
    };
    assert_eq!(control.tally(), expected);
    let session = retrieve.into_session().unwrap();
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn what_was_not_asked_for_is_refused_and_counted() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let answer = provider.store(CT_CONTEXT, MR, "1.2.1")?;
        assert_eq!(answer.status, Some(0x0122));
        let message_id = provider.connection.next_message_id();
        provider.send(1, &CommandSet::c_echo_rq(message_id))?;
        assert_eq!(provider.request()?.status, Some(0x0211));
        let answer = provider.store(CT_CONTEXT, CT, "1.2.2")?;
        assert_eq!(answer.status, Some(0));
        provider.answer(&request, 0xB000, &[])
    }
    let (address, thread) = provider(1, script);
    let mut retrieve = start_get(get_session(address), Arc::new(Discard));
    let control = retrieve.control();
    to_the_end(&mut retrieve).unwrap();
    let why = "not the SOP class of its presentation context";
    let size = data_set("1.2.2", 5000).len();
    let fates = [
        fate(MR, "1.2.1", 0x0122, Some(why), 0),
        fate(CT, "1.2.2", 0, None, size),
    ];
    assert_eq!(control.take_arrived(), fates);
    assert_eq!((control.tally().stored, control.tally().refused), (1, 1));
    drop(retrieve);
    thread.join().unwrap();
}

/// What a receiver is told of comes from the same desk, with the same words.
#[test]
fn whoever_is_told_of_instances_may_refuse_them() {
    struct Picky(Book);
    impl dicomwire_net::desk::Receipt for Picky {
        fn received(
            &self,
            arrived: dicomwire_net::sink::Arrived,
        ) -> Result<u16, dicomwire_net::observer::HandlerFailed> {
            let file = arrived.file.clone().unwrap();
            assert!(file.ends_with(&data_set(&arrived.arriving.sop_instance_uid, 5000)));
            assert_eq!(arrived.arriving.calling_ae_title, "PROVIDER");
            self.0.received(arrived)?;
            Ok(0xA700)
        }
        fn refused(
            &self,
            arriving: &dicomwire_net::sink::Arriving,
            refusal: &dicomwire_net::sink::Refusal,
        ) {
            self.0.refused(arriving, refusal);
        }
    }
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let answer = provider.store(CT_CONTEXT, CT, "1.2.1")?;
        assert_eq!(answer.status, Some(0xA700));
        provider.answer(&request, 0xA702, &[])
    }
    let (address, thread) = provider(1, script);
    let ours = Implementation {
        class_uid: "1.2.3".to_owned(),
        version_name: "TEST".to_owned(),
    };
    let picky = Arc::new(Picky(Book::default()));
    let way = Way::Get {
        sink: Arc::new(Memory::new(1 << 20, ours)),
        receipt: Some(Arc::<Picky>::clone(&picky)),
    };
    let started = Retrieve::start(get_session(address), request(GET), way);
    let mut retrieve = started.map_err(|it| it.error).unwrap();
    to_the_end(&mut retrieve).unwrap();
    assert_eq!(*picky.0.received.lock().unwrap(), ["1.2.1"]);
    assert_eq!(retrieve.control().tally().refused, 1);
    drop(retrieve);
    thread.join().unwrap();
}

#[test]
fn a_cancel_goes_out_once_and_the_final_response_is_waited_for() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        for _ in 0..2 {
            let request = provider.request()?;
            provider.store(CT_CONTEXT, CT, "1.2.1")?;
            provider.pending(&request, 9, 1)?;
            // Nothing comes by itself from now on.
            let cancel = provider.request()?;
            assert!(cancel.is_cancel(), "{}", cancel.name());
            assert_eq!(cancel.message_id_being_responded_to, request.message_id);
            provider.store(CT_CONTEXT, CT, "1.2.2")?;
            provider.pending(&request, 8, 2)?;
            provider.answer(&request, 0xFE00, &[])?;
        }
        Ok(())
    }
    let (address, thread) = provider(1, script);
    let mut session = get_session(address);
    for _ in 0..2 {
        let mut retrieve = start_get(session, Arc::new(Discard));
        let control = retrieve.control();
        let mut responses = Vec::new();
        while responses.is_empty() {
            responses.extend(retrieve.next_response(soon()).unwrap());
        }
        let other = control.clone();
        let cancelling = thread::spawn(move || {
            other.cancel();
            other.cancel();
        });
        // Long enough that only the cancel can end the wait.
        let until = Instant::now() + Duration::from_secs(60);
        while !control.is_over() {
            responses.extend(retrieve.next_response(until).unwrap());
        }
        cancelling.join().unwrap();
        let statuses: Vec<_> = responses.iter().map(|it| it.status).collect();
        assert_eq!(statuses, [0xFF00, 0xFF00, 0xFE00]);
        assert_eq!(control.tally().stored, 2);
        session = retrieve.into_session().unwrap();
    }
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn an_abort_of_ours_ends_the_wait() {
    let (address, thread) = provider(1, silence);
    let mut retrieve = start_move(move_session(address));
    let control = retrieve.control();
    let aborting = thread::spawn(move || control.abort());
    let error = to_the_end(&mut retrieve).unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert!(retrieve.into_session().is_none());
    aborting.join().unwrap();
    thread.join().unwrap();
}

#[test]
fn an_abort_in_the_middle_of_an_instance_leaves_none() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.store(CT_CONTEXT, CT, "1.2.1")?;
        provider.pending(&request, 1, 1)?;
        // A body that breaks off: a file shorter than was said.
        let message_id = provider.connection.next_message_id();
        let command = CommandSet::c_store_rq(message_id, CT, "1.2.2", 0_u16);
        let file = tempfile::tempfile().unwrap();
        file.set_len(300_000).unwrap();
        let mut body = Body::File(FileBody::new(file, 0, 600_000, Vec::new(), 0));
        provider.send_with(CT_CONTEXT, &command, &mut body)
    }
    let (address, thread) = provider(1, script);
    let to = tempfile::tempdir().unwrap();
    let mut retrieve = start_get(get_session(address), directory(to.path()));
    let control = retrieve.control();
    let error = to_the_end(&mut retrieve).unwrap_err();
    assert!(
        matches!(error, Error::Aborted { .. } | Error::Lost { .. }),
        "{error}"
    );
    assert!(control.is_over());
    drop(retrieve);
    let names: Vec<_> = std::fs::read_dir(to.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["1.2.1.dcm"]);
    assert_eq!(control.take_arrived().len(), 1);
    thread.join().unwrap();
}

#[test]
fn a_final_response_is_heard_even_if_an_abort_follows_at_once() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.pending(&request, 0, 1)?;
        provider.answer(&request, 0, &[])?;
        Err(Error::Interrupted)
    }
    let (address, thread) = provider(1, script);
    let mut retrieve = start_move(move_session(address));
    // All of it is there before the first look.
    thread.join().unwrap();
    let responses = to_the_end(&mut retrieve).unwrap();
    assert_eq!(responses.len(), 2);
    let session = retrieve.into_session();
    assert!(session.is_none_or(|mut session| !session.is_alive()));
}

fn impatient_session(address: SocketAddr) -> Session {
    let settings = Settings {
        timeouts: Timeouts {
            dimse: Some(Duration::from_secs(1)),
            ..Timeouts::default()
        },
        ..Settings::default()
    };
    associate(address, &[(MOVE, IMPLICIT)], settings, Interrupt::new())
}

/// The request is taken, and then nothing is said until the association is aborted.
fn silence(provider: &mut Provider) -> Result<(), Error> {
    provider.request()?;
    let error = provider.request().unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    Err(error)
}

#[test]
fn a_silent_peer_is_a_time_out() {
    let (address, thread) = provider(1, silence);
    let mut retrieve = start_move(impatient_session(address));
    let until = Instant::now() + Duration::from_secs(60);
    let error = retrieve.next_response(until).unwrap_err();
    let phase = Phase::Dimse;
    assert!(
        matches!(&error, Error::Timeout { phase: found, .. } if *found == phase),
        "{error}"
    );
    thread.join().unwrap();
}

#[test]
fn a_silent_peer_that_was_seen_at_work_is_waited_for() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        thread::sleep(Duration::from_secs(3));
        provider.answer(&request, 0, &[])
    }
    let (address, thread) = provider(1, script);
    let mut retrieve = start_move(impatient_session(address));
    let control = retrieve.control();
    let watching = thread::spawn(move || {
        while !control.is_over() {
            control.touch();
            thread::sleep(Duration::from_millis(50));
        }
    });
    let until = Instant::now() + Duration::from_secs(60);
    let response = retrieve.next_response(until).unwrap().unwrap();
    assert_eq!(response.status, 0);
    drop(retrieve);
    watching.join().unwrap();
    thread.join().unwrap();
}

#[test]
fn an_endless_identifier_is_not_kept() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let mut last = request.response_to(0xB000);
        last.has_data_set = true;
        let length = (64 << 20) + 2;
        let file = tempfile::tempfile().unwrap();
        file.set_len(length).unwrap();
        let mut body = Body::File(FileBody::new(file, 0, length, Vec::new(), 0));
        provider.send_with(1, &last, &mut body)
    }
    let (address, thread) = provider(1, script);
    let mut retrieve = start_move(move_session(address));
    let error = to_the_end(&mut retrieve).unwrap_err();
    assert!(matches!(error, Error::DataSetTooLong { .. }), "{error}");
    thread.join().unwrap();
}

#[test]
fn a_request_that_cannot_be_sent_costs_no_association() {
    let (address, thread) = provider(1, |_| Ok(()));
    let destination = "DEST".to_owned();
    let mut request = request(MOVE);
    request.context_id = 77;
    let unstarted = Retrieve::start(move_session(address), request, Way::Move { destination });
    let unstarted = unstarted.err().unwrap();
    assert!(matches!(unstarted.error, Error::Local(_)));
    let session = unstarted.session.unwrap();
    session.into_connection().release().unwrap();
    thread.join().unwrap();
}

#[test]
fn one_that_nobody_wants_any_more_is_aborted() {
    let (address, thread) = provider(1, silence);
    drop(start_move(move_session(address)));
    thread.join().unwrap();
}
