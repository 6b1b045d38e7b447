//! Files made of a few elements, and sources that count what is read of them.
#![allow(dead_code, clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use dicomwire_dataset::file::{ReadAt, encode_file_head};
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_dataset::{Tag, dict, header};
use dicomwire_table::head::{Rows, Table};
use dicomwire_table::schema::columns;

pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
pub(crate) const BIG: &str = "1.2.840.10008.1.2.2";

/// An element with the VR of the dictionary; the value must be of even length.
pub(crate) fn element(encoding: Encoding, keyword: &str, value: &[u8]) -> Vec<u8> {
    let entry = dict::by_keyword(keyword).unwrap();
    raw(encoding, entry.tag, entry.vr.bytes(), value)
}

pub(crate) fn raw(encoding: Encoding, tag: Tag, letters: [u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let length = u32::try_from(value.len()).unwrap();
    header::encode(&mut out, encoding, tag, letters, length);
    out.extend_from_slice(value);
    out
}

pub(crate) fn item(encoding: Encoding, elements: &[Vec<u8>]) -> Vec<u8> {
    raw(encoding, header::ITEM, [0, 0], &elements.concat())
}

/// A Part 10 file of these elements, deflated if the syntax says so.
pub(crate) fn file(syntax: &str, elements: &[Vec<u8>]) -> Vec<u8> {
    let class = "1.2.840.10008.5.1.4.1.1.2";
    let mut out = encode_file_head(class, "1.2.3.4", syntax, "1.2.3", "TEST", None);
    let data_set = elements.concat();
    if lookup(syntax).is_some_and(|syntax| syntax.deflated) {
        out.extend(deflated(&data_set));
    } else {
        out.extend(data_set);
    }
    out
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let level = flate2::Compression::default();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A table of one file.
pub(crate) fn table_of(source: &dyn ReadAt, tags: &[&str]) -> RecordBatch {
    let table = Table::new(columns(tags).unwrap(), 1 << 16);
    let mut rows = Rows::new(&table);
    rows.add(Path::new("file"), source);
    rows.finish().unwrap()
}

pub(crate) fn text<'a>(batch: &'a RecordBatch, column: &str) -> Option<&'a str> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().next().unwrap()
}

/// Remembers which bytes were read.
pub(crate) struct Watched<'a> {
    bytes: &'a [u8],
    size: u64,
    pub(crate) reads: Cell<usize>,
    pub(crate) ranges: RefCell<Vec<(u64, u64)>>,
}

impl<'a> Watched<'a> {
    /// A source that claims to go on with zeros until `size`.
    pub(crate) fn new(bytes: &'a [u8], size: u64) -> Self {
        Self {
            bytes,
            size,
            reads: Cell::new(0),
            ranges: RefCell::default(),
        }
    }

    pub(crate) fn furthest(&self) -> u64 {
        let ranges = self.ranges.borrow();
        ranges.iter().map(|(_, end)| *end).max().unwrap_or(0)
    }
}

impl ReadAt for Watched<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buf.len().min(left);
        let buf = &mut buf[..count];
        buf.fill(0);
        let _ = self.bytes.read_at(buf, offset)?;
        self.reads.set(self.reads.get() + 1);
        let end = offset + count as u64;
        self.ranges.borrow_mut().push((offset, end));
        Ok(count)
    }

    fn size(&self) -> u64 {
        self.size
    }
}
