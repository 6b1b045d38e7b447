//! Binary numbers (PS3.5 §6.2), in the byte order of the data set.

use super::Pieces;
use crate::vr::Vr;

/// A number as callers have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer that fits 64 bits with sign.
    Signed(i64),
    /// An integer beyond that, for UV.
    Unsigned(u64),
    /// A floating point number.
    Float(f64),
}

impl Number {
    fn integer<T: TryFrom<i64> + TryFrom<u64>>(self) -> Option<T> {
        match self {
            Self::Signed(number) => T::try_from(number).ok(),
            Self::Unsigned(number) => T::try_from(number).ok(),
            Self::Float(_) => None,
        }
    }

    // An integer becomes the nearest floating point number, as everywhere.
    #[allow(clippy::cast_precision_loss)]
    const fn float(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// As FL has it; `None` when a finite number would become infinite.
    #[allow(clippy::cast_possible_truncation)]
    fn single(self) -> Option<f32> {
        let double = self.float();
        let single = double as f32;
        (single.is_finite() || !double.is_finite()).then_some(single)
    }
}

macro_rules! push_numbers {
    ($pieces:expr, $number:expr) => {
        match $number {
            Some(number) if $pieces.encoding.big_endian => $pieces.push(&number.to_be_bytes()),
            Some(number) => $pieces.push(&number.to_le_bytes()),
            None => return false,
        }
    };
}

impl Pieces {
    /// Appends a number of 16 bits.
    pub(super) fn push_u16(&mut self, number: u16) {
        if self.encoding.big_endian {
            self.push(&number.to_be_bytes());
        } else {
            self.push(&number.to_le_bytes());
        }
    }

    /// Appends a number as its VR has it, or says that the VR cannot have it and appends nothing.
    #[inline]
    #[must_use]
    pub fn push_number(&mut self, vr: Vr, number: Number) -> bool {
        match vr {
            Vr::US => push_numbers!(self, number.integer::<u16>()),
            Vr::SS => push_numbers!(self, number.integer::<i16>()),
            Vr::UL => push_numbers!(self, number.integer::<u32>()),
            Vr::SL => push_numbers!(self, number.integer::<i32>()),
            Vr::UV => push_numbers!(self, number.integer::<u64>()),
            Vr::SV => push_numbers!(self, number.integer::<i64>()),
            Vr::FL => push_numbers!(self, number.single()),
            Vr::FD => push_numbers!(self, Some(number.float())),
            _ => return false,
        }
        true
    }

    /// The numbers a VR can have, in words for messages.
    #[must_use]
    pub const fn numbers_of(vr: Vr) -> &'static str {
        match vr {
            Vr::US => "0 to 65535",
            Vr::SS => "-32768 to 32767",
            Vr::UL => "0 to 4294967295",
            Vr::SL => "-2147483648 to 2147483647",
            Vr::UV => "0 to 18446744073709551615",
            Vr::SV => "-9223372036854775808 to 9223372036854775807",
            Vr::FL => "a floating point number of 32 bits",
            _ => "a floating point number",
        }
    }
}
