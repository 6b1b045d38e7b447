//! C-GET from one peer, C-STORE to another, and nothing kept between them.
#![allow(
    clippy::unwrap_used,
    reason = "a test that fails here is a failed test"
)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::provider::{Provider, associate, memory, provider};
use common::{CT, EXPLICIT, IMPLICIT, data_set, receiver};
use dicomwire_net::body::{Body, FileBody};
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::relay::Relay;
use dicomwire_net::retrieve::{Request, Response, Retrieve, Way};
use dicomwire_net::session::Session;
use dicomwire_net::sink::{Directory, Discard, Duplicates, Implementation};
use dicomwire_proto::Settings;
use dicomwire_proto::command::CommandSet;

const GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
/// The contexts of the source.
const CT_CONTEXT: u8 = 3;
const MR_CONTEXT: u8 = 5;

/// A C-GET at `source` whose instances go to `destination`.
struct Passing {
    retrieve: Retrieve,
    relay: Arc<Relay>,
    source: Interrupt,
}

impl Passing {
    fn start(source: SocketAddr, destination: SocketAddr) -> Self {
        Self::start_with(
            (source, Settings::default()),
            (destination, Settings::default()),
        )
    }

    fn start_with(source: (SocketAddr, Settings), destination: (SocketAddr, Settings)) -> Self {
        let (address, settings) = destination;
        let destination = associate(address, &[(CT, EXPLICIT)], settings, Interrupt::new());
        let contexts = [(GET, IMPLICIT), (CT, EXPLICIT), (MR, EXPLICIT)];
        let interrupt = Interrupt::new();
        let (address, settings) = source;
        let session = associate(address, &contexts, settings, interrupt.clone());
        let relay = Relay::start(destination, interrupt.clone(), Box::new(|| {})).unwrap();
        let relay = Arc::new(relay);
        let way = Way::Get {
            sink: Arc::<Relay>::clone(&relay),
            receipt: None,
        };
        let request = Request::new(1, GET.to_owned(), 0, b"\x08\0\x52\0\x06\0\0\0STUDY ");
        let retrieve = Retrieve::start(session, request, way);
        Self {
            retrieve: retrieve.map_err(|it| it.error).unwrap(),
            relay,
            source: interrupt,
        }
    }

    fn run(&mut self) -> Result<Vec<Response>, Error> {
        let mut responses = Vec::new();
        while !self.retrieve.control().is_over() {
            let soon = Instant::now() + Duration::from_millis(50);
            responses.extend(self.retrieve.next_response(soon)?);
        }
        Ok(responses)
    }

    /// (instance, status, comment) of all that came.
    fn fates(&self) -> Vec<(String, u16, String)> {
        let fates = self.retrieve.control().take_arrived().into_iter();
        fates
            .map(|fate| {
                let comment = fate.comment.unwrap_or_default();
                (fate.sop_instance_uid, fate.status, comment)
            })
            .collect()
    }

    /// Ends both; the association with the destination, if there is one left.
    fn finish(self) -> Option<Session> {
        drop(self.retrieve);
        self.relay.finish()
    }
}

fn of(instance: &str, status: u16, comment: &str) -> (String, u16, String) {
    (instance.to_owned(), status, comment.to_owned())
}

#[test]
fn instances_arrive_byte_for_byte_and_both_associations_can_be_used_again() {
    const SIZES: [usize; 6] = [0, 2, 16_000, 131_072, 262_144, 3_000_000];
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        for (number, size) in SIZES.iter().enumerate() {
            let instance = format!("1.2.{number}");
            let mut body = memory(&data_set(&instance, *size));
            let answer = provider.store_body(CT_CONTEXT, CT, &instance, &mut body)?;
            assert_eq!((answer.status, answer.error_comment), (Some(0), None));
        }
        // Not a byte of data set.
        let answer = provider.store_body(CT_CONTEXT, CT, "1.2.99", &mut memory(&[]))?;
        assert_eq!(answer.status, Some(0));
        provider.answer(&request, 0, &[])
    }
    for max_pdu_length in [0, 4096, 16384, 524_288] {
        let to = tempfile::tempdir().unwrap();
        let ours = Implementation {
            class_uid: "1.2.3".to_owned(),
            version_name: "TEST".to_owned(),
        };
        let sink = Arc::new(Directory::new(
            to.path().to_path_buf(),
            Duplicates::Replace,
            ours,
        ));
        let (listener, book) = receiver(sink, max_pdu_length, &[EXPLICIT]);
        let (address, thread) = provider(1, script);
        let mut passing = Passing::start(address, listener.address());
        passing.run().unwrap();
        assert_eq!(passing.retrieve.control().tally().stored, 7);
        for (number, size) in SIZES.iter().enumerate() {
            let instance = format!("1.2.{number}");
            let file = std::fs::read(to.path().join(format!("{instance}.dcm"))).unwrap();
            assert!(file.ends_with(&data_set(&instance, *size)), "{size}");
        }
        assert_eq!(book.received.lock().unwrap().len(), 7);
        let relay = Arc::clone(&passing.relay);
        let source = passing.retrieve.into_session().unwrap();
        let mut destination = relay.finish().unwrap();
        assert!(destination.is_alive());
        destination.into_connection().release().unwrap();
        source.into_connection().release().unwrap();
        thread.join().unwrap();
    }
}

/// Answers each C-STORE-RQ by what its instance UID ends with.
fn by_name(provider: &mut Provider) -> Result<(), Error> {
    loop {
        let request = provider.request()?;
        assert_eq!(request.move_originator_ae_title, None);
        let instance = request.affected_sop_instance_uid.clone();
        let mut answer = request.response_to(match instance.as_deref() {
            Some("1.2.1") => 0xB007,
            Some("1.2.2") => 0xA900,
            Some("1.2.3") => 0xC123,
            _ => 0,
        });
        if instance.as_deref() != Some("1.2.3") {
            answer.error_comment = Some("as the destination says".to_owned());
        }
        provider.send(1, &answer)?;
    }
}

#[test]
fn the_source_is_told_what_the_destination_says() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let mut told = Vec::new();
        for number in 0..4 {
            let answer = provider.store(CT_CONTEXT, CT, &format!("1.2.{number}"))?;
            told.push((answer.status.unwrap(), answer.error_comment));
        }
        let says = Some("as the destination says".to_owned());
        assert_eq!(told[1], (0xB007, says.clone()));
        assert_eq!(told[2], (0xA900, says));
        assert_eq!(told[3].0, 0xC123);
        // There is no context for this one: its bytes are not even offered.
        let answer = provider.store(MR_CONTEXT, MR, "1.2.8")?;
        assert_eq!(answer.status, Some(0x0122));
        provider.answer(&request, 0xB000, &[])
    }
    let (destination, destination_thread) = provider(1, by_name);
    let (address, thread) = provider(1, script);
    let mut passing = Passing::start(address, destination);
    passing.run().unwrap();
    let says = "as the destination says";
    let expected = [
        of("1.2.0", 0, ""),
        of("1.2.1", 0xB007, says),
        of("1.2.2", 0xA900, says),
        of("1.2.3", 0xC123, "PROVIDER answered with status 0xC123"),
        of("1.2.8", 0x0122, "no presentation context at PROVIDER"),
    ];
    assert_eq!(passing.fates(), expected);
    let tally = passing.retrieve.control().tally();
    assert_eq!((tally.stored, tally.refused), (2, 3));
    passing
        .finish()
        .unwrap()
        .into_connection()
        .release()
        .unwrap();
    thread.join().unwrap();
    destination_thread.join().unwrap();
}

#[test]
fn when_the_destination_is_lost_the_rest_is_refused_and_the_get_goes_on() {
    fn dies(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        provider.send(1, &request.response_to(0))?;
        // In the middle of the second one, which is larger than all that can wait on the way.
        provider
            .connection
            .receive_until(&mut Choosy, |_| false)
            .map(|_| ())
    }
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        assert_eq!(provider.store(CT_CONTEXT, CT, "1.2.1")?.status, Some(0));
        let mut body = sparse(40 << 20);
        let answer = provider.store_body(CT_CONTEXT, CT, "1.2.2", &mut body)?;
        assert_eq!(answer.status, Some(0xA700));
        assert!(answer.error_comment.unwrap().starts_with("not passed on"));
        for _ in 0..3 {
            let answer = provider.store(CT_CONTEXT, CT, "1.2.3")?;
            assert_eq!(answer.status, Some(0xA700));
        }
        provider.answer(&request, 0xA702, &[])
    }
    let (destination, destination_thread) = provider(1, dies);
    let (address, thread) = provider(1, script);
    let mut passing = Passing::start(address, destination);
    let responses = passing.run().unwrap();
    assert_eq!(responses.last().unwrap().status, 0xA702);
    let fates = passing.fates();
    assert_eq!(fates.len(), 5);
    assert_eq!(fates[0], of("1.2.1", 0, ""));
    for (_, status, comment) in &fates[1..] {
        assert_eq!(*status, 0xA700);
        assert!(comment.starts_with("not passed on: PROVIDER "), "{comment}");
    }
    assert!(passing.finish().is_none());
    thread.join().unwrap();
    destination_thread.join().unwrap();
}

/// Takes no instance.
struct Choosy;

impl dicomwire_net::connection::Incoming for Choosy {
    fn command(&mut self, _: u8, _: Box<CommandSet>) -> Result<(), Error> {
        Ok(())
    }
    fn body(&mut self, _: &[u8]) -> Result<(), Error> {
        Err(Error::Interrupted)
    }
    fn body_end(&mut self, _: u8) -> Result<(), Error> {
        Ok(())
    }
}

fn sparse(length: u64) -> Body {
    let file = tempfile::tempfile().unwrap();
    file.set_len(length).unwrap();
    Body::File(FileBody::new(file, 0, length, Vec::new(), 0))
}

#[test]
fn when_the_source_is_lost_the_destination_gets_no_half_instance() {
    fn script(provider: &mut Provider) -> Result<(), Error> {
        provider.request()?;
        provider.store(CT_CONTEXT, CT, "1.2.1")?;
        let message_id = provider.connection.next_message_id();
        let command = CommandSet::c_store_rq(message_id, CT, "1.2.2", 0_u16);
        let file = tempfile::tempfile().unwrap();
        file.set_len(3 << 20).unwrap();
        // The file ends before the body does: the association ends in the middle.
        let mut body = Body::File(FileBody::new(file, 0, 6 << 20, Vec::new(), 0));
        provider.send_with(CT_CONTEXT, &command, &mut body)
    }
    let (listener, book) = receiver(Arc::new(Discard), 16384, &[EXPLICIT]);
    let (address, thread) = provider(1, script);
    let mut passing = Passing::start(address, listener.address());
    let error = passing.run().unwrap_err();
    assert!(
        matches!(error, Error::Aborted { .. } | Error::Lost { .. }),
        "{error}"
    );
    assert_eq!(passing.fates(), [of("1.2.1", 0, "")]);
    assert!(passing.finish().is_none(), "it was aborted");
    thread.join().unwrap();
    while listener.serving() > 0 {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(*book.received.lock().unwrap(), ["1.2.1"]);
}

#[test]
fn an_abort_of_ours_does_not_wait_for_a_destination_that_says_nothing() {
    let (heard, hears) = mpsc::channel();
    let silent = move |provider: &mut Provider| {
        provider.request()?;
        heard.send(()).unwrap();
        let error = provider.request().unwrap_err();
        assert!(matches!(error, Error::Aborted { .. }), "{error}");
        Err(error)
    };
    fn script(provider: &mut Provider) -> Result<(), Error> {
        provider.request()?;
        let error = provider.store(CT_CONTEXT, CT, "1.2.1").unwrap_err();
        assert!(matches!(error, Error::Aborted { .. }), "{error}");
        Err(error)
    }
    let (destination, destination_thread) = provider(1, silent);
    let (address, thread) = provider(1, script);
    let mut passing = Passing::start(address, destination);
    let source = passing.source.clone();
    let aborting = thread::spawn(move || {
        hears.recv().unwrap();
        source.raise(Level::Abort);
    });
    let error = passing.run().unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert!(passing.finish().is_none());
    aborting.join().unwrap();
    thread.join().unwrap();
    destination_thread.join().unwrap();
}

/// Half a gigabyte to a destination that is slower than the source.
#[test]
fn little_waits_between_the_two_however_large_the_instance() {
    const LENGTH: u64 = 500 << 20;
    struct Slow(Arc<AtomicUsize>);
    impl dicomwire_net::sink::Sink for Slow {
        fn begin(
            &self,
            _: &dicomwire_net::sink::Arriving,
        ) -> Result<Box<dyn dicomwire_net::sink::Writer>, dicomwire_net::sink::Refusal> {
            Ok(Box::new(Self(Arc::clone(&self.0))))
        }
    }
    impl dicomwire_net::sink::Writer for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            let before = self.0.fetch_add(bytes.len(), Ordering::Relaxed);
            // A pause now and then fills all that can be filled.
            if before % (64 << 20) < bytes.len() {
                thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
        fn finish(
            self: Box<Self>,
        ) -> Result<dicomwire_net::sink::Stored, dicomwire_net::sink::Refusal> {
            Ok(dicomwire_net::sink::Stored::default())
        }
    }
    fn script(provider: &mut Provider) -> Result<(), Error> {
        let request = provider.request()?;
        let answer = provider.store_body(CT_CONTEXT, CT, "1.2.1", &mut sparse(LENGTH))?;
        assert_eq!(answer.status, Some(0));
        provider.answer(&request, 0, &[])
    }
    let arrived = Arc::new(AtomicUsize::new(0));
    let slow = Arc::new(Slow(Arc::clone(&arrived)));
    let (listener, _) = receiver(slow, 131_072, &[EXPLICIT]);
    let (address, thread) = provider(1, script);
    let mut passing = Passing::start(address, listener.address());
    passing.run().unwrap();
    assert_eq!(arrived.load(Ordering::Relaxed) as u64, LENGTH);
    assert_eq!(passing.retrieve.control().tally().bytes, LENGTH);
    let peak = passing.relay.peak();
    assert!(peak <= 1 << 20, "{peak} bytes waited");
    assert!(peak > 0);
    drop(passing.finish());
    thread.join().unwrap();
}

fn impatient() -> Settings {
    let mut settings = Settings::default();
    settings.timeouts.dimse = Some(Duration::from_millis(300));
    settings
}

/// Sends one large instance.
fn one_large(provider: &mut Provider) -> Result<(), Error> {
    let request = provider.request()?;
    let mut body = memory(&data_set("1.2.3", 4_000_000));
    let answer = provider.store_body(CT_CONTEXT, CT, "1.2.3", &mut body)?;
    assert_eq!((answer.status, answer.error_comment), (Some(0), None));
    provider.answer(&request, 0, &[])
}

#[test]
fn a_destination_that_takes_its_time_is_no_time_out_of_the_source() {
    let (source, serving) = provider(1, one_large);
    let (destination, storing) = provider(1, |provider| {
        let message = provider.message()?;
        thread::sleep(Duration::from_millis(800));
        provider.answer(&message.command, 0, &[])
    });
    let mut passing =
        Passing::start_with((source, impatient()), (destination, Settings::default()));
    passing.run().unwrap();
    assert_eq!(passing.fates().len(), 1);
    passing
        .finish()
        .unwrap()
        .into_connection()
        .release()
        .unwrap();
    storing.join().unwrap();
    serving.join().unwrap();
}

/// Passes bytes on between a client and `server`, with a pause after so many bytes of the server.
fn pausing_proxy(server: SocketAddr, after: u64, pause: Duration) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        use std::io::{Read, copy};
        let (mut client, _) = listener.accept().unwrap();
        let mut server = std::net::TcpStream::connect(server).unwrap();
        let (mut up_from, mut up_to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = copy(&mut up_from, &mut up_to);
            let _ = up_to.shutdown(std::net::Shutdown::Write);
        });
        let _ = copy(&mut (&mut server).take(after), &mut client);
        thread::sleep(pause);
        let _ = copy(&mut server, &mut client);
    });
    address
}

#[test]
fn a_source_that_takes_its_time_is_no_time_out_of_the_destination() {
    let (source, serving) = provider(1, one_large);
    let source = pausing_proxy(source, 1_000_000, Duration::from_millis(1000));
    let (listener, _book) = receiver(Arc::new(Discard), 16384, &[EXPLICIT]);
    let destination = (listener.address(), impatient());
    let mut passing = Passing::start_with((source, Settings::default()), destination);
    passing.run().unwrap();
    assert_eq!(passing.fates(), [of("1.2.3", 0, "")]);
    passing
        .finish()
        .unwrap()
        .into_connection()
        .release()
        .unwrap();
    serving.join().unwrap();
}
