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
        let all = |encoding| (0..VARIETY).map(move |number| identifier(number, encoding));
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

/// The answers to one request, encoded whole.
#[derive(Debug)]
pub struct Prepared {
    bytes: Vec<u8>,
    /// Where each answer ends in `bytes`.
    ends: Vec<usize>,
}

impl Prepared {
    /// Encodes the answers to a C-FIND-RQ that came on this context: at most `count`, and [`VARIETY`] suffice.
    ///
    /// # Errors
    /// [`Error::PeerLimit`] if the peer's maximum length, 0 for none, is below what an answer needs.
    pub fn new(
        request: &CommandSet,
        context_id: u8,
        identifiers: &Identifiers,
        encoding: Encoding,
        pdus: Pdus,
        count: usize,
        peer_limit: u32,
    ) -> Result<Self, Error> {
        let mut command = Vec::new();
        CommandSet {
            has_data_set: true,
            ..request.response_to(PENDING)
        }
        .encode(&mut command);
        let mut prepared = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        let mut longest = 0;
        for identifier in identifiers.of(encoding).iter().take(count) {
            let command = value(context_id, LAST_OF_COMMAND, &command);
            let identifier = value(context_id, LAST_OF_DATA_SET, identifier);
            longest = longest.max(match pdus {
                Pdus::Separate => {
                    let first = prepared.push(&[&command]);
                    first.max(prepared.push(&[&identifier]))
                }
                Pdus::One => prepared.push(&[&command, &identifier]),
            });
            prepared.ends.push(prepared.bytes.len());
        }
        let is_too_long = usize::try_from(peer_limit).is_ok_and(|limit| longest > limit);
        if peer_limit != 0 && is_too_long {
            return Err(Error::PeerLimit {
                limit: peer_limit,
                needed: longest,
            });
        }
        Ok(prepared)
    }

    /// Appends a P-DATA-TF with these presentation data values; the length it counts for.
    fn push(&mut self, values: &[&[u8]]) -> usize {
        let length: usize = values.iter().map(|value| value.len()).sum();
        self.bytes.extend_from_slice(&[P_DATA_TF, 0]);
        self.bytes.extend_from_slice(&length_of(length));
        for value in values {
            self.bytes.extend_from_slice(value);
        }
        length
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
        Prepared::new(&request, 1, &identifiers, encoding, pdus, count, peer_limit)
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
