//! Dates and times (PS3.5 Table 6.2-1: DA, TM, DT), as precise as they are written.
//!
//! Ranges, which only queries have (PS3.4 §C.2.2.2.5), are not read here.

/// A date (DA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

/// A time of day (TM). What is left out at its end is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// The hour, to 23.
    pub hour: u8,
    /// The minute.
    pub minute: Option<u8>,
    /// The second; 60 is a leap second.
    pub second: Option<u8>,
    /// The fraction of the second.
    pub microsecond: Option<u32>,
}

/// A date with a time of day (DT). What is left out at its end is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: Option<u8>,
    /// The day of the month, from 1.
    pub day: Option<u8>,
    /// The time of day.
    pub time: Option<Time>,
    /// Minutes ahead of UTC. Without it, Timezone Offset From UTC (0008,0201) or the clock of
    /// the writer counts.
    pub utc_offset: Option<i16>,
}

impl Date {
    /// Reads `YYYYMMDD`, or `YYYY.MM.DD` as before DICOM 3.0; `None` when there is no such day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::new(text);
        let year = reader.number(4)?;
        let has_dots = reader.skip(b'.');
        let month = reader.small()?;
        if reader.skip(b'.') != has_dots {
            return None;
        }
        let day = reader.small()?;
        let is_real = reader.is_over() && is_day(year, month, day);
        is_real.then_some(Self { year, month, day })
    }
}

impl Time {
    /// Reads `HHMMSS.FFFFFF` or a beginning of it, or `HH:MM:SS.FFFFFF` as before DICOM 3.0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::new(text);
        let time = Self::read(&mut reader)?;
        reader.is_over().then_some(time)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut time = Self {
            hour: reader.small().filter(|hour| *hour < 24)?,
            minute: None,
            second: None,
            microsecond: None,
        };
        let has_colons = reader.skip(b':');
        if !has_colons && !reader.is_at_digit() {
            return Some(time);
        }
        time.minute = Some(reader.small().filter(|minute| *minute < 60)?);
        if reader.skip(b':') != has_colons && reader.is_at_digit() {
            return None;
        }
        if !reader.is_at_digit() {
            return Some(time);
        }
        time.second = Some(reader.small().filter(|second| *second <= 60)?);
        if reader.skip(b'.') {
            time.microsecond = Some(reader.fraction()?);
        }
        Some(time)
    }
}

impl DateTime {
    /// Reads `YYYYMMDDHHMMSS.FFFFFF&ZZXX`, or a beginning of it followed by the offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::new(text);
        let mut read = Self {
            year: reader.number(4)?,
            month: None,
            day: None,
            time: None,
            utc_offset: None,
        };
        if reader.is_at_digit() {
            read.month = Some(reader.small().filter(|month| (1..=12).contains(month))?);
        }
        if let Some(month) = read.month
            && reader.is_at_digit()
        {
            read.day = Some(
                reader
                    .small()
                    .filter(|day| is_day(read.year, month, *day))?,
            );
        }
        if read.day.is_some() && reader.is_at_digit() {
            read.time = Some(Time::read(&mut reader)?);
        }
        reader.skip_spaces();
        if !reader.is_over() {
            read.utc_offset = Some(reader.utc_offset()?);
        }
        reader.is_over().then_some(read)
    }
}

fn is_day(year: u16, month: u8, day: u8) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Reads numbers of so many digits from the front of a text.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let rest = text.trim_matches(' ').as_bytes();
        Self { rest }
    }

    const fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    const fn is_at_digit(&self) -> bool {
        matches!(self.rest, [b'0'..=b'9', ..])
    }

    fn skip(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn skip_spaces(&mut self) {
        while self.skip(b' ') {}
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        let digit = first.checked_sub(b'0').filter(|digit| *digit < 10)?;
        self.rest = rest;
        Some(digit)
    }

    fn number(&mut self, count: usize) -> Option<u16> {
        (0..count).try_fold(0_u16, |number, _| {
            let digit = self.digit()?;
            number.checked_mul(10)?.checked_add(u16::from(digit))
        })
    }

    /// A number of two digits.
    fn small(&mut self) -> Option<u8> {
        u8::try_from(self.number(2)?).ok()
    }

    /// One to six digits behind a decimal point, as millionths.
    fn fraction(&mut self) -> Option<u32> {
        if !self.is_at_digit() {
            return None;
        }
        let millionths = (0..6).try_fold(0_u32, |number, _| {
            let digit = if self.is_at_digit() { self.digit()? } else { 0 };
            number.checked_mul(10)?.checked_add(u32::from(digit))
        })?;
        (!self.is_at_digit()).then_some(millionths)
    }

    /// `&ZZXX`: from -12:00 to +14:00.
    fn utc_offset(&mut self) -> Option<i16> {
        let is_behind = self.skip(b'-');
        if !is_behind && !self.skip(b'+') {
            return None;
        }
        let hours = i16::from(self.small()?);
        let minutes = i16::from(self.small().filter(|minutes| *minutes < 60)?);
        let ahead = hours.checked_mul(60)?.checked_add(minutes)?;
        let offset = if is_behind {
            ahead.checked_neg()?
        } else {
            ahead
        };
        (-12 * 60..=14 * 60).contains(&offset).then_some(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_real_days() {
        let leap = Some(Date {
            year: 2024,
            month: 2,
            day: 29,
        });
        assert_eq!(Date::parse("20240229"), leap);
        assert_eq!(Date::parse("2024.02.29"), leap);
        assert_eq!(Date::parse("20240229 "), leap);
        for bad in [
            "20230229",
            "19000229",
            "20241301",
            "20240100",
            "2024022",
            "202402290",
            "2024.0229",
            "202402.29",
            "2024-02-29",
            "",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        assert!(Date::parse("20000229").is_some());
    }

    #[test]
    fn times_are_as_precise_as_written() {
        let time = |minute, second, microsecond| {
            Some(Time {
                hour: 7,
                minute,
                second,
                microsecond,
            })
        };
        assert_eq!(Time::parse("07"), time(None, None, None));
        assert_eq!(Time::parse("0709"), time(Some(9), None, None));
        assert_eq!(Time::parse("07:09"), time(Some(9), None, None));
        assert_eq!(Time::parse("070960"), time(Some(9), Some(60), None));
        assert_eq!(
            Time::parse("070907.5"),
            time(Some(9), Some(7), Some(500_000))
        );
        assert_eq!(
            Time::parse("07:09:07.000001"),
            time(Some(9), Some(7), Some(1))
        );
        for bad in [
            "",
            "7",
            "24",
            "0760",
            "070961",
            "070907.",
            "070907.1234567",
            "07:0907",
            "0709:07",
            "07.5",
            "07:",
        ] {
            assert_eq!(Time::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_with_time_may_end_anywhere() {
        let year = DateTime {
            year: 2024,
            month: None,
            day: None,
            time: None,
            utc_offset: None,
        };
        assert_eq!(DateTime::parse("2024"), Some(year));
        let east = DateTime {
            utc_offset: Some(330),
            ..year
        };
        assert_eq!(DateTime::parse("2024+0530"), Some(east));
        let full = DateTime {
            month: Some(2),
            day: Some(29),
            time: Time::parse("070907.25"),
            utc_offset: Some(-90),
            ..year
        };
        assert_eq!(DateTime::parse("20240229070907.25-0130"), Some(full));
        for bad in [
            "202",
            "202413",
            "20230229",
            "2024022925",
            "2024+1500",
            "2024-1201",
            "2024+0060",
            "2024Z",
            "2024+01001",
        ] {
            assert_eq!(DateTime::parse(bad), None, "{bad}");
        }
    }
}
