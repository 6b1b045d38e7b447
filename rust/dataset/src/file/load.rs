//! Reading a file's elements into memory: all of them, those before the pixel data, or a few.
//!
//! Values from [`LoadOptions::large`] on are left where they are ([`Entry::elsewhere`]), so that
//! the caller reads each into the memory it will stay in, or later, or never. What is left is read
//! in as few pieces as possible, and indexed.
//!
//! Reading is lenient: what the end of the file cuts short is taken as it is and told as a
//! problem, unless the caller asked for strictness.

use std::ops::Range;

use bytes::Bytes;

use crate::ambiguous::Facts;
use crate::deflate;
use crate::dict;
use crate::error::Error;
use crate::file::ReadAt;
use crate::file::layout::Layout;
use crate::header::Content;
use crate::index::{Entry, Index};
use crate::limits::Limits;
use crate::path::TagPath;
use crate::syntax::{Encoding, TransferSyntax};
use crate::tag::Tag;
use crate::walk::Walker;
use crate::window::{Blocks, Window};

/// Files up to this size are read at once.
const WHOLE: u64 = 64 * 1024;
/// Of larger ones this much: it holds every element before the pixel data of ordinary images.
const BEGINNING: usize = 16 * 1024;
/// What is read beyond the beginning to look at a header.
const BLOCK: usize = 4096;
/// What the two tags before Pixel Data and itself have in common: Float, Double Float and Pixel Data.
const PIXELS: [Tag; 3] = [
    Tag::new(0x7FE0, 0x0008),
    Tag::new(0x7FE0, 0x0009),
    Tag::new(0x7FE0, 0x0010),
];
const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// What to read of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoadOptions<'a> {
    /// Stop before Pixel Data, Float Pixel Data and Double Float Pixel Data.
    pub stop_before_pixels: bool,
    /// Keep these elements only, and Specific Character Set, without which they cannot be read.
    pub tags: Option<&'a [Tag]>,
    /// Values from this length on are not read, but for those that tell how to read others:
    /// Specific Character Set, Pixel Representation, LUT Descriptor.
    pub large: u64,
    /// Whether damage is an error.
    pub strict: bool,
    /// The syntax, when the caller knows it: group 2 need not name one then.
    pub transfer_syntax: Option<&'static TransferSyntax>,
    /// Bounds.
    pub limits: Limits,
}

impl Default for LoadOptions<'_> {
    fn default() -> Self {
        Self {
            stop_before_pixels: false,
            tags: None,
            large: u64::MAX,
            strict: false,
            transfer_syntax: None,
            limits: Limits::default(),
        }
    }
}

/// A file whose elements are known.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The 128 bytes before `DICM`, if they are there.
    pub preamble: Option<Bytes>,
    /// Group 2.
    pub file_meta: Index,
    /// Elements of group 0 before the data set, which some receivers leave behind.
    pub command_set: Index,
    /// The data set.
    pub data_set: Index,
    /// Transfer Syntax UID as group 2 names it.
    pub declared_syntax: Option<String>,
    /// What is wrong with the file, though it could be read.
    pub problems: Vec<Error>,
}

/// Reads a file's elements.
///
/// # Errors
/// [`Error::Empty`], [`Error::NotDicom`], [`Error::TruncatedHead`] in group 2, those of a damaged
/// data set, those of limits exceeded, and [`Error::Io`]. With `strict` also what is otherwise
/// among [`Loaded::problems`].
pub fn load(source: &dyn ReadAt, options: &LoadOptions<'_>) -> Result<Loaded, Error> {
    let size = source.size();
    let beginning = if size <= WHOLE {
        size
    } else {
        BEGINNING as u64
    };
    let mut view = View {
        beginning: read_range(source, 0..beginning)?,
        blocks: None,
        source,
    };
    let layout = Layout::read(&mut view, size, options.transfer_syntax)?;
    let mut problems: Vec<Error> = layout.mismatch.into_iter().collect();
    let limits = &options.limits;
    let head = view.range(0..layout.data_set)?;
    let part = |range: Range<u64>, encoding| Index::of_part(head.clone(), range, encoding, limits);
    let preamble = layout.has_preamble.then(|| head.slice(..128));
    let file_meta = part(layout.file_meta, layout.file_meta_encoding)?;
    let command_set = part(layout.command_set, Encoding::IMPLICIT_LITTLE)?;
    let range = layout.data_set..size;
    let data_set = if layout.syntax.is_some_and(|syntax| syntax.deflated) {
        let inflated = deflate::inflate(&view.range(range)?, limits)?;
        let whole = 0..inflated.len() as u64;
        let inflated = Bytes::from(inflated);
        let mut view = View {
            beginning: inflated.clone(),
            blocks: None,
            source: &inflated.as_ref(),
        };
        // There is no reading at an offset of what is inflated: all of it is in memory.
        let options = LoadOptions {
            large: u64::MAX,
            ..options.clone()
        };
        gather(&mut view, whole, layout.encoding, &options, &mut problems)?
    } else {
        gather(&mut view, range, layout.encoding, options, &mut problems)?
    };
    if options.strict {
        if let Some(problem) = problems.pop() {
            return Err(problem);
        }
        data_set.validate()?;
    }
    Ok(Loaded {
        preamble,
        file_meta,
        command_set,
        data_set,
        declared_syntax: layout.declared,
        problems,
    })
}

/// The file through its beginning, which is in memory, and blocks of the rest.
struct View<'a> {
    beginning: Bytes,
    blocks: Option<Blocks<'a>>,
    source: &'a dyn ReadAt,
}

impl Window for View<'_> {
    fn peek(&mut self, offset: u64, want: usize) -> Result<&[u8], Error> {
        let known = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.beginning.get(offset..))
            .unwrap_or_default();
        let is_whole = self.beginning.len() as u64 >= self.source.size();
        if known.len() >= want || is_whole {
            return Ok(known);
        }
        let block = BLOCK.max(want);
        self.blocks
            .get_or_insert_with(|| Blocks::new(self.source, block))
            .peek(offset, want)
    }
}

impl View<'_> {
    /// A part of the file, from memory if it is there.
    fn range(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let known = self.beginning.len() as u64;
        if range.end <= known && range.start <= range.end {
            let fit = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
            return Ok(self.beginning.slice(fit(range.start)..fit(range.end)));
        }
        read_range(self.source, range)
    }
}

/// Reads a range that is known to be in the file; shorter only if the file shrank.
fn read_range(source: &dyn ReadAt, range: Range<u64>) -> Result<Bytes, Error> {
    let length = range.end.saturating_sub(range.start);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let mut filled = 0_usize;
    while let Some(free) = bytes.get_mut(filled..)
        && !free.is_empty()
    {
        let offset = range.start.saturating_add(filled as u64);
        match source.read_at(free, offset) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { offset, source }),
        }
    }
    bytes.truncate(filled);
    Ok(Bytes::from(bytes))
}

/// Walks the data set, then reads what is wanted of it.
fn gather(
    view: &mut View<'_>,
    range: Range<u64>,
    encoding: Encoding,
    options: &LoadOptions<'_>,
    problems: &mut Vec<Error>,
) -> Result<Index, Error> {
    let limits = &options.limits;
    // What is left where it is takes no memory here.
    let unlimited = Limits {
        max_element_length: u64::MAX,
        ..limits.clone()
    };
    let root = TagPath::root();
    let mut entries = Vec::with_capacity(64);
    let mut end = range.start;
    let mut dictionary = dict::Reader::default();
    let mut walker = Walker::new(&mut *view, range, encoding, limits, &root).tolerating_cuts();
    loop {
        if options.stop_before_pixels
            && let Some(tag) = walker.next_tag()?
            && PIXELS.contains(&tag)
        {
            break;
        }
        let Some(span) = walker.next()? else {
            break;
        };
        let tag = span.header.tag;
        let is_wanted = options
            .tags
            .is_none_or(|tags| tag == SPECIFIC_CHARACTER_SET || tags.contains(&tag));
        if is_wanted {
            let is_plain = matches!(span.header.content(), Content::Value | Content::Fragments);
            let length = span.value_end.saturating_sub(span.value_start);
            let is_left = is_plain && length >= options.large && !is_read_with_others(tag);
            let held = if is_left { &unlimited } else { limits };
            let mut entry = Entry::new(&span, 0, &mut dictionary, held, &root)?;
            if is_left {
                entry.elsewhere = Some(Box::new(span.value_start..span.value_end));
            }
            entries.push((entry, span.header_offset..span.end));
        }
        end = span.end;
    }
    problems.extend(walker.take_cut());
    let is_in_memory = end <= view.beginning.len() as u64;
    if is_in_memory {
        let entries = entries.into_iter().map(|(entry, _)| entry).collect();
        return Ok(Index::of_loaded(
            view.beginning.clone(),
            entries,
            encoding,
            limits,
        ));
    }
    compact(view, entries, encoding, limits)
}

/// Whether others cannot be read without this value, so that it is not left out however large it is.
fn is_read_with_others(tag: Tag) -> bool {
    tag == SPECIFIC_CHARACTER_SET || Facts::are_in(tag)
}

/// Reads the elements, without the values that stay elsewhere, into one piece of memory.
fn compact(
    view: &View<'_>,
    entries: Vec<(Entry, Range<u64>)>,
    encoding: Encoding,
    limits: &Limits,
) -> Result<Index, Error> {
    let mut pieces = Pieces::default();
    for (entry, whole) in &entries {
        match &entry.elsewhere {
            Some(value) => pieces.add(whole.start..value.start),
            None => pieces.add(whole.clone()),
        }
    }
    let mut bytes = Vec::new();
    let mut places = Vec::with_capacity(pieces.ranges.len());
    for range in &pieces.ranges {
        places.push((range.start, bytes.len()));
        bytes.extend_from_slice(&view.range(range.clone())?);
    }
    let entries = entries
        .into_iter()
        .map(|(mut entry, whole)| {
            let found = places.partition_point(|(file, _)| *file <= whole.start);
            let (file, memory) = found
                .checked_sub(1)
                .and_then(|found| places.get(found))
                .copied()
                .unwrap_or_default();
            let move_by = (file as usize).wrapping_sub(memory);
            let moved = |offset: usize| offset.wrapping_sub(move_by);
            entry.header_offset = moved(entry.header_offset);
            entry.value = moved(entry.value.start)..moved(entry.value.end);
            entry.end = moved(entry.end);
            if entry.elsewhere.is_some() {
                entry.value.end = entry.value.start;
                entry.end = entry.value.start;
            }
            entry
        })
        .collect();
    Ok(Index::of_loaded(
        Bytes::from(bytes),
        entries,
        encoding,
        limits,
    ))
}

/// Ranges of a file to read, neighbours joined.
#[derive(Default)]
struct Pieces {
    ranges: Vec<Range<u64>>,
}

impl Pieces {
    fn add(&mut self, range: Range<u64>) {
        match self.ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.ranges.push(range),
        }
    }
}
