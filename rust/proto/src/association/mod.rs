//! One association: state machine, framing, messages and deadlines in one object.
//!
//! Methods come in four kinds: constructors ([`Association::request`], [`Association::accept`]); input
//! ([`Association::next_event`], `handle_*`); commands (`send`, `release`, `abort`, …); output (`poll_*`).
//! The rest are getters.

mod clock;
mod commands;
mod input;
mod outbox;
mod outstanding;
mod validate;

use std::collections::VecDeque;
use std::time::Instant;

use self::clock::Clock;
use self::outbox::Outbox;
use self::outstanding::Outstanding;
use crate::context::{NegotiatedContext, negotiate};
use crate::error::{Error, LocalError};
use crate::event::Event;
use crate::framer::Framer;
use crate::items::AsynchronousOperations;
use crate::message::Assembler;
use crate::pdu::{AssociateAc, AssociateRq, Pdu};
use crate::settings::Settings;
use crate::state::{Action, Input, Next, State, cell};

pub use self::outbox::{BodyLength, Transmit};

/// What of a P-DATA-TF is not message when it holds one presentation data value: value length, context ID and
/// message control header. The maximum length counts them (PS3.8 Annex D.1).
const VALUE_HEADER_LENGTH: u32 = 6;

/// One DICOM association, of either role, without its socket.
#[derive(Debug)]
pub struct Association {
    settings: Settings,
    is_requestor: bool,
    state: State,
    clock: Clock,
    framer: Framer,
    assembler: Assembler,
    /// Events found while finding the one before.
    events: VecDeque<Event<'static>>,
    /// A time limit that passed, not reported yet.
    failure: Option<Error>,
    /// Input means nothing any more.
    is_deaf: bool,
    is_closed: bool,
    /// Bytes of a body went by outside `next_event`, which has the clock.
    has_skipped: bool,
    /// The user answered a release collision before the table lets the answer go out (Sta10).
    is_release_answered: bool,
    associate_rq: Option<Box<AssociateRq>>,
    associate_ac: Option<Box<AssociateAc>>,
    contexts: Vec<NegotiatedContext>,
    /// By presentation context ID, for the look at every presentation data value.
    is_accepted: [bool; 256],
    peer_max_pdu_length: u32,
    max_fragment: usize,
    window: (u16, u16),
    outstanding: Outstanding,
    last_message_id: u16,
    outbox: Outbox,
}

impl Association {
    /// Requests an association on a connection just opened: an A-ASSOCIATE-RQ is ready for
    /// [`Association::poll_transmit`]. Its maximum length is that of `settings`.
    ///
    /// # Errors
    /// A [`LocalError`] if the request is not one that may be sent.
    pub fn request(
        mut rq: AssociateRq,
        settings: Settings,
        now: Instant,
    ) -> Result<Self, LocalError> {
        rq.user_information.max_pdu_length = settings.max_pdu_length;
        validate::request(&rq)?;
        let mut association = Self::new(settings, true, now);
        association
            .outbox
            .push(&Pdu::AssociateRq(Box::new(rq.clone())))?;
        association.associate_rq = Some(Box::new(rq));
        // The driver opened the connection already, so the states before it pass at once.
        association.step(Input::AssociateRequest, now);
        association.step(Input::TransportConnected, now);
        Ok(association)
    }

    /// Waits for an association request on a connection just accepted; ARTIM is running.
    #[must_use]
    pub fn accept(settings: Settings, now: Instant) -> Self {
        let mut association = Self::new(settings, false, now);
        association.step(Input::TransportIndication, now);
        association
    }

    fn new(settings: Settings, is_requestor: bool, now: Instant) -> Self {
        Self {
            is_requestor,
            state: State::Sta1,
            clock: Clock::new(now),
            framer: Framer::new(settings.limits),
            assembler: Assembler::new(settings.limits.max_command_set),
            events: VecDeque::new(),
            failure: None,
            is_deaf: false,
            is_closed: false,
            has_skipped: false,
            is_release_answered: false,
            associate_rq: None,
            associate_ac: None,
            contexts: Vec::new(),
            is_accepted: [false; 256],
            peer_max_pdu_length: 0,
            max_fragment: 0,
            window: (1, 1),
            outstanding: Outstanding::default(),
            last_message_id: 0,
            outbox: Outbox::default(),
            settings,
        }
    }

    /// Consults PS3.8 Table 9-10 and moves to the next state. The caller runs the action; an empty cell does nothing.
    fn step(&mut self, input: Input, now: Instant) -> Option<Action> {
        let (action, next) = cell(self.state, input)?;
        self.state = match next {
            Next::To(state) => state,
            Next::ByRole { requestor, .. } if self.is_requestor => requestor,
            Next::ByRole { acceptor, .. } => acceptor,
            Next::IfAcceptable { acceptable, .. } if self.is_request_acceptable() => acceptable,
            Next::IfAcceptable { otherwise, .. } => otherwise,
        };
        // Starting ARTIM and starting to wait for an answer both begin a phase.
        if matches!(
            action,
            Action::Ae2
                | Action::Ae5
                | Action::Ae6
                | Action::Ae8
                | Action::Ar1
                | Action::Ar4
                | Action::Aa1
                | Action::Aa8
        ) {
            self.clock.begin_phase(now);
        }
        Some(action)
    }

    /// Whether the provider can let the user see the request at all: bit 0 of the protocol version (PS3.8 §9.3.2).
    fn is_request_acceptable(&self) -> bool {
        self.associate_rq
            .as_ref()
            .is_some_and(|rq| rq.protocol_version & 1 != 0)
    }

    /// Takes over what request and acceptance agree on. `None` if the peer's maximum length leaves no room.
    fn establish(&mut self, ac: Box<AssociateAc>) -> Option<()> {
        let rq = self.associate_rq.as_deref()?;
        let peer = if self.is_requestor {
            &ac.user_information
        } else {
            &rq.user_information
        };
        self.max_fragment = max_fragment(peer.max_pdu_length, self.settings.unlimited_fragment)?;
        self.peer_max_pdu_length = peer.max_pdu_length;
        self.contexts = negotiate(rq, &ac, self.is_requestor);
        for context in self.contexts.iter().filter(|context| context.is_accepted()) {
            if let Some(accepted) = self.is_accepted.get_mut(usize::from(context.id)) {
                *accepted = true;
            }
        }
        // One at a time, unless one side asked and the other answered (PS3.7 Annex D.3.3.3).
        let AsynchronousOperations { invoked, performed } = rq
            .user_information
            .asynchronous_operations
            .and(ac.user_information.asynchronous_operations)
            .unwrap_or(AsynchronousOperations {
                invoked: 1,
                performed: 1,
            });
        self.window = if self.is_requestor {
            (invoked, performed)
        } else {
            (performed, invoked)
        };
        self.associate_ac = Some(ac);
        Some(())
    }

    /// The state of PS3.8 Table 9-10.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether messages can be sent and received, nobody having asked for release.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.state == State::Sta6
    }

    /// Whether we asked for the association.
    #[must_use]
    pub const fn is_requestor(&self) -> bool {
        self.is_requestor
    }

    /// The request, ours or the peer's.
    #[must_use]
    pub fn associate_rq(&self) -> Option<&AssociateRq> {
        self.associate_rq.as_deref()
    }

    /// The acceptance, ours or the peer's.
    #[must_use]
    pub fn associate_ac(&self) -> Option<&AssociateAc> {
        self.associate_ac.as_deref()
    }

    /// Every proposed presentation context with its answer, once established.
    #[must_use]
    pub fn contexts(&self) -> &[NegotiatedContext] {
        &self.contexts
    }

    /// The peer's maximum length; 0 is no limit.
    #[must_use]
    pub const fn peer_max_pdu_length(&self) -> u32 {
        self.peer_max_pdu_length
    }

    /// The most bytes of message in one outgoing presentation data value; 0 before the association is established.
    #[must_use]
    pub const fn max_fragment(&self) -> usize {
        self.max_fragment
    }

    /// How many operations we may invoke and the peer may invoke at once; 0 is no limit.
    #[must_use]
    pub const fn window(&self) -> (u16, u16) {
        self.window
    }

    /// How many of our requests await their final response.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }

    /// Bytes of the data set fragment at hand still to come; 0 if none is at hand.
    #[must_use]
    pub fn body_remaining(&self) -> u64 {
        if self.is_receiving() && self.assembler.is_in_body() {
            u64::from(self.framer.fragment_remaining())
        } else {
            0
        }
    }

    /// Whether the data set of an incoming message is under way, be it between two of its fragments.
    #[must_use]
    pub fn is_receiving_body(&self) -> bool {
        self.is_receiving() && self.assembler.is_in_body()
    }

    /// Bytes of input held back: a control PDU or command set that is not complete. Within the limits set for them.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.framer
            .buffered()
            .saturating_add(self.assembler.buffered())
    }

    /// Whether P-DATA means anything now.
    fn is_receiving(&self) -> bool {
        !self.is_deaf && matches!(self.state, State::Sta6 | State::Sta7)
    }
}

/// The most message bytes in one presentation data value for a peer that takes PDUs of `peer_max` bytes.
///
/// An even number, so that no fragment cuts a 16-bit value in two, except for a peer whose limit leaves room for one
/// byte only.
fn max_fragment(peer_max: u32, ceiling: u32) -> Option<usize> {
    let ceiling = ceiling.max(2);
    let room = match peer_max {
        0 => ceiling,
        _ => peer_max.checked_sub(VALUE_HEADER_LENGTH)?.min(ceiling),
    };
    match room {
        0 => None,
        1 => Some(1),
        _ => usize::try_from(room & !1).ok(),
    }
}
