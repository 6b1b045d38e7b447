//! Two associations joined in memory, with virtual time.

use std::time::{Duration, Instant};

use dicomwire_proto::{
    AbortPdu, AcceptPolicy, AssociateRj, AssociateRq, Association, BodyLength, CommandSet, Error,
    Event, ProposedContext, Settings, Transmit, UserInformation,
};

pub(crate) const VERIFICATION: &str = "1.2.840.10008.1.1";
pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(crate) const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// The context of CT storage in [`request`].
pub(crate) const STORE: u8 = 1;
/// The context of verification in [`request`].
pub(crate) const ECHO: u8 = 3;
/// The context of study root query in [`request`].
pub(crate) const QUERY: u8 = 5;

/// Bytes from hexadecimal digits; everything else separates.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    assert!(digits.len().is_multiple_of(2));
    digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect()
}

/// A body in which a misplaced byte shows.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// An event that borrows nothing. Chunks of one body are joined.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a handful per test, and easier to write down unboxed"
)]
pub(crate) enum Seen {
    AssociateRequested,
    Established,
    Rejected(AssociateRj),
    Command(u8, CommandSet),
    Body(u8, Vec<u8>),
    BodyEnd(u8),
    ReleaseRequested,
    Released,
    Aborted(AbortPdu),
    Closed(bool),
    Failed(Error),
}

pub(crate) fn note(seen: &mut Vec<Seen>, event: Event<'_>) {
    let noted = match event {
        Event::AssociateRequested => Seen::AssociateRequested,
        Event::Established => Seen::Established,
        Event::Rejected(rj) => Seen::Rejected(rj),
        Event::Command {
            context_id,
            command,
        } => Seen::Command(context_id, *command),
        Event::BodyChunk { context_id, bytes } => {
            assert!(!bytes.is_empty(), "a chunk is never empty");
            if let Some(Seen::Body(context, body)) = seen.last_mut()
                && *context == context_id
            {
                body.extend_from_slice(bytes);
                return;
            }
            Seen::Body(context_id, bytes.to_vec())
        }
        Event::BodyEnd { context_id } => Seen::BodyEnd(context_id),
        Event::ReleaseRequested => Seen::ReleaseRequested,
        Event::Released => Seen::Released,
        Event::Aborted(abort) => Seen::Aborted(abort),
        Event::Closed { clean } => Seen::Closed(clean),
        other => panic!("an event the tests do not know: {other:?}"),
    };
    seen.push(noted);
}

/// Feeds all of `input` and notes what comes of it.
pub(crate) fn feed(
    association: &mut Association,
    input: &[u8],
    now: Instant,
    seen: &mut Vec<Seen>,
) {
    let mut rest = input;
    loop {
        match association.next_event(&mut rest, now) {
            Ok(Some(event)) => note(seen, event),
            Ok(None) => break,
            Err(error) => seen.push(Seen::Failed(error)),
        }
    }
    assert!(rest.is_empty(), "None has taken all of the input");
}

/// Takes everything there is to write, body bytes from `body`.
pub(crate) fn drain(association: &mut Association, body: &mut &[u8], now: Instant) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(transmit) = association.poll_transmit(&mut out, now) {
        if let Transmit::Body { take } = transmit {
            let (bytes, rest) = body.split_at(take);
            out.extend_from_slice(bytes);
            *body = rest;
        }
    }
    out
}

pub(crate) fn request() -> AssociateRq {
    let context = |id, abstract_syntax: &str| ProposedContext {
        id,
        abstract_syntax: abstract_syntax.to_owned(),
        transfer_syntaxes: vec![EXPLICIT.to_owned(), IMPLICIT.to_owned()],
    };
    AssociateRq {
        called_ae_title: "PACS".to_owned(),
        calling_ae_title: "DICOMWIRE".to_owned(),
        presentation_contexts: vec![
            context(STORE, CT),
            context(ECHO, VERIFICATION),
            context(QUERY, FIND),
        ],
        user_information: UserInformation {
            implementation_class_uid: "1.2.3.4".to_owned(),
            ..UserInformation::default()
        },
        ..AssociateRq::default()
    }
}

/// One end of a [`Pair`].
pub(crate) struct Side {
    pub(crate) association: Association,
    pub(crate) seen: Vec<Seen>,
}

impl Side {
    pub(crate) fn take(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.seen)
    }
}

/// A requestor and an acceptor on one wire.
pub(crate) struct Pair {
    pub(crate) requestor: Side,
    pub(crate) acceptor: Side,
    pub(crate) now: Instant,
    /// What each wrote, for byte-exact assertions.
    pub(crate) last_from_requestor: Vec<u8>,
    pub(crate) last_from_acceptor: Vec<u8>,
}

impl Pair {
    /// Before a byte has gone either way.
    pub(crate) fn new(rq: AssociateRq, requestor: Settings, acceptor: Settings) -> Self {
        let now = Instant::now();
        let association = Association::request(rq, requestor, now).unwrap();
        Self {
            requestor: Side {
                association,
                seen: Vec::new(),
            },
            acceptor: Side {
                association: Association::accept(acceptor, now),
                seen: Vec::new(),
            },
            now,
            last_from_requestor: Vec::new(),
            last_from_acceptor: Vec::new(),
        }
    }

    /// An established association between peers with these maximum lengths.
    pub(crate) fn established_with(requestor_max: u32, acceptor_max: u32) -> Self {
        let settings = |max_pdu_length| Settings {
            max_pdu_length,
            ..Settings::default()
        };
        Self::established_from(request(), settings(requestor_max), settings(acceptor_max))
    }

    pub(crate) fn established_from(
        rq: AssociateRq,
        requestor: Settings,
        acceptor: Settings,
    ) -> Self {
        let mut pair = Self::new(rq, requestor, acceptor);
        pair.run();
        assert_eq!(pair.acceptor.take(), [Seen::AssociateRequested]);
        let ac = AcceptPolicy {
            scp_roles: dicomwire_proto::SyntaxFilter::Any,
            asynchronous_operations: dicomwire_proto::AsynchronousOperations {
                invoked: 0,
                performed: 0,
            },
            ..AcceptPolicy::default()
        };
        let ac = ac
            .decide(pair.acceptor.association.associate_rq().unwrap())
            .unwrap();
        pair.acceptor
            .association
            .accept_request(ac, pair.now)
            .unwrap();
        pair.run();
        assert_eq!(pair.requestor.take(), [Seen::Established]);
        assert!(pair.requestor.association.is_established());
        assert!(pair.acceptor.association.is_established());
        pair
    }

    pub(crate) fn established() -> Self {
        Self::established_with(16384, 16384)
    }

    /// Carries bytes until neither side has more.
    pub(crate) fn run(&mut self) {
        self.run_with(&mut &[][..], &mut &[][..]);
    }

    /// The same with bodies of outgoing messages.
    pub(crate) fn run_with(&mut self, from_requestor: &mut &[u8], from_acceptor: &mut &[u8]) {
        loop {
            let out = drain(&mut self.requestor.association, from_requestor, self.now);
            let back = drain(&mut self.acceptor.association, from_acceptor, self.now);
            if out.is_empty() && back.is_empty() {
                return;
            }
            feed(
                &mut self.acceptor.association,
                &out,
                self.now,
                &mut self.acceptor.seen,
            );
            feed(
                &mut self.requestor.association,
                &back,
                self.now,
                &mut self.requestor.seen,
            );
            if !out.is_empty() {
                self.last_from_requestor = out;
            }
            if !back.is_empty() {
                self.last_from_acceptor = back;
            }
        }
    }

    pub(crate) fn advance(&mut self, duration: Duration) {
        self.now += duration;
        self.requestor.association.handle_timeout(self.now);
        self.acceptor.association.handle_timeout(self.now);
        feed(
            &mut self.requestor.association,
            &[],
            self.now,
            &mut self.requestor.seen,
        );
        feed(
            &mut self.acceptor.association,
            &[],
            self.now,
            &mut self.acceptor.seen,
        );
    }

    /// The requestor sends a command without data set, or the acceptor does.
    pub(crate) fn send(&mut self, context_id: u8, command: &CommandSet) {
        let now = self.now;
        self.requestor
            .association
            .send(context_id, command, BodyLength::None, now)
            .unwrap();
        self.run();
    }

    pub(crate) fn respond(&mut self, context_id: u8, command: &CommandSet) {
        let now = self.now;
        self.acceptor
            .association
            .send(context_id, command, BodyLength::None, now)
            .unwrap();
        self.run();
    }
}
