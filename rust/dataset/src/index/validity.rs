//! Whether everything in a data set is as the standard wants it.

use crate::error::Error;
use crate::header::Content;
use crate::index::{Entry, Index};
use crate::text::CharacterSets;

impl Index {
    /// Checks every value by the rules of its VR (PS3.5 §6.2), text by its character sets
    /// (PS3.5 §6.1), and every sequence for being whole, however deep. Values that were left out of
    /// memory are not looked at.
    ///
    /// # Errors
    /// The first thing wrong: [`Error::Violation`], [`Error::InvalidValue`],
    /// [`Error::UnsupportedCharacterSet`], or one of [`parse`](Self::parse).
    pub fn validate(&self) -> Result<(), Error> {
        let (sets, problems) = CharacterSets::parse(self.character_set());
        for entry in self.entries() {
            match entry.content {
                Content::Sequence | Content::UnknownSequence => {
                    self.items(entry)?.iter().try_for_each(Self::validate)?;
                }
                Content::Fragments => {}
                Content::Value if entry.elsewhere.is_some() => {}
                Content::Value => {
                    if entry.vr.uses_character_set() && !problems.is_empty() {
                        return Err(Error::UnsupportedCharacterSet {
                            path: self.path(entry),
                            name: String::from_utf8_lossy(self.character_set()).into_owned(),
                        });
                    }
                    self.validate_value(entry, &sets)?;
                }
            }
        }
        Ok(())
    }

    fn validate_value(&self, entry: &Entry, sets: &CharacterSets) -> Result<(), Error> {
        let value = self.value(entry);
        if !entry.vr.is_text() {
            return value
                .validate("")
                .map_err(|error| self.inside(entry, error));
        }
        let decoded = sets.decode(value.as_bytes(), entry.vr);
        let is_default = !entry.vr.uses_character_set();
        if !decoded.fidelity.is_valid() {
            return Err(Error::InvalidValue {
                path: self.path(entry),
                length: value.as_bytes().len() as u64,
                expected: if is_default {
                    "text in the default character repertoire"
                } else {
                    "text in the character sets of its data set"
                },
            });
        }
        value
            .validate(&decoded.text)
            .map_err(|error| self.inside(entry, error))
    }

    /// An error of a value, with the path through the sequences around it.
    fn inside(&self, entry: &Entry, error: Error) -> Error {
        match error {
            Error::Violation { violation, .. } => Error::Violation {
                path: self.path(entry),
                violation,
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::syntax::{self, Encoding};
    use crate::tag::Tag;
    use crate::vr::Vr;
    use crate::write::Writer;
    use bytes::Bytes;

    fn index(fill: impl FnOnce(&mut Writer)) -> Index {
        let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
        fill(&mut writer);
        let syntax = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).expect("of the standard");
        Index::parse(Bytes::from(writer.into_bytes()), syntax, &Limits::default()).expect("sound")
    }

    fn put(writer: &mut Writer, tag: Tag, vr: Vr, value: &[u8]) {
        writer.element(tag, vr, value).expect("short");
    }

    const CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
    const SEQUENCE: Tag = Tag::new(0x0008, 0x1140);
    const UID: Tag = Tag::new(0x0008, 0x1155);
    const NAME: Tag = Tag::new(0x0010, 0x0010);

    #[test]
    fn what_is_sound_passes() {
        let sound = index(|writer| {
            put(writer, CHARACTER_SET, Vr::CS, b"ISO_IR 100");
            put(writer, UID, Vr::UI, b"1.2.3\0");
            put(writer, NAME, Vr::PN, b"M\xdcLLER^JAN");
        });
        assert!(sound.validate().is_ok());
    }

    #[test]
    fn a_bad_value_is_found_in_an_item_and_named() {
        let bad = index(|writer| {
            let items = writer.sequence(SEQUENCE, |items| {
                items.item(|item| item.element(UID, Vr::UI, b"1.02.3"))
            });
            items.expect("short");
        });
        let error = bad.validate().expect_err("a leading zero");
        assert_eq!(
            error.to_string(),
            "(0008,1140)[0].(0008,1155): not of the form of UI"
        );
    }

    #[test]
    fn text_must_be_of_its_character_set() {
        let undeclared = index(|writer| put(writer, NAME, Vr::PN, b"M\xdcLLER"));
        assert!(matches!(
            undeclared.validate(),
            Err(Error::InvalidValue { .. })
        ));
        let unknown = index(|writer| {
            put(writer, CHARACTER_SET, Vr::CS, b"ISO_IR 999");
            put(writer, NAME, Vr::PN, b"MILLER");
        });
        assert!(matches!(
            unknown.validate(),
            Err(Error::UnsupportedCharacterSet { .. })
        ));
    }
}
