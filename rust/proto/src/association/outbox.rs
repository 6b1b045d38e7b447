//! What waits to be written: encoded PDUs, then the P-DATA-TF headers of one body (PS3.8 §9.3.5, Annex E).

use std::time::Instant;

use super::Association;
use crate::codec::patch;
use crate::command::CommandSet;
use crate::error::LocalError;
use crate::pdu::{Pdu, PduType};

/// PDU header, value length, context ID, message control header: all before the message bytes.
const FRAGMENT_HEADER_LENGTH: usize = 12;
/// Message control header (PS3.8 Annex E.2): command set, not data set.
const COMMAND: u8 = 1;
/// Message control header: last fragment.
const LAST: u8 = 2;

/// How long the body of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// The message has no data set.
    None,
    /// So many bytes.
    Known(u64),
    /// Not known before it ends, see [`Association::body_available`].
    Streaming,
}

/// What [`Association::poll_transmit`] appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmit {
    /// Bytes complete in themselves.
    Bytes,
    /// A header; these many bytes of the body must follow it on the wire.
    Body {
        /// The number of bytes, 0 for the end of an empty body.
        take: usize,
    },
}

/// The body of the message being sent.
#[derive(Debug)]
struct Body {
    context_id: u8,
    /// Bytes that may be taken now.
    available: u64,
    /// Whether the body ends after them.
    is_finished: bool,
}

impl Body {
    /// Length of the next fragment and whether it is the last.
    ///
    /// A fragment that is not the last has full size, for a body trickling in must not become a stream of tiny PDUs.
    fn next_fragment(&self, max_fragment: usize) -> Option<(usize, bool)> {
        match usize::try_from(self.available) {
            Ok(available) if available <= max_fragment && self.is_finished => {
                Some((available, true))
            }
            Ok(available) if available < max_fragment => None,
            _ => Some((max_fragment, false)),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    queued: Vec<u8>,
    body: Option<Body>,
}

impl Outbox {
    /// Queues a control PDU.
    pub(super) fn push(&mut self, pdu: &Pdu) -> Result<(), LocalError> {
        let start = self.queued.len();
        let encoded = pdu.encode(&mut self.queued);
        if encoded.is_err() {
            self.queued.truncate(start);
        }
        encoded
    }

    /// Queues a command set, in as many P-DATA-TF PDUs as it takes, and announces its body.
    pub(super) fn push_message(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        body: BodyLength,
        max_fragment: usize,
    ) {
        let start = self.queued.len();
        self.queued.extend_from_slice(&[0; FRAGMENT_HEADER_LENGTH]);
        command.encode(&mut self.queued);
        let body_start = start.saturating_add(FRAGMENT_HEADER_LENGTH);
        let length = self.queued.len().saturating_sub(body_start);
        if length <= max_fragment {
            let header = fragment_header(context_id, COMMAND | LAST, length);
            patch(&mut self.queued, start, &header);
        } else {
            let command = self.queued.split_off(body_start);
            self.queued.truncate(start);
            self.push_fragments(context_id, &command, max_fragment);
        }
        self.body = match body {
            BodyLength::None => None,
            BodyLength::Known(available) => Some(Body {
                context_id,
                available,
                is_finished: true,
            }),
            BodyLength::Streaming => Some(Body {
                context_id,
                available: 0,
                is_finished: false,
            }),
        };
    }

    fn push_fragments(&mut self, context_id: u8, command: &[u8], max_fragment: usize) {
        let mut fragments = command.chunks(max_fragment.max(1)).peekable();
        while let Some(fragment) = fragments.next() {
            let last = if fragments.peek().is_none() { LAST } else { 0 };
            let header = fragment_header(context_id, COMMAND | last, fragment.len());
            self.queued.extend_from_slice(&header);
            self.queued.extend_from_slice(fragment);
        }
    }

    pub(super) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.body.is_none()
    }

    pub(super) fn clear(&mut self) {
        self.queued.clear();
        self.body = None;
    }

    fn is_ready(&self, max_fragment: usize) -> bool {
        !self.queued.is_empty()
            || self
                .body
                .as_ref()
                .is_some_and(|body| body.next_fragment(max_fragment).is_some())
    }

    fn poll(&mut self, out: &mut Vec<u8>, max_fragment: usize) -> Option<Transmit> {
        if !self.queued.is_empty() {
            out.extend_from_slice(&self.queued);
            self.queued.clear();
            return Some(Transmit::Bytes);
        }
        let body = self.body.as_mut()?;
        let (take, is_last) = body.next_fragment(max_fragment)?;
        let control = if is_last { LAST } else { 0 };
        out.extend_from_slice(&fragment_header(body.context_id, control, take));
        body.available = body.available.saturating_sub(take as u64);
        if is_last {
            self.body = None;
        }
        Some(Transmit::Body { take })
    }
}

impl Association {
    /// Appends the next bytes to write to `out`, or gives `None` if there are none now.
    ///
    /// Everything returned must reach the wire in this order. If the association is aborted between a body's
    /// fragments, finishing or breaking off the fragment already polled is the driver's business.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>, now: Instant) -> Option<Transmit> {
        let transmit = self.outbox.poll(out, self.max_fragment)?;
        self.clock.touch(now);
        Some(transmit)
    }

    /// Whether [`Association::poll_transmit`] would give something.
    #[must_use]
    pub fn wants_output(&self) -> bool {
        self.outbox.is_ready(self.max_fragment)
    }

    /// Whether the body of the message being sent has not been polled to its end.
    #[must_use]
    pub fn is_sending_body(&self) -> bool {
        self.outbox.has_body()
    }

    /// Tells how many further bytes of a [`BodyLength::Streaming`] body are at hand, and whether it ends with them.
    ///
    /// Until it is finished, a fragment goes out only when [`Association::max_fragment`] bytes are at hand, so the
    /// driver has to be able to hold that many. Saying `finished` together with the last bytes saves an empty
    /// last fragment. Without such a body under way this does nothing.
    pub fn body_available(&mut self, bytes: u64, finished: bool) {
        if let Some(body) = self.outbox.body.as_mut()
            && !body.is_finished
        {
            body.available = body.available.saturating_add(bytes);
            body.is_finished = finished;
        }
    }
}

/// The twelve bytes before a message fragment that has a P-DATA-TF to itself.
fn fragment_header(context_id: u8, control: u8, length: usize) -> [u8; FRAGMENT_HEADER_LENGTH] {
    // `max_fragment` comes from 32 bits less six, so neither length overflows.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let [p0, p1, p2, p3] = length.saturating_add(6).to_be_bytes();
    let [v0, v1, v2, v3] = length.saturating_add(2).to_be_bytes();
    [
        PduType::PDataTf.byte(),
        0,
        p0,
        p1,
        p2,
        p3,
        v0,
        v1,
        v2,
        v3,
        context_id,
        control,
    ]
}
