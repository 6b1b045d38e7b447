//! Ending elements and items: lengths are filled in once they are known.

use super::{ITEM_DELIMITATION, Open, Pieces, SEQUENCE_DELIMITATION, header};
use crate::error::Error;
use crate::header::UNDEFINED_LENGTH;
use crate::path::TagPath;
use crate::vr::Vr;

/// How an element was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// As it was begun.
    AsOpened,
    /// The value is longer than the length field of its VR can say, so it was written as UN
    /// (PS3.5 §6.2.2).
    AsUnknown,
}

impl Pieces {
    /// Ends an element: fills in its length, or writes the delimitation of one of undefined length.
    ///
    /// # Errors
    /// [`Error::ValueTooLong`] for a value of 4 GiB.
    #[inline]
    pub fn close(&mut self, open: Open) -> Result<Closed, Error> {
        if open.is_undefined {
            header::encode(
                &mut self.out,
                self.encoding,
                SEQUENCE_DELIMITATION,
                [0; 2],
                0,
            );
            return Ok(Closed::AsOpened);
        }
        let length = self.length_of(&open);
        let has_short_field = !self.encoding.implicit
            && !Vr::from_bytes(open.letters).is_some_and(Vr::has_long_length);
        if !has_short_field {
            self.fill_long(&open, length)?;
            return Ok(Closed::AsOpened);
        }
        let Ok(short) = u16::try_from(length) else {
            self.widen(&open, length)?;
            return Ok(Closed::AsUnknown);
        };
        let bytes = if self.encoding.big_endian {
            short.to_be_bytes()
        } else {
            short.to_le_bytes()
        };
        self.overwrite(open.value.saturating_sub(2), &bytes);
        Ok(Closed::AsOpened)
    }

    /// Ends an item.
    ///
    /// # Errors
    /// [`Error::ValueTooLong`] for an item of 4 GiB.
    #[inline]
    pub fn close_item(&mut self, open: Open) -> Result<(), Error> {
        if open.is_undefined {
            header::encode(&mut self.out, self.encoding, ITEM_DELIMITATION, [0; 2], 0);
            return Ok(());
        }
        self.fill_long(&open, self.length_of(&open))
    }

    fn fill_long(&mut self, open: &Open, length: u64) -> Result<(), Error> {
        let length = long_length(open, length)?;
        let bytes = if self.encoding.big_endian {
            length.to_be_bytes()
        } else {
            length.to_le_bytes()
        };
        self.overwrite(open.value.saturating_sub(4), &bytes);
        Ok(())
    }

    fn overwrite(&mut self, position: usize, bytes: &[u8]) {
        let end = position.saturating_add(bytes.len());
        if let Some(field) = self.out.get_mut(position..end) {
            field.copy_from_slice(bytes);
        }
    }

    /// Puts the longer header of UN in the place of the one that was begun.
    fn widen(&mut self, open: &Open, length: u64) -> Result<(), Error> {
        let mut wide = Vec::with_capacity(header::MAX_SIZE);
        let length = long_length(open, length)?;
        header::encode(&mut wide, self.encoding, open.tag, Vr::UN.bytes(), length);
        let growth = wide
            .len()
            .saturating_sub(open.value.saturating_sub(open.header));
        self.out.splice(open.header..open.value, wide);
        for gap in self.gaps.iter_mut().skip(open.gap) {
            gap.position = gap.position.saturating_add(growth);
        }
        Ok(())
    }
}

fn long_length(open: &Open, length: u64) -> Result<u32, Error> {
    let limit = UNDEFINED_LENGTH.saturating_sub(1);
    u32::try_from(length)
        .ok()
        .filter(|length| *length <= limit)
        .ok_or_else(|| Error::ValueTooLong {
            path: TagPath::element(open.tag),
            length,
            limit: u64::from(limit),
        })
}
