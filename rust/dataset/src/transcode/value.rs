//! Passing a value through in pieces, its numbers turned to the other byte order on the way.

use crate::tag::Tag;

/// The widest number.
const WIDEST: usize = 8;

/// A value on its way.
#[derive(Debug)]
pub(super) struct Value {
    tag: Tag,
    /// Bytes of the value still to come.
    remaining: u64,
    /// How many bytes change places together; 1 copies.
    width: usize,
    /// The value is left out.
    is_dropped: bool,
    /// The beginning of a number that was cut between two pieces.
    cut: [u8; WIDEST],
    cut_length: usize,
    /// The first bytes of the value as they came in, for those who want to know them.
    first: [u8; 2],
    first_length: usize,
}

impl Value {
    pub(super) const fn copy(tag: Tag, length: u32, width: usize) -> Self {
        Self {
            tag,
            remaining: length as u64,
            width,
            is_dropped: false,
            cut: [0; WIDEST],
            cut_length: 0,
            first: [0; 2],
            first_length: 0,
        }
    }

    pub(super) const fn drop(tag: Tag, length: u32) -> Self {
        let mut value = Self::copy(tag, length, 1);
        value.is_dropped = true;
        value
    }

    pub(super) const fn tag(&self) -> Tag {
        self.tag
    }

    pub(super) const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// The first number of 16 bits, once it went by.
    pub(super) fn first_number(&self, big_endian: bool) -> Option<u16> {
        let decode = if big_endian {
            u16::from_be_bytes
        } else {
            u16::from_le_bytes
        };
        (self.first_length == 2).then(|| decode(self.first))
    }

    /// Passes on what the input has of the value; returns how many bytes that was.
    pub(super) fn pass(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> usize {
        let most = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        let (mut taken, rest) = input.split_at(input.len().min(most));
        *input = rest;
        let count = taken.len();
        self.remaining = self.remaining.saturating_sub(count as u64);
        self.note_first(taken);
        if self.is_dropped {
            return count;
        }
        if self.width == 1 {
            out.extend_from_slice(taken);
            return count;
        }
        self.complete_cut(&mut taken, out);
        let rest = taken.len().checked_rem(self.width).unwrap_or(0);
        let whole = taken.len().saturating_sub(rest);
        let (numbers, left) = taken.split_at(whole);
        swap_into(numbers, self.width, out);
        self.keep_cut(left);
        if self.remaining == 0 {
            // A value that ends within a number: what there is of it stays in its order.
            out.extend_from_slice(self.cut.get(..self.cut_length).unwrap_or_default());
            self.cut_length = 0;
        }
        count
    }

    fn note_first(&mut self, taken: &[u8]) {
        let free = self.first.iter_mut().skip(self.first_length);
        for (slot, byte) in free.zip(taken) {
            *slot = *byte;
            self.first_length = self.first_length.saturating_add(1);
        }
    }

    fn complete_cut(&mut self, taken: &mut &[u8], out: &mut Vec<u8>) {
        if self.cut_length == 0 {
            return;
        }
        let missing = self.width.saturating_sub(self.cut_length);
        let (head, rest) = taken.split_at(taken.len().min(missing));
        *taken = rest;
        self.keep_cut(head);
        if self.cut_length == self.width {
            let number = self.cut.get(..self.width).unwrap_or_default();
            out.extend(number.iter().rev());
            self.cut_length = 0;
        }
    }

    fn keep_cut(&mut self, bytes: &[u8]) {
        let free = self.cut.iter_mut().skip(self.cut_length);
        for (slot, byte) in free.zip(bytes) {
            *slot = *byte;
        }
        self.cut_length = self.cut_length.saturating_add(bytes.len()).min(WIDEST);
    }
}

/// Appends whole numbers in the other byte order.
fn swap_into(numbers: &[u8], width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(numbers);
    let Some(copied) = out.get_mut(start..) else {
        return;
    };
    match width {
        2 => copied
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .for_each(|n| n.reverse()),
        4 => copied
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|n| n.reverse()),
        8 => copied
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .for_each(|n| n.reverse()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(width: usize, pieces: &[&[u8]]) -> Vec<u8> {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let length = u32::try_from(length).expect("short");
        let mut value = Value::copy(Tag(0), length, width);
        let mut out = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            value.pass(&mut input, &mut out);
            assert!(input.is_empty());
        }
        assert_eq!(value.remaining(), 0);
        out
    }

    #[test]
    fn numbers_cut_between_pieces_are_swapped_whole() {
        let swapped = [4, 3, 2, 1, 8, 7, 6, 5];
        assert_eq!(pass(4, &[&[1, 2, 3, 4, 5, 6, 7, 8]]), swapped);
        assert_eq!(
            pass(4, &[&[1], &[2], &[], &[3, 4, 5], &[6, 7], &[8]]),
            swapped
        );
        assert_eq!(
            pass(8, &[&[1, 2, 3], &[4, 5, 6, 7, 8]]),
            [8, 7, 6, 5, 4, 3, 2, 1]
        );
    }

    #[test]
    fn half_a_number_at_the_end_stays() {
        assert_eq!(pass(2, &[&[1, 2, 3]]), [2, 1, 3]);
        assert_eq!(pass(4, &[&[1, 2], &[3]]), [1, 2, 3]);
    }

    #[test]
    fn the_first_number_is_noted() {
        let mut value = Value::copy(Tag(0), 6, 2);
        let mut out = Vec::new();
        value.pass(&mut &[1][..], &mut out);
        assert_eq!(value.first_number(false), None);
        value.pass(&mut &[0, 9][..], &mut out);
        assert_eq!(value.first_number(false), Some(1));
        assert_eq!(value.first_number(true), Some(256));
    }
}
