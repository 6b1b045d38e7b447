//! Whether a value is one its VR allows (PS3.5 §6.2, Table 6.2-1): length, repertoire and form.
//!
//! The verdicts are those of pydicom, so that a value passed here is one pydicom says nothing about.

use crate::error::Error;
use crate::path::TagPath;
use crate::uid;
use crate::value::Value;
use crate::value::pattern;
use crate::value::strings::{PADDING, is_single};
use crate::vr::Vr;

/// How many characters each group of a person's name may have (PS3.5 §6.2).
const MAX_GROUP_LENGTH: usize = 64;
/// A person's name is written in up to three ways (PS3.5 §6.2.1.2).
const MAX_GROUPS: usize = 3;

/// What about a value is not as PS3.5 Table 6.2-1 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// More characters than allowed.
    #[error("{length} characters, of which {vr} allows {limit}")]
    TooLong {
        /// The VR.
        vr: Vr,
        /// How many there are.
        length: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A character that does not belong there, or not the form the VR has.
    #[error("not of the form of {vr}")]
    Form {
        /// The VR.
        vr: Vr,
    },
    /// More groups in a person's name than alphabetic, ideographic and phonetic.
    #[error("a name of {groups} groups")]
    TooManyGroups {
        /// How many there are.
        groups: usize,
    },
    /// Not a whole number of numbers or tags.
    #[error("{length} bytes, of which {vr} takes {width} each")]
    CutNumber {
        /// The VR.
        vr: Vr,
        /// How many bytes there are.
        length: usize,
        /// How many one number takes.
        width: usize,
    },
}

impl Value<'_> {
    /// Checks the value by the rules of its VR. `text` is all of the value decoded by its character
    /// sets, padding included; other than character strings do not need it.
    ///
    /// # Errors
    /// [`Error::Violation`] tells the first rule broken.
    pub fn validate(&self, text: &str) -> Result<(), Error> {
        let vr = self.vr();
        let outcome = if vr.is_text() {
            validate_all(vr, text)
        } else {
            validate_length(vr, self.as_bytes().len())
        };
        outcome.map_err(|violation| Error::Violation {
            path: TagPath::element(self.tag()),
            violation,
        })
    }
}

/// Checks the text of an element, each of its values by itself. What pads the whole text is no part
/// of it, except where pydicom counts it (LO, LT, SH and ST); spaces within it are.
///
/// # Errors
/// The first [`Violation`].
pub fn validate_all(vr: Vr, text: &str) -> Result<(), Violation> {
    let text = match vr {
        Vr::LO | Vr::LT | Vr::SH | Vr::ST => text,
        Vr::DS => text.trim_end_matches(PADDING).trim_start_matches(' '),
        _ => text.trim_end_matches(PADDING),
    };
    if is_single(vr) {
        return validate_one(vr, text);
    }
    text.split('\\').try_for_each(|value| {
        let value = match vr {
            Vr::AE => value.trim_matches(' '),
            // A number of spaces only is one left out.
            Vr::DS | Vr::IS if value.bytes().all(|byte| byte == b' ') => "",
            _ => value,
        };
        validate_one(vr, value)
    })
}

/// Checks one value of a character string VR as it stands. An empty one is always allowed.
///
/// # Errors
/// The first [`Violation`].
pub fn validate_one(vr: Vr, value: &str) -> Result<(), Violation> {
    if value.is_empty() {
        return Ok(());
    }
    if vr == Vr::PN {
        return validate_name(value);
    }
    if let Some(limit) = max_length(vr) {
        validate_characters(vr, value, limit)?;
    }
    let bytes = value.as_bytes();
    let has_form = match vr {
        Vr::AE => bytes.iter().all(|byte| matches!(byte, b' '..=b'~')),
        Vr::AS => pattern::is_age(bytes),
        Vr::CS => bytes
            .iter()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'_')),
        Vr::DA => pattern::is_date(bytes),
        Vr::DS => pattern::is_decimal(value.trim_matches(' ').as_bytes()),
        Vr::DT => pattern::is_date_time(bytes),
        Vr::IS => pattern::is_integer(value.trim_matches(' ').as_bytes()),
        Vr::TM => pattern::is_time(bytes),
        Vr::UI => uid::is_valid(value),
        Vr::UR => pattern::is_locator(bytes),
        _ => true,
    };
    if has_form {
        Ok(())
    } else {
        Err(Violation::Form { vr })
    }
}

/// How many characters a value may have; `None` where the standard sets no limit below 2³² or the
/// form decides.
#[must_use]
pub const fn max_length(vr: Vr) -> Option<usize> {
    match vr {
        Vr::IS => Some(12),
        Vr::AE | Vr::CS | Vr::DS | Vr::SH => Some(16),
        Vr::LO | Vr::UI => Some(64),
        Vr::ST => Some(1024),
        Vr::LT => Some(10240),
        _ => None,
    }
}

fn validate_characters(vr: Vr, value: &str, limit: usize) -> Result<(), Violation> {
    // Every character takes a byte at least.
    if value.len() <= limit {
        return Ok(());
    }
    let length = value.chars().count();
    if length <= limit {
        return Ok(());
    }
    Err(Violation::TooLong { vr, length, limit })
}

fn validate_name(value: &str) -> Result<(), Violation> {
    let groups = value.split('=').count();
    if groups > MAX_GROUPS {
        return Err(Violation::TooManyGroups { groups });
    }
    let mut groups = value.split('=');
    groups.try_for_each(|group| validate_characters(Vr::PN, group, MAX_GROUP_LENGTH))
}

/// Checks the length of a binary value.
fn validate_length(vr: Vr, length: usize) -> Result<(), Violation> {
    let width = match vr {
        Vr::AT => 4,
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => vr.swap_width(),
        _ => 1,
    };
    if length.is_multiple_of(width) {
        Ok(())
    } else {
        Err(Violation::CutNumber { vr, length, width })
    }
}
