//! Random access to a data set in memory.
//!
//! One pass over the headers tells where every element lies; nothing is decoded and nothing copied.
//! Sequences are indexed when their items are asked for. Reading is lenient: a delimiter missing
//! at the very end, odd lengths and trailing padding are taken as they are.

mod order;
mod private;
mod validity;

use std::ops::Range;

use bytes::Bytes;

use crate::ambiguous::{
    Facts, LUT_DESCRIPTOR, PIXEL_REPRESENTATION, TagVr, tag_vr, tag_vr_in, unsigned_or_signed,
};
use crate::deflate;
use crate::dict;
use crate::error::Error;
use crate::header::{Content, Header};
use crate::index::order::Order;
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::{Encoding, TransferSyntax};
use crate::tag::Tag;
use crate::value::Value;
use crate::vr::Vr;
use crate::walk::{Span, Walker, content_encoding};

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
/// How many bytes an element has, for the room made at first, and the most room made so.
const BYTES_PER_ELEMENT: u64 = 24;
const MOST_ENTRIES: u64 = 256;

/// Where an element lies in the bytes of its [`Index`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The tag.
    pub tag: Tag,
    /// The VR as written, or in implicit data sets as the dictionary and the other elements tell.
    pub vr: Vr,
    /// Where the header begins.
    pub header_offset: usize,
    /// The value; of an undefined length, without the delimiter.
    pub value: Range<usize>,
    /// Where the next element begins.
    pub end: usize,
    /// What the value is made of.
    pub content: Content,
    /// Where the value begins in the file or stream that was read; differs from the place in the
    /// bytes of the index when values before it were left out of memory.
    pub offset: u64,
    /// Where the value lies, if it was left out of memory: its range in the file.
    pub elsewhere: Option<Box<Range<u64>>>,
    pub(crate) header: Header,
}

impl Entry {
    /// The two bytes where the header has its VR; `None` when it has none (implicit VR).
    #[must_use]
    pub fn letters(&self) -> Option<[u8; 2]> {
        self.header.vr.map(|_| self.header.letters)
    }

    /// The length the header declares: [`UNDEFINED_LENGTH`](crate::header::UNDEFINED_LENGTH) when
    /// a delimiter ends the value.
    #[must_use]
    pub const fn declared_length(&self) -> u32 {
        self.header.length
    }

    /// Whether the length was undefined.
    #[must_use]
    pub const fn is_undefined(&self) -> bool {
        self.header.is_undefined()
    }

    pub(crate) fn survives_implicit(&self) -> bool {
        self.header.survives_implicit()
    }

    /// The entry of an element the walk stepped over.
    pub(crate) fn new(
        span: &Span,
        shift: u64,
        dictionary: &mut dict::Reader,
        limits: &Limits,
        path: &TagPath,
    ) -> Result<Self, Error> {
        let header = span.header;
        let vr = vr_of(span, dictionary);
        let length = span.value_end.saturating_sub(span.value_start);
        if length > limits.max_element_length {
            return Err(Error::ElementTooLong {
                path: path.clone().child(header.tag),
                offset: span.value_start,
                length,
                limit: limits.max_element_length,
            });
        }
        let content = if header.is_undefined() {
            header.undefined_content()
        } else if vr == Vr::SQ {
            Content::Sequence
        } else {
            Content::Value
        };
        Ok(Self {
            tag: header.tag,
            vr,
            header_offset: usize::try_from(span.header_offset).unwrap_or(usize::MAX),
            value: usize_range(span.value_start..span.value_end),
            end: usize::try_from(span.end).unwrap_or(usize::MAX),
            content,
            offset: span.value_start.wrapping_add(shift),
            elsewhere: None,
            header,
        })
    }
}

/// What a data set gives to the items in it.
#[derive(Clone, Debug, Default)]
struct Inherited {
    path: TagPath,
    depth: u16,
    pixel_representation: Option<u16>,
    character_set: Option<Bytes>,
    /// From a place in the bytes to the place in the file.
    shift: u64,
    /// Whether this is an item whose length was undefined.
    is_undefined: bool,
    /// Where the header of this item begins.
    item_offset: u64,
    /// Whether the private dictionary is asked.
    knows_private: bool,
}

/// The elements of one data set (or item) and where they lie.
#[derive(Clone, Debug)]
pub struct Index {
    bytes: Bytes,
    encoding: Encoding,
    entries: Vec<Entry>,
    order: Order,
    limits: Limits,
    /// This data set's own place, and what its items inherit.
    inherited: Inherited,
}

impl Index {
    /// Indexes a data set: everything that follows group 2. A deflated one is inflated first.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TruncatedHeader`], [`Error::UnexpectedTag`],
    /// [`Error::UndefinedLength`], [`Error::CorruptDeflate`], [`Error::TruncatedDeflate`], and
    /// those of limits exceeded: [`Error::TooDeep`], [`Error::TooManyElements`],
    /// [`Error::ElementTooLong`], [`Error::InflatedTooLarge`].
    pub fn parse(bytes: Bytes, syntax: &TransferSyntax, limits: &Limits) -> Result<Self, Error> {
        let bytes = if syntax.deflated {
            Bytes::from(deflate::inflate(&bytes, limits)?)
        } else {
            bytes
        };
        let whole = 0..bytes.len() as u64;
        Self::of_part(bytes, whole, syntax.encoding(), limits)
    }

    fn of_range(
        bytes: Bytes,
        range: Range<u64>,
        encoding: Encoding,
        limits: &Limits,
        inherited: Inherited,
    ) -> Result<(Self, Option<Error>), Error> {
        let length = range.end.saturating_sub(range.start);
        let expected = (length / BYTES_PER_ELEMENT).min(MOST_ENTRIES);
        let mut entries = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
        let mut dictionary = dict::Reader::default();
        let shift = inherited.shift;
        let mut walker = Walker::new(bytes.as_ref(), range, encoding, limits, &inherited.path)
            .tolerating_cuts()
            .at_depth(inherited.depth);
        while let Some(span) = walker.next()? {
            entries.push(Entry::new(
                &span,
                shift,
                &mut dictionary,
                limits,
                &inherited.path,
            )?);
        }
        let cut = walker.take_cut();
        let index = Self::of_entries(bytes, entries, encoding, limits, inherited);
        Ok((index, cut))
    }

    /// A part of a file, as group 2 is one.
    pub(crate) fn of_part(
        bytes: Bytes,
        range: Range<u64>,
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<Self, Error> {
        match Self::of_range(bytes, range, encoding, limits, Inherited::default())? {
            (_, Some(cut)) => Err(cut),
            (index, None) => Ok(index),
        }
    }

    /// The elements of a data set that is loaded in part.
    pub(crate) fn of_loaded(
        bytes: Bytes,
        entries: Vec<Entry>,
        encoding: Encoding,
        limits: &Limits,
    ) -> Self {
        Self::of_entries(bytes, entries, encoding, limits, Inherited::default())
    }

    /// An index of elements that are found already.
    fn of_entries(
        bytes: Bytes,
        mut entries: Vec<Entry>,
        encoding: Encoding,
        limits: &Limits,
        mut inherited: Inherited,
    ) -> Self {
        let order = Order::of(&entries);
        let own = |tag| {
            let entry = order.find(&entries, tag)?;
            bytes.get(entry.value.clone())
        };
        let number = |tag| first_number(own(tag)?, encoding.big_endian);
        let lut_entries = number(LUT_DESCRIPTOR);
        inherited.pixel_representation =
            number(PIXEL_REPRESENTATION).or(inherited.pixel_representation);
        if let Some(entry) = order.find(&entries, SPECIFIC_CHARACTER_SET) {
            inherited.character_set = Some(slice(&bytes, &entry.value));
        }
        let facts = Facts {
            pixel_representation: inherited.pixel_representation,
            lut_entries,
        };
        for entry in &mut entries {
            if entry.header.vr.is_none() && entry.vr == Vr::US {
                entry.vr = decide(entry.tag, facts);
            }
        }
        let index = Self {
            bytes,
            encoding,
            entries,
            order,
            limits: limits.clone(),
            inherited,
        };
        if index.inherited.knows_private {
            index.with_private_dictionary()
        } else {
            index
        }
    }

    /// The elements in the order they have in the data set.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Finds an element of this data set (not of its items). Of several with the same tag the
    /// last one counts.
    #[must_use]
    pub fn get(&self, tag: Tag) -> Option<&Entry> {
        self.order.find(&self.entries, tag)
    }

    /// The value of an element of this index, without copying.
    #[must_use]
    pub fn bytes(&self, entry: &Entry) -> Bytes {
        slice(&self.bytes, &entry.value)
    }

    /// The value of an element of this index, to be read by its VR.
    #[must_use]
    pub fn value<'a>(&'a self, entry: &'a Entry) -> Value<'a> {
        let bytes = self.bytes.get(entry.value.clone()).unwrap_or_default();
        Value::new(entry.tag, entry.vr, bytes, self.encoding.big_endian)
    }

    /// An element with its header and delimiter, exactly as it is encoded here.
    #[must_use]
    pub fn encoded(&self, entry: &Entry) -> Bytes {
        slice(&self.bytes, &(entry.header_offset..entry.end))
    }

    /// The items of a sequence, each indexed. An element that is no sequence has none, but a UN
    /// element is read as the sequence it may be (PS3.5 §6.2.2).
    ///
    /// # Errors
    /// As [`parse`](Self::parse); inside an item [`Error::Overrun`] takes the place of
    /// [`Error::Truncated`].
    pub fn items(&self, entry: &Entry) -> Result<Vec<Self>, Error> {
        let (items, cut) = self.items_as_they_are(entry)?;
        match cut {
            Some(cut) => Err(cut),
            None => Ok(items),
        }
    }

    /// The items of a sequence, the last ones as short as the end of the sequence cuts them, and
    /// what was cut.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), without those of what is cut short.
    pub fn items_as_they_are(&self, entry: &Entry) -> Result<(Vec<Self>, Option<Error>), Error> {
        let encoding = match entry.content {
            Content::Sequence | Content::UnknownSequence => {
                content_encoding(&entry.header, self.encoding)
            }
            Content::Value if entry.vr == Vr::UN => Encoding::IMPLICIT_LITTLE,
            Content::Value | Content::Fragments => return Ok((Vec::new(), None)),
        };
        let depth = self.inherited.depth.saturating_add(1);
        let path = self.path(entry);
        if depth > self.limits.max_depth {
            return Err(Error::TooDeep {
                path,
                offset: entry.header_offset as u64,
                limit: self.limits.max_depth,
            });
        }
        let mut items = Vec::new();
        let range = entry.value.start as u64..entry.value.end as u64;
        let mut walker = Walker::new(self.bytes.as_ref(), range, encoding, &self.limits, &path)
            .tolerating_cuts()
            .at_depth(depth);
        let mut cut = None;
        while let Some((span, encoding)) = walker.next_item()? {
            let number = u32::try_from(items.len()).unwrap_or(u32::MAX);
            let shift = entry.offset.wrapping_sub(entry.value.start as u64);
            let inherited = Inherited {
                path: path.clone().item(number),
                depth,
                shift,
                item_offset: span.header_offset.wrapping_add(shift),
                is_undefined: span.header.is_undefined(),
                ..self.inherited.clone()
            };
            let range = span.value_start..span.value_end;
            let bytes = self.bytes.clone();
            let (item, inner) = Self::of_range(bytes, range, encoding, &self.limits, inherited)?;
            items.push(item);
            cut = cut.or(inner);
        }
        Ok((items, walker.take_cut().or(cut)))
    }

    /// The fragments of encapsulated pixel data (PS3.5 §A.4), the offset table first; none for
    /// any other element.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn fragments(&self, entry: &Entry) -> Result<Vec<Bytes>, Error> {
        let mut fragments = Vec::new();
        if entry.content != Content::Fragments {
            return Ok(fragments);
        }
        let path = self.path(entry);
        let range = entry.value.start as u64..entry.value.end as u64;
        let mut walker = Walker::new(
            self.bytes.as_ref(),
            range,
            self.encoding,
            &self.limits,
            &path,
        );
        while let Some((span, _)) = walker.next_item()? {
            fragments.push(slice(
                &self.bytes,
                &usize_range(span.value_start..span.value_end),
            ));
        }
        Ok(fragments)
    }

    /// Whether this is an item whose length was undefined.
    #[must_use]
    pub const fn is_undefined_length_item(&self) -> bool {
        self.inherited.is_undefined
    }

    /// Where the header of this item begins in the file or stream that was read; 0 for a data set
    /// that is none.
    #[must_use]
    pub const fn item_offset(&self) -> u64 {
        self.inherited.item_offset
    }

    /// The value of Pixel Representation (0028,0103) in force: of this data set, or else of the
    /// nearest one around it that has the element.
    #[must_use]
    pub const fn pixel_representation(&self) -> Option<u16> {
        self.inherited.pixel_representation
    }

    /// The path of an element of this index.
    #[must_use]
    pub fn path(&self, entry: &Entry) -> TagPath {
        self.inherited.path.clone().child(entry.tag)
    }

    /// How the elements are encoded.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The value of Specific Character Set (0008,0005) in force: of this data set, or else of the
    /// one around it (PS3.5 §6.1.2.3). Empty without one.
    #[must_use]
    pub fn character_set(&self) -> &[u8] {
        self.inherited.character_set.as_deref().unwrap_or_default()
    }
}

/// The VR that the header, or else the tag alone tells; US for those other elements decide about.
fn vr_of(span: &Span, dictionary: &mut dict::Reader) -> Vr {
    if let Some(vr) = span.header.vr {
        return vr;
    }
    let is_undefined = span.header.is_undefined();
    match tag_vr_in(dictionary, span.header.tag) {
        _ if is_undefined && span.header.undefined_content() == Content::Sequence => Vr::SQ,
        // Encapsulated pixel data is OB (PS3.5 §A.4).
        TagVr::Known(Vr::OW) if is_undefined => Vr::OB,
        TagVr::Known(vr) => vr,
        TagVr::UnsignedOrSigned | TagVr::LutData => Vr::US,
    }
}

fn decide(tag: Tag, facts: Facts) -> Vr {
    match tag_vr(tag) {
        TagVr::Known(vr) => vr,
        TagVr::UnsignedOrSigned => unsigned_or_signed(facts.pixel_representation.unwrap_or(0)),
        TagVr::LutData => facts.lut_data(),
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

/// Ranges of bytes in memory always fit.
fn usize_range(range: Range<u64>) -> Range<usize> {
    let fit = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
    fit(range.start)..fit(range.end)
}

/// A part of the bytes; empty when an entry of some other index is asked for.
fn slice(bytes: &Bytes, range: &Range<usize>) -> Bytes {
    if range.start <= range.end && range.end <= bytes.len() {
        bytes.slice(range.clone())
    } else {
        Bytes::new()
    }
}
