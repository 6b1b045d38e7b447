//! The stream of PDUs: any cut of it gives the same events and the same answers.

use std::time::Instant;

use dicomwire_proto::{
    AbortPdu, AcceptPolicy, AssociateRj, AssociateRq, Association, AsynchronousOperations,
    BodyLength, CommandSet, Error, Event, Limits, ProposedContext, Settings, UserInformation,
};

use crate::items::check_pdu;
use crate::script::Script;

/// What our associations take at most: little, so that the bounds are met.
pub(crate) const MOST_CONTROL_PDU: u32 = 4096;
/// The longest command set.
pub(crate) const MOST_COMMAND_SET: u32 = 512;
/// A header that is not whole.
const PARTIAL_HEADER: usize = 6;

/// The context of verification in [`request`], which has no data set.
pub(crate) const ECHO: u8 = 1;
/// The context of CT storage in [`request`].
pub(crate) const STORE: u8 = 3;

/// The input is one byte that says how it is cut, and a stream of PDUs. It goes, whole and in
/// pieces, to an acceptor and to both ends of an established association; each sees the same
/// events and writes the same answers either way, and holds back no more than its limits allow.
/// If the stream begins with a whole PDU, decoding it and encoding what was decoded agree.
///
/// # Panics
/// When that does not hold.
pub fn pdu(input: &[u8]) {
    let mut script = Script::new(input);
    let step = usize::from(script.byte() % 61).saturating_add(1);
    let stream = script.rest();
    check_pdu(stream);
    for role in [
        Role::Acceptor,
        Role::EstablishedAcceptor,
        Role::EstablishedRequestor,
    ] {
        let now = Instant::now();
        let mut whole = Driver::new(role, now);
        whole.feed(stream, now);
        let mut cut = Driver::new(role, now);
        for piece in stream.chunks(step) {
            cut.feed(piece, now);
        }
        assert_eq!(cut.seen, whole.seen, "{role:?} cut every {step} bytes");
        assert_eq!(
            cut.written, whole.written,
            "{role:?} cut every {step} bytes"
        );
    }
}

/// Which association a stream goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// One that waits for its first PDU.
    Acceptor,
    /// One that has requested and waits for the answer.
    Requestor,
    /// One that has accepted.
    EstablishedAcceptor,
    /// One that was accepted.
    EstablishedRequestor,
}

/// An event that borrows nothing; the chunks of a body are joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    AssociateRequested,
    Established,
    Rejected(AssociateRj),
    Command(u8, Box<CommandSet>),
    Body(u8, Vec<u8>),
    BodyEnd(u8),
    ReleaseRequested,
    Released,
    Aborted(AbortPdu),
    Closed(bool),
    Failed(Error),
}

/// An association and a user who answers everything at once.
pub(crate) struct Driver {
    pub(crate) association: Association,
    pub(crate) seen: Vec<Seen>,
    pub(crate) written: Vec<u8>,
}

impl Driver {
    pub(crate) fn new(role: Role, now: Instant) -> Self {
        let association = match role {
            Role::Acceptor => Association::accept(settings(), now),
            Role::Requestor => requestor(now),
            Role::EstablishedAcceptor => established(now).1,
            Role::EstablishedRequestor => established(now).0,
        };
        Self {
            association,
            seen: Vec::new(),
            written: Vec::new(),
        }
    }

    /// Takes a piece of the stream, answering what wants an answer.
    pub(crate) fn feed(&mut self, mut input: &[u8], now: Instant) {
        while let Some(seen) = next(&mut self.association, &mut input, now) {
            self.answer(&seen, now);
            // At once, since an abort further on would take back what is not written yet.
            self.write(now);
            self.note(seen);
        }
        assert!(
            input.is_empty(),
            "no event, and yet {} bytes are left",
            input.len()
        );
        self.write(now);
    }

    pub(crate) fn note(&mut self, seen: Seen) {
        if let (Some(Seen::Body(before, body)), Seen::Body(context, bytes)) =
            (self.seen.last_mut(), &seen)
            && before == context
        {
            body.extend_from_slice(bytes);
            return;
        }
        let is_over = self.seen.iter().any(|seen| matches!(seen, Seen::Failed(_)));
        assert!(
            !is_over || matches!(seen, Seen::Closed(_)),
            "after an error there was {seen:?}"
        );
        self.seen.push(seen);
    }

    fn answer(&mut self, seen: &Seen, now: Instant) {
        let association = &mut self.association;
        let answered = match seen {
            Seen::AssociateRequested => answer_request(association, now),
            Seen::ReleaseRequested => association.respond_release(now),
            Seen::Command(context_id, command) if command.is_request() => {
                let response = response_to(command);
                association.send(*context_id, &response, BodyLength::None, now)
            }
            _ => Ok(()),
        };
        if let Err(error) = answered {
            // Saying so is all a refusal may do; it must be the same however the stream was cut.
            self.written.extend_from_slice(error.to_string().as_bytes());
        }
    }

    fn write(&mut self, now: Instant) {
        while self
            .association
            .poll_transmit(&mut self.written, now)
            .is_some()
        {}
    }
}

/// The next event, with what must hold at any time.
pub(crate) fn next(association: &mut Association, input: &mut &[u8], now: Instant) -> Option<Seen> {
    let before = input.len();
    let event = association.next_event(input, now);
    assert!(input.len() <= before, "input grew");
    let seen = match event {
        Ok(None) => None,
        Ok(Some(event)) => Some(owned(event)),
        Err(error) => Some(Seen::Failed(error)),
    };
    let most = (MOST_CONTROL_PDU + MOST_COMMAND_SET) as usize + PARTIAL_HEADER;
    let buffered = association.buffered();
    assert!(buffered <= most, "{buffered} bytes are held back");
    seen
}

fn owned(event: Event<'_>) -> Seen {
    match event {
        Event::AssociateRequested => Seen::AssociateRequested,
        Event::Established => Seen::Established,
        Event::Rejected(rj) => Seen::Rejected(rj),
        Event::Command {
            context_id,
            command,
        } => Seen::Command(context_id, command),
        Event::BodyChunk { context_id, bytes } => {
            assert!(!bytes.is_empty(), "a chunk is never empty");
            Seen::Body(context_id, bytes.to_vec())
        }
        Event::BodyEnd { context_id } => Seen::BodyEnd(context_id),
        Event::ReleaseRequested => Seen::ReleaseRequested,
        Event::Released => Seen::Released,
        Event::Aborted(abort) => Seen::Aborted(abort),
        Event::Closed { clean } => Seen::Closed(clean),
        other => unreachable!("an event the properties do not know: {other:?}"),
    }
}

/// Accepts or rejects as a tolerant policy says.
pub(crate) fn answer_request(
    association: &mut Association,
    now: Instant,
) -> Result<(), dicomwire_proto::LocalError> {
    let rq = association.associate_rq().expect("a request was reported");
    let policy = AcceptPolicy {
        scp_roles: dicomwire_proto::SyntaxFilter::Any,
        asynchronous_operations: AsynchronousOperations {
            invoked: 0,
            performed: 0,
        },
        ..AcceptPolicy::default()
    };
    match policy.decide(rq) {
        Ok(ac) => association.accept_request(ac, now),
        Err(rj) => association.reject_request(rj, now),
    }
}

pub(crate) fn response_to(request: &CommandSet) -> CommandSet {
    CommandSet {
        command_field: request.command_field | 0x8000,
        message_id_being_responded_to: request.message_id,
        affected_sop_class_uid: request.affected_sop_class_uid.clone(),
        status: Some(0),
        ..CommandSet::default()
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        max_pdu_length: 16384,
        limits: Limits {
            max_control_pdu: MOST_CONTROL_PDU,
            max_command_set: MOST_COMMAND_SET,
            ..Limits::default()
        },
        ..Settings::default()
    }
}

fn request() -> AssociateRq {
    let context = |id, abstract_syntax: &str| ProposedContext {
        id,
        abstract_syntax: abstract_syntax.to_owned(),
        transfer_syntaxes: vec!["1.2.840.10008.1.2".to_owned()],
    };
    AssociateRq {
        called_ae_title: "CALLED".to_owned(),
        calling_ae_title: "CALLING".to_owned(),
        presentation_contexts: vec![
            context(ECHO, "1.2.840.10008.1.1"),
            context(STORE, "1.2.840.10008.5.1.4.1.1.2"),
        ],
        user_information: UserInformation {
            asynchronous_operations: Some(AsynchronousOperations {
                invoked: 3,
                performed: 3,
            }),
            ..UserInformation::default()
        },
        ..AssociateRq::default()
    }
}

fn requestor(now: Instant) -> Association {
    Association::request(request(), settings(), now).expect("a request that may be sent")
}

/// Both ends of an established association.
fn established(now: Instant) -> (Association, Association) {
    let mut requestor = requestor(now);
    let mut acceptor = Association::accept(settings(), now);
    let mut wire = Vec::new();
    while requestor.poll_transmit(&mut wire, now).is_some() {}
    let requested = next(&mut acceptor, &mut wire.as_slice(), now);
    assert_eq!(requested, Some(Seen::AssociateRequested));
    answer_request(&mut acceptor, now).expect("a request to accept");
    wire.clear();
    while acceptor.poll_transmit(&mut wire, now).is_some() {}
    let established = next(&mut requestor, &mut wire.as_slice(), now);
    assert_eq!(established, Some(Seen::Established));
    (requestor, acceptor)
}
