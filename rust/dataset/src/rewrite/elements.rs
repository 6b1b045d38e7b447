//! What is done with the elements of a data set: changed, added, left out, passed on.

use std::sync::Arc;

use crate::error::Error;
use crate::gather::Arrived;
use crate::header::{self, Content, Header, UNDEFINED_LENGTH};
use crate::levels::Kind;
use crate::rewrite::change::{Action, Items};
use crate::rewrite::collected::Collected;
use crate::rewrite::element::{NewElement, NewValue, SPECIFIC_CHARACTER_SET, Surroundings};
use crate::rewrite::level::{Level, Mode};
use crate::rewrite::machine::{Machine, PIXEL_REPRESENTATION, State};
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::vr::Vr;
use crate::walk::content_encoding;
use crate::write::Writer;

impl Machine {
    pub(super) fn handle_element(
        &mut self,
        arrived: &Arrived,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if !matches!(self.levels.innermost().mode, Mode::Edit(_)) {
            let is_dropped = self.levels.innermost().is_dropped();
            return self.pass(arrived, is_dropped, out);
        }
        let tag = arrived.header.tag;
        self.add_before(Some(tag), out)?;
        let Mode::Edit(edit) = &mut self.levels.innermost_mut().mode else {
            return Ok(());
        };
        if tag.element() == 0 && edit.node.touches(tag.group()) {
            return self.pass(arrived, true, out);
        }
        let found = edit.node.find(tag);
        let is_first = found.is_some_and(|(place, _)| place >= edit.next);
        if let Some((place, _)) = found {
            edit.next = edit.next.max(place.saturating_add(1));
        }
        let action = found.map(|(_, action)| action.clone());
        let is_looked_at = matches!(tag, SPECIFIC_CHARACTER_SET | PIXEL_REPRESENTATION);
        match action {
            // Another one of the same tag, or one out of order: its place was taken already.
            Some(Action::Set(_)) if !is_first => self.pass(arrived, true, out),
            action if is_looked_at => self.collect(arrived, action, out),
            None => self.pass(arrived, false, out),
            Some(Action::Set(element)) => {
                self.write_new(&element, arrived.header.vr, out)?;
                self.pass(arrived, true, out)
            }
            Some(Action::Remove) => self.pass(arrived, true, out),
            Some(action @ Action::MapUid(_)) => self.collect(arrived, Some(action), out),
            Some(Action::Enter(items)) => self.enter_sequence(arrived, items, out),
        }
    }

    /// Lets an element pass through, or leaves it out.
    fn pass(
        &mut self,
        arrived: &Arrived,
        is_dropped: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let header = arrived.header;
        if !is_dropped {
            out.extend_from_slice(arrived.raw());
        }
        if !header.is_undefined() {
            self.enter_value(header, is_dropped);
            return Ok(());
        }
        let kind = match header.undefined_content() {
            Content::Fragments => Kind::Fragments,
            _ => Kind::Sequence,
        };
        let mode = if is_dropped { Mode::Drop } else { Mode::Copy };
        self.enter_level(header, kind, mode, None)
    }

    pub(super) fn enter_value(&mut self, header: Header, is_dropped: bool) {
        if header.length > 0 {
            self.state = State::Value {
                tag: header.tag,
                remaining: u64::from(header.length),
                is_dropped,
            };
        }
    }

    fn enter_level(
        &mut self,
        header: Header,
        kind: Kind,
        mode: Mode,
        end: Option<u64>,
    ) -> Result<(), Error> {
        if self.levels.depth() >= usize::from(self.max_depth) {
            return Err(Error::TooDeep {
                path: self.levels.path_to(header.tag),
                offset: self.offset,
                limit: self.max_depth,
            });
        }
        let encoding = content_encoding(&header, self.levels.innermost().encoding);
        let mut level = Level::new(kind, header.tag, encoding, mode);
        level.end = end;
        self.levels.enter(level);
        Ok(())
    }

    /// Enters a sequence to change its items. A length becomes undefined, because it changes. A
    /// UN element that the changes call a sequence is taken as one (PS3.5 §6.2.2).
    fn enter_sequence(
        &mut self,
        arrived: &Arrived,
        items: Items,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let header = arrived.header;
        if header.length == 0 {
            return self.pass(arrived, false, out);
        }
        let is_sequence = match header.content() {
            Content::Sequence | Content::UnknownSequence => true,
            // A VR the standard does not know is UN here too, but its length cannot be undefined.
            Content::Value => match header.vr {
                None => header.vr_or_dictionary() == Vr::UN,
                Some(_) => header.letters == Vr::UN.bytes(),
            },
            Content::Fragments => false,
        };
        if !is_sequence {
            return Err(Error::InvalidValue {
                path: self.levels.path_to(header.tag),
                length: u64::from(header.length),
                expected: "a sequence",
            });
        }
        let end = self.end_of(header);
        let opened = Header {
            length: UNDEFINED_LENGTH,
            ..header
        };
        self.write_header(opened, out);
        self.enter_level(opened, Kind::Sequence, Mode::Enter(items), end)
    }

    pub(super) fn end_of(&self, header: Header) -> Option<u64> {
        let end = self.offset.saturating_add(u64::from(header.length));
        (!header.is_undefined()).then_some(end)
    }

    /// Writes a header in the form it came in.
    pub(super) fn write_header(&self, header: Header, out: &mut Vec<u8>) {
        let encoding = self.levels.innermost().encoding;
        let form = Encoding {
            implicit: encoding.implicit || header.vr.is_none(),
            ..encoding
        };
        header::encode(out, form, header.tag, header.letters, header.length);
    }

    // ---- values that are looked at ----

    fn collect(
        &mut self,
        arrived: &Arrived,
        action: Option<Action>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let collected = Collected::new(arrived, action)
            .map_err(|expected| expected.at(self.levels.path_to(arrived.header.tag)))?;
        self.state = State::Collect(collected);
        self.complete_collected(out)
    }

    pub(super) fn complete_collected(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let State::Collect(collected) = &self.state else {
            return Ok(());
        };
        if collected.remaining > 0 {
            return Ok(());
        }
        let State::Collect(collected) = std::mem::replace(&mut self.state, State::Header) else {
            return Ok(());
        };
        collected.complete(self, out)
    }

    // ---- new elements ----

    /// Writes the new elements whose place is before `tag`, or all that are left.
    pub(super) fn add_before(&mut self, tag: Option<Tag>, out: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            let Mode::Edit(edit) = &mut self.levels.innermost_mut().mode else {
                return Ok(());
            };
            let Some((place, action)) = edit.node.at(edit.next) else {
                return Ok(());
            };
            if tag.is_some_and(|tag| *place >= tag) {
                return Ok(());
            }
            edit.next = edit.next.saturating_add(1);
            if let Action::Set(element) = action {
                let element = Arc::clone(element);
                self.write_new(&element, None, out)?;
            }
        }
    }

    /// Writes a new element into the data set that is innermost.
    pub(super) fn write_new(
        &mut self,
        element: &NewElement,
        replaced: Option<Vr>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let path = self.levels.path_to(element.tag);
        let level = self.levels.innermost_mut();
        let Mode::Edit(edit) = &mut level.mode else {
            return Ok(());
        };
        if let Some(text) = element.as_character_set() {
            edit.change_character_set(text, &path)?;
        }
        if let (PIXEL_REPRESENTATION, NewValue::Integers(numbers)) = (element.tag, &element.value) {
            let first = numbers.first().copied();
            edit.pixel_representation = first.and_then(|number| u16::try_from(number).ok());
        }
        let around = Surroundings {
            character_set: &edit.character_set,
            pixel_representation: edit.pixel_representation,
            replaced,
        };
        let mut writer = Writer::new(level.encoding);
        element.write(&mut writer, around, &path)?;
        out.append(&mut writer.into_bytes());
        Ok(())
    }
}
