//! The element rewriter: a state machine between two encodings.
//!
//! It is either at a header or in a value. Headers are gathered until whole (they may be cut
//! between two pushes), decided upon and written anew; values pass through. A stack of
//! [`Level`]s says what surrounds the current position.

use crate::ambiguous::{Facts, TagVr, tag_vr, unsigned_or_signed};
use crate::error::Error;
use crate::header::{
    self, Content, Header, ITEM, ITEM_DELIMITATION, MAX_SHORT_LENGTH, SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH, item_encoding,
};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::transcode::hold::Hold;
use crate::transcode::level::{self, Found, Kind, Level};
use crate::transcode::value::Value;
use crate::vr::Vr;
use crate::walk::content_encoding;

/// An item header and the header of its first element: the most that is looked at together.
const LOOK: usize = 20;
/// How much of an item's first element tells its encoding.
const FIRST_ELEMENT: usize = 8;

#[derive(Debug)]
enum State {
    Header,
    Value(Value),
    /// After the data set: padding, dropped.
    Done,
}

/// A header as it came.
struct Arrived {
    header: Header,
    /// The bytes of the header and those after it that were looked at.
    bytes: [u8; LOOK],
    /// Where the header began.
    offset: u64,
}

/// Rewrites one data set from one encoding to another.
#[derive(Debug)]
pub(super) struct Rewriter {
    levels: Vec<Level>,
    state: State,
    /// A header that is not whole yet.
    gathered: Vec<u8>,
    /// Where in the input the next byte to be worked on is.
    offset: u64,
    hold: Hold,
    max_depth: u16,
}

impl Rewriter {
    pub(super) fn new(from: Encoding, to: Encoding, limits: &Limits) -> Self {
        Self {
            levels: vec![Level::root(from, to)],
            state: State::Header,
            gathered: Vec::with_capacity(LOOK),
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
                    let Some(arrived) = self.gather(&mut input)? else {
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
                State::Done => break,
            }
        }
        self.hold.take_back(out);
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.hold.release(out);
        self.close_ended_levels(out);
        self.hold.review(out, |_| Ok(Vr::US));
        match &self.state {
            State::Value(value) => {
                return Err(Error::Truncated {
                    path: self.path_to(value.tag()),
                    offset: self.offset,
                    expected: value.remaining(),
                    available: 0,
                });
            }
            State::Header if self.gathered.iter().any(|byte| *byte != 0) => {
                return Err(Error::TruncatedHeader {
                    path: level::path(&self.levels),
                    offset: self.offset,
                    expected: header::MAX_SIZE as u64,
                    available: self.gathered.len() as u64,
                });
            }
            State::Header | State::Done => {}
        }
        match self.levels.as_slice() {
            [] | [_] => Ok(()),
            [.., innermost] => Err(self.missing_end(innermost)),
        }
    }

    // ---- input ----

    /// Takes a whole header from what was gathered and the input; `None` when there is none yet.
    fn gather(&mut self, input: &mut &[u8]) -> Result<Option<Arrived>, Error> {
        let encoding = self.innermost()?.from;
        let mut bytes = [0; LOOK];
        if self.gathered.is_empty() && input.len() >= LOOK {
            bytes.copy_from_slice(input.get(..LOOK).unwrap_or(&[0; LOOK]));
        } else {
            let taken = self.top_up(input, encoding);
            for (slot, byte) in bytes.iter_mut().zip(&self.gathered) {
                *slot = *byte;
            }
            if !taken {
                return Ok(None);
            }
        }
        let Some(header) = Header::decode(&bytes, encoding) else {
            return Ok(None);
        };
        let size = usize::from(header.size);
        if self.gathered.is_empty() {
            *input = input.get(size..).unwrap_or_default();
        } else {
            self.gathered.drain(..size.min(self.gathered.len()));
        }
        let offset = self.offset;
        self.offset = offset.saturating_add(u64::from(header.size));
        Ok(Some(Arrived {
            header,
            bytes,
            offset,
        }))
    }

    /// Moves input to the gathered bytes until they are a whole header; tells whether they are.
    fn top_up(&mut self, input: &mut &[u8], encoding: Encoding) -> bool {
        loop {
            let wanted = wanted_bytes(&self.gathered, encoding);
            let missing = wanted.saturating_sub(self.gathered.len());
            if missing == 0 {
                return true;
            }
            if input.is_empty() {
                return false;
            }
            let (head, rest) = input.split_at(input.len().min(missing));
            self.gathered.extend_from_slice(head);
            *input = rest;
        }
    }

    fn handle_value_progress(&mut self, out: &mut Vec<u8>) {
        let State::Value(value) = &self.state else {
            return;
        };
        let (tag, is_over) = (value.tag(), value.remaining() == 0);
        if Facts::are_in(tag)
            && let Some(level) = self.levels.last_mut()
            && let Some(number) = value.first_number(level.from.big_endian)
        {
            level.facts.note(tag, number);
            self.review_held(out);
        }
        if is_over {
            self.state = State::Header;
        }
    }

    fn handle_header(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let level = self.innermost()?;
        let is_root = self.levels.len() == 1;
        let kind = level.kind;
        self.check_bounds(level, arrived)?;
        match (kind, header.tag) {
            (Kind::DataSet, Tag(0)) if is_root && header.length == 0 => self.state = State::Done,
            (Kind::DataSet, ITEM_DELIMITATION) if !is_root => {
                self.handle_delimiter(arrived, out)?
            }
            (Kind::DataSet, tag) if tag.group() != 0xFFFE => self.handle_element(arrived, out)?,
            (Kind::Sequence | Kind::Fragments, SEQUENCE_DELIMITATION) => {
                self.handle_delimiter(arrived, out)?;
            }
            (Kind::Sequence, ITEM) => self.handle_item(arrived, out)?,
            (Kind::Fragments, ITEM) => self.handle_fragment(arrived, out)?,
            (kind, found) => {
                return Err(Error::UnexpectedTag {
                    path: level::path(&self.levels),
                    offset: arrived.offset,
                    found,
                    expected: match kind {
                        Kind::DataSet => "a data element",
                        Kind::Sequence => "an item or sequence delimitation",
                        Kind::Fragments => "a fragment or sequence delimitation",
                    },
                });
            }
        }
        Ok(())
    }

    // ---- elements ----

    fn handle_element(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        if let Some(level) = self.levels.last_mut() {
            level.current = header.tag;
        }
        self.review_held(out);
        let level = self.innermost()?;
        if header.tag.element() == 0 && !level.keeps_sizes() && !header.is_undefined() {
            self.state = State::Value(Value::drop(header.tag, header.length));
            return Ok(());
        }
        match header.content() {
            Content::Value => self.handle_value(arrived, out),
            Content::Sequence => self.handle_sequence(arrived, false, out),
            Content::UnknownSequence => self.handle_sequence(arrived, true, out),
            Content::Fragments => self.enter_fragments(arrived, out),
        }
    }

    fn handle_value(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let (tag, length) = (header.tag, header.length);
        if self.hold.is_full(out, u64::from(length)) {
            self.hold.review(out, |_| Ok(Vr::US));
        }
        let level = self.innermost()?;
        let (from, to) = (level.from, level.to);
        let (mut vr, waits_for) = self.vr_of(&header);
        let mut letters = if header.vr.is_some() {
            header.letters
        } else {
            vr.bytes()
        };
        if header.vr.is_none() && length > MAX_SHORT_LENGTH && !vr.has_long_length() {
            (vr, letters) = (Vr::UN, Vr::UN.bytes());
        }
        let start = out.len();
        self.write_header(arrived, letters, length, out)?;
        if let Some(waits_for) = waits_for
            && vr != Vr::UN
            && !to.implicit
        {
            self.hold.wait(start.saturating_add(4), waits_for);
        }
        let level = self.innermost()?;
        let swaps = from.big_endian != to.big_endian && !level.is_verbatim;
        let width = if swaps { vr.swap_width() } else { 1 };
        if length > 0 {
            self.state = State::Value(Value::copy(tag, length, width));
        }
        Ok(())
    }

    /// The VR of an element, and the level whose Pixel Representation may still make it SS.
    fn vr_of(&self, header: &Header) -> (Vr, Option<usize>) {
        if let Some(vr) = header.vr {
            return (vr, None);
        }
        let innermost = self.levels.len().saturating_sub(1);
        match tag_vr(header.tag) {
            TagVr::Known(vr) => (vr, None),
            TagVr::LutData => (
                self.levels.last().map_or(Vr::OW, |l| l.facts.lut_data()),
                None,
            ),
            TagVr::UnsignedOrSigned => match level::pixel_representation(&self.levels, innermost) {
                Found::Known(value) => (unsigned_or_signed(value), None),
                Found::MayCome(level) => (Vr::US, Some(level)),
                Found::Nowhere => (Vr::US, None),
            },
        }
    }

    fn handle_sequence(
        &mut self,
        arrived: &Arrived,
        is_unknown: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let header = arrived.header;
        if self.levels.len() / 2 >= usize::from(self.max_depth) {
            return Err(Error::TooDeep {
                path: self.path_to(header.tag),
                offset: arrived.offset,
                limit: self.max_depth,
            });
        }
        let outer = self.innermost()?;
        let mut level = outer.inner(Kind::Sequence, header.tag);
        level.from = content_encoding(&header, outer.from);
        level.is_verbatim |= is_unknown && !outer.to.implicit;
        let length = self.open_length(&mut level, &header);
        let letters = if is_unknown {
            Vr::UN.bytes()
        } else {
            Vr::SQ.bytes()
        };
        self.write_header(arrived, letters, length, out)?;
        if header.length != 0 {
            self.levels.push(level);
        }
        Ok(())
    }

    fn enter_fragments(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let level = self.innermost()?.inner(Kind::Fragments, header.tag);
        let letters = match header.vr {
            Some(_) => header.letters,
            None => Vr::OB.bytes(),
        };
        self.write_header(arrived, letters, UNDEFINED_LENGTH, out)?;
        self.levels.push(level);
        Ok(())
    }

    // ---- items, fragments, delimiters ----

    fn handle_item(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let sequence = self.innermost()?;
        let mut level = sequence.inner(Kind::DataSet, ITEM);
        let first = arrived
            .bytes
            .get(usize::from(header.size)..)
            .unwrap_or_default();
        if header.length != 0 {
            level.from = item_encoding(first, sequence.from);
        }
        if sequence.is_frozen && !level.keeps_sizes() {
            let path = level::path(&self.levels).item(sequence.items);
            let offset = self.offset;
            return Err(Error::MixedEncoding { path, offset });
        }
        let length = self.open_length(&mut level, &header);
        self.write_header(arrived, [0; 2], length, out)?;
        if header.length == 0 {
            self.count_item();
        } else {
            self.levels.push(level);
        }
        Ok(())
    }

    fn handle_fragment(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        if header.is_undefined() {
            return Err(Error::UndefinedLength {
                path: level::path(&self.levels),
                offset: arrived.offset,
            });
        }
        if self.hold.is_full(out, u64::from(header.length)) {
            self.hold.review(out, |_| Ok(Vr::US));
        }
        self.write_header(arrived, [0; 2], header.length, out)?;
        self.count_item();
        if header.length > 0 {
            self.state = State::Value(Value::copy(ITEM, header.length, 1));
        }
        Ok(())
    }

    /// Ends a level of undefined length. Where the level has a length the delimiter is one too
    /// many; it is kept only when that length is kept.
    fn handle_delimiter(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let level = self.innermost()?;
        let (is_undefined, adds_delimiter) = (level.end.is_none(), level.adds_delimiter);
        if !adds_delimiter {
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
        // The first header of an item may be gathered already, but lies after `offset`.
        while let Some(level) = self.levels.last()
            && level.end.is_some_and(|end| self.offset >= end)
        {
            if level.adds_delimiter {
                let tag = match level.kind {
                    Kind::DataSet => ITEM_DELIMITATION,
                    Kind::Sequence | Kind::Fragments => SEQUENCE_DELIMITATION,
                };
                header::encode(out, level.to, tag, [0; 2], 0);
            }
            self.leave(out);
        }
    }

    fn leave(&mut self, out: &mut Vec<u8>) {
        let left = self.levels.pop();
        if left.is_some_and(|level| level.kind == Kind::DataSet) {
            self.count_item();
        }
        self.review_held(out);
    }

    fn count_item(&mut self) {
        if let Some(sequence) = self.levels.last_mut() {
            sequence.items = sequence.items.saturating_add(1);
        }
    }

    // ---- output ----

    /// Decides the length to write for a level, and with it how the level will end.
    fn open_length(&self, level: &mut Level, header: &Header) -> u32 {
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
        let level = self.innermost()?;
        let size = usize::from(arrived.header.size);
        if level.is_verbatim {
            out.extend_from_slice(arrived.bytes.get(..size).unwrap_or_default());
            return Ok(());
        }
        let start = out.len();
        header::encode(out, level.to, arrived.header.tag, letters, length);
        if level.is_frozen && out.len().saturating_sub(start) != size {
            return Err(Error::MixedEncoding {
                path: self.path_to(arrived.header.tag),
                offset: arrived.offset,
            });
        }
        Ok(())
    }

    fn review_held(&mut self, out: &mut [u8]) {
        if self.hold.is_empty() {
            return;
        }
        let levels = &self.levels;
        self.hold.review(out, |patch| {
            let innermost = patch.level.min(levels.len().saturating_sub(1));
            match level::pixel_representation(levels, innermost) {
                Found::Known(value) => Ok(unsigned_or_signed(value)),
                Found::MayCome(level) => Err(level),
                Found::Nowhere => Ok(Vr::US),
            }
        });
    }

    // ---- checks and errors ----

    fn innermost(&self) -> Result<&Level, Error> {
        // The root is never left, so this is always `Some`.
        self.levels.last().ok_or_else(|| Error::UnexpectedTag {
            path: TagPath::root(),
            offset: self.offset,
            found: SEQUENCE_DELIMITATION,
            expected: "a data element",
        })
    }

    /// Nothing may go on after the end of what surrounds it.
    fn check_bounds(&self, level: &Level, arrived: &Arrived) -> Result<(), Error> {
        let Some(end) = level.end else {
            return Ok(());
        };
        let header = arrived.header;
        let length = if header.is_undefined() {
            0
        } else {
            u64::from(header.length)
        };
        if self.offset.saturating_add(length) <= end {
            return Ok(());
        }
        Err(Error::Overrun {
            path: self.path_to(header.tag),
            offset: self.offset,
            length,
            available: end.saturating_sub(self.offset),
        })
    }

    fn path_to(&self, tag: Tag) -> TagPath {
        let path = level::path(&self.levels);
        match self.levels.last() {
            Some(level) if level.kind != Kind::DataSet => path.item(level.items),
            Some(_) if self.levels.len() == 1 => TagPath::element(tag),
            _ => path.child(tag),
        }
    }

    fn missing_end(&self, level: &Level) -> Error {
        let path = level::path(&self.levels);
        let offset = self.offset;
        match level.end {
            Some(end) => Error::Truncated {
                path,
                offset,
                expected: end.saturating_sub(offset),
                available: 0,
            },
            None => Error::MissingDelimiter {
                path,
                offset,
                expected: match level.kind {
                    Kind::DataSet => ITEM_DELIMITATION,
                    Kind::Sequence | Kind::Fragments => SEQUENCE_DELIMITATION,
                },
            },
        }
    }
}

/// How many bytes must be seen to decide about the header that begins with these: the header, and
/// for an item also the beginning of its first element, which tells the item's encoding.
fn wanted_bytes(gathered: &[u8], encoding: Encoding) -> usize {
    if gathered.len() < 8 {
        return 8;
    }
    match Header::decode(gathered, encoding) {
        None => header::MAX_SIZE,
        Some(header) if header.tag == ITEM && header.length != 0 && !encoding.implicit => {
            usize::from(header.size).saturating_add(FIRST_ELEMENT)
        }
        Some(header) => usize::from(header.size),
    }
}
