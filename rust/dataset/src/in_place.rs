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
    /// The whole element, header and delimiter included.
    pub encoded: &'a [u8],
    /// How the element is to be read.
    pub encoding: Encoding,
    value_start: u64,
}

impl<'a> Element<'a> {
    /// The tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.header.tag
    }

    /// The value, to be read by this VR.
    #[must_use]
    pub const fn value(&self, vr: Vr) -> Value<'a> {
        Value::new(self.header.tag, vr, self.bytes, self.encoding.big_endian)
    }

    /// What the value is made of, if this is its VR.
    #[must_use]
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

/// A walk over the elements of a data set or item.
pub struct Elements<'a> {
    walker: Walker<'a, &'a [u8]>,
    /// The whole data set, of which an item is only a part.
    bytes: &'a [u8],
    end: u64,
    encoding: Encoding,
    limits: &'a Limits,
    depth: u16,
    pixel_representation: Option<u16>,
    character_set: CharacterSet<'a>,
}

/// What is known of Specific Character Set (0008,0005).
#[derive(Clone, Copy)]
enum CharacterSet<'a> {
    /// The data set's own one, or that around it if there is none.
    Known(&'a [u8]),
    /// That around this data set; an own one did not come yet.
    Inherited(&'a [u8]),
}

impl<'a> Elements<'a> {
    /// Begins at the first element of a data set that is not deflated.
    #[must_use]
    pub fn new(bytes: &'a [u8], encoding: Encoding, limits: &'a Limits) -> Self {
        let end = bytes.len() as u64;
        Self {
            walker: Walker::new(bytes, 0..end, encoding, limits, &HERE).tolerating_cuts(),
            bytes,
            end,
            encoding,
            limits,
            depth: 0,
            pixel_representation: None,
            character_set: CharacterSet::Inherited(&[]),
        }
    }

    /// Steps to the next element; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Index::parse`](crate::index::Index::parse). There is nothing behind an error.
    #[inline]
    pub fn next_element(&mut self) -> Result<Option<Element<'a>>, Error> {
        let span = self.walker.next()?;
        if let Some(cut) = self.walker.take_cut() {
            return Err(cut);
        }
        let Some(span) = span else {
            return Ok(None);
        };
        let element = Element {
            header: span.header,
            bytes: part(self.bytes, span.value_start, span.value_end),
            encoded: part(self.bytes, span.header_offset, span.end),
            encoding: self.encoding,
            value_start: span.value_start,
        };
        self.note(&element);
        Ok(Some(element))
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
        let inherited = match self.character_set {
            CharacterSet::Known(found) => return found,
            CharacterSet::Inherited(inherited) => inherited,
        };
        let rest = self.walker.position()..self.end;
        let mut ahead = Walker::new(self.bytes, rest, self.encoding, self.limits, &HERE)
            .tolerating_cuts()
            .at_depth(self.depth);
        let mut found = inherited;
        while let Ok(Some(span)) = ahead.next() {
            if span.header.tag == SPECIFIC_CHARACTER_SET {
                found = part(self.bytes, span.value_start, span.value_end);
                break;
            }
        }
        self.character_set = CharacterSet::Known(found);
        found
    }

    /// The items of a sequence; none for an element that is none. A UN element is read as the
    /// sequence it may be (PS3.5 §6.2.2).
    ///
    /// # Errors
    /// [`Error::TooDeep`].
    pub fn items(&mut self, element: &Element<'a>, vr: Vr) -> Result<Items<'a>, Error> {
        let depth = self.depth.saturating_add(1);
        if depth > self.limits.max_depth {
            return Err(Error::TooDeep {
                path: TagPath::element(element.tag()),
                offset: element.value_start,
                limit: self.limits.max_depth,
            });
        }
        let length = match element.content(vr) {
            Content::Sequence | Content::UnknownSequence => element.bytes.len() as u64,
            Content::Value | Content::Fragments => 0,
        };
        let is_unknown = element.header.vr == Some(Vr::UN) && !element.header.is_undefined();
        let encoding = if is_unknown {
            Encoding::IMPLICIT_LITTLE
        } else {
            content_encoding(&element.header, self.encoding)
        };
        let range = element.value_start..element.value_start.saturating_add(length);
        Ok(Items {
            walker: Walker::new(self.bytes, range, encoding, self.limits, &HERE)
                .tolerating_cuts()
                .at_depth(depth),
            bytes: self.bytes,
            limits: self.limits,
            depth,
            pixel_representation: self.pixel_representation,
            character_set: self.character_set(),
        })
    }

    #[inline]
    fn note(&mut self, element: &Element<'a>) {
        match element.header.tag {
            SPECIFIC_CHARACTER_SET => self.character_set = CharacterSet::Known(element.bytes),
            PIXEL_REPRESENTATION => {
                let value = element.value(Vr::US);
                let first = value.u16s().ok().and_then(|mut numbers| numbers.next());
                self.pixel_representation = first.or(self.pixel_representation);
            }
            _ => {}
        }
    }

    /// US means "US or SS" for some elements.
    fn unsigned_or_signed(&self, tag: Tag) -> Vr {
        match self.pixel_representation {
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
    bytes: &'a [u8],
    limits: &'a Limits,
    depth: u16,
    pixel_representation: Option<u16>,
    character_set: &'a [u8],
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
        Ok(item.map(|(span, encoding)| self.elements(&span, encoding)))
    }

    fn elements(&self, span: &Span, encoding: Encoding) -> Elements<'a> {
        let range = span.value_start..span.value_end;
        Elements {
            walker: Walker::new(self.bytes, range, encoding, self.limits, &HERE)
                .tolerating_cuts()
                .at_depth(self.depth),
            bytes: self.bytes,
            end: span.value_end,
            encoding,
            limits: self.limits,
            depth: self.depth,
            pixel_representation: self.pixel_representation,
            character_set: CharacterSet::Inherited(self.character_set),
        }
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

/// What the walk stepped over lies within the bytes.
#[inline]
fn part(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let fit = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.get(fit(start)..fit(end)).unwrap_or_default()
}
