//! Short values that are looked at before they are written.

use crate::error::Error;
use crate::gather::Arrived;
use crate::header::{Header, UNDEFINED_LENGTH};
use crate::path::TagPath;
use crate::rewrite::change::Action;
use crate::rewrite::element::{NewElement, NewValue, SPECIFIC_CHARACTER_SET, in_words};
use crate::rewrite::level::{Edit, Mode};
use crate::rewrite::machine::{Machine, PIXEL_REPRESENTATION};
use crate::text::CharacterSets;
use crate::vr::Vr;

/// The longest value that is held. A list of a thousand UIDs fits.
const LIMIT: u32 = 64 * 1024;

/// A value being collected.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) header: Header,
    raw_header: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) remaining: u64,
    action: Option<Action>,
}

/// A value too long to be what it should be.
pub(super) struct TooLong {
    length: u32,
    expected: &'static str,
}

impl TooLong {
    pub(super) fn at(self, path: TagPath) -> Error {
        Error::InvalidValue {
            path,
            length: u64::from(self.length),
            expected: self.expected,
        }
    }
}

impl Collected {
    pub(super) fn new(arrived: &Arrived, action: Option<Action>) -> Result<Self, TooLong> {
        let header = arrived.header;
        if header.length > LIMIT || header.length == UNDEFINED_LENGTH {
            return Err(TooLong {
                length: header.length,
                expected: match header.tag {
                    SPECIFIC_CHARACTER_SET => "a list of character sets",
                    PIXEL_REPRESENTATION => "a number",
                    _ => "a list of UIDs",
                },
            });
        }
        Ok(Self {
            header,
            raw_header: arrived.raw().to_vec(),
            value: Vec::new(),
            remaining: u64::from(header.length),
            action,
        })
    }

    /// The value is whole: notes what it tells and writes what becomes of it.
    pub(super) fn complete(self, machine: &mut Machine, out: &mut Vec<u8>) -> Result<(), Error> {
        let path = machine.levels.path_to(self.header.tag);
        let level = machine.levels.innermost_mut();
        let big_endian = level.encoding.big_endian;
        let Mode::Edit(edit) = &mut level.mode else {
            return Ok(());
        };
        if self.header.tag == SPECIFIC_CHARACTER_SET {
            edit.character_set.clone_from(&self.value);
        }
        match &self.action {
            None => {
                if self.header.tag == PIXEL_REPRESENTATION {
                    edit.pixel_representation = first_number(&self.value, big_endian);
                }
                out.extend_from_slice(&self.raw_header);
                out.extend_from_slice(&self.value);
                Ok(())
            }
            Some(Action::Set(element)) => machine.write_new(element, self.header.vr, out),
            Some(Action::MapUid(map)) => {
                let mapped = map
                    .map_value(&self.value)
                    .ok_or_else(|| Error::InvalidValue {
                        path,
                        length: u64::from(self.header.length),
                        expected: "a list of UIDs",
                    })?;
                let vr = self.header.vr.unwrap_or(Vr::UI);
                let value = match vr {
                    // What the writer of the file did not know may be UIDs all the same.
                    Vr::UN | Vr::OB => NewValue::Bytes(mapped.into_bytes()),
                    _ => NewValue::Text(mapped),
                };
                let element = NewElement {
                    tag: self.header.tag,
                    vr: Some(vr),
                    value,
                };
                machine.write_new(&element, None, out)
            }
            Some(Action::Remove) if self.header.tag == SPECIFIC_CHARACTER_SET => {
                edit.change_character_set("", &path)
            }
            Some(Action::Remove | Action::Enter(_)) => Ok(()),
        }
    }
}

impl Edit {
    /// Another character set for what follows. Text that is there already must stay readable, so
    /// only a data set in the default repertoire, which all others contain, may get another one.
    pub(super) fn change_character_set(&mut self, to: &str, path: &TagPath) -> Result<(), Error> {
        let from = self.character_set.trim_ascii();
        let (sets, problems) = CharacterSets::parse(from);
        let is_default = sets == CharacterSets::default() && problems.is_empty();
        if !is_default && from != to.trim().as_bytes() {
            return Err(Error::CharacterSetInUse {
                path: path.clone(),
                from: in_words(from),
                to: to.to_owned(),
            });
        }
        self.character_set = to.as_bytes().to_vec();
        Ok(())
    }
}

fn first_number(bytes: &[u8], big_endian: bool) -> Option<u16> {
    let first = *bytes.first_chunk()?;
    Some(if big_endian {
        u16::from_be_bytes(first)
    } else {
        u16::from_le_bytes(first)
    })
}
