//! Values of character strings: several in one text, and those that stand for something else than
//! text.

use crate::error::Error;
use crate::value::moment::{Date, DateTime, Time};
use crate::value::{Value, pattern};
use crate::vr::Vr;

/// What pads a value to an even length (PS3.5 §6.2); NUL belongs to UI, but is found elsewhere.
pub(super) const PADDING: [char; 2] = ['\0', ' '];

/// Whether a backslash is part of the text and parts no values.
pub(super) const fn is_single(vr: Vr) -> bool {
    matches!(vr, Vr::LT | Vr::ST | Vr::UR | Vr::UT)
}

/// Splits the decoded text of an element into its values (PS3.5 §6.4) and removes the padding of
/// each. LT, ST, UR and UT are always one, backslashes included; an empty text is none.
pub fn values(vr: Vr, text: &str) -> impl Iterator<Item = &str> {
    let is_single = is_single(vr);
    let keeps_leading = is_single || vr == Vr::UC;
    let text = text.trim_end_matches(PADDING);
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let (value, tail) = match rest?.split_once('\\') {
            Some((value, tail)) if !is_single => (value, Some(tail)),
            _ => (rest?, None),
        };
        rest = tail;
        let value = value.trim_end_matches(PADDING);
        Some(if keeps_leading {
            value
        } else {
            value.trim_start_matches(' ')
        })
    })
}

/// Reads a decimal string (DS); `None` when it is none, or a number beyond what `f64` holds.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<f64> {
    let text = text.trim_matches(' ');
    if !pattern::is_decimal(text.as_bytes()) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads an integer string (IS). PS3.5 Table 6.2-1 allows 32 bits; writers that use more are read.
#[must_use]
pub fn parse_integer(text: &str) -> Option<i64> {
    let text = text.trim_matches(' ');
    pattern::is_integer(text.as_bytes()).then(|| text.parse().ok())?
}

macro_rules! parsed {
    ($($name:ident $type:ty, $parse:path, $expected:literal, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            /// A value that is left out (`1\\2`) is `None`.
            ///
            /// # Errors
            /// [`Error::InvalidValue`] when one of the values is none.
            pub fn $name(&self) -> Result<Vec<Option<$type>>, Error> {
                self.parse_each($parse, $expected)
            }
        )+
    };
}

impl<'a> Value<'a> {
    /// The values of a string in the default repertoire (AE, AS, CS, DA, DS, DT, IS, TM, UI, UR),
    /// without padding. Text in other character sets is decoded first, by
    /// [`text::decode`](crate::text::decode), and then split by [`values`].
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when the bytes are not ASCII.
    pub fn strings(&self) -> Result<impl Iterator<Item = &'a str>, Error> {
        let text = str::from_utf8(self.as_bytes()).ok();
        let ascii = text.filter(|text| text.is_ascii());
        let ascii = ascii.ok_or_else(|| self.invalid("ASCII text"))?;
        Ok(values(self.vr(), ascii))
    }

    parsed! {
        decimals f64, parse_decimal, "a list of decimal strings",
            "The value as decimal numbers (DS).";
        integers i64, parse_integer, "a list of integer strings",
            "The value as integers (IS).";
        dates Date, Date::parse, "a list of dates",
            "The value as dates (DA).";
        times Time, Time::parse, "a list of times",
            "The value as times of day (TM).";
        date_times DateTime, DateTime::parse, "a list of dates with times",
            "The value as dates with times (DT).";
    }

    fn parse_each<T>(
        &self,
        parse: impl Fn(&'a str) -> Option<T>,
        expected: &'static str,
    ) -> Result<Vec<Option<T>>, Error> {
        let parse = |text: &'a str| match text {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.invalid(expected)),
        };
        self.strings()?.map(parse).collect()
    }
}
