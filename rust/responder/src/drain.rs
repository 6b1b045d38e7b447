//! A client that asks and only counts: the most any client could reach on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use dicomwire_dataset::syntax::{EXPLICIT_VR_LITTLE_ENDIAN, Encoding};
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Tag, Vr};
use dicomwire_proto::command::CommandSet;
use dicomwire_proto::{
    AssociateRq, Association, BodyLength, Event, ProposedContext, Settings, Transmit,
};

use crate::Error;

/// Study Root Query/Retrieve Information Model - FIND (PS3.6 Table A-1).
const STUDY_ROOT_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const CONTEXT_ID: u8 = 1;
const BUFFER_LENGTH: usize = 256 * 1024;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Pending responses.
    pub answers: u64,
    /// Bytes of their identifiers.
    pub bytes: u64,
    /// From the request on the wire to the final response.
    pub took: Duration,
}

/// Asks for all studies and takes the protocol apart, but no identifier.
///
/// # Errors
/// Those of the socket and the protocol; [`Error::Ended`] if there is no final response.
pub fn drain(address: &str, called_ae_title: &str) -> Result<Counted, Error> {
    let mut client = Client::associate(address, called_ae_title)?;
    let started = Instant::now();
    client.ask()?;
    let mut counted = client.count()?;
    counted.took = started.elapsed();
    client.release()?;
    Ok(counted)
}

struct Client {
    stream: TcpStream,
    association: Association,
    buffer: Vec<u8>,
}

impl Client {
    fn associate(address: &str, called_ae_title: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let request = AssociateRq {
            called_ae_title: called_ae_title.to_owned(),
            calling_ae_title: "DRAIN".to_owned(),
            presentation_contexts: vec![ProposedContext {
                id: CONTEXT_ID,
                abstract_syntax: STUDY_ROOT_FIND.to_owned(),
                transfer_syntaxes: vec![EXPLICIT_VR_LITTLE_ENDIAN.to_owned()],
            }],
            ..AssociateRq::default()
        };
        let association = Association::request(request, Settings::default(), Instant::now())?;
        let buffer = vec![0; BUFFER_LENGTH];
        let mut client = Self {
            stream,
            association,
            buffer,
        };
        client.flush(&[])?;
        while !client.association.is_established() {
            let count = client.stream.read(&mut client.buffer)?;
            let mut input = &client.buffer[..count];
            let event = client.association.next_event(&mut input, Instant::now())?;
            if count == 0 || matches!(event, Some(Event::Rejected(_) | Event::Aborted(_))) {
                return Err(Error::Ended("no association"));
            }
        }
        Ok(client)
    }

    fn ask(&mut self) -> Result<(), Error> {
        let mut identifier = Writer::new(Encoding::EXPLICIT_LITTLE);
        identifier.element(Tag::new(0x0008, 0x0052), Vr::CS, b"STUDY")?;
        identifier.element(Tag::new(0x0020, 0x000D), Vr::UI, b"")?;
        let identifier = identifier.into_bytes();
        let command = CommandSet::c_find_rq(1, STUDY_ROOT_FIND, 0_u16);
        let length = BodyLength::Known(identifier.len() as u64);
        self.association
            .send(CONTEXT_ID, &command, length, Instant::now())?;
        self.flush(&identifier)
    }

    fn count(&mut self) -> Result<Counted, Error> {
        let mut counted = Counted::default();
        loop {
            let count = self.stream.read(&mut self.buffer)?;
            if count == 0 {
                return Err(Error::Ended(
                    "the connection was closed before the final response",
                ));
            }
            let now = Instant::now();
            let mut input = &self.buffer[..count];
            while let Some(event) = self.association.next_event(&mut input, now)? {
                match event {
                    Event::Command { command, .. } if command.is_pending() => counted.answers += 1,
                    Event::Command { .. } => return Ok(counted),
                    Event::BodyChunk { bytes, .. } => counted.bytes += bytes.len() as u64,
                    Event::Aborted(_) => return Err(Error::Ended("aborted by the peer")),
                    _ => {}
                }
            }
        }
    }

    fn release(&mut self) -> Result<(), Error> {
        self.association.release(Instant::now())?;
        self.flush(&[])?;
        loop {
            let count = self.stream.read(&mut self.buffer)?;
            let mut input = &self.buffer[..count];
            let event = self.association.next_event(&mut input, Instant::now())?;
            if count == 0 || matches!(event, Some(Event::Released)) {
                return Ok(());
            }
        }
    }

    /// Writes all that waits, with the bytes of the body in their places.
    fn flush(&mut self, mut body: &[u8]) -> Result<(), Error> {
        let mut out = Vec::new();
        while let Some(transmit) = self.association.poll_transmit(&mut out, Instant::now()) {
            if let Transmit::Body { take } = transmit {
                let (fragment, rest) = body.split_at(take);
                out.extend_from_slice(fragment);
                body = rest;
            }
        }
        Ok(self.stream.write_all(&out)?)
    }
}
