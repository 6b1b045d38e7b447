//! The walk over a data set that shows the wanted elements to a visitor.

use std::ops::Range;

use super::selection::Wanted;
use crate::ambiguous::{Facts, TagVr, tag_vr, unsigned_or_signed};
use crate::dict::{self, PrivateEntry};
use crate::error::Error;
use crate::header::Content;
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::value::Value;
use crate::vr::Vr;
use crate::walk::{Span, Walker, content_encoding};
use crate::window::Window;

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
/// The longest value of Specific Character Set or a private creator that is looked at.
const MAX_NOTED: usize = 1024;

/// A wanted element; its bytes are lent for the time of the visit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Element<'a> {
    /// The value. Its VR is the one written, or where that says nothing (implicit VR, UN) the one
    /// of the dictionary.
    pub value: Value<'a>,
    /// The tag.
    pub tag: Tag,
    /// What the value is made of.
    pub content: Content,
    /// The whole element, header and delimiter included, if it is a sequence; else empty.
    pub encoded: &'a [u8],
    /// How `encoded` is to be read.
    pub encoding: Encoding,
    /// The value of Specific Character Set (0008,0005) in force; empty without one.
    pub character_set: &'a [u8],
}

/// Gets the wanted elements in the order in which the file has them.
pub trait Visitor {
    /// An element; `number` is the position of its path in the selection.
    fn element(&mut self, number: usize, element: &Element<'_>);

    /// An element whose value was not read, because it is longer than the limit or made of
    /// fragments.
    fn unread(&mut self, number: usize, tag: Tag, length: u64);
}

/// Where in the file a level is, and what it inherits from the levels around it.
#[derive(Clone)]
pub(super) struct Place<'a> {
    limits: &'a Limits,
    encoding: Encoding,
    depth: u16,
    path: TagPath,
    character_set: Vec<u8>,
    facts: Facts,
    /// The private creators met in this data set or item, if private elements are wanted of it.
    creators: Vec<(Tag, String)>,
}

impl<'a> Place<'a> {
    /// The place of a whole data set.
    pub(super) const fn new(limits: &'a Limits, encoding: Encoding) -> Self {
        Self {
            limits,
            encoding,
            depth: 0,
            path: TagPath::root(),
            character_set: Vec::new(),
            facts: Facts {
                pixel_representation: None,
                lut_entries: None,
            },
            creators: Vec::new(),
        }
    }

    /// The place of an item of one of its sequences.
    fn item(&self, path: TagPath, encoding: Encoding) -> Self {
        Self {
            encoding,
            depth: self.depth.saturating_add(1),
            path,
            facts: Facts {
                lut_entries: None,
                ..self.facts
            },
            creators: Vec::new(),
            ..self.clone()
        }
    }

    fn vr(&self, span: &Span) -> Vr {
        let tag = span.header.tag;
        let signed = || unsigned_or_signed(self.facts.pixel_representation.unwrap_or(0));
        match span.header.vr {
            Some(vr) if vr != Vr::UN => vr,
            _ if span.header.is_undefined() && dict::vr_of(tag) == Vr::UN => Vr::SQ,
            _ => match (tag_vr(tag), self.private(tag)) {
                (TagVr::Known(Vr::UN), Some(entry)) if entry.vrs() == "US or SS" => signed(),
                (TagVr::Known(Vr::UN), Some(entry)) => entry.vr(),
                (TagVr::Known(vr), _) => vr,
                (TagVr::UnsignedOrSigned, _) => signed(),
                (TagVr::LutData, _) => self.facts.lut_data(),
            },
        }
    }

    /// What the private dictionary says about an element whose creator was met (PS3.5 §7.8.1).
    fn private(&self, tag: Tag) -> Option<&'static PrivateEntry> {
        let block = Tag::new(tag.group(), tag.element() >> 8);
        let (_, creator) = self.creators.iter().find(|(tag, _)| *tag == block)?;
        dict::private(creator, tag)
    }

    /// Notes what decides about how later elements are read.
    fn note(&mut self, span: &Span, window: &mut impl Window) -> Result<(), Error> {
        let length = usize::try_from(span.value_end.saturating_sub(span.value_start));
        let length = length.unwrap_or(usize::MAX);
        let is_creator = is_private_creator(span.header.tag);
        if (is_creator || span.header.tag == SPECIFIC_CHARACTER_SET) && length <= MAX_NOTED {
            let bytes = window.peek(span.value_start, length)?;
            let bytes = bytes.get(..length).unwrap_or(bytes);
            if is_creator {
                // A name that is not UTF-8 is in no dictionary.
                let name = str::from_utf8(bytes).unwrap_or_default();
                let name = name.trim_end_matches(['\0', ' ']).to_owned();
                self.creators.push((span.header.tag, name));
            } else {
                self.character_set.clear();
                self.character_set.extend_from_slice(bytes);
            }
        } else if Facts::are_in(span.header.tag) && length >= 2 {
            let bytes = window.peek(span.value_start, 2)?;
            if let Some(two) = bytes.first_chunk() {
                let number = if self.encoding.big_endian {
                    u16::from_be_bytes(*two)
                } else {
                    u16::from_le_bytes(*two)
                };
                self.facts.note(span.header.tag, number);
            }
        }
        Ok(())
    }
}

/// Walks over one data set or item up to the last of the wanted tags.
pub(super) fn visit_level<W: Window>(
    window: &mut W,
    range: Range<u64>,
    level: &[Wanted],
    mut place: Place<'_>,
    visitor: &mut dyn Visitor,
) -> Result<(), Error> {
    let Some(last) = level.last().map(|wanted| wanted.tag) else {
        return Ok(());
    };
    let wants_private = level.iter().any(|wanted| wanted.tag.is_private());
    let path = place.path.clone();
    let mut walker = Walker::new(&mut *window, range, place.encoding, place.limits, &path)
        .lenient()
        .at_depth(place.depth);
    while let Some(tag) = walker.next_tag()?
        && tag <= last
        && let Some(span) = walker.next()?
    {
        let decides = tag == SPECIFIC_CHARACTER_SET || Facts::are_in(tag);
        if decides || (wants_private && is_private_creator(tag)) {
            place.note(&span, walker.window())?;
        }
        let Ok(position) = level.binary_search_by_key(&tag, |wanted| wanted.tag) else {
            continue;
        };
        let Some(wanted) = level.get(position) else {
            continue;
        };
        if let Some(number) = wanted.number {
            show(*walker.window(), &span, number, &place, visitor)?;
        }
        if !wanted.items.is_empty() {
            visit_items(*walker.window(), &span, wanted, &place, visitor)?;
        }
    }
    Ok(())
}

/// Whether an element reserves a block of private elements (PS3.5 §7.8.1).
fn is_private_creator(tag: Tag) -> bool {
    tag.is_private() && (0x0010..=0x00FF).contains(&tag.element())
}

/// Lends one element to the visitor.
fn show<W: Window>(
    window: &mut W,
    span: &Span,
    number: usize,
    place: &Place<'_>,
    visitor: &mut dyn Visitor,
) -> Result<(), Error> {
    let vr = place.vr(span);
    let content = if span.header.is_undefined() {
        span.header.undefined_content()
    } else if vr == Vr::SQ {
        Content::Sequence
    } else {
        Content::Value
    };
    let is_sequence = matches!(content, Content::Sequence | Content::UnknownSequence);
    let value_length = span.value_end.saturating_sub(span.value_start);
    if content == Content::Fragments || value_length > place.limits.max_element_length {
        visitor.unread(number, span.header.tag, value_length);
        return Ok(());
    }
    let from = if is_sequence {
        span.header_offset
    } else {
        span.value_start
    };
    let to = if is_sequence {
        span.end
    } else {
        span.value_end
    };
    let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    let there = window.peek(from, length)?;
    let Some(bytes) = there.get(..length) else {
        return Err(Error::Truncated {
            path: place.path.clone().child(span.header.tag),
            offset: from,
            expected: length as u64,
            available: there.len() as u64,
        });
    };
    let header = usize::from(span.header.size);
    let (encoded, value) = if is_sequence {
        let end = usize::try_from(value_length).unwrap_or(usize::MAX);
        let value = bytes.get(header..).unwrap_or_default();
        (bytes, value.get(..end).unwrap_or(value))
    } else {
        (Default::default(), bytes)
    };
    let element = Element {
        value: Value::new(span.header.tag, vr, value, place.encoding.big_endian),
        tag: span.header.tag,
        content,
        encoded,
        encoding: place.encoding,
        character_set: &place.character_set,
    };
    visitor.element(number, &element);
    Ok(())
}

/// Goes into the wanted items of a sequence; an element that is none has no items.
fn visit_items<W: Window>(
    window: &mut W,
    span: &Span,
    wanted: &Wanted,
    place: &Place<'_>,
    visitor: &mut dyn Visitor,
) -> Result<(), Error> {
    let encoding = match span.header.content() {
        Content::Sequence | Content::UnknownSequence => {
            content_encoding(&span.header, place.encoding)
        }
        // PS3.5 §6.2.2: what is UN may be a sequence, and then its items are implicit.
        Content::Value if span.header.vr == Some(Vr::UN) => Encoding::IMPLICIT_LITTLE,
        Content::Value | Content::Fragments => return Ok(()),
    };
    let path = place.path.clone().child(span.header.tag);
    let range = span.value_start..span.value_end;
    let mut items = Walker::new(&mut *window, range, encoding, place.limits, &path)
        .lenient()
        .at_depth(place.depth.saturating_add(1));
    let last = wanted.items.last().map_or(0, |(number, _)| *number);
    for number in 0..=last {
        let Some((item, encoding)) = items.next_item()? else {
            break;
        };
        let found = wanted
            .items
            .binary_search_by_key(&number, |(number, _)| *number);
        if let Some((_, level)) = found.ok().and_then(|position| wanted.items.get(position)) {
            let inside = place.item(path.clone().item(number), encoding);
            let range = item.value_start..item.value_end;
            visit_level(*items.window(), range, level, inside, visitor)?;
        }
    }
    Ok(())
}
