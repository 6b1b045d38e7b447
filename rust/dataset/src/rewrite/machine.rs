//! The state machine that changes a stream of elements.
//!
//! It is at a header, in a value that passes through or is left out, or in a short value that is
//! collected because it is to be looked at. What is not named by a change is written as it came,
//! byte for byte. A stack of levels says what surrounds the current position; of levels that are
//! copied whole only those of undefined length are entered, to find their end.

use std::sync::Arc;

use crate::error::Error;
use crate::gather::{Arrived, Gather};
use crate::header::{
    self, Header, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED_LENGTH, item_encoding,
};
use crate::levels::Kind;
use crate::limits::Limits;
use crate::rewrite::change::Changes;
use crate::rewrite::collected::Collected;
use crate::rewrite::level::{Edit, Level, Levels, Mode};
use crate::syntax::Encoding;
use crate::tag::Tag;

pub(super) const PIXEL_REPRESENTATION: Tag = Tag::new(0x0028, 0x0103);

#[derive(Debug)]
pub(super) enum State {
    Header,
    Value {
        tag: Tag,
        remaining: u64,
        is_dropped: bool,
    },
    Collect(Collected),
    /// After the data set: padding, copied. Elements behind it would have to be changed too, and
    /// those to be added have their place before it, so there must be none.
    Tail,
}

/// Changes one data set on its way.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) levels: Levels,
    pub(super) state: State,
    gather: Gather,
    /// Where in the input the work is: after the last header taken, or within its value.
    pub(super) offset: u64,
    pub(super) max_depth: u16,
}

impl Machine {
    pub(super) fn new(encoding: Encoding, changes: &Changes, limits: &Limits) -> Self {
        let edit = Edit {
            node: changes.root(),
            next: 0,
            character_set: Vec::new(),
            pixel_representation: None,
        };
        let root = Level::new(Kind::DataSet, Tag(0), encoding, Mode::Edit(edit));
        Self {
            levels: Levels::new(root),
            state: State::Header,
            gather: Gather::default(),
            offset: 0,
            max_depth: limits.max_depth,
        }
    }

    pub(super) fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            match &mut self.state {
                State::Header => {
                    self.close_ended_levels(out)?;
                    let level = self.levels.innermost();
                    let looks_ahead = level.kind == Kind::Sequence;
                    let header = self.gather.header(&mut input, level.encoding, looks_ahead);
                    let Some(arrived) = header else {
                        return Ok(());
                    };
                    self.handle_header(&arrived, out)?;
                }
                State::Tail => {
                    if input.iter().any(|byte| *byte != 0) {
                        return Err(self.hidden());
                    }
                    out.extend_from_slice(input);
                    return Ok(());
                }
                State::Value { .. } | State::Collect(_) if input.is_empty() => return Ok(()),
                State::Value {
                    remaining,
                    is_dropped,
                    ..
                } => {
                    let taken = take(&mut input, remaining);
                    if !*is_dropped {
                        out.extend_from_slice(taken);
                    }
                    self.offset = self.offset.saturating_add(taken.len() as u64);
                    if *remaining == 0 {
                        self.state = State::Header;
                    }
                }
                State::Collect(collected) => {
                    let taken = take(&mut input, &mut collected.remaining);
                    collected.value.extend_from_slice(taken);
                    self.offset = self.offset.saturating_add(taken.len() as u64);
                    self.complete_collected(out)?;
                }
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let (tag, remaining) = match &self.state {
            State::Tail => return Ok(()),
            State::Header => return self.finish_at_header(out),
            State::Value { tag, remaining, .. } => (*tag, *remaining),
            State::Collect(collected) => (collected.header.tag, collected.remaining),
        };
        Err(Error::Truncated {
            path: self.levels.path_to(tag),
            offset: self.offset,
            expected: remaining,
            available: 0,
        })
    }

    fn finish_at_header(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.close_ended_levels(out)?;
        let offset = self.offset;
        self.gather.finish(|| self.levels.path(), offset)?;
        let level = self.levels.innermost();
        let path = self.levels.path();
        if self.levels.is_at_root() {
            self.add_before(None, out)?;
            // Padding too short for a header.
            out.extend_from_slice(self.gather.leftover());
            return Ok(());
        }
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

    fn handle_header(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let header_offset = self.offset;
        self.offset = header_offset.saturating_add(u64::from(header.size));
        self.check_bounds(header)?;
        let is_root = self.levels.is_at_root();
        match (self.levels.innermost().kind, header.tag) {
            (Kind::DataSet, Tag(0)) if is_root && header.length == 0 => {
                self.add_before(None, out)?;
                out.extend_from_slice(arrived.raw());
                self.state = State::Tail;
            }
            (Kind::DataSet, ITEM_DELIMITATION) if !is_root => {
                self.handle_delimiter(arrived, out)?;
            }
            (Kind::DataSet, tag) if tag.group() != 0xFFFE => self.handle_element(arrived, out)?,
            (Kind::Sequence | Kind::Fragments, SEQUENCE_DELIMITATION) => {
                self.handle_delimiter(arrived, out)?;
            }
            (Kind::Sequence, ITEM) => self.handle_item(arrived, out)?,
            (Kind::Fragments, ITEM) => self.handle_fragment(arrived, out)?,
            (_, found) => {
                return Err(Error::UnexpectedTag {
                    path: self.levels.path(),
                    offset: header_offset,
                    found,
                    expected: self.levels.innermost().kind.expects(),
                });
            }
        }
        Ok(())
    }

    // ---- items, fragments, delimiters ----

    fn handle_item(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        let sequence = self.levels.innermost();
        let is_dropped = sequence.is_dropped();
        let encoding = if header.length == 0 {
            sequence.encoding
        } else {
            item_encoding(arrived.first_element(), sequence.encoding)
        };
        let node = match &sequence.mode {
            Mode::Enter(items) => items.node(sequence.items),
            _ => None,
        };
        if let Some(node) = node {
            let outer = self.levels.surrounding_edit();
            let mode = Mode::Edit(Edit {
                node: Arc::clone(node),
                next: 0,
                character_set: outer
                    .map(|edit| edit.character_set.clone())
                    .unwrap_or_default(),
                pixel_representation: outer.and_then(|edit| edit.pixel_representation),
            });
            let mut level = Level::new(Kind::DataSet, ITEM, encoding, mode);
            level.end = self.end_of(header);
            let opened = Header {
                length: UNDEFINED_LENGTH,
                ..header
            };
            self.write_header(opened, out);
            self.levels.enter(level);
            return Ok(());
        }
        if !is_dropped {
            out.extend_from_slice(arrived.raw());
        }
        if header.is_undefined() {
            let mode = if is_dropped { Mode::Drop } else { Mode::Copy };
            let level = Level::new(Kind::DataSet, ITEM, encoding, mode);
            self.levels.enter(level);
        } else {
            self.levels.count_item();
            self.enter_value(header, is_dropped);
            self.pass_looked_at(out);
        }
        Ok(())
    }

    /// Passes on the beginning of an item's first element, which was looked at ahead.
    fn pass_looked_at(&mut self, out: &mut Vec<u8>) {
        let State::Value {
            remaining,
            is_dropped,
            ..
        } = &mut self.state
        else {
            return;
        };
        let taken = self.gather.take(*remaining);
        *remaining = remaining.saturating_sub(taken.len() as u64);
        if !*is_dropped {
            out.extend_from_slice(&taken);
        }
        self.offset = self.offset.saturating_add(taken.len() as u64);
        if *remaining == 0 {
            self.state = State::Header;
        }
    }

    fn handle_fragment(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        let header = arrived.header;
        if header.is_undefined() {
            return Err(Error::UndefinedLength {
                path: self.levels.path_to(ITEM),
                offset: self.offset,
            });
        }
        let is_dropped = self.levels.innermost().is_dropped();
        if !is_dropped {
            out.extend_from_slice(arrived.raw());
        }
        self.levels.count_item();
        self.enter_value(header, is_dropped);
        Ok(())
    }

    /// Ends a level of undefined length. Where the level has a length the delimiter is one too
    /// many, which some writers add.
    fn handle_delimiter(&mut self, arrived: &Arrived, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.levels.innermost().end.is_some() {
            return Ok(());
        }
        self.add_before(None, out)?;
        if !self.levels.innermost().is_dropped() {
            out.extend_from_slice(arrived.raw());
        }
        self.levels.leave();
        Ok(())
    }

    /// Ends the levels whose length is used up.
    fn close_ended_levels(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        while let Some(end) = self.levels.innermost().end
            && self.offset >= end
        {
            if self.offset > end {
                return Err(Error::Overrun {
                    path: self.levels.path(),
                    offset: end,
                    length: self.offset.saturating_sub(end),
                    available: 0,
                });
            }
            self.add_before(None, out)?;
            let level = self.levels.innermost();
            header::encode(out, level.encoding, level.kind.delimiter(), [0; 2], 0);
            self.levels.leave();
        }
        Ok(())
    }

    // ---- errors ----

    /// Elements behind what looked like padding.
    #[cold]
    fn hidden(&self) -> Error {
        Error::UnexpectedTag {
            path: self.levels.path(),
            offset: self.offset.saturating_sub(8),
            found: Tag(0),
            expected: "nothing but zeros until the end",
        }
    }

    /// Nothing may go on after the end of what surrounds it.
    fn check_bounds(&self, header: Header) -> Result<(), Error> {
        let Some(end) = self.levels.innermost().end else {
            return Ok(());
        };
        let length = match header.length {
            UNDEFINED_LENGTH => 0,
            length => u64::from(length),
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
}

/// Takes what the input has of a value.
fn take<'a>(input: &mut &'a [u8], remaining: &mut u64) -> &'a [u8] {
    let most = usize::try_from(*remaining).unwrap_or(usize::MAX);
    let (taken, rest) = input.split_at(input.len().min(most));
    *input = rest;
    *remaining = remaining.saturating_sub(taken.len() as u64);
    taken
}
