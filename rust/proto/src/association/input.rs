//! What comes from the peer: bytes, the end of the stream, and silence.

use std::time::Instant;

use super::Association;
use super::clock::Expiry;
use crate::command::CommandSet;
use crate::error::Error;
use crate::event::Event;
use crate::framer::Frame;
use crate::items;
use crate::message::Assembled;
use crate::pdu::abort::reason;
use crate::pdu::{AbortPdu, AssociateAc, AssociateRj, AssociateRq, Pdu, PduType};
use crate::state::{Action, Input, State};

impl Association {
    /// Takes bytes from the front of `input` up to the next event.
    ///
    /// `None` means that all of `input` was taken and more is needed. Bytes of bodies are not copied: a
    /// [`Event::BodyChunk`] borrows them from `input`, and comes before its PDU is complete.
    ///
    /// # Errors
    /// An [`Error`] if the peer broke the protocol or a time limit passed. The association is dead then: an A-ABORT
    /// (for an unsupported protocol version an A-ASSOCIATE-RJ) is queued, further input is thrown away, and the only
    /// event left is [`Event::Closed`].
    pub fn next_event<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Instant,
    ) -> Result<Option<Event<'a>>, Error> {
        if !input.is_empty() || self.has_skipped {
            self.clock.touch(now);
            self.has_skipped = false;
        }
        if let Some(event) = self.events.pop_front() {
            return Ok(Some(event));
        }
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        while !self.is_deaf {
            let event = match self.framer.next(input) {
                Ok(Some(frame)) => self.frame(frame, now)?,
                Ok(None) => return Ok(None),
                Err(error) => self.invalid(error, now)?,
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        *input = &[];
        Ok(self.events.pop_front())
    }

    /// The peer closed its side of the connection; all input before that has been taken.
    pub fn handle_eof(&mut self, now: Instant) {
        let is_over = matches!(self.state, State::Sta1 | State::Sta13);
        let is_unused = self.state == State::Sta2 && self.framer.offset() == 0;
        self.step(Input::TransportClosed, now);
        self.close(is_over || is_unused);
    }

    /// The instant of `poll_timeout` has come. Earlier calls do nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.deadline() {
            Some((deadline, Expiry::Artim)) if deadline <= now => {
                self.step(Input::ArtimExpired, now);
                self.close(false);
            }
            Some((deadline, Expiry::Phase(phase))) if deadline <= now => {
                self.step(Input::AbortRequest, now);
                self.failure = Some(self.die(Error::Timeout { phase }));
            }
            _ => {}
        }
    }

    /// The driver threw away the next `length` bytes of the data set fragment at hand without reading them. More
    /// than [`Association::body_remaining`] counts as that many. The next `next_event` goes on behind them.
    pub fn skip_body(&mut self, length: u64) {
        let remaining = self.body_remaining();
        let Ok(length) = u32::try_from(length.min(remaining)) else {
            return;
        };
        if length == 0 {
            return;
        }
        self.has_skipped = true;
        if self.framer.skip(length) {
            let context_id = self.assembler.context_id();
            if self.assembler.body_skipped() {
                self.events.push_back(Event::BodyEnd { context_id });
            }
        }
    }

    fn frame<'a>(&mut self, frame: Frame<'a>, now: Instant) -> Result<Option<Event<'a>>, Error> {
        let assembled = match frame {
            Frame::Control(pdu) => return self.control(pdu, now),
            Frame::Data => return self.data(now),
            // The PDU they are in was ignored or answered already.
            Frame::Value(_) | Frame::Fragment { .. } if !self.is_receiving() => return Ok(None),
            Frame::Value(value) if !self.is_accepted(value.context_id) => {
                Err(Error::UnknownContext {
                    id: value.context_id,
                })
            }
            Frame::Value(value) => self.assembler.value(&value),
            Frame::Fragment { bytes, complete } => self.assembler.fragment(bytes, complete),
        };
        match assembled {
            Ok(Assembled::Nothing) => Ok(None),
            Ok(Assembled::Body { bytes, complete }) => Ok(self.body(bytes, complete)),
            Ok(Assembled::Command(command)) => self.command(command, now),
            Err(error) => self.invalid(error, now),
        }
    }

    fn body<'a>(&mut self, bytes: &'a [u8], complete: bool) -> Option<Event<'a>> {
        let context_id = self.assembler.context_id();
        match (bytes.is_empty(), complete) {
            (true, false) => None,
            (true, true) => Some(Event::BodyEnd { context_id }),
            (false, _) => {
                if complete {
                    self.events.push_back(Event::BodyEnd { context_id });
                }
                Some(Event::BodyChunk { context_id, bytes })
            }
        }
    }

    fn command<'a>(
        &mut self,
        command: Box<CommandSet>,
        now: Instant,
    ) -> Result<Option<Event<'a>>, Error> {
        let context_id = self.assembler.context_id();
        let offset = self.assembler.command_offset();
        let checked = if command.is_response() {
            self.outstanding.answer(context_id, &command, offset)
        } else if command.is_request() && command.message_id.is_none() {
            Err(Error::InvalidCommand {
                offset,
                expected: "a Message ID",
                tag: None,
            })
        } else {
            Ok(())
        };
        match checked {
            Ok(()) => Ok(Some(Event::Command {
                context_id,
                command,
            })),
            Err(error) => self.invalid(error, now),
        }
    }

    /// A P-DATA-TF starts.
    fn data<'a>(&mut self, now: Instant) -> Result<Option<Event<'a>>, Error> {
        let state = self.state;
        match self.step(Input::DataPdu, now) {
            Some(Action::Dt2 | Action::Ar6 | Action::Aa6) | None => Ok(None),
            Some(_) => Err(self.unexpected(PduType::PDataTf, state)),
        }
    }

    /// A complete control PDU: the action of PS3.8 Table 9-10.
    fn control<'a>(&mut self, pdu: Pdu, now: Instant) -> Result<Option<Event<'a>>, Error> {
        let pdu_type = pdu.pdu_type();
        let state = self.state;
        let pdu = match (pdu, state) {
            // These have to be looked into before the table can be asked.
            (Pdu::AssociateRq(rq), State::Sta2) => return self.associate_requested(rq, now),
            (Pdu::AssociateAc(ac), State::Sta5) => return self.associate_accepted(ac, now),
            (pdu, _) => pdu,
        };
        match (self.step(input_of(pdu_type), now), pdu) {
            (Some(Action::Ae4), Pdu::AssociateRj(rj)) => Ok(Some(self.end(Event::Rejected(rj)))),
            (Some(Action::Aa3), Pdu::Abort(abort)) => Ok(Some(self.end(Event::Aborted(abort)))),
            (Some(Action::Ar3), _) => Ok(Some(self.end(Event::Released))),
            (Some(Action::Ar2 | Action::Ar8), _) => Ok(Some(Event::ReleaseRequested)),
            (Some(Action::Ar10), _) => {
                if self.is_release_answered {
                    // The answer was given in Sta10, where the table does not let it out yet.
                    let _ = self.respond_release(now);
                }
                Ok(Some(Event::Released))
            }
            (Some(Action::Aa2), _) => {
                self.close(true);
                Ok(None)
            }
            (Some(Action::Aa6), _) => Ok(None),
            (Some(Action::Aa7), _) => {
                // One A-ABORT says it; a peer that goes on must not fill the outbox with more.
                self.is_deaf = true;
                self.queue_abort(provider_abort(reason::UNEXPECTED_PDU));
                Ok(None)
            }
            (Some(_), _) => Err(self.unexpected(pdu_type, state)),
            (None, _) => {
                self.is_deaf = true;
                Ok(None)
            }
        }
    }

    fn associate_accepted<'a>(
        &mut self,
        ac: Box<AssociateAc>,
        now: Instant,
    ) -> Result<Option<Event<'a>>, Error> {
        let length = ac.user_information.max_pdu_length;
        if self.establish(ac).is_none() {
            return self.invalid(Error::PeerLimitTooSmall { length }, now);
        }
        self.step(Input::AssociateAcPdu, now);
        Ok(Some(Event::Established))
    }

    fn associate_requested<'a>(
        &mut self,
        rq: Box<AssociateRq>,
        now: Instant,
    ) -> Result<Option<Event<'a>>, Error> {
        let contexts = &rq.presentation_contexts;
        let is_repeated = |(position, id): (usize, u8)| {
            contexts.iter().take(position).any(|before| before.id == id)
        };
        if contexts
            .iter()
            .map(|context| context.id)
            .enumerate()
            .any(is_repeated)
        {
            let error = Error::InvalidItem {
                item_type: items::PROPOSED_CONTEXT,
                offset: self.framer.pdu_offset(),
                expected: "presentation context IDs that differ",
            };
            return self.invalid(error, now);
        }
        let version = rq.protocol_version;
        self.associate_rq = Some(rq);
        self.step(Input::AssociateRqPdu, now);
        if self.state == State::Sta3 {
            return Ok(Some(Event::AssociateRequested));
        }
        self.is_deaf = true;
        // An A-ASSOCIATE-RJ has no item that could be too long.
        let _ = self.outbox.push(&Pdu::AssociateRj(AssociateRj {
            result: AssociateRj::PERMANENT,
            source: AssociateRj::SERVICE_PROVIDER_ACSE,
            reason: 2,
        }));
        Err(Error::UnsupportedProtocolVersion { version })
    }

    /// Bytes that are no valid PDU, or a valid one that makes no sense: Evt19.
    fn invalid<'a>(&mut self, error: Error, now: Instant) -> Result<Option<Event<'a>>, Error> {
        match self.step(Input::InvalidPdu, now) {
            Some(Action::Aa1 | Action::Aa8) => Err(self.die(error)),
            Some(_) => {
                // The association was over already, so there is nobody to tell but the peer.
                self.is_deaf = true;
                self.queue_abort(provider_abort(error.abort_reason()));
                Ok(None)
            }
            None => {
                self.is_deaf = true;
                Ok(None)
            }
        }
    }

    fn unexpected(&mut self, pdu_type: PduType, state: State) -> Error {
        self.die(Error::UnexpectedPdu {
            pdu: pdu_type.name(),
            pdu_type: pdu_type.byte(),
            state,
            offset: self.framer.pdu_offset(),
        })
    }

    /// Kills the association for a fault of the peer; the state has been moved on.
    fn die(&mut self, error: Error) -> Error {
        self.is_deaf = true;
        self.drop_everything();
        self.queue_abort(provider_abort(error.abort_reason()));
        error
    }

    /// The association is over, and this event tells the driver to close the connection.
    fn end<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        self.is_deaf = true;
        self.drop_everything();
        event
    }

    fn close(&mut self, clean: bool) {
        if self.is_closed {
            return;
        }
        self.is_closed = true;
        self.is_deaf = true;
        self.outbox.clear();
        self.outstanding.clear();
        self.events.push_back(Event::Closed { clean });
    }
}

const fn provider_abort(reason: u8) -> AbortPdu {
    AbortPdu {
        source: AbortPdu::SERVICE_PROVIDER,
        reason,
    }
}

const fn input_of(pdu_type: PduType) -> Input {
    match pdu_type {
        PduType::AssociateRq => Input::AssociateRqPdu,
        PduType::AssociateAc => Input::AssociateAcPdu,
        PduType::AssociateRj => Input::AssociateRjPdu,
        PduType::PDataTf => Input::DataPdu,
        PduType::ReleaseRq => Input::ReleaseRqPdu,
        PduType::ReleaseRp => Input::ReleaseRpPdu,
        PduType::Abort => Input::AbortPdu,
    }
}
