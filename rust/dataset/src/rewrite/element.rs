//! New values: what they are, and how they are written in a data set of any encoding.

use std::borrow::Cow;

use crate::dict;
use crate::error::Error;
use crate::path::TagPath;
use crate::tag::Tag;
use crate::text::CharacterSets;
use crate::vr::Vr;
use crate::write::Writer;

/// Specific Character Set (PS3.3 §C.12.1.1.2).
pub(super) const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// A value as people have it, free of byte order and character set.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NewValue {
    /// The text of a string VR; a backslash parts values.
    Text(String),
    /// The numbers of an integer VR.
    Integers(Vec<i128>),
    /// The numbers of a floating point VR.
    Floats(Vec<f64>),
    /// The tags of AT.
    Tags(Vec<Tag>),
    /// The bytes of OB, OW, UN and the like, least significant byte first.
    Bytes(Vec<u8>),
    /// The items of SQ, the elements of each in the order of their tags.
    Items(Vec<Vec<NewElement>>),
}

/// A new element.
#[derive(Clone, Debug, PartialEq)]
pub struct NewElement {
    /// Its tag.
    pub tag: Tag,
    /// Its VR; `None` leaves it to the dictionary and the data set.
    pub vr: Option<Vr>,
    /// Its value.
    pub value: NewValue,
}

/// What of the data set matters for a new element in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// The value of Specific Character Set in force.
    pub(super) character_set: &'a [u8],
    /// Pixel Representation, if it came already.
    pub(super) pixel_representation: Option<u16>,
    /// The VR of the element that is replaced, if it is known.
    pub(super) replaced: Option<Vr>,
}

impl NewElement {
    /// The VR it is written with. What the dictionary leaves open is decided by the element that
    /// is replaced, or else by Pixel Representation and the numbers themselves.
    fn vr(&self, around: Surroundings<'_>) -> Vr {
        if let Some(vr) = self.vr {
            return vr;
        }
        let Some(entry) = dict::lookup(self.tag) else {
            return around.replaced.unwrap_or_else(|| dict::vr_of(self.tag));
        };
        if !entry.is_ambiguous() {
            return entry.vr;
        }
        let allowed = |vr: &Vr| entry.vrs.contains(vr.as_str());
        if let Some(vr) = around.replaced.filter(allowed) {
            return vr;
        }
        let NewValue::Integers(numbers) = &self.value else {
            return entry.vr;
        };
        let is_negative = numbers.iter().any(|number| *number < 0);
        let is_signed = is_negative || around.pixel_representation == Some(1);
        if is_signed && allowed(&Vr::SS) {
            Vr::SS
        } else {
            Vr::US
        }
    }

    /// Writes the element.
    ///
    /// # Errors
    /// [`Error::WrongValue`], [`Error::Unencodable`], [`Error::ValueTooLong`].
    pub(super) fn write(
        &self,
        writer: &mut Writer,
        around: Surroundings<'_>,
        path: &TagPath,
    ) -> Result<(), Error> {
        let vr = self.vr(around);
        if let (NewValue::Items(items), Vr::SQ) = (&self.value, vr) {
            return self.write_items(items, writer, around, path);
        }
        let wrong = || Error::WrongValue {
            path: path.clone(),
            vr,
        };
        let big_endian = writer.encoding().big_endian;
        let value: Cow<'_, [u8]> = match &self.value {
            NewValue::Text(text) if vr.is_text() => {
                encode_text(text, vr, around.character_set, path)?
            }
            NewValue::Integers(numbers) => integers(numbers, vr, big_endian).ok_or_else(wrong)?,
            NewValue::Floats(numbers) => floats(numbers, vr, big_endian).ok_or_else(wrong)?,
            NewValue::Tags(tags) if vr == Vr::AT => {
                let numbers = tags.iter().flat_map(|tag| [tag.group(), tag.element()]);
                numbers
                    .flat_map(|number| order(number.to_le_bytes(), big_endian))
                    .collect()
            }
            NewValue::Bytes(bytes) if big_endian && vr.swap_width() > 1 => {
                let mut swapped = bytes.clone();
                if swapped.len() % 2 == 1 {
                    // The padding is part of the last word.
                    swapped.push(0);
                }
                swapped
                    .chunks_exact_mut(vr.swap_width())
                    .for_each(<[u8]>::reverse);
                swapped.into()
            }
            NewValue::Bytes(bytes) if vr != Vr::SQ => bytes.into(),
            _ => return Err(wrong()),
        };
        writer.element(self.tag, vr, &value)
    }

    fn write_items(
        &self,
        items: &[Vec<Self>],
        writer: &mut Writer,
        around: Surroundings<'_>,
        path: &TagPath,
    ) -> Result<(), Error> {
        writer.sequence(self.tag, |sequence| {
            for (number, elements) in items.iter().enumerate() {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                let inside = path.clone().item(number);
                sequence.item(|item| {
                    let mut around = Surroundings {
                        replaced: None,
                        ..around
                    };
                    for element in elements {
                        element.write(item, around, &inside.clone().child(element.tag))?;
                        if let Some(text) = element.as_character_set() {
                            around.character_set = text.as_bytes();
                        }
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })
    }

    /// The new Specific Character Set, if the element is that.
    pub(super) fn as_character_set(&self) -> Option<&str> {
        match &self.value {
            NewValue::Text(text) if self.tag == SPECIFIC_CHARACTER_SET => Some(text),
            _ => None,
        }
    }
}

/// Encodes text in the character sets in force. ASCII is the same in all of them; in sets that
/// are not known, nothing else is written.
fn encode_text<'a>(
    text: &'a str,
    vr: Vr,
    character_set: &[u8],
    path: &TagPath,
) -> Result<Cow<'a, [u8]>, Error> {
    if text.is_ascii() {
        return Ok(text.as_bytes().into());
    }
    let encoded = if vr.uses_character_set() {
        match CharacterSets::parse(character_set) {
            (sets, problems) if problems.is_empty() => sets.encode(text, vr).ok(),
            _ => None,
        }
    } else {
        None
    };
    encoded.ok_or_else(|| Error::Unencodable {
        path: path.clone(),
        character_set: if vr.uses_character_set() {
            in_words(character_set)
        } else {
            format!("the characters of {vr}")
        },
    })
}

/// Names a character set for messages.
pub(super) fn in_words(character_set: &[u8]) -> String {
    match character_set.trim_ascii() {
        b"" => "the default character repertoire (ISO_IR 6)".to_owned(),
        name => String::from_utf8_lossy(name).into_owned(),
    }
}

fn order<const N: usize>(mut little: [u8; N], big_endian: bool) -> [u8; N] {
    if big_endian {
        little.reverse();
    }
    little
}

/// Encodes numbers as one type, if all fit.
macro_rules! numbers {
    ($type:ty, $numbers:expr, $big_endian:expr) => {{
        let mut bytes = Vec::new();
        for number in $numbers {
            let number = <$type>::try_from(*number).ok()?;
            bytes.extend_from_slice(&order(number.to_le_bytes(), $big_endian));
        }
        Some(bytes.into())
    }};
}

fn integers(numbers: &[i128], vr: Vr, big_endian: bool) -> Option<Cow<'static, [u8]>> {
    match vr {
        Vr::US => numbers!(u16, numbers, big_endian),
        Vr::SS => numbers!(i16, numbers, big_endian),
        Vr::UL => numbers!(u32, numbers, big_endian),
        Vr::SL => numbers!(i32, numbers, big_endian),
        Vr::UV => numbers!(u64, numbers, big_endian),
        Vr::SV => numbers!(i64, numbers, big_endian),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "FL is what the caller asked for"
)]
fn floats(numbers: &[f64], vr: Vr, big_endian: bool) -> Option<Cow<'static, [u8]>> {
    // A number that only FD has room for would become infinite.
    let is_too_large = |number: &f64| number.is_finite() && (*number as f32).is_infinite();
    if matches!(vr, Vr::FL | Vr::OF) && numbers.iter().any(is_too_large) {
        return None;
    }
    let bytes: Vec<u8> = match vr {
        Vr::FL | Vr::OF => numbers
            .iter()
            .flat_map(|number| order((*number as f32).to_le_bytes(), big_endian))
            .collect(),
        Vr::FD | Vr::OD => numbers
            .iter()
            .flat_map(|number| order(number.to_le_bytes(), big_endian))
            .collect(),
        _ => return None,
    };
    Some(bytes.into())
}
