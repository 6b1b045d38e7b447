//! The element rewriter: a state machine between two encodings.
//!
//! It is either at a header or in a value. Headers are gathered until whole (they may be cut
//! between two pushes), decided upon and written anew; values pass through. A stack of levels says
//! what surrounds the current position.

use crate::ambiguous::{Facts, TagVr, tag_vr, unsigned_or_signed};
use crate::error::Error;
use crate::gather::{Arrived, Gather};
use crate::header::{
    self, Content, Header, ITEM, ITEM_DELIMITATION, MAX_SHORT_LENGTH, SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH, item_encoding,
};
use crate::levels::Kind;
use crate::limits::Limits;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::transcode::hold::Hold;
use crate::transcode::level::{Found, Level, Levels};
use crate::transcode::value::Value;
use crate::vr::Vr;
use crate::walk::content_encoding;

#[derive(Debug)]
enum State {
    Header,
    Value(Value),
    /// After an item delimitation that ends no item, as some writers put one last. It is dropped,
    /// but nothing may follow, which would be lost.
    Delimited {
        /// Where the delimitation is.
        offset: u64,
    },
}

/// Rewrites one data set from one encoding to another.
#[derive(Debug)]
pub(super) struct Rewriter {
    levels: Levels,
    state: State,
    gather: Gather,
    /// Where in the input the work is: after the last header taken, or within its value.
    offset: u64,
    hold: Hold,
    max_depth: u16,
}

impl Rewriter {
    pub(super) fn new(from: Encoding, to: Encoding, limits: &Limits) -> Self {
        Self {
            levels: Levels::new(Level::root(from, to)),
            state: State::Header,
            gather: Gather::default(),
            offset: 0,
            hold: Hold::default(),
            max_depth: limits.max_depth,
        }
    }

    pub(super) fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.hold.release(out);
        loop {
            match &mut self.state {
                State::Header => {
                    self.close_ended_levels(out);
                    let level = self.levels.innermost();
                    let looks_ahead = level.kind == Kind::Sequence;
                    let header = self.gather.header(&mut input, level.from, looks_ahead);
                    let Some(arrived) = header else {
                        break;
                    };
                    self.handle_header(&arrived, out)?;
                }
                State::Value(_) if input.is_empty() => break,
                State::Value(value) => {
                    let count = value.pass(&mut input, out);
                    self.offset = self.offset.saturating_add(count as u64);
                    self.handle_value_progress(out);
                }
                State::Delimited { offset } if !input.is_empty() => {
                    let offset = *offset;
                    return Err(self.unexpected(ITEM_DELIMITATION, offset));
                }
                State::Delimited { .. } => break,
            }
        }
        self.hold.take_back(out);
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.hold.release(out);
        self.close_ended_levels(out);
        self.hold.review(out, |_| Ok(Vr::US));
        let offset = self.offset;
        match &self.state {
            State::Value(value) => Err(Error::Truncated {
                path: self.levels.path_to(value.tag()),
                offset,
                expected: value.remaining(),
                available: 0,
            }),
            State::Header => {
                self.gather.finish(|| self.levels.path(), offset)?;
                self.check_all_levels_ended()
            }
            State::Delimited { .. } => Ok(()),
        }
    }

    fn check_all_levels_ended(&self) -> Result<(), Error> {
        if self.levels.is_at_root() {
            return Ok(());
        }
        let level = self.levels.innermost();
        let (path, offset) = (self.levels.path(), self.offset);
        Err(match level.end {
            Some(end) => Error::Truncated {
                path,
                offset,
                expected: end.saturating_sub(offset),
                available: 0,
            },
            None => Error::MissingDelimiter {
                path,
                offset,
                expected: level.kind.delimiter(),
            },
        })
    }

    fn handle_value_progress(&mut self, out: &mut [u8]) {
        let State::Value(value) = &self.state else {
            return;
        };
        let (tag, is_over) = (value.tag(), value.remaining() == 0);
        if Facts::are_in(tag) {
            let level = self.levels.innermost_mut();
            if let Some(number) = value.first_number(level.from.big_endian) {
                level.facts.note(tag, number);
                self.review_held(out);
            }
        }
        if is_over {
            self.state = State::Header;
        }
    }

    fn handle_header(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let header_offset = self.offset;
        self.offset = header_offset.saturating_add(u64::from(header.size));
        self.check_bounds(header)?;
        let length = if header.is_undefined() {
            0
        } else {
            header.length
        };
        if self.hold.is_full(out, u64::from(length)) {
            self.hold.review(out, |_| Ok(Vr::US));
        }
        let is_root = self.levels.is_at_root();
        match (self.levels.innermost().kind, header.tag) {
            // Padding, dropped.
            (Kind::DataSet, _) if is_root && header.is_zero() => {}
            (Kind::DataSet, ITEM_DELIMITATION) if !is_root => {
                self.handle_delimiter(arrived, out)?
            }
            (Kind::DataSet, tag) if tag.group() != 0xFFFE => self.handle_element(arrived, out)?,
            (Kind::Sequence | Kind::Fragments, SEQUENCE_DELIMITATION) => {
                self.handle_delimiter(arrived, out)?;
            }
            (Kind::Sequence, ITEM) => self.handle_item(arrived, out)?,
            (Kind::Fragments, ITEM) => self.handle_fragment(arrived, out)?,
            (Kind::DataSet, ITEM_DELIMITATION) => {
                self.state = State::Delimited {
                    offset: header_offset,
                };
            }
            (_, found) => return Err(self.unexpected(found, header_offset)),
        }
        Ok(())
    }

    // ---- elements ----

    fn handle_element(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        self.levels.innermost_mut().current = header.tag;
        self.review_held(out);
        let keeps_sizes = self.levels.innermost().keeps_sizes();
        if header.tag.element() == 0 && !keeps_sizes && !header.is_undefined() {
            self.enter_value(Value::drop(header.tag, header.length));
            return Ok(());
        }
        let level = self.levels.innermost();
        if level.to.implicit && !level.is_verbatim && !header.survives_implicit() {
            return Err(Error::LostInImplicit {
                path: self.levels.path_to(header.tag),
                offset: self.offset,
                vr: header.vr_or_dictionary(),
            });
        }
        match header.content() {
            Content::Value => self.handle_value(arrived, out),
            Content::Sequence => self.handle_sequence(arrived, false, out),
            Content::UnknownSequence => self.handle_sequence(arrived, true, out),
            Content::Fragments => self.handle_fragments(arrived, out),
        }
    }

    fn handle_value(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let (tag, length) = (header.tag, header.length);
        let (mut vr, mut waits_for) = self.vr_of(header);
        let mut letters = header.letters;
        if header.vr.is_none() {
            if length > MAX_SHORT_LENGTH && !vr.has_long_length() {
                (vr, waits_for) = (Vr::UN, None);
            }
            letters = vr.bytes();
        }
        let letters_at = out.len().saturating_add(4);
        self.write_header(arrived, letters, length, out)?;
        let level = self.levels.innermost();
        if let Some(waits_for) = waits_for
            && !level.to.implicit
        {
            self.hold.wait(letters_at, waits_for);
        }
        let swaps = level.from.big_endian != level.to.big_endian && !level.is_verbatim;
        let width = if swaps { vr.swap_width() } else { 1 };
        self.enter_value(Value::copy(tag, length, width));
        Ok(())
    }

    fn enter_value(&mut self, value: Value) {
        if value.remaining() > 0 {
            self.state = State::Value(value);
        }
    }

    /// The VR of an element, and the level whose Pixel Representation may still make it SS.
    fn vr_of(&self, header: Header) -> (Vr, Option<usize>) {
        if let Some(vr) = header.vr {
            return (vr, None);
        }
        match tag_vr(header.tag) {
            TagVr::Known(vr) => (vr, None),
            TagVr::LutData => (self.levels.innermost().facts.lut_data(), None),
            TagVr::UnsignedOrSigned => {
                let innermost = self.levels.innermost_index();
                match self.levels.pixel_representation(innermost) {
                    Found::Known(value) => (unsigned_or_signed(value), None),
                    Found::MayCome(level) => (Vr::US, Some(level)),
                    Found::Nowhere => (Vr::US, None),
                }
            }
        }
    }

    fn handle_sequence(
        &mut self,
        arrived: &Arrived,
        is_unknown: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let header = arrived.header;
        if self.levels.depth() >= usize::from(self.max_depth) {
            return Err(Error::TooDeep {
                path: self.levels.path_to(header.tag),
                offset: self.offset,
                limit: self.max_depth,
            });
        }
        let outer = self.levels.innermost();
        let mut level = outer.inner(Kind::Sequence, header.tag);
        level.from = content_encoding(&header, outer.from);
        level.is_verbatim |= is_unknown && !outer.to.implicit;
        let length = self.open_length(&mut level, header);
        let letters = if is_unknown { Vr::UN } else { Vr::SQ };
        self.write_header(arrived, letters.bytes(), length, out)?;
        if header.length != 0 {
            self.levels.enter(level);
        }
        Ok(())
    }

    fn handle_fragments(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let letters = match header.vr {
            Some(_) => header.letters,
            None => Vr::OB.bytes(),
        };
        self.write_header(arrived, letters, UNDEFINED_LENGTH, out)?;
        let level = self.levels.innermost().inner(Kind::Fragments, header.tag);
        self.levels.enter(level);
        Ok(())
    }

    // ---- items, fragments, delimiters ----

    fn handle_item(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let sequence = self.levels.innermost();
        let mut level = sequence.inner(Kind::DataSet, ITEM);
        if header.length != 0 {
            level.from = item_encoding(arrived.first_element(), sequence.from);
        }
        if sequence.is_frozen && !level.keeps_sizes() {
            return Err(self.mixed_encoding(ITEM));
        }
        let length = self.open_length(&mut level, header);
        self.write_header(arrived, [0; 2], length, out)?;
        if header.length == 0 {
            self.levels.count_item();
        } else {
            self.levels.enter(level);
        }
        Ok(())
    }

    fn handle_fragment(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        if header.is_undefined() {
            return Err(Error::UndefinedLength {
                path: self.levels.path_to(ITEM),
                offset: self.offset,
            });
        }
        self.write_header(arrived, [0; 2], header.length, out)?;
        self.levels.count_item();
        self.enter_value(Value::copy(ITEM, header.length, 1));
        Ok(())
    }

    /// Ends a level of undefined length. Where the level has a length the delimiter is one too
    /// many, which some writers add; it is kept only when that length is kept.
    fn handle_delimiter(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let level = self.levels.innermost();
        let is_undefined = level.end.is_none();
        if !level.adds_delimiter {
            self.write_header(arrived, [0; 2], arrived.header.length, out)?;
        }
        if is_undefined {
            self.leave(out);
        }
        Ok(())
    }

    /// Ends the levels whose length is used up.
    fn close_ended_levels(&mut self, out: &mut Vec<u8>) {
        if !matches!(self.state, State::Header) {
            return;
        }
        loop {
            let level = self.levels.innermost();
            if level.end.is_none_or(|end| self.offset < end) {
                break;
            }
            if level.adds_delimiter {
                header::encode(out, level.to, level.kind.delimiter(), [0; 2], 0);
            }
            self.leave(out);
        }
    }

    fn leave(&mut self, out: &mut [u8]) {
        self.levels.leave();
        self.review_held(out);
    }

    // ---- output ----

    /// Decides the length to write for a level, and with it how the level will end.
    fn open_length(&self, level: &mut Level, header: Header) -> u32 {
        if header.is_undefined() || header.length == 0 {
            return header.length;
        }
        level.end = Some(self.offset.saturating_add(u64::from(header.length)));
        if level.keeps_sizes() {
            level.is_frozen = true;
            return header.length;
        }
        level.adds_delimiter = true;
        UNDEFINED_LENGTH
    }

    fn write_header(
        &self,
        arrived: &Arrived,
        letters: [u8; 2],
        length: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let level = self.levels.innermost();
        if level.is_verbatim {
            out.extend_from_slice(arrived.raw());
            return Ok(());
        }
        let start = out.len();
        header::encode(out, level.to, arrived.header.tag, letters, length);
        let size = out.len().saturating_sub(start);
        if level.is_frozen && size != usize::from(arrived.header.size) {
            return Err(self.mixed_encoding(arrived.header.tag));
        }
        Ok(())
    }

    /// Asks again about the elements whose VR was left open.
    fn review_held(&mut self, out: &mut [u8]) {
        if self.hold.is_empty() {
            return;
        }
        let levels = &self.levels;
        self.hold.review(out, |patch| {
            match levels.pixel_representation(patch.level) {
                Found::Known(value) => Ok(unsigned_or_signed(value)),
                Found::MayCome(level) => Err(level),
                Found::Nowhere => Ok(Vr::US),
            }
        });
    }

    // ---- errors ----

    /// Nothing may go on after the end of what surrounds it.
    fn check_bounds(&self, header: Header) -> Result<(), Error> {
        let Some(end) = self.levels.innermost().end else {
            return Ok(());
        };
        let length = if header.is_undefined() {
            0
        } else {
            u64::from(header.length)
        };
        if self.offset.saturating_add(length) <= end {
            return Ok(());
        }
        Err(Error::Overrun {
            path: self.levels.path_to(header.tag),
            offset: self.offset,
            length,
            available: end.saturating_sub(self.offset),
        })
    }

    fn unexpected(&self, found: Tag, offset: u64) -> Error {
        Error::UnexpectedTag {
            path: self.levels.path(),
            offset,
            found,
            expected: self.levels.innermost().kind.expects(),
        }
    }

    fn mixed_encoding(&self, tag: Tag) -> Error {
        Error::MixedEncoding {
            path: self.levels.path_to(tag),
            offset: self.offset,
        }
    }
}
