//! N-services over loopback: event reports before, during and between the operations of one association, and
//! those of peers that call a listener.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::provider::{Provider, associate, memory, provider};
use common::{Book, CT, IMPLICIT};
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::listener::{Listener, ListenerOptions};
use dicomwire_net::message::{Inbox, Message};
use dicomwire_net::observer::{HandlerFailed, Unobserved};
use dicomwire_net::reports::{Reply, Report, Reports};
use dicomwire_net::session::Session;
use dicomwire_net::sink::Nowhere;
use dicomwire_proto::command::{CommandSet, command_field};
use dicomwire_proto::{AcceptPolicy, Phase, Settings, SyntaxFilter, Timeouts};

const PROCEDURE_STEP: &str = "1.2.840.10008.3.1.2.3.3";
const VERIFICATION: &str = "1.2.840.10008.1.1";
const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const LIMIT: usize = 4096;
/// Patient ID "AB" in implicit VR.
const DATA_SET: &[u8] = b"\x10\0\x20\0\x02\0\0\0AB";

/// Keeps the reports and answers them with a status, and the data set they came with.
#[derive(Default)]
struct Desk {
    status: u16,
    taken: Mutex<Vec<Report>>,
}

impl Reports for Desk {
    fn reported(&self, report: Report) -> Result<Reply, HandlerFailed> {
        let data_set = report.data_set.clone();
        self.taken.lock().unwrap().push(report);
        Ok(Reply {
            status: self.status,
            data_set,
        })
    }
}

impl Desk {
    fn instances(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.iter().map(|it| it.sop_instance_uid.clone()).collect()
    }
}

/// Answers no report, since its handler fails.
struct Broken;

impl Reports for Broken {
    fn reported(&self, _report: Report) -> Result<Reply, HandlerFailed> {
        Err(HandlerFailed)
    }
}

fn session(address: SocketAddr, interrupt: Interrupt) -> Session {
    let timeouts = Timeouts {
        dimse: Some(Duration::from_millis(300)),
        ..Timeouts::default()
    };
    let settings = Settings {
        timeouts,
        ..Settings::default()
    };
    associate(address, &[(PROCEDURE_STEP, IMPLICIT)], settings, interrupt)
}

/// Has the peer delete an instance.
fn delete(session: &mut Session, instance: &str, reports: &dyn Reports) -> Result<u16, Error> {
    let message_id = session.connection().next_message_id();
    let command = CommandSet::n_delete_rq(message_id, PROCEDURE_STEP, instance);
    let answer = session.operate(1, &command, None, LIMIT, reports)?;
    Ok(answer.command.status.unwrap())
}

/// Sends a report without waiting for the answer.
fn report(provider: &mut Provider, instance: &str, data_set: &[u8]) -> Result<(), Error> {
    let message_id = provider.connection.next_message_id();
    let command = CommandSet::n_event_report_rq(message_id, PROCEDURE_STEP, instance, 2, true);
    provider.send_with(1, &command, &mut memory(data_set))
}

fn assert_reply(reply: &Message, instance: &str, status: u16) {
    assert_eq!(
        reply.command.command_field,
        command_field::N_EVENT_REPORT_RSP
    );
    assert_eq!(reply.command.status, Some(status));
    assert_eq!(reply.command.event_type_id, Some(2));
    assert_eq!(
        reply.command.affected_sop_instance_uid.as_deref(),
        Some(instance)
    );
    assert_eq!(reply.data_set, DATA_SET);
}

fn later(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[test]
fn a_report_before_the_answer_is_answered_first() {
    let (address, thread) = provider(1, |provider| {
        let request = provider.request()?;
        report(provider, "1.2.1", DATA_SET)?;
        assert_reply(&provider.message()?, "1.2.1", 0x0116);
        provider.answer(&request, 0x0112, b"")
    });
    let desk = Desk {
        status: 0x0116,
        ..Desk::default()
    };
    let mut session = session(address, Interrupt::new());
    assert_eq!(delete(&mut session, "1.2.3", &desk).unwrap(), 0x0112);
    let taken = desk.taken.lock().unwrap();
    assert_eq!(
        *taken,
        [Report {
            transfer_syntax_uid: IMPLICIT.to_owned(),
            sop_class_uid: PROCEDURE_STEP.to_owned(),
            sop_instance_uid: "1.2.1".to_owned(),
            event_type_id: 2,
            data_set: Some(DATA_SET.to_vec()),
            ae_title: "PROVIDER".to_owned(),
            peer: "PROVIDER".to_owned(),
        }]
    );
    drop(session);
    thread.join().unwrap();
}

#[test]
fn reports_between_operations_do_not_end_the_association() {
    let (sent, is_sent) = channel();
    let (address, thread) = provider(1, move |provider| {
        let request = provider.request()?;
        provider.answer(&request, 0, b"")?;
        report(provider, "1.2.1", DATA_SET)?;
        sent.send(()).unwrap();
        assert_reply(&provider.message()?, "1.2.1", 0);
        let request = provider.request()?;
        provider.answer(&request, 0, b"")
    });
    let desk = Desk::default();
    let mut session = session(address, Interrupt::new());
    assert_eq!(delete(&mut session, "1.2.3", &desk).unwrap(), 0);
    is_sent.recv().unwrap();
    // The look that decides whether a kept association is used again finds what was reported.
    assert!(session.is_alive());
    assert!(desk.instances().is_empty());
    assert_eq!(delete(&mut session, "1.2.4", &desk).unwrap(), 0);
    assert_eq!(desk.instances(), ["1.2.1"]);
    drop(session);
    thread.join().unwrap();
}

#[test]
fn one_waits_for_a_report_and_no_longer_than_told() {
    let (go, may_go) = channel::<()>();
    let may_go = Arc::new(Mutex::new(may_go));
    let (address, thread) = provider(1, move |provider| {
        may_go.lock().unwrap().recv().unwrap();
        report(provider, "1.2.1", DATA_SET)?;
        assert_reply(&provider.message()?, "1.2.1", 0);
        Ok(())
    });
    let desk = Desk::default();
    let interrupt = Interrupt::new();
    let mut session = session(address, interrupt.clone());
    let soon = Instant::now() + Duration::from_millis(20);
    assert!(!session.await_report(soon, LIMIT, &desk).unwrap());

    let canceller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        interrupt.raise(Level::Cancel);
    });
    assert!(!session.await_report(later(60), LIMIT, &desk).unwrap());
    canceller.join().unwrap();

    go.send(()).unwrap();
    assert!(session.await_report(later(60), LIMIT, &desk).unwrap());
    assert_eq!(desk.instances(), ["1.2.1"]);
    drop(session);
    thread.join().unwrap();
}

#[test]
fn a_handler_that_fails_ends_the_association() {
    let (address, thread) = provider(1, |provider| {
        provider.request()?;
        report(provider, "1.2.1", DATA_SET)?;
        assert!(matches!(
            provider.message(),
            Err(Error::Aborted { origin: 0, .. })
        ));
        Ok(())
    });
    let mut session = session(address, Interrupt::new());
    let error = delete(&mut session, "1.2.3", &Broken).unwrap_err();
    assert!(matches!(error, Error::Handler), "{error}");
    session.into_connection().abort();
    thread.join().unwrap();
}

#[test]
fn other_requests_of_the_peer_are_refused() {
    let (address, thread) = provider(1, |provider| {
        let request = provider.request()?;
        provider.send(1, &CommandSet::n_delete_rq(7, PROCEDURE_STEP, "1.2"))?;
        assert_eq!(provider.request()?.status, Some(0x0211));
        // A report that does not say of what.
        let mut command = CommandSet::n_event_report_rq(8, PROCEDURE_STEP, "1.2", 1, false);
        command.event_type_id = None;
        provider.send(1, &command)?;
        assert_eq!(provider.request()?.status, Some(0x0212));
        provider.send(1, &CommandSet::c_cancel_rq(9))?;
        provider.answer(&request, 0, DATA_SET)
    });
    let desk = Desk::default();
    let mut session = session(address, Interrupt::new());
    let message_id = session.connection().next_message_id();
    let command = CommandSet::n_create_rq(message_id, PROCEDURE_STEP, None, true);
    let data_set = Some(Bytes::from_static(DATA_SET));
    let answer = session.operate(1, &command, data_set, LIMIT, &desk);
    assert_eq!(answer.unwrap().data_set, DATA_SET);
    assert!(desk.instances().is_empty());
    drop(session);
    thread.join().unwrap();
}

#[test]
fn what_the_peer_says_at_once_is_bounded() {
    let too_long = vec![0; LIMIT + 2];
    let (address, thread) = provider(1, move |provider| {
        provider.request()?;
        report(provider, "1.2.1", &too_long)
    });
    let mut session = session(address, Interrupt::new());
    let error = delete(&mut session, "1.2.3", &Desk::default()).unwrap_err();
    assert!(error.to_string().contains("4096 bytes"), "{error}");
    session.into_connection().abort();
    thread.join().unwrap();
}

#[test]
fn a_peer_that_does_not_answer_is_not_waited_for_for_ever() {
    let (address, thread) = provider(1, |provider| {
        provider.request()?;
        Ok(())
    });
    let mut session = session(address, Interrupt::new());
    let error = delete(&mut session, "1.2.3", &Desk::default()).unwrap_err();
    let is_timeout = matches!(
        error,
        Error::Timeout {
            phase: Phase::Dimse,
            ..
        }
    );
    assert!(is_timeout, "{error}");
    session.into_connection().abort();
    thread.join().unwrap();
}

#[test]
fn requests_without_end_do_not_prolong_the_wait_for_a_report() {
    let (address, thread) = provider(1, |provider| {
        for number in 1..=1000 {
            provider.send(1, &CommandSet::n_delete_rq(number, PROCEDURE_STEP, "1.2"))?;
        }
        Ok(())
    });
    let mut session = session(address, Interrupt::new());
    let past = Instant::now();
    assert!(!session.await_report(past, LIMIT, &Desk::default()).unwrap());
    session.into_connection().abort();
    thread.join().unwrap();
}

/// A listener for reports alone.
fn listener(desk: Arc<Desk>) -> Listener {
    let policy = AcceptPolicy {
        abstract_syntaxes: SyntaxFilter::only([COMMITMENT, VERIFICATION]),
        scp_roles: SyntaxFilter::only([COMMITMENT]),
        implementation_class_uid: "1.2.3".to_owned(),
        ..AcceptPolicy::default()
    };
    Listener::start(ListenerOptions {
        address: "127.0.0.1:0".parse().unwrap(),
        policy,
        settings: Settings::default(),
        max_associations: 8,
        sink: Arc::new(Nowhere("instances are not taken here")),
        receipt: Arc::new(Book::default()),
        reports: Some((desk, LIMIT)),
        observers: Arc::new(|| Box::new(Unobserved)),
        ended: Arc::new(|_| {}),
    })
    .unwrap()
}

/// Sends one request to the listener and takes its answer.
fn ask(session: &mut Session, command: &CommandSet, data_set: &[u8]) -> Result<Message, Error> {
    let mut inbox = Inbox::new(LIMIT);
    let connection = session.connection();
    let mut body = memory(data_set);
    if data_set.is_empty() {
        body = dicomwire_net::body::Body::Empty;
    }
    connection.send(1, command, &mut body, &mut inbox)?;
    connection.next_message(&mut inbox)
}

#[test]
fn a_listener_answers_reports_and_takes_no_instances() {
    let desk = Arc::new(Desk::default());
    let mut listener = listener(Arc::clone(&desk));
    let contexts = [(COMMITMENT, IMPLICIT)];
    let mut session = associate(
        listener.address(),
        &contexts,
        Settings::default(),
        Interrupt::new(),
    );
    let command = CommandSet::n_event_report_rq(1, COMMITMENT, "1.2.1", 2, true);
    let reply = ask(&mut session, &command, DATA_SET).unwrap();
    assert_reply(&reply, "1.2.1", 0);
    let command = CommandSet::n_event_report_rq(2, COMMITMENT, "1.2.2", 2, false);
    let reply = ask(&mut session, &command, b"").unwrap();
    assert_eq!((reply.command.status, reply.data_set.len()), (Some(0), 0));
    let command = CommandSet::c_store_rq(3, CT, "1.2.3", 0_u16);
    let reply = ask(&mut session, &command, DATA_SET).unwrap();
    assert_eq!(reply.command.status, Some(0x0211));
    assert_eq!(desk.instances(), ["1.2.1", "1.2.2"]);
    assert_eq!(desk.taken.lock().unwrap()[0].ae_title, "US");

    let command = CommandSet::n_event_report_rq(4, COMMITMENT, "1.2.4", 2, true);
    let outcome = ask(&mut session, &command, &vec![0; LIMIT + 2]);
    assert!(matches!(outcome, Err(Error::Aborted { .. })));
    listener.stop(Duration::from_secs(5));
}

#[test]
fn reports_are_taken_of_the_classes_that_report_and_no_others() {
    let desk = Arc::new(Desk::default());
    let mut listener = listener(Arc::clone(&desk));
    let contexts = [(VERIFICATION, IMPLICIT)];
    let mut session = associate(
        listener.address(),
        &contexts,
        Settings::default(),
        Interrupt::new(),
    );
    for (message_id, data_set) in [(1, DATA_SET), (2, b"")] {
        let has_data_set = !data_set.is_empty();
        let command =
            CommandSet::n_event_report_rq(message_id, VERIFICATION, "1.2.1", 2, has_data_set);
        let reply = ask(&mut session, &command, data_set).unwrap();
        assert_eq!(reply.command.status, Some(0x0211));
    }
    assert!(desk.instances().is_empty());
    drop(session);
    listener.stop(Duration::from_secs(5));
}
