//! The walk over the elements of a data set, header by header, values skipped.
//!
//! Values and sequences of defined length are stepped over; what has undefined length is descended
//! into, with an explicit stack, until its delimiter is found. [`check`](crate::check),
//! [`file`](crate::file) and [`index`](crate::index) all see a data set through this.

use crate::error::Error;
use crate::header::{
    Content, Header, ITEM, ITEM_DELIMITATION, MAX_SIZE, SEQUENCE_DELIMITATION, item_encoding,
};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::window::Window;

/// An element that was stepped over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) header: Header,
    pub(crate) header_offset: u64,
    pub(crate) value_start: u64,
    /// The end of the value, the delimiter of an undefined length not included.
    pub(crate) value_end: u64,
    /// Where the next element begins.
    pub(crate) end: u64,
}

/// Whether a missing delimiter at the very end is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Every undefined length must be ended.
    Strict,
    /// The end of the data ends everything that is open.
    Lenient,
}

/// Something of undefined length that the walk is inside of.
struct Open {
    kind: Kind,
    tag: Tag,
    encoding: Encoding,
    /// Items met so far.
    items: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Item,
    Fragments,
}

/// A walk over one data set.
pub(crate) struct Walker<'a, W> {
    window: W,
    position: u64,
    end: u64,
    encoding: Encoding,
    limits: &'a Limits,
    strictness: Strictness,
    /// How deep this data set itself is nested.
    depth: u16,
    headers: u32,
    /// Items stepped over by [`Self::next_item`].
    items: u32,
    /// What the end of the data cut short, when that is tolerated.
    cut: Option<Error>,
    tolerates_cuts: bool,
    open: Vec<Open>,
    /// The path of the data set; fetched only to make an error.
    base: &'a TagPath,
}

impl<'a, W: Window> Walker<'a, W> {
    pub(crate) fn new(
        window: W,
        range: std::ops::Range<u64>,
        encoding: Encoding,
        limits: &'a Limits,
        base: &'a TagPath,
    ) -> Self {
        Self {
            window,
            position: range.start,
            end: range.end,
            encoding,
            limits,
            strictness: Strictness::Strict,
            depth: 0,
            headers: 0,
            items: 0,
            cut: None,
            tolerates_cuts: false,
            open: Vec::new(),
            base,
        }
    }

    /// Takes a delimiter missing at the end of the data as written; what is cut short is an error.
    pub(crate) fn lenient(mut self) -> Self {
        self.strictness = Strictness::Lenient;
        self
    }

    /// Takes what the end of the data cuts short as it is; [`Self::take_cut`] tells. A delimiter
    /// missing there is not even that.
    pub(crate) fn tolerating_cuts(mut self) -> Self {
        self.strictness = Strictness::Lenient;
        self.tolerates_cuts = true;
        self
    }

    /// What the end of the data cut short.
    pub(crate) fn take_cut(&mut self) -> Option<Error> {
        self.cut.take()
    }

    pub(crate) fn at_depth(mut self, depth: u16) -> Self {
        self.depth = depth;
        self
    }

    /// Goes on with a walk that met some headers already, which count.
    pub(crate) const fn having_met(mut self, headers: u32) -> Self {
        self.headers = headers;
        self
    }

    /// How many headers were met.
    pub(crate) const fn headers(&self) -> u32 {
        self.headers
    }

    pub(crate) fn window(&mut self) -> &mut W {
        &mut self.window
    }

    /// The tag of the next element, if there is one.
    pub(crate) fn next_tag(&mut self) -> Result<Option<Tag>, Error> {
        let header = self.peek_element()?;
        Ok(header.map(|header| header.tag))
    }

    /// Decodes the header of the next element of this data set. Zeros that look like an element
    /// are padding, which some writers leave at the end: they are passed over, and should
    /// elements come after them, these are not lost. (Within an item zeros are an element.)
    #[inline(always)]
    fn peek_element(&mut self) -> Result<Option<Header>, Error> {
        while self.position < self.end {
            match self.peek_header(self.encoding)? {
                Some(header) if header.is_zero() && self.depth == 0 => {
                    self.step_over_header(header)?;
                }
                header => return Ok(header),
            }
        }
        Ok(None)
    }

    /// Steps over the next element. `None` at the end of the data set, at an item delimitation
    /// (which is left where it is) and at trailing zeros, which some writers leave behind. A strict
    /// walk takes an item delimitation only as the very last thing.
    pub(crate) fn next(&mut self) -> Result<Option<Span>, Error> {
        let Some(header) = self.peek_element()? else {
            return Ok(None);
        };
        let header_offset = self.position;
        let is_last = header_offset.saturating_add(u64::from(header.size)) >= self.end;
        if header.tag == ITEM_DELIMITATION && (is_last || self.strictness == Strictness::Lenient) {
            if self.tolerates_cuts && !is_last {
                // What is behind it is out of reach, and nobody must think that it is not there.
                let stray = self.unexpected(header.tag, "a data element");
                self.cut.get_or_insert(stray);
            }
            return Ok(None);
        }
        if header.is_delimiter() {
            return Err(self.unexpected(header.tag, "a data element"));
        }
        self.step_over_header(header)?;
        let value_start = self.position;
        let value_end = if header.is_undefined() {
            self.walk_undefined(header)?
        } else {
            self.skip(header.tag, header.length)?;
            self.position
        };
        Ok(Some(Span {
            header,
            header_offset,
            value_start,
            value_end,
            end: self.position,
        }))
    }

    /// Steps over the next item of a sequence that has this walk's range, and says which part of
    /// it is its data set; `None` at the sequence's end.
    pub(crate) fn next_item(&mut self) -> Result<Option<(Span, Encoding)>, Error> {
        let header_offset = self.position;
        if header_offset >= self.end {
            return Ok(None);
        }
        let Some(header) = self.peek_header(self.encoding)? else {
            return Ok(None);
        };
        if header.tag == SEQUENCE_DELIMITATION {
            return Ok(None);
        }
        if header.tag != ITEM {
            return Err(self.unexpected(header.tag, "an item"));
        }
        self.step_over_header(header)?;
        let value_start = self.position;
        let encoding = self.encoding_of_item(self.encoding)?;
        let value_end = if header.is_undefined() {
            self.open.push(Open {
                kind: Kind::Item,
                tag: ITEM,
                encoding,
                items: 0,
            });
            self.walk_open()?
        } else {
            self.skip(ITEM, header.length)?;
            self.position
        };
        self.items = self.items.saturating_add(1);
        let span = Span {
            header,
            header_offset,
            value_start,
            value_end,
            end: self.position,
        };
        Ok(Some((span, encoding)))
    }

    /// Descends into an element of undefined length; returns where its value ends.
    fn walk_undefined(&mut self, header: Header) -> Result<u64, Error> {
        self.enter(header, self.encoding)?;
        self.walk_open()
    }

    /// Walks until everything that is open has been closed.
    fn walk_open(&mut self) -> Result<u64, Error> {
        loop {
            let Some(innermost) = self.open.last() else {
                return Ok(self.position);
            };
            let (kind, encoding) = (innermost.kind, innermost.encoding);
            let header_offset = self.position;
            let header = if header_offset < self.end {
                self.peek_header(encoding)?
            } else {
                None
            };
            let Some(header) = header else {
                if self.strictness == Strictness::Lenient {
                    self.open.clear();
                    return Ok(header_offset);
                }
                return Err(self.missing_delimiter(kind));
            };
            self.step_over_header(header)?;
            let closes = match kind {
                Kind::Item => self.in_item(header, encoding, header_offset)?,
                Kind::Sequence | Kind::Fragments => {
                    self.in_sequence(kind, header, encoding, header_offset)?
                }
            };
            if closes {
                self.open.pop();
                let Some(surrounding) = self.open.last_mut() else {
                    return Ok(header_offset);
                };
                if kind == Kind::Item {
                    surrounding.items = surrounding.items.saturating_add(1);
                }
            }
        }
    }

    /// One header inside an item of undefined length; tells whether it ends the item.
    fn in_item(&mut self, header: Header, encoding: Encoding, at: u64) -> Result<bool, Error> {
        if header.tag == ITEM_DELIMITATION {
            return Ok(true);
        }
        if header.is_delimiter() {
            self.position = at;
            return Err(self.unexpected(header.tag, "a data element or item delimitation"));
        }
        if header.is_undefined() {
            self.enter(header, encoding)?;
        } else {
            self.skip(header.tag, header.length)?;
        }
        Ok(false)
    }

    /// One header inside a sequence or pixel data; tells whether it ends it.
    fn in_sequence(
        &mut self,
        kind: Kind,
        header: Header,
        encoding: Encoding,
        at: u64,
    ) -> Result<bool, Error> {
        if header.tag == SEQUENCE_DELIMITATION {
            return Ok(true);
        }
        if header.tag != ITEM {
            self.position = at;
            return Err(self.unexpected(header.tag, "an item or sequence delimitation"));
        }
        if !header.is_undefined() {
            self.skip(ITEM, header.length)?;
        } else if kind == Kind::Fragments {
            let path = self.path();
            return Err(Error::UndefinedLength { path, offset: at });
        } else {
            let encoding = self.encoding_of_item(encoding)?;
            self.open.push(Open {
                kind: Kind::Item,
                tag: ITEM,
                encoding,
                items: 0,
            });
            return Ok(false);
        }
        if let Some(sequence) = self.open.last_mut() {
            sequence.items = sequence.items.saturating_add(1);
        }
        Ok(false)
    }

    /// Opens an element of undefined length.
    fn enter(&mut self, header: Header, surrounding: Encoding) -> Result<(), Error> {
        let kind = match header.undefined_content() {
            Content::Fragments => Kind::Fragments,
            Content::Value | Content::Sequence | Content::UnknownSequence => Kind::Sequence,
        };
        // Sequences alternate with items on the stack, so two entries are one level.
        let levels = (self.open.len() / 2).saturating_add(usize::from(self.depth));
        if levels >= usize::from(self.limits.max_depth) {
            return Err(Error::TooDeep {
                path: self.path().child(header.tag),
                offset: self.position,
                limit: self.limits.max_depth,
            });
        }
        let encoding = content_encoding(&header, surrounding);
        self.open.push(Open {
            kind,
            tag: header.tag,
            encoding,
            items: 0,
        });
        Ok(())
    }

    fn encoding_of_item(&mut self, surrounding: Encoding) -> Result<Encoding, Error> {
        let first = self.window.peek(self.position, 8)?;
        Ok(item_encoding(first, surrounding))
    }

    /// Decodes the header at the current position; `None` for the last few zeros of the whole data
    /// set. Inlined because a header returned through memory costs more than it takes to decode.
    #[inline(always)]
    fn peek_header(&mut self, encoding: Encoding) -> Result<Option<Header>, Error> {
        let left = self.end.saturating_sub(self.position);
        let is_lenient = self.strictness == Strictness::Lenient;
        let may_be_padding = self.depth == 0 && (is_lenient || self.open.is_empty());
        let bytes = self.window.peek(self.position, MAX_SIZE)?;
        let within = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let bytes = bytes.get(..within).unwrap_or_default();
        match Header::decode(bytes, encoding) {
            Some(header) => Ok(Some(header)),
            None if may_be_padding && bytes.iter().all(|byte| *byte == 0) => Ok(None),
            None => {
                let available = bytes.len() as u64;
                let error = self.truncated_header(available);
                if !self.tolerates_cuts {
                    return Err(error);
                }
                self.cut.get_or_insert(error);
                Ok(None)
            }
        }
    }

    #[cold]
    fn truncated_header(&self, available: u64) -> Error {
        Error::TruncatedHeader {
            path: self.path(),
            offset: self.position,
            expected: if available < 8 { 8 } else { MAX_SIZE as u64 },
            available,
        }
    }

    fn step_over_header(&mut self, header: Header) -> Result<(), Error> {
        if self.headers >= self.limits.max_elements {
            return Err(Error::TooManyElements {
                path: self.path(),
                offset: self.position,
                limit: self.limits.max_elements,
            });
        }
        self.headers = self.headers.saturating_add(1);
        self.position = self.position.saturating_add(u64::from(header.size));
        Ok(())
    }

    fn skip(&mut self, tag: Tag, length: u32) -> Result<(), Error> {
        let available = self.end.saturating_sub(self.position);
        if u64::from(length) > available {
            let path = if tag == ITEM {
                self.path_of_item()
            } else {
                self.path().child(tag)
            };
            let (offset, length) = (self.position, u64::from(length));
            let error = if self.depth == 0 {
                Error::Truncated {
                    path,
                    offset,
                    expected: length,
                    available,
                }
            } else {
                Error::Overrun {
                    path,
                    offset,
                    length,
                    available,
                }
            };
            if !self.tolerates_cuts {
                return Err(error);
            }
            self.cut.get_or_insert(error);
            self.position = self.end;
            return Ok(());
        }
        self.position = self.position.saturating_add(u64::from(length));
        Ok(())
    }

    /// The path of what the walk is inside of.
    fn path(&self) -> TagPath {
        let mut path = self.base.clone();
        let mut sequences = self
            .open
            .iter()
            .filter(|open| open.kind != Kind::Item)
            .peekable();
        while let Some(sequence) = sequences.next() {
            path = path.child(sequence.tag);
            let is_in_item = sequences.peek().is_some()
                || self.open.last().is_some_and(|open| open.kind == Kind::Item);
            if is_in_item {
                path = path.item(sequence.items);
            }
        }
        path
    }

    /// The path of the item or fragment whose header was just read.
    fn path_of_item(&self) -> TagPath {
        let item = self.open.last().map_or(self.items, |open| open.items);
        self.path().item(item)
    }

    fn unexpected(&self, found: Tag, expected: &'static str) -> Error {
        Error::UnexpectedTag {
            path: self.path(),
            offset: self.position,
            found,
            expected,
        }
    }

    fn missing_delimiter(&self, kind: Kind) -> Error {
        Error::MissingDelimiter {
            path: self.path(),
            offset: self.position,
            expected: if kind == Kind::Item {
                ITEM_DELIMITATION
            } else {
                SEQUENCE_DELIMITATION
            },
        }
    }
}

/// The encoding of what lies behind a header: of the surroundings, but UN sequences are little
/// endian everywhere (PS3.5 §6.2.2); whether their items are implicit is seen at each item.
pub(crate) fn content_encoding(header: &Header, surrounding: Encoding) -> Encoding {
    if header.is_undefined() && header.undefined_content() == Content::UnknownSequence {
        Encoding::EXPLICIT_LITTLE
    } else {
        surrounding
    }
}
