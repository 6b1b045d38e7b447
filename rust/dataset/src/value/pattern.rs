//! The forms of PS3.5 Table 6.2-1, matched from the front of the bytes: each function returns what
//! is left behind a match.

use std::ops::RangeInclusive;

/// How many digits a fraction of a second has at most.
const FRACTION_DIGITS: usize = 6;

/// What is left behind a match: usually one possibility, two where an offset from UTC may as well be
/// the beginning of the end of a range.
type Rests<'a> = [Option<&'a [u8]>; 2];

/// Takes so many digits.
pub(super) fn digits(bytes: &[u8], count: usize) -> Option<&[u8]> {
    let (digits, rest) = bytes.split_at_checked(count)?;
    digits.iter().all(u8::is_ascii_digit).then_some(rest)
}

/// Takes two digits within limits.
pub(super) fn two_digits(bytes: &[u8], limits: RangeInclusive<[u8; 2]>) -> Option<&[u8]> {
    let (pair, rest) = bytes.split_first_chunk::<2>()?;
    let is_number = pair.iter().all(u8::is_ascii_digit);
    (is_number && limits.contains(pair)).then_some(rest)
}

/// Takes a sign if there is one.
pub(super) fn sign(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'+' | b'-', rest @ ..] => rest,
        _ => bytes,
    }
}

/// Takes as many digits as there are, and tells how many.
pub(super) fn all_digits(bytes: &[u8]) -> (usize, &[u8]) {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    let count = count.count();
    (count, bytes.get(count..).unwrap_or_default())
}

pub(super) fn is_decimal(bytes: &[u8]) -> bool {
    let (whole, rest) = all_digits(sign(bytes));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => all_digits(rest),
        _ => (0, rest),
    };
    if whole == 0 && fraction == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => is_digits(sign(rest)),
        _ => false,
    }
}

pub(super) fn is_integer(bytes: &[u8]) -> bool {
    is_digits(sign(bytes))
}

fn is_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// AS: three digits and a unit.
pub(super) fn is_age(bytes: &[u8]) -> bool {
    matches!(digits(bytes, 3), Some([b'D' | b'W' | b'M' | b'Y']))
}

/// UR: the characters of RFC 3986, and padding.
pub(super) fn is_locator(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [head @ .., b' '] = rest {
        rest = head;
    }
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_:/?#[]@!$&'()*+,;=%-.~".contains(byte);
    rest.iter().all(is_allowed)
}

/// DA, or a range of dates (PS3.4 §C.2.2.2.5).
pub(super) fn is_date(bytes: &[u8]) -> bool {
    is_range(bytes, |bytes| {
        let month = digits(bytes, 4).and_then(|rest| two_digits(rest, *b"01"..=*b"12"));
        [
            month.and_then(|rest| two_digits(rest, *b"00"..=*b"31")),
            None,
        ]
    })
}

/// TM, or a range of times.
pub(super) fn is_time(bytes: &[u8]) -> bool {
    is_range(bytes, |bytes| [time(bytes), None])
}

/// DT, or a range of them.
pub(super) fn is_date_time(bytes: &[u8]) -> bool {
    is_range(bytes, |bytes| {
        let without_offset = date_time(bytes);
        [without_offset, without_offset.and_then(offset)]
    })
}

fn date_time(bytes: &[u8]) -> Option<&[u8]> {
    let year = digits(bytes, 4)?;
    let Some(month) = two_digits(year, *b"01"..=*b"12") else {
        return Some(year);
    };
    let Some(day) = two_digits(month, *b"00"..=*b"31") else {
        return Some(month);
    };
    Some(time(day).unwrap_or(day))
}

fn time(bytes: &[u8]) -> Option<&[u8]> {
    let hour = two_digits(bytes, *b"00"..=*b"23")?;
    let Some(minute) = two_digits(hour, *b"00"..=*b"59") else {
        return Some(hour);
    };
    let Some(second) = two_digits(minute, *b"00"..=*b"60") else {
        return Some(minute);
    };
    Some(fraction(second).unwrap_or(second))
}

/// A fraction of a second; the space that pads the value may follow it.
fn fraction(bytes: &[u8]) -> Option<&[u8]> {
    let (count, rest) = all_digits(bytes.strip_prefix(b".")?);
    let is_fraction = (1..=FRACTION_DIGITS).contains(&count);
    is_fraction.then(|| rest.strip_prefix(b" ").unwrap_or(rest))
}

fn offset(bytes: &[u8]) -> Option<&[u8]> {
    let [b'+' | b'-', rest @ ..] = bytes else {
        return None;
    };
    let is_near = matches!(rest.first(), Some(b'0' | b'1'));
    is_near.then(|| digits(rest, 4))?
}

/// One of something, or a range of it, open at one end or not.
fn is_range(bytes: &[u8], one: impl Fn(&[u8]) -> Rests<'_>) -> bool {
    let is_over = |rest: &[u8]| matches!(rest, [] | [b' ']);
    let ends_with_one = |bytes: &[u8]| one(bytes).into_iter().flatten().any(is_over);
    let is_single_or_begins = one(bytes).into_iter().flatten().any(|rest| match rest {
        [] => true,
        [b'-', end @ ..] => is_over(end) || ends_with_one(end),
        _ => false,
    });
    is_single_or_begins || bytes.strip_prefix(b"-").is_some_and(ends_with_one)
}
