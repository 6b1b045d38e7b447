//! Reading numbers and dates: from text (IS, DS, DA) as well as from binary values.

use chrono::NaiveDate;
use dicomwire_dataset::value::Value;
use dicomwire_dataset::{Error, Vr};

/// Something that a value is a list of.
pub(crate) trait Item: Sized {
    /// What it is called in messages.
    const EXPECTED: &'static str;

    /// Reads one value of a text VR, without padding; never called for nothing.
    fn from_text(text: &str) -> Option<Self>;

    /// Shows the numbers of a binary value to `each`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when the value has no such numbers.
    fn from_binary(value: &Value<'_>, each: &mut dyn FnMut(Option<Self>)) -> Result<bool, Error>;
}

/// Shows each value to `each`: `Ok(None)` for an empty one, the text for one that cannot be read.
/// Returns whether the VR can hold such values at all.
///
/// # Errors
/// [`Error::InvalidValue`] for a binary value of the wrong length.
pub(crate) fn each_item<'a, T: Item>(
    value: &Value<'a>,
    mut each: impl FnMut(Result<Option<T>, &'a [u8]>),
) -> Result<bool, Error> {
    if !value.vr().is_text() && value.vr() != Vr::UN {
        return T::from_binary(value, &mut |item| {
            each(item.map(Some).ok_or(&b"a number"[..]))
        });
    }
    for part in value.as_bytes().split(|byte| *byte == b'\\') {
        let part = trim(part);
        let item = std::str::from_utf8(part).ok().and_then(T::from_text);
        each(match item {
            Some(item) => Ok(Some(item)),
            None if part.is_empty() => Ok(None),
            None => Err(part),
        });
    }
    Ok(true)
}

/// Removes the padding of a single value.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | 0, rest @ ..] | [rest @ .., b' ' | 0] = bytes {
        bytes = rest;
    }
    bytes
}

impl Item for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Option<Self> {
        // Some writers put a point into an IS; what is whole all the same is taken.
        text.parse().ok().or_else(|| {
            let number = f64::from_text(text)?;
            let whole = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
            #[allow(clippy::cast_possible_truncation)]
            whole.then_some(number as Self)
        })
    }

    fn from_binary(value: &Value<'_>, each: &mut dyn FnMut(Option<Self>)) -> Result<bool, Error> {
        match value.vr() {
            Vr::US => value.u16s()?.for_each(|number| each(Some(number.into()))),
            Vr::SS => value.i16s()?.for_each(|number| each(Some(number.into()))),
            Vr::UL => value.u32s()?.for_each(|number| each(Some(number.into()))),
            Vr::SL => value.i32s()?.for_each(|number| each(Some(number.into()))),
            Vr::SV => value.i64s()?.for_each(|number| each(Some(number))),
            Vr::UV => value
                .u64s()?
                .for_each(|number| each(number.try_into().ok())),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Item for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_text(text: &str) -> Option<Self> {
        // Rust would also read "inf" and "nan", which are no decimal strings (PS3.5 §6.2).
        let is_decimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let number: Self = text.bytes().all(is_decimal).then(|| text.parse().ok())??;
        // What is too large to be held is not infinite.
        number.is_finite().then_some(number)
    }

    fn from_binary(value: &Value<'_>, each: &mut dyn FnMut(Option<Self>)) -> Result<bool, Error> {
        match value.vr() {
            Vr::FL => value.f32s()?.for_each(|number| each(Some(number.into()))),
            Vr::FD => value.f64s()?.for_each(|number| each(Some(number))),
            #[allow(clippy::cast_precision_loss)]
            _ => return i64::from_binary(value, &mut |number| each(number.map(|it| it as Self))),
        }
        Ok(true)
    }
}

/// A number of so many digits, and nothing but digits.
fn number<const DIGITS: usize>(digits: [u8; DIGITS]) -> Option<u32> {
    digits.into_iter().try_fold(0, |number: u32, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u32::from(digit))
    })
}

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days(pub(crate) i32);

impl Item for Days {
    const EXPECTED: &'static str = "a date (YYYYMMDD)";

    fn from_text(text: &str) -> Option<Self> {
        // Until 1993 dates were written with points (PS3.5 §6.2, the note on DA).
        let (year, month, day) = match *text.as_bytes() {
            [y0, y1, y2, y3, m0, m1, d0, d1] | [y0, y1, y2, y3, b'.', m0, m1, b'.', d0, d1] => (
                number([y0, y1, y2, y3])?,
                number([m0, m1])?,
                number([d0, d1])?,
            ),
            _ => return None,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        (year > 0).then(|| Self(date.to_epoch_days()))
    }

    fn from_binary(_: &Value<'_>, _: &mut dyn FnMut(Option<Self>)) -> Result<bool, Error> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("7", Some(7)),
            ("-12", Some(-12)),
            ("+3", Some(3)),
            ("2.0", Some(2)),
            ("2.5", None),
            ("1 2", None),
            ("0x10", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(i64::from_text(text), expected, "{text}");
        }
    }

    #[test]
    fn decimals_are_those_of_the_standard() {
        for (text, expected) in [
            ("1.25", Some(1.25)),
            ("-1e3", Some(-1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("nan", None),
            ("inf", None),
            ("1e400", None),
            ("1,5", None),
        ] {
            assert_eq!(f64::from_text(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_days() {
        for (text, expected) in [
            ("19700101", Some(Days(0))),
            ("20240229", Some(Days(19782))),
            ("1969.12.31", Some(Days(-1))),
            ("20230229", None),
            ("2023022", None),
            ("2023+229", None),
            ("00000101", None),
            ("20230101-", None),
        ] {
            assert_eq!(Days::from_text(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(number: i64, float in -1e300..1e300) {
            prop_assert_eq!(i64::from_text(&number.to_string()), Some(number));
            prop_assert_eq!(f64::from_text(&format!("{float:e}")), Some(float));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = (i64::from_text(&text), f64::from_text(&text), Days::from_text(&text));
        }
    }
}
