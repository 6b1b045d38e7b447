//! Cutting the incoming stream: PDU headers, whole control PDUs, and presentation data value fragments
//! (PS3.8 §9.3.1, §9.3.5).
//!
//! What is buffered: a header of six bytes that is not complete yet, and a control PDU (up to its limit) that is not.
//! The content of P-DATA-TF PDUs is passed on as it comes, borrowed from the input.

use crate::error::Error;
use crate::pdu::{HEADER_LENGTH, Pdu, PduType};
use crate::settings::Limits;

/// What of a presentation data value is not message: the length itself, context ID and control header.
const VALUE_HEADER_LENGTH: u32 = 6;
/// The part of the value's header that its own length counts.
const VALUE_PREFIX_LENGTH: u32 = 2;

/// One piece of the stream.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// A complete PDU, not a P-DATA-TF.
    Control(Pdu),
    /// A P-DATA-TF starts.
    Data,
    /// A presentation data value starts in it.
    Value(ValueHeader),
    /// Bytes of that value's message fragment, never empty.
    Fragment {
        bytes: &'a [u8],
        /// Whether the fragment is complete with them.
        complete: bool,
    },
}

/// The header of a presentation data value (PS3.8 §9.3.5.1 and Annex E.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueHeader {
    pub(crate) context_id: u8,
    pub(crate) is_command: bool,
    pub(crate) is_last: bool,
    /// Length of the message fragment.
    pub(crate) length: u32,
    /// Where the value starts.
    pub(crate) offset: u64,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// A PDU header is due.
    Header,
    /// The body of a control PDU is due.
    Control { pdu_type: PduType, length: usize },
    /// Inside a P-DATA-TF: a value header is due, or the PDU is at its end.
    Data,
    /// Inside a message fragment.
    Fragment,
}

/// Six bytes that may come one by one.
#[derive(Debug, Default)]
struct Partial {
    bytes: [u8; HEADER_LENGTH],
    length: usize,
}

impl Partial {
    fn fill(&mut self, input: &mut &[u8]) -> Option<[u8; HEADER_LENGTH]> {
        if self.length == 0
            && let Some((header, rest)) = input.split_first_chunk::<HEADER_LENGTH>()
        {
            *input = rest;
            return Some(*header);
        }
        let missing = HEADER_LENGTH.saturating_sub(self.length);
        let (taken, rest) = input.split_at_checked(missing).unwrap_or((*input, &[]));
        for (slot, byte) in self.bytes.iter_mut().skip(self.length).zip(taken) {
            *slot = *byte;
        }
        self.length = self.length.saturating_add(taken.len());
        *input = rest;
        if self.length < HEADER_LENGTH {
            return None;
        }
        self.length = 0;
        Some(self.bytes)
    }
}

/// The cutting machine of one incoming stream.
#[derive(Debug)]
pub(crate) struct Framer {
    limits: Limits,
    stage: Stage,
    partial: Partial,
    buffer: Vec<u8>,
    /// Where the next byte of input is in the stream.
    offset: u64,
    /// Where the PDU at hand starts.
    pdu_offset: u64,
    /// Bytes of the P-DATA-TF at hand after the value at hand.
    data_remaining: u32,
    /// Bytes of the message fragment at hand still to come.
    fragment_remaining: u32,
}

impl Framer {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            stage: Stage::Header,
            partial: Partial::default(),
            buffer: Vec::new(),
            offset: 0,
            pdu_offset: 0,
            data_remaining: 0,
            fragment_remaining: 0,
        }
    }

    /// Takes the next piece from the front of `input`; `None` has taken all there was.
    pub(crate) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Frame<'a>>, Error> {
        loop {
            match self.stage {
                Stage::Fragment if self.fragment_remaining > 0 => return Ok(self.fragment(input)),
                Stage::Fragment => self.stage = Stage::Data,
                Stage::Data if self.data_remaining > 0 => return self.value(input),
                Stage::Data => self.stage = Stage::Header,
                Stage::Header => {
                    if !self.header(input)? {
                        return Ok(None);
                    }
                    if matches!(self.stage, Stage::Data) {
                        return Ok(Some(Frame::Data));
                    }
                }
                Stage::Control { pdu_type, length } => {
                    return self.control(input, pdu_type, length);
                }
            }
        }
    }

    /// Bytes held back.
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len().saturating_add(self.partial.length)
    }

    /// Where in the stream the PDU at hand starts.
    pub(crate) const fn pdu_offset(&self) -> u64 {
        self.pdu_offset
    }

    /// Where in the stream the next byte of input is.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of the message fragment at hand still to come.
    pub(crate) const fn fragment_remaining(&self) -> u32 {
        self.fragment_remaining
    }

    /// Passes over bytes of the message fragment that the driver threw away itself; whether it is complete now.
    pub(crate) fn skip(&mut self, length: u32) -> bool {
        let length = length.min(self.fragment_remaining);
        self.fragment_remaining = self.fragment_remaining.saturating_sub(length);
        self.offset = self.offset.saturating_add(u64::from(length));
        self.fragment_remaining == 0
    }

    fn advance(&mut self, length: usize) {
        self.offset = self.offset.saturating_add(length as u64);
    }

    fn six(&mut self, input: &mut &[u8]) -> Option<[u8; HEADER_LENGTH]> {
        let before = input.len();
        let header = self.partial.fill(input);
        self.advance(before.saturating_sub(input.len()));
        header
    }

    /// Reads a PDU header and moves to the stage after it, or finds it incomplete.
    fn header(&mut self, input: &mut &[u8]) -> Result<bool, Error> {
        let Some(header) = self.six(input) else {
            return Ok(false);
        };
        self.pdu_offset = self.offset.saturating_sub(HEADER_LENGTH as u64);
        let [type_byte, _, l0, l1, l2, l3] = header;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let Some(pdu_type) = PduType::from_byte(type_byte) else {
            return Err(self.unrecognized(header));
        };
        let is_data = pdu_type == PduType::PDataTf;
        let limit = if is_data {
            self.limits.max_data_pdu
        } else {
            self.limits.max_control_pdu
        };
        if length > limit {
            return Err(Error::PduTooLong {
                pdu_type: type_byte,
                length,
                limit,
                offset: self.pdu_offset,
            });
        }
        if is_data {
            self.data_remaining = length;
            self.stage = Stage::Data;
        } else {
            self.stage = Stage::Control {
                pdu_type,
                length: length as usize,
            };
        }
        Ok(true)
    }

    fn unrecognized(&self, header: [u8; HEADER_LENGTH]) -> Error {
        let [pdu_type, ..] = header;
        if self.pdu_offset > 0 {
            return Error::UnrecognizedPdu {
                pdu_type,
                offset: self.pdu_offset,
            };
        }
        Error::NotDicom {
            first_bytes: header,
            offset: 0,
            hint: hint(&header),
        }
    }

    fn control(
        &mut self,
        input: &mut &[u8],
        pdu_type: PduType,
        length: usize,
    ) -> Result<Option<Frame<'static>>, Error> {
        let start = self.pdu_offset.saturating_add(HEADER_LENGTH as u64);
        let missing = length.saturating_sub(self.buffer.len());
        let Some((taken, rest)) = input.split_at_checked(missing) else {
            self.buffer.extend_from_slice(input);
            self.advance(input.len());
            *input = &[];
            return Ok(None);
        };
        *input = rest;
        self.advance(taken.len());
        self.stage = Stage::Header;
        let pdu = if self.buffer.is_empty() {
            Pdu::decode_body(pdu_type, taken, start)?
        } else {
            // Control PDUs are rare: give the memory back.
            let mut body = std::mem::take(&mut self.buffer);
            body.extend_from_slice(taken);
            Pdu::decode_body(pdu_type, &body, start)?
        };
        Ok(Some(Frame::Control(pdu)))
    }

    fn value(&mut self, input: &mut &[u8]) -> Result<Option<Frame<'static>>, Error> {
        if self.data_remaining < VALUE_HEADER_LENGTH {
            return Err(self.invalid_value("a presentation data value or the end of the PDU"));
        }
        let Some([l0, l1, l2, l3, context_id, control]) = self.six(input) else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([l0, l1, l2, l3])
            .checked_sub(VALUE_PREFIX_LENGTH)
            .ok_or_else(|| self.invalid_value("a value length of at least 2"))?;
        self.data_remaining = self
            .data_remaining
            .saturating_sub(VALUE_HEADER_LENGTH)
            .checked_sub(length)
            .ok_or_else(|| self.invalid_value("a value that ends inside the PDU"))?;
        self.fragment_remaining = length;
        self.stage = Stage::Fragment;
        Ok(Some(Frame::Value(ValueHeader {
            context_id,
            is_command: control & 1 != 0,
            is_last: control & 2 != 0,
            length,
            offset: self.offset.saturating_sub(u64::from(VALUE_HEADER_LENGTH)),
        })))
    }

    fn invalid_value(&self, expected: &'static str) -> Error {
        Error::InvalidPdu {
            pdu: PduType::PDataTf.name(),
            offset: self.offset,
            expected,
            found: format!("{} bytes left in the PDU", self.data_remaining),
        }
    }

    fn fragment<'a>(&mut self, input: &mut &'a [u8]) -> Option<Frame<'a>> {
        if input.is_empty() {
            return None;
        }
        let wanted = self.fragment_remaining as usize;
        let (bytes, rest) = input.split_at_checked(wanted).unwrap_or((*input, &[]));
        *input = rest;
        self.advance(bytes.len());
        // `bytes` is no longer than the 32-bit count it was cut to.
        let taken = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.fragment_remaining = self.fragment_remaining.saturating_sub(taken);
        Some(Frame::Fragment {
            bytes,
            complete: self.fragment_remaining == 0,
        })
    }
}

/// What a stream that is not DICOM looks like.
fn hint(first_bytes: &[u8; HEADER_LENGTH]) -> &'static str {
    match first_bytes {
        [0x15 | 0x16, 0x03, ..] => {
            "; it looks like TLS, so one side is secured and the other is not"
        }
        [b'H', b'T', b'T', b'P', ..] => "; it looks like an HTTP server",
        [b'G', b'E', b'T', b' ', ..] | [b'P', b'O', b'S', b'T', ..] => {
            "; it looks like an HTTP client"
        }
        [b'S', b'S', b'H', b'-', ..] => "; it looks like SSH",
        bytes
            if bytes
                .iter()
                .all(|byte| byte.is_ascii_graphic() || *byte == b' ') =>
        {
            "; it looks like a text protocol"
        }
        _ => "",
    }
}
