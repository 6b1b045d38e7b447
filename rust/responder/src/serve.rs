//! Listening, and the conversation on each association.

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dicomwire_dataset::syntax::{EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN};
use dicomwire_proto::command::{CommandSet, command_field};
use dicomwire_proto::{AcceptPolicy, SyntaxFilter, TransferPreference};

use crate::Error;
use crate::link::{Heard, Link};
use crate::prepared::{Identifiers, Pdus, Prepared};

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
    /// Pause before each of them, the first included; none if zero.
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
    let encodings: HashMap<u8, Encoding> = link
        .association()
        .contexts()
        .iter()
        .filter(|context| context.is_accepted())
        .map(|context| match context.transfer_syntax.as_str() {
            IMPLICIT_VR_LITTLE_ENDIAN => (context.id, Encoding::IMPLICIT_LITTLE),
            _ => (context.id, Encoding::EXPLICIT_LITTLE),
        })
        .collect();
    loop {
        match link.listen()? {
            Heard::Request(context_id, request) => match request.command_field {
                command_field::C_FIND_RQ => {
                    let prepared = Prepared::new(
                        &request,
                        context_id,
                        identifiers,
                        encodings[&context_id],
                        options.pdus,
                        options.answers,
                        link.association().peer_max_pdu_length(),
                    );
                    match prepared {
                        Ok(prepared) => find(&mut link, context_id, &request, &prepared, options)?,
                        Err(error) => {
                            link.abort()?;
                            return Err(error);
                        }
                    }
                }
                command_field::C_ECHO_RQ => {
                    link.answer(context_id, &request.response_to(SUCCESS))?
                }
                _ => link.answer(context_id, &request.response_to(UNRECOGNIZED_OPERATION))?,
            },
            // It came too late: the response it was for has been sent.
            Heard::Cancel => {}
            Heard::End => return link.close(),
        }
    }
}

/// Answers one C-FIND-RQ.
fn find(
    link: &mut Link,
    context_id: u8,
    request: &CommandSet,
    prepared: &Prepared,
    options: Options,
) -> Result<(), Error> {
    let is_slow = !options.delay.is_zero();
    let room = if is_slow { 0 } else { PIECE };
    let mut sent = 0;
    while sent < options.answers {
        if is_slow {
            thread::sleep(options.delay);
        }
        match link.overhear()? {
            None => {}
            Some(Heard::Cancel) => {
                return link.answer(context_id, &request.response_to(CANCELLED));
            }
            Some(Heard::Request(..)) => return Err(Error::Ended("a request during a C-FIND")),
            Some(Heard::End) => return Err(Error::Ended("the peer left during a C-FIND")),
        }
        let (answers, count) = prepared.from(sent, options.answers - sent, room);
        link.write(answers)?;
        sent += count;
    }
    link.answer(context_id, &request.response_to(SUCCESS))
}
