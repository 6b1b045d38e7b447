//! Answers as bytes of the wire: one block of P-DATA-TF PDUs per presentation context, sent over and over.

use dicomwire_dataset::syntax::Encoding;
use dicomwire_proto::command::CommandSet;

use crate::Error;
use crate::studies::{VARIETY, identifier};

/// Status of a response with more to come (PS3.4 Table C.4-1).
const PENDING: u16 = 0xFF00;
/// Type of P-DATA-TF (PS3.8 §9.3.5).
const P_DATA_TF: u8 = 4;
/// Message control header: command set, last fragment (PS3.8 Annex E.2).
const LAST_OF_COMMAND: u8 = 3;
/// Message control header: data set, last fragment.
const LAST_OF_DATA_SET: u8 = 2;

/// How answers are put into PDUs. Both are allowed (PS3.8 Annex E.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pdus {
    /// Command set and identifier in a PDU each, as DCMTK, pynetdicom and dcm4che do.
    #[default]
    Separate,
    /// Both in one.
    One,
}

/// The identifiers in both encodings, made once for all associations.
#[derive(Debug)]
pub struct Identifiers {
    explicit: Vec<Vec<u8>>,
    implicit: Vec<Vec<u8>>,
}

impl Identifiers {
    /// Encodes all of [`VARIETY`].
    ///
    /// # Errors
    /// Those of [`identifier`].
    pub fn new() -> Result<Self, Error> {
        let all = |encoding| {
            (0..VARIETY).map(move |number| {
                let study_id = (number % 1000).to_string();
                identifier(number, &study_id, encoding)
            })
        };
        Ok(Self {
            explicit: all(Encoding::EXPLICIT_LITTLE).collect::<Result<_, _>>()?,
            implicit: all(Encoding::IMPLICIT_LITTLE).collect::<Result<_, _>>()?,
        })
    }

    fn of(&self, encoding: Encoding) -> &[Vec<u8>] {
        if encoding.implicit {
            &self.implicit
        } else {
            &self.explicit
        }
    }
}

/// Answers to one request, encoded whole.
#[derive(Debug)]
pub struct Prepared {
    bytes: Vec<u8>,
    /// Where each answer ends in `bytes`.
    ends: Vec<usize>,
}

/// How the answers to one request are put on the wire.
#[derive(Debug)]
pub struct Framing {
    context_id: u8,
    /// The presentation data value with the command set, the same for every answer.
    command: Vec<u8>,
    pdus: Pdus,
    /// The peer's maximum length, 0 for none.
    peer_limit: u32,
}

impl Framing {
    /// For the answers to a C-FIND-RQ that came on this context.
    #[must_use]
    pub fn new(request: &CommandSet, context_id: u8, pdus: Pdus, peer_limit: u32) -> Self {
        let mut command = Vec::new();
        CommandSet {
            has_data_set: true,
            ..request.response_to(PENDING)
        }
        .encode(&mut command);
        Self {
            context_id,
            command: value(context_id, LAST_OF_COMMAND, &command),
            pdus,
            peer_limit,
        }
    }

    /// Appends the PDUs of one answer.
    ///
    /// # Errors
    /// [`Error::PeerLimit`] if the peer takes none that long.
    pub fn frame(&self, identifier: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let identifier = value(self.context_id, LAST_OF_DATA_SET, identifier);
        match self.pdus {
            Pdus::Separate => {
                self.push(&[&self.command], out)?;
                self.push(&[&identifier], out)
            }
            Pdus::One => self.push(&[&self.command, &identifier], out),
        }
    }

    /// Appends a P-DATA-TF with these presentation data values.
    fn push(&self, values: &[&[u8]], out: &mut Vec<u8>) -> Result<(), Error> {
        let length: usize = values.iter().map(|value| value.len()).sum();
        if self.peer_limit != 0 && usize::try_from(self.peer_limit).is_ok_and(|most| length > most)
        {
            return Err(Error::PeerLimit {
                limit: self.peer_limit,
                needed: length,
            });
        }
        out.extend_from_slice(&[P_DATA_TF, 0]);
        out.extend_from_slice(&length_of(length));
        for value in values {
            out.extend_from_slice(value);
        }
        Ok(())
    }
}

impl Prepared {
    /// Encodes at most `count` answers; [`VARIETY`] suffice for any number.
    ///
    /// # Errors
    /// Those of [`Framing::frame`].
    pub fn new(
        framing: &Framing,
        identifiers: &Identifiers,
        encoding: Encoding,
        count: usize,
    ) -> Result<Self, Error> {
        let mut prepared = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        for identifier in identifiers.of(encoding).iter().take(count) {
            framing.frame(identifier, &mut prepared.bytes)?;
            prepared.ends.push(prepared.bytes.len());
        }
        Ok(prepared)
    }

    /// How many different answers there are.
    #[must_use]
    pub const fn variety(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of as many answers from this one on as fit into `room`, at least one, at most `most`; and how many
    /// they are. Answers are numbered over all repetitions of the block.
    #[must_use]
    pub fn from(&self, number: usize, most: usize, room: usize) -> (&[u8], usize) {
        let first = number % self.variety();
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        let ends = &self.ends[first..self.variety().min(first.saturating_add(most))];
        let count = ends.partition_point(|end| end - start <= room).max(1);
        (&self.bytes[start..ends[count - 1]], count)
    }
}

/// A presentation data value item (PS3.8 §9.3.5.1).
fn value(context_id: u8, control: u8, message: &[u8]) -> Vec<u8> {
    let mut item = length_of(message.len() + 2).to_vec();
    item.extend_from_slice(&[context_id, control]);
    item.extend_from_slice(message);
    item
}

/// A length as the upper layer writes it; nothing here comes near four gigabytes.
fn length_of(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(pdus: Pdus, count: usize, peer_limit: u32) -> Result<Prepared, Error> {
        let request = CommandSet::c_find_rq(7, "1.2.840.10008.5.1.4.1.2.2.1", 0_u16);
        let identifiers = Identifiers::new()?;
        let encoding = Encoding::EXPLICIT_LITTLE;
        let framing = Framing::new(&request, 1, pdus, peer_limit);
        Prepared::new(&framing, &identifiers, encoding, count)
    }

    #[test]
    fn the_pieces_of_a_repeated_block_are_all_of_it_in_order() {
        let block = prepared(Pdus::One, 5, 0).expect("a block");
        assert_eq!(block.variety(), 5);
        let (mut number, mut sent) = (0, Vec::new());
        while number < 12 {
            let (bytes, count) = block.from(number, 12 - number, 1000);
            assert!((1..=2).contains(&count));
            sent.extend_from_slice(bytes);
            number += count;
        }
        let (whole, _) = block.from(0, 5, usize::MAX);
        let (two, _) = block.from(0, 2, usize::MAX);
        assert_eq!(sent, [whole, whole, two].concat());
    }

    #[test]
    fn an_answer_longer_than_all_room_goes_alone() {
        let block = prepared(Pdus::Separate, 5, 16384).expect("a block");
        let (bytes, count) = block.from(3, 100, 1);
        assert_eq!(count, 1);
        assert_eq!(bytes[0], P_DATA_TF);
    }

    #[test]
    fn a_peer_that_takes_only_short_pdus_is_told_so() {
        assert!(matches!(
            prepared(Pdus::Separate, 5, 100),
            Err(Error::PeerLimit {
                limit: 100,
                needed: 300..
            })
        ));
    }
}
