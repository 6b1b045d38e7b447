//! Text for columns: decoded from its character set, without padding; numbers and tags spelled out.

use std::borrow::Cow;
use std::fmt::Write as _;

use arrow_array::builder::{ListBuilder, StringBuilder};
use dicomwire_dataset::text::{CharacterSets, Fidelity, Problem};
use dicomwire_dataset::value::Value;
use dicomwire_dataset::{Error, Vr};

use crate::columns::{Cell, Unreadable};
use crate::numbers::{Item, each_item, trim};

/// A text, and what it lacks of what the file says.
pub(crate) type Flawed<'a> = (Cow<'a, str>, Option<Unreadable>);

/// Decodes text. One data set after the other has the same character sets, so these are kept.
#[derive(Debug, Default)]
pub struct TextDecoder {
    /// The value of Specific Character Set (0008,0005) that `sets` were made of.
    character_set: Vec<u8>,
    sets: CharacterSets,
    /// The first of its terms that does not exist.
    unknown: Option<String>,
}

impl TextDecoder {
    /// Decodes text without its padding. All character sets agree on ASCII without escape
    /// sequences (PS3.5 §6.1.2.1), so ordinary values are not decoded at all.
    pub(crate) fn decode<'a>(&mut self, value: &Value<'a>, character_set: &[u8]) -> Flawed<'a> {
        let trimmed = value.trimmed();
        if trimmed.is_ascii()
            && !trimmed.contains(&0x1B)
            && let Ok(text) = std::str::from_utf8(trimmed)
        {
            return (Cow::Borrowed(text), None);
        }
        if !value.vr().uses_character_set() {
            let decoded = CharacterSets::default().decode(trimmed, value.vr());
            return (decoded.text, replaced(decoded.fidelity));
        }
        if self.character_set != character_set {
            self.parse(character_set);
        }
        let decoded = self.sets.decode(trimmed, value.vr());
        let unknown = self.unknown.clone();
        let unknown = unknown.map(|name| Unreadable::UnknownCharacterSet { name });
        (decoded.text, unknown.or_else(|| replaced(decoded.fidelity)))
    }

    fn parse(&mut self, character_set: &[u8]) {
        let problems;
        (self.sets, problems) = CharacterSets::parse(character_set);
        self.unknown = problems.into_iter().find_map(|problem| match problem {
            Problem::UnknownTerm { found } => Some(found),
            _ => None,
        });
        self.character_set.clear();
        self.character_set.extend_from_slice(character_set);
    }
}

const fn replaced(fidelity: Fidelity) -> Option<Unreadable> {
    match fidelity {
        Fidelity::Exact | Fidelity::Corrected => None,
        Fidelity::Assumed | Fidelity::Replaced => Some(Unreadable::Replaced),
    }
}

pub(crate) fn append_text(
    builder: &mut StringBuilder,
    cell: &Cell<'_>,
    decoder: &mut TextDecoder,
) -> Result<(), Unreadable> {
    if let Some(text) = ascii_text(cell) {
        append_unless_empty(builder, text);
        return Ok(());
    }
    let (text, flaw) = as_text(cell, decoder).inspect_err(|_| builder.append_null())?;
    append_unless_empty(builder, &text);
    flaw.map_or(Ok(()), Err)
}

fn append_unless_empty(builder: &mut StringBuilder, text: &str) {
    if text.is_empty() {
        builder.append_null();
    } else {
        builder.append_value(text);
    }
}

/// Text that needs no decoding. Most does not.
#[inline]
fn ascii_text<'a>(cell: &Cell<'a>) -> Option<&'a str> {
    let text = cell.ascii?;
    let vr = cell.value.vr();
    if !vr.is_text() {
        return None;
    }
    let text = text.get(cell.value.trimmed_range())?;
    Some(if vr == Vr::PN && text.ends_with('=') {
        text.trim_end_matches('=')
    } else {
        text
    })
}

pub(crate) fn append_texts(
    builder: &mut ListBuilder<StringBuilder>,
    cell: &Cell<'_>,
    decoder: &mut TextDecoder,
) -> Result<(), Unreadable> {
    let (text, flaw) = match ascii_text(cell) {
        Some(text) => (Cow::Borrowed(text), None),
        None => as_text(cell, decoder).inspect_err(|_| builder.append_null())?,
    };
    if text.is_empty() {
        builder.append_null();
    } else {
        // A byte 0x5C inside a character of several bytes is no backslash any more.
        for part in text.split('\\') {
            builder
                .values()
                .append_value(part.trim_matches([' ', '\0']));
        }
        builder.append(true);
    }
    flaw.map_or(Ok(()), Err)
}

/// The value as text, whatever its VR; several values with a backslash between them.
fn as_text<'a>(cell: &Cell<'a>, decoder: &mut TextDecoder) -> Result<Flawed<'a>, Unreadable> {
    let value = &cell.value;
    let vr = value.vr();
    if vr.is_text() {
        let (text, flaw) = decoder.decode(value, cell.character_set);
        let is_name = vr == Vr::PN;
        return Ok((if is_name { name_groups(text) } else { text }, flaw));
    }
    let mut text = String::new();
    let is_read = match vr {
        Vr::AT => {
            for tag in value.tags()? {
                let _ = write!(separated(&mut text), "{tag}");
            }
            true
        }
        Vr::FL | Vr::FD => write_items::<f64>(value, &mut text)?,
        Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV => {
            write_items::<i64>(value, &mut text)?
        }
        // Of private elements in implicit VR only the bytes tell whether they are text.
        Vr::UN => {
            let trimmed = trim(value.as_bytes());
            let is_printable = |byte: &u8| matches!(byte, 0x20..=0x7E);
            if trimmed.iter().all(is_printable) {
                return Ok((String::from_utf8_lossy(trimmed), None));
            }
            false
        }
        _ => false,
    };
    if is_read {
        return Ok((Cow::Owned(text), None));
    }
    Err(Unreadable::Vr {
        vr,
        length: value.as_bytes().len(),
        expected: "text",
    })
}

/// A name without empty component groups at its end, which say nothing (PS3.5 §6.2.1.2).
fn name_groups(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('=')),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches('=').len());
            Cow::Owned(text)
        }
    }
}

fn separated(text: &mut String) -> &mut String {
    if !text.is_empty() {
        text.push('\\');
    }
    text
}

fn write_items<T: Item + std::fmt::Display>(
    value: &Value<'_>,
    text: &mut String,
) -> Result<bool, Error> {
    each_item::<T>(value, |item| {
        if let Ok(Some(item)) = item {
            let _ = write!(separated(text), "{item}");
        }
    })
}
