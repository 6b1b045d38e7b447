//! Listening, and the conversation on each association.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dicomwire_dataset::syntax::{EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN};
use dicomwire_proto::command::{CommandSet, command_field};
use dicomwire_proto::{AcceptPolicy, SyntaxFilter, TransferPreference};
use rustix::time::ClockId;

use crate::Error;
use crate::link::{Heard, Link};
use crate::prepared::{Framing, Identifiers, Pdus, Prepared};
use crate::studies::identifier;

const SUCCESS: u16 = 0x0000;
/// PS3.7 §C.5.24: we do not perform this service.
const UNRECOGNIZED_OPERATION: u16 = 0x0211;
/// Matching ended because of a C-CANCEL (PS3.4 Table C.4-1).
const CANCELLED: u16 = 0xFE00;
/// Bytes given to the socket at once. Between two pieces there is a look for a C-CANCEL.
const PIECE: usize = 256 * 1024;
/// The root of UUIDs as UIDs; no organisation's.
const IMPLEMENTATION_CLASS: &str = "2.25.302817403391193";

/// How to answer.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Pending responses to each C-FIND-RQ.
    pub answers: usize,
    /// Pause before each of them, the first included. Unless it is zero, the study ID (0020,0010) of an answer tells
    /// when it was sent, in microseconds of the monotonic clock.
    pub delay: Duration,
    /// How they are put into PDUs.
    pub pdus: Pdus,
    /// Whether implicit VR is preferred to explicit VR.
    pub prefer_implicit: bool,
}

/// Serves every connection on a thread of its own, until the process is ended.
///
/// # Errors
/// If identifiers cannot be encoded, or connections no longer accepted.
pub fn serve(listener: &TcpListener, options: Options) -> Result<(), Error> {
    let identifiers = Arc::new(Identifiers::new()?);
    let policy = Arc::new(policy(options.prefer_implicit));
    loop {
        let (stream, peer) = listener.accept()?;
        let (identifiers, policy) = (Arc::clone(&identifiers), Arc::clone(&policy));
        thread::Builder::new().spawn(move || {
            if let Err(error) = converse(stream, &policy, &identifiers, options) {
                eprintln!("{peer}: {error}");
            }
        })?;
    }
}

fn policy(prefer_implicit: bool) -> AcceptPolicy {
    let mut syntaxes = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
    if prefer_implicit {
        syntaxes.reverse();
    }
    AcceptPolicy {
        transfer_syntaxes: SyntaxFilter::only(syntaxes),
        preference: TransferPreference::Ranked(syntaxes.map(str::to_owned).to_vec()),
        implementation_class_uid: IMPLEMENTATION_CLASS.to_owned(),
        ..AcceptPolicy::default()
    }
}

fn converse(
    stream: TcpStream,
    policy: &AcceptPolicy,
    identifiers: &Identifiers,
    options: Options,
) -> Result<(), Error> {
    let Some(mut link) = Link::accept(stream, policy)? else {
        return Ok(());
    };
    match answer_all(&mut link, identifiers, options) {
        Ok(()) => link.close(),
        Err(error) => {
            if let Error::PeerLimit { .. } = error {
                link.abort()?;
            }
            Err(error)
        }
    }
}

/// Answers requests until the peer has no more.
fn answer_all(link: &mut Link, identifiers: &Identifiers, options: Options) -> Result<(), Error> {
    loop {
        match link.listen()? {
            Heard::Request(context_id, request) => {
                let status = match request.command_field {
                    command_field::C_ECHO_RQ => SUCCESS,
                    command_field::C_FIND_RQ => {
                        find(link, context_id, &request, identifiers, options)?
                    }
                    _ => UNRECOGNIZED_OPERATION,
                };
                link.answer(context_id, &request.response_to(status))?;
            }
            // It came too late: the final response has been sent.
            Heard::Cancel => {}
            Heard::End => return Ok(()),
        }
    }
}

/// Sends the pending responses to one C-FIND-RQ; the status of the final one.
fn find(
    link: &mut Link,
    context_id: u8,
    request: &CommandSet,
    identifiers: &Identifiers,
    options: Options,
) -> Result<u16, Error> {
    let contexts = link.association().contexts();
    let is_implicit = contexts.iter().any(|context| {
        context.id == context_id && context.transfer_syntax == IMPLICIT_VR_LITTLE_ENDIAN
    });
    let encoding = if is_implicit {
        Encoding::IMPLICIT_LITTLE
    } else {
        Encoding::EXPLICIT_LITTLE
    };
    let limit = link.association().peer_max_pdu_length();
    let framing = Framing::new(request, context_id, options.pdus, limit);
    if options.delay.is_zero() {
        let prepared = Prepared::new(&framing, identifiers, encoding, options.answers)?;
        quickly(link, &prepared, options.answers)
    } else {
        slowly(link, &framing, encoding, options)
    }
}

fn quickly(link: &mut Link, prepared: &Prepared, answers: usize) -> Result<u16, Error> {
    let mut sent = 0;
    while sent < answers {
        if is_cancelled(link)? {
            return Ok(CANCELLED);
        }
        let (bytes, count) = prepared.from(sent, answers - sent, PIECE);
        link.write(bytes)?;
        sent += count;
    }
    Ok(SUCCESS)
}

/// Sends one answer after the other, each with the time of its sending as its study ID.
fn slowly(
    link: &mut Link,
    framing: &Framing,
    encoding: Encoding,
    options: Options,
) -> Result<u16, Error> {
    let mut pdus = Vec::new();
    for number in 0..options.answers {
        thread::sleep(options.delay);
        if is_cancelled(link)? {
            return Ok(CANCELLED);
        }
        pdus.clear();
        framing.frame(&identifier(number, &time_stamp(), encoding)?, &mut pdus)?;
        link.write(&pdus)?;
    }
    Ok(SUCCESS)
}

/// The monotonic clock, which all processes share, in microseconds: sixteen digits, what SH has room for.
fn time_stamp() -> String {
    let now = rustix::time::clock_gettime(ClockId::Monotonic);
    format!("{:016}", now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
}

fn is_cancelled(link: &mut Link) -> Result<bool, Error> {
    match link.overhear()? {
        None => Ok(false),
        Some(Heard::Cancel) => Ok(true),
        Some(Heard::Request(..)) => Err(Error::Ended("a request during a C-FIND")),
        Some(Heard::End) => Err(Error::Ended("the peer left during a C-FIND")),
    }
}
