//! The elements of a data set in memory, one after the other, without an index.
//!
//! For whoever looks once at each element of many small data sets, such as the identifiers a query
//! is answered with. Nothing is allocated for a data set without undefined lengths, and elements
//! that nobody looks at are not even looked up in the dictionary. What is taken as it is and what
//! is an error is the same as in [`Index`](crate::index::Index).

use crate::ambiguous::{Facts, PIXEL_REPRESENTATION, TagVr, tag_vr, unsigned_or_signed};
use crate::error::Error;
use crate::header::{Content, Header};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::text::ESCAPE;
use crate::value::Value;
use crate::vr::Vr;
use crate::walk::{Span, Walker, content_encoding};

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
/// Paths are told from the data set or item that is walked over: whoever went there knows the way.
static HERE: TagPath = TagPath::root();

/// An element of a data set in memory.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    header: Header,
    /// The value; of an undefined length, without the delimiter.
    pub bytes: &'a [u8],
    /// How the element is to be read.
    pub encoding: Encoding,
    value_start: usize,
    end: usize,
}

impl<'a> Element<'a> {
    /// The tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.header.tag
    }

    /// The VR as written; `None` when the header has none (implicit VR).
    #[must_use]
    pub const fn written_vr(&self) -> Option<Vr> {
        self.header.vr
    }

    /// The value, to be read by this VR.
    #[must_use]
    pub const fn value(&self, vr: Vr) -> Value<'a> {
        Value::new(self.header.tag, vr, self.bytes, self.encoding.big_endian)
    }

    /// What the value is made of, if this is its VR.
    #[must_use]
    #[inline]
    pub fn content(&self, vr: Vr) -> Content {
        if self.header.is_undefined() {
            self.header.undefined_content()
        } else if vr == Vr::SQ {
            Content::Sequence
        } else {
            Content::Value
        }
    }
}

/// What a data set has in common with the items in it, or hands on to them.
#[derive(Clone, Copy)]
struct Scope<'a> {
    /// The whole data set, of which an item is only a part.
    bytes: &'a [u8],
    /// A part of it that is nothing but ASCII, and where it begins.
    ascii: (usize, &'a str),
    limits: &'a Limits,
    depth: u16,
    pixel_representation: Option<u16>,
    character_set: &'a [u8],
}

/// A walk over the elements of a data set or item.
pub struct Elements<'a> {
    scope: Scope<'a>,
    position: usize,
    end: usize,
    encoding: Encoding,
    /// How many headers were met.
    headers: u32,
    /// Whether the character set is the data set's own one, or there is none.
    has_character_set: bool,
}

impl<'a> Elements<'a> {
    /// Begins at the first element of a data set that is not deflated.
    #[must_use]
    pub fn new(bytes: &'a [u8], encoding: Encoding, limits: &'a Limits) -> Self {
        let scope = Scope {
            bytes,
            ascii: (0, ascii_prefix(bytes)),
            limits,
            depth: 0,
            pixel_representation: None,
            character_set: &[],
        };
        Self::of_range(scope, (0, bytes.len()), encoding)
    }

    const fn of_range(
        scope: Scope<'a>,
        (position, end): (usize, usize),
        encoding: Encoding,
    ) -> Self {
        Self {
            scope,
            position,
            end,
            encoding,
            headers: 0,
            has_character_set: false,
        }
    }

    /// Steps to the next element; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Index::parse`](crate::index::Index::parse). There is nothing behind an error.
    #[inline]
    pub fn next_element(&mut self) -> Result<Option<Element<'a>>, Error> {
        if self.position >= self.end {
            return Ok(None);
        }
        let element = match self.next_ordinary() {
            Some(element) => element,
            None => match self.next_other()? {
                Some(element) => element,
                None => return Ok(None),
            },
        };
        self.note(&element);
        Ok(Some(element))
    }

    /// Steps to the next element if it is whole and has a length, as almost all are.
    #[inline(always)]
    fn next_ordinary(&mut self) -> Option<Element<'a>> {
        let rest = self.scope.bytes.get(self.position..self.end)?;
        let header = Header::decode(rest, self.encoding)?;
        let is_special = header.is_undefined() || header.is_delimiter() || header.is_zero();
        if is_special || self.headers >= self.scope.limits.max_elements {
            return None;
        }
        let value = rest.get(usize::from(header.size)..)?;
        let bytes = value.get(..usize::try_from(header.length).ok()?)?;
        let value_start = self.position.saturating_add(usize::from(header.size));
        self.position = value_start.saturating_add(bytes.len());
        self.headers = self.headers.saturating_add(1);
        Some(Element {
            header,
            bytes,
            encoding: self.encoding,
            value_start,
            end: self.position,
        })
    }

    /// Steps to the next element, whatever it is.
    #[cold]
    fn next_other(&mut self) -> Result<Option<Element<'a>>, Error> {
        let mut walker = self.walker().having_met(self.headers);
        let span = walker.next()?;
        if let Some(cut) = walker.take_cut() {
            return Err(cut);
        }
        self.headers = walker.headers();
        let Some(span) = span else {
            self.end = self.position;
            return Ok(None);
        };
        self.position = position(span.end);
        Ok(Some(Element {
            header: span.header,
            bytes: part(self.scope.bytes, span.value_start, span.value_end),
            encoding: self.encoding,
            value_start: position(span.value_start),
            end: self.position,
        }))
    }

    /// The walk that does all that is out of the ordinary.
    fn walker(&self) -> Walker<'a, &'a [u8]> {
        let Scope { bytes, limits, .. } = self.scope;
        let rest = self.position as u64..self.end as u64;
        Walker::new(bytes, rest, self.encoding, limits, &HERE)
            .tolerating_cuts()
            .at_depth(self.scope.depth)
    }

    /// The whole element, header and delimiter included.
    #[must_use]
    pub fn encoded(&self, element: &Element<'a>) -> &'a [u8] {
        let size = usize::from(element.header.size);
        let start = element.value_start.saturating_sub(size);
        self.scope.bytes.get(start..element.end).unwrap_or_default()
    }

    /// The value as text, if it is nothing but ASCII without escape characters, which is the same
    /// text in all character sets. Many values are looked at together, so this costs least for
    /// elements in the order they come in.
    #[inline]
    pub fn ascii(&mut self, element: &Element<'a>) -> Option<&'a str> {
        let (start, text) = self.scope.ascii;
        let from = element.value_start.wrapping_sub(start);
        let range = from..from.saturating_add(element.bytes.len());
        match text.get(range) {
            Some(text) => Some(text),
            None => self.ascii_elsewhere(element),
        }
    }

    fn ascii_elsewhere(&mut self, element: &Element<'a>) -> Option<&'a str> {
        let (start, text) = self.scope.ascii;
        let is_inside = (start..start.saturating_add(text.len())).contains(&element.value_start);
        if !is_inside {
            let rest = self.scope.bytes.get(element.value_start..)?;
            self.scope.ascii = (element.value_start, ascii_prefix(rest));
        }
        let (start, text) = self.scope.ascii;
        let from = element.value_start.checked_sub(start)?;
        text.get(from..from.checked_add(element.bytes.len())?)
    }

    /// The VR to read an element with. Where the header does not say it (implicit VR, UN),
    /// `dictionary` counts, which is [`dictionary_vr`] of the tag, but may be known better for
    /// private elements.
    #[must_use]
    #[inline]
    pub fn readable_vr(&self, element: &Element<'_>, dictionary: Vr) -> Vr {
        match element.header.vr {
            Some(vr) if vr != Vr::UN => vr,
            _ if element.header.is_undefined()
                && element.header.undefined_content() != Content::Fragments =>
            {
                Vr::SQ
            }
            _ if dictionary == Vr::US => self.unsigned_or_signed(element.header.tag),
            _ => dictionary,
        }
    }

    /// The value of Specific Character Set (0008,0005) in force: of this data set, or else of the
    /// one around it (PS3.5 §6.1.2.3). Empty without one. If it did not come yet, it is looked for
    /// in what is to come, once: some do not write elements in the order of their tags.
    pub fn character_set(&mut self) -> &'a [u8] {
        if !self.has_character_set {
            self.find_character_set();
        }
        self.scope.character_set
    }

    fn find_character_set(&mut self) {
        self.has_character_set = true;
        let mut ahead = self.walker();
        while let Ok(Some(span)) = ahead.next() {
            if span.header.tag == SPECIFIC_CHARACTER_SET {
                let value = part(self.scope.bytes, span.value_start, span.value_end);
                self.scope.character_set = value;
                return;
            }
        }
    }

    /// The items of a sequence; none for an element that is none. A UN element is read as the
    /// sequence it may be (PS3.5 §6.2.2).
    ///
    /// # Errors
    /// [`Error::TooDeep`].
    pub fn items(&mut self, element: &Element<'a>, vr: Vr) -> Result<Items<'a>, Error> {
        let Scope { bytes, limits, .. } = self.scope;
        let depth = self.scope.depth.saturating_add(1);
        if depth > limits.max_depth {
            return Err(Error::TooDeep {
                path: TagPath::element(element.tag()),
                offset: element.value_start as u64,
                limit: limits.max_depth,
            });
        }
        let length = match element.content(vr) {
            Content::Sequence | Content::UnknownSequence => element.bytes.len() as u64,
            Content::Value | Content::Fragments => 0,
        };
        // Letters that are no VR stand for UN, as in an index.
        let is_unknown = element.header.vr.is_none_or(|vr| vr == Vr::UN);
        let is_unknown = is_unknown && !element.header.is_undefined();
        let encoding = if is_unknown {
            Encoding::IMPLICIT_LITTLE
        } else {
            content_encoding(&element.header, self.encoding)
        };
        let start = element.value_start as u64;
        let range = start..start.saturating_add(length);
        let character_set = self.character_set();
        Ok(Items {
            walker: Walker::new(bytes, range, encoding, limits, &HERE)
                .tolerating_cuts()
                .at_depth(depth),
            scope: Scope {
                depth,
                character_set,
                ..self.scope
            },
        })
    }

    #[inline]
    fn note(&mut self, element: &Element<'a>) {
        match element.header.tag {
            SPECIFIC_CHARACTER_SET => {
                self.scope.character_set = element.bytes;
                self.has_character_set = true;
            }
            PIXEL_REPRESENTATION => {
                let value = element.value(Vr::US);
                let first = value.u16s().ok().and_then(|mut numbers| numbers.next());
                let known = self.scope.pixel_representation;
                self.scope.pixel_representation = first.or(known);
            }
            _ => {}
        }
    }

    /// US means "US or SS" for some elements.
    fn unsigned_or_signed(&self, tag: Tag) -> Vr {
        match self.scope.pixel_representation {
            None | Some(0) => Vr::US,
            Some(pixel_representation) => match tag_vr(tag) {
                TagVr::UnsignedOrSigned => unsigned_or_signed(pixel_representation),
                TagVr::Known(_) | TagVr::LutData => Vr::US,
            },
        }
    }
}

/// A walk over the items of a sequence.
pub struct Items<'a> {
    walker: Walker<'a, &'a [u8]>,
    scope: Scope<'a>,
}

impl<'a> Items<'a> {
    /// Steps to the next item; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Index::items`](crate::index::Index::items). There is nothing behind an error.
    pub fn next_item(&mut self) -> Result<Option<Elements<'a>>, Error> {
        let item = self.walker.next_item()?;
        if let Some(cut) = self.walker.take_cut() {
            return Err(cut);
        }
        let elements = |(span, encoding): (Span, Encoding)| {
            let range = (position(span.value_start), position(span.value_end));
            Elements::of_range(self.scope, range, encoding)
        };
        Ok(item.map(elements))
    }
}

/// The VR the dictionary has for an element, as far as nothing but its tag is known: US for
/// "US or SS", OW for LUT Data.
#[must_use]
pub fn dictionary_vr(tag: Tag) -> Vr {
    match tag_vr(tag) {
        TagVr::Known(vr) => vr,
        TagVr::UnsignedOrSigned => Vr::US,
        TagVr::LutData => Facts::default().lut_data(),
    }
}

/// The bytes before the first one that is not ASCII or begins an escape sequence.
#[inline]
fn ascii_prefix(bytes: &[u8]) -> &str {
    // Without a way out in the middle of a block its bytes are looked at together.
    const BLOCK: usize = 32;
    let is_other = |byte: &u8| (*byte >= 0x80) | (*byte == ESCAPE);
    let has_other =
        |block: &[u8; BLOCK]| block.iter().fold(false, |has, byte| has | is_other(byte));
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let whole = blocks.iter().take_while(|block| !has_other(block)).count();
    let whole = whole.saturating_mul(BLOCK);
    let rest = bytes.get(whole..).unwrap_or_default();
    let more = rest.iter().take_while(|byte| !is_other(byte)).count();
    let plain = bytes.get(..whole.saturating_add(more)).unwrap_or_default();
    str::from_utf8(plain).unwrap_or_default()
}

/// Positions in memory always fit.
fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// What the walk stepped over lies within the bytes.
fn part(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let range = position(start)..position(end);
    bytes.get(range).unwrap_or_default()
}
