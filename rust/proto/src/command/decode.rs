//! Reading a command set (PS3.7 §6.3.1).
//!
//! Lenient where real peers are sloppy and nothing is lost by it: a wrong or missing group length, odd lengths,
//! padding of either kind, unknown elements. Strict where a guess could misread the message.

use dicomwire_dataset::tag::Tag;

use super::{CommandSet, NO_DATA_SET, element};
use crate::codec::text;
use crate::error::Error;

/// The length of an element header in Implicit VR Little Endian.
const HEADER_LENGTH: usize = 8;

impl CommandSet {
    /// Reads a command set.
    ///
    /// # Errors
    /// [`Error::InvalidCommand`], its offset counted from the start of `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut command = Self::default();
        command.read(bytes)?;
        Ok(command)
    }

    /// Fills an empty command set; in place, as it is large and there may be one for every few bytes.
    ///
    /// # Errors
    /// As [`CommandSet::decode`].
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut command_field = None;
        let mut data_set_type = None;
        let mut cursor = Cursor {
            rest: bytes,
            offset: 0,
        };
        while let Some(found) = cursor.next_element()? {
            match found.tag.element() {
                element::COMMAND_FIELD => command_field = found.number()?,
                element::COMMAND_DATA_SET_TYPE => data_set_type = found.number()?,
                _ => self.set(&found)?,
            }
        }
        self.command_field = command_field.ok_or_else(|| missing(bytes, element::COMMAND_FIELD))?;
        let data_set_type =
            data_set_type.ok_or_else(|| missing(bytes, element::COMMAND_DATA_SET_TYPE))?;
        self.has_data_set = data_set_type != NO_DATA_SET;
        Ok(())
    }

    fn set(&mut self, found: &Element<'_>) -> Result<(), Error> {
        match found.tag.element() {
            element::AFFECTED_SOP_CLASS_UID => self.affected_sop_class_uid = found.text(),
            element::REQUESTED_SOP_CLASS_UID => self.requested_sop_class_uid = found.text(),
            element::MESSAGE_ID => self.message_id = found.number()?,
            element::MESSAGE_ID_BEING_RESPONDED_TO => {
                self.message_id_being_responded_to = found.number()?;
            }
            element::MOVE_DESTINATION => self.move_destination = found.text(),
            element::PRIORITY => self.priority = found.number()?,
            element::STATUS => self.status = found.number()?,
            element::OFFENDING_ELEMENT => self.offending_elements = found.tags()?,
            element::ERROR_COMMENT => self.error_comment = found.text(),
            element::ERROR_ID => self.error_id = found.number()?,
            element::AFFECTED_SOP_INSTANCE_UID => self.affected_sop_instance_uid = found.text(),
            element::REQUESTED_SOP_INSTANCE_UID => self.requested_sop_instance_uid = found.text(),
            element::EVENT_TYPE_ID => self.event_type_id = found.number()?,
            element::ATTRIBUTE_IDENTIFIER_LIST => self.attribute_identifier_list = found.tags()?,
            element::ACTION_TYPE_ID => self.action_type_id = found.number()?,
            element::NUMBER_OF_REMAINING_SUB_OPERATIONS => {
                self.number_of_remaining_sub_operations = found.number()?;
            }
            element::NUMBER_OF_COMPLETED_SUB_OPERATIONS => {
                self.number_of_completed_sub_operations = found.number()?;
            }
            element::NUMBER_OF_FAILED_SUB_OPERATIONS => {
                self.number_of_failed_sub_operations = found.number()?;
            }
            element::NUMBER_OF_WARNING_SUB_OPERATIONS => {
                self.number_of_warning_sub_operations = found.number()?;
            }
            element::MOVE_ORIGINATOR_AE_TITLE => self.move_originator_ae_title = found.text(),
            element::MOVE_ORIGINATOR_MESSAGE_ID => {
                self.move_originator_message_id = found.number()?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn missing(bytes: &[u8], number: u16) -> Error {
    Error::InvalidCommand {
        offset: bytes.len() as u64,
        expected: if number == element::COMMAND_FIELD {
            "a Command Field"
        } else {
            "a Command Data Set Type"
        },
        tag: Some(Tag::new(0, number)),
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    fn next_element(&mut self) -> Result<Option<Element<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let fault = |expected, tag| Error::InvalidCommand {
            offset: self.offset,
            expected,
            tag,
        };
        let Some((&header, rest)) = self.rest.split_first_chunk::<HEADER_LENGTH>() else {
            return Err(fault("an element header", None));
        };
        let [g0, g1, e0, e1, l0, l1, l2, l3] = header;
        let tag = Tag::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]));
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if tag.group() != 0 {
            return Err(fault("an element of group 0000", Some(tag)));
        }
        let Some((value, rest)) = rest.split_at_checked(length as usize) else {
            return Err(fault("a value as long as its length says", Some(tag)));
        };
        let element = Element {
            tag,
            value,
            offset: self.offset,
        };
        self.rest = rest;
        self.offset = self
            .offset
            .saturating_add(HEADER_LENGTH as u64)
            .saturating_add(u64::from(length));
        Ok(Some(element))
    }
}

struct Element<'a> {
    tag: Tag,
    value: &'a [u8],
    offset: u64,
}

impl Element<'_> {
    fn fault(&self, expected: &'static str) -> Error {
        Error::InvalidCommand {
            offset: self.offset,
            expected,
            tag: Some(self.tag),
        }
    }

    /// The first of 16-bit numbers, or nothing if the value is empty.
    fn number(&self) -> Result<Option<u16>, Error> {
        match self.value {
            [] => Ok(None),
            [low, high, ..] => Ok(Some(u16::from_le_bytes([*low, *high]))),
            [_] => Err(self.fault("a 16-bit number")),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "an element that is present has a value, if empty"
    )]
    fn text(&self) -> Option<String> {
        Some(text(self.value))
    }

    fn tags(&self) -> Result<Vec<Tag>, Error> {
        let (tags, rest) = self.value.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(self.fault("tags of four bytes each"));
        }
        let read = |&[g0, g1, e0, e1]: &[u8; 4]| {
            Tag::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]))
        };
        Ok(tags.iter().map(read).collect())
    }
}
