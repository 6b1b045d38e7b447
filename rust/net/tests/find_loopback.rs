//! C-FIND over loopback, against a provider that does what each test says.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use dicomwire_net::body::{Body, MemoryBody};
use dicomwire_net::connection::Connection;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::lifecycle::Endpoint;
use dicomwire_net::message::Inbox;
use dicomwire_net::observer::Unobserved;
use dicomwire_net::plan::Plan;
use dicomwire_net::query::fan_out::{Failure, FanOut};
use dicomwire_net::query::{Appetite, Flaw, Query, Question};
use dicomwire_net::session::Session;
use dicomwire_proto::command::CommandSet;
use dicomwire_proto::{
    APPLICATION_CONTEXT, AcceptPolicy, AssociateRq, ProposedContext, Settings, UserInformation,
};

const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const AT_ONCE: Appetite = Appetite {
    linger: Duration::ZERO,
    bytes: 4096,
};

/// The provider's side of one association.
struct Provider {
    connection: Connection,
    inbox: Inbox,
}

impl Provider {
    fn request(&mut self) -> Result<CommandSet, Error> {
        let message = self.connection.next_message(&mut self.inbox)?;
        Ok(*message.command)
    }

    fn answer(
        &mut self,
        request: &CommandSet,
        status: u16,
        identifier: &[u8],
    ) -> Result<(), Error> {
        let mut response = request.response_to(status);
        response.has_data_set = !identifier.is_empty();
        let mut body = match identifier {
            [] => Body::Empty,
            bytes => Body::Memory(MemoryBody::new(Bytes::copy_from_slice(bytes))),
        };
        self.connection
            .send(1, &response, &mut body, &mut self.inbox)
    }
}

/// Plays `script` on each of `count` associations, one after the other or at once, each on a thread.
fn provider(
    count: usize,
    script: fn(&mut Provider) -> Result<(), Error>,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let serving: Vec<_> = (0..count)
            .map(|_| {
                let (stream, _) = listener.accept().unwrap();
                thread::spawn(move || serve(stream, script))
            })
            .collect();
        for one in serving {
            one.join().unwrap();
        }
    });
    (address, thread)
}

fn serve(stream: std::net::TcpStream, script: fn(&mut Provider) -> Result<(), Error>) {
    stream.set_nonblocking(true).unwrap();
    let policy = AcceptPolicy {
        implementation_class_uid: "1.2.3".to_owned(),
        ..AcceptPolicy::default()
    };
    let mut provider = Provider {
        connection: Connection::accept(
            mio::net::TcpStream::from_std(stream),
            "test".to_owned(),
            &|request| policy.decide(request),
            Settings::default(),
            Box::new(Unobserved),
            Interrupt::new(),
        )
        .unwrap(),
        inbox: Inbox::new(1 << 20),
    };
    match script(&mut provider) {
        // The end of the association: whatever the other side does now is its business.
        Ok(()) => drop(provider.request()),
        Err(error) => drop(provider.connection.fail(error)),
    }
}

fn session(address: SocketAddr, interrupt: Interrupt) -> Session {
    let endpoint = Endpoint {
        name: "PROVIDER".to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        connect_timeout: Some(Duration::from_secs(5)),
    };
    let contexts = vec![ProposedContext {
        id: 1,
        abstract_syntax: FIND.to_owned(),
        transfer_syntaxes: vec![IMPLICIT.to_owned()],
    }];
    let request = AssociateRq {
        protocol_version: 1,
        called_ae_title: "PROVIDER".to_owned(),
        calling_ae_title: "US".to_owned(),
        application_context: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: contexts.clone(),
        user_information: UserInformation {
            implementation_class_uid: "1.2.3".to_owned(),
            ..UserInformation::default()
        },
    };
    let settings = Settings {
        max_pdu_length: 16384,
        ..Settings::default()
    };
    let connection = Connection::open(
        &endpoint,
        request,
        settings,
        Box::new(Unobserved),
        interrupt,
    );
    Session::new(connection.unwrap(), Plan::from_contexts(contexts))
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
        provider
            .connection
            .send(1, &last, &mut Body::Empty, &mut provider.inbox)
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
    let error = all(&mut query).unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    thread.join().unwrap();
}

#[test]
fn many_queries_keep_their_order_over_several_associations() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        loop {
            let message = provider.connection.next_message(&mut provider.inbox)?;
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
    let fan_out = FanOut::start(sessions, question(), observers, interrupt).unwrap();
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
    let fan_out = FanOut::start(sessions, question(), observers, interrupt).unwrap();
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
