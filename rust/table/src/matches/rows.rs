//! Rows filled from the identifiers of responses.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use dicomwire_dataset::in_place::Elements;
use dicomwire_dataset::{Error, TransferSyntax};

use crate::matches::MatchTable;
use crate::matches::level::{Level, Shared};

/// How many bytes of identifiers the rows of one batch hold at most. Text grows when it is decoded
/// and sequences grow as JSON, to less than eight times their size; Arrow's offsets have 31 bits.
const MAX_BYTES: u64 = (1 << 31) / 8;

/// Why an identifier could not be decoded, or not to its end. Its row holds what could.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// The identifier is damaged.
    #[error(transparent)]
    Undecodable(#[from] Error),
    /// The identifier is deflated: nobody sends these, as they are too small to gain by it.
    #[error("identifiers are not read in {syntax}")]
    Deflated {
        /// The name of the transfer syntax.
        syntax: &'static str,
    },
    /// The rows are more than a batch holds: they should have been [finished](MatchRows::finish).
    #[error("rows of more than {limit} bytes are no batch")]
    Full {
        /// The most there may be.
        limit: u64,
    },
}

/// Fills rows, one identifier after the other.
#[derive(Debug)]
pub struct MatchRows {
    table: MatchTable,
    query_numbers: Int64Builder,
    level: Level,
    errors: StringBuilder,
    shared: Shared,
    rows: usize,
}

impl MatchRows {
    /// Makes a table without rows.
    #[must_use]
    pub fn new(table: &MatchTable) -> Self {
        Self {
            query_numbers: Int64Builder::new(),
            level: Level::new(&table.keys),
            errors: StringBuilder::new(),
            shared: Shared {
                max_value_length: table.limits.max_element_length,
                max_bytes: MAX_BYTES,
                ..Shared::default()
            },
            rows: 0,
            table: table.clone(),
        }
    }

    /// The table the rows are of.
    #[must_use]
    pub const fn table(&self) -> &MatchTable {
        &self.table
    }

    /// Adds the row of an identifier, always exactly one. Elements that are no keys of the query
    /// are passed over, keys that are missing are null, and what cannot be read is null and named
    /// in `error`. The number of the query counts for tables that [have such a
    /// column](MatchTable::with_query_number).
    ///
    /// # Errors
    /// [`RowProblem`] for an identifier whose structure is damaged. Its row shows what comes before
    /// the damage, and the text of this in `error`.
    pub fn append(
        &mut self,
        identifier: &[u8],
        syntax: &'static TransferSyntax,
        query_number: u64,
    ) -> Result<(), RowProblem> {
        let done = self.fill(identifier, syntax);
        if let Err(problem) = &done {
            self.level.end_row();
            self.shared.report.add(format_args!("{problem}"));
        }
        self.end(query_number);
        match self.shared.report.next_row() {
            Some(error) => Err(error.into()),
            None => done,
        }
    }

    /// Adds the row of a match that has no identifier to read, and why.
    pub fn append_unreadable(&mut self, why: &str, query_number: u64) {
        self.level.end_row();
        self.shared.report.add(format_args!("{why}"));
        self.end(query_number);
        let _ = self.shared.report.next_row();
    }

    /// Fills the columns that are not of the identifier.
    fn end(&mut self, query_number: u64) {
        if self.table.has_query_number {
            let number = i64::try_from(query_number).unwrap_or(i64::MAX);
            self.query_numbers.append_value(number);
        }
        let error = self.shared.report.text();
        self.shared.bytes += error.len() as u64;
        if error.is_empty() {
            self.errors.append_null();
        } else {
            self.errors.append_value(error);
        }
        self.rows += 1;
    }

    fn fill(
        &mut self,
        identifier: &[u8],
        syntax: &'static TransferSyntax,
    ) -> Result<(), RowProblem> {
        if syntax.deflated {
            let syntax = syntax.name;
            return Err(RowProblem::Deflated { syntax });
        }
        let bytes = self.shared.bytes;
        self.shared.bytes += identifier.len() as u64;
        if !self.shared.take(self.level.width()) {
            self.shared.bytes = bytes;
            return Err(RowProblem::Full { limit: MAX_BYTES });
        }
        let mut elements = Elements::new(identifier, syntax.encoding(), &self.table.limits);
        self.level.append(&mut elements, None, &mut self.shared);
        Ok(())
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How many bytes the rows have, about; decoded text may be a little longer.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.shared.bytes
    }

    /// Takes the rows.
    ///
    /// # Errors
    /// None that data could cause: the columns are as long as each other and of the schema's types.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        self.shared.bytes = 0;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.level.width() + 2);
        if self.table.has_query_number {
            arrays.push(Arc::new(self.query_numbers.finish()));
        }
        arrays.extend(self.level.finish()?);
        arrays.push(Arc::new(self.errors.finish()));
        RecordBatch::try_new(self.table.schema(), arrays)
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use dicomwire_dataset::header::{ITEM, encode};
    use dicomwire_dataset::syntax::{self, EXPLICIT_VR_LITTLE_ENDIAN, Encoding};
    use dicomwire_dataset::{Limits, Tag};

    use super::*;

    const SEQUENCE: Tag = Tag::new(0x0040, 0x0100);

    /// A sequence of items with a key each, if there is room for one.
    fn sequence(items: usize) -> Vec<u8> {
        let encoding = Encoding::EXPLICIT_LITTLE;
        let mut item = Vec::new();
        encode(&mut item, encoding, ITEM, [0, 0], 8);
        encode(&mut item, encoding, Tag::new(0x0008, 0x0060), *b"CS", 0);
        let items = item.repeat(items);
        let mut out = Vec::new();
        let length = u32::try_from(items.len()).expect("a few items");
        encode(&mut out, encoding, SEQUENCE, *b"SQ", length);
        out.extend_from_slice(&items);
        out
    }

    #[test]
    fn rows_and_items_end_where_memory_does() {
        let syntax = syntax::lookup(EXPLICIT_VR_LITTLE_ENDIAN).expect("a syntax");
        let table = MatchTable::of_query(&sequence(1), syntax, &Limits::default());
        let mut rows = MatchRows::new(&table.expect("a query"));
        rows.shared.max_bytes = 2000;
        let items = |batch: &RecordBatch, row| batch.column(0).as_list::<i32>().value_length(row);
        rows.append(&sequence(10), syntax, 0).expect("room");
        rows.append(&sequence(80), syntax, 0).expect("some room");
        let full = rows.append(&sequence(1), syntax, 0);
        assert!(matches!(full, Err(RowProblem::Full { .. })));
        let batch = rows.finish().expect("columns");
        assert_eq!(batch.num_rows(), 3);
        assert_eq!(items(&batch, 0), 10);
        assert!((1..80).contains(&items(&batch, 1)));
        assert!(batch.column(0).is_null(2));
        let errors = batch.column(1).as_string::<i32>();
        assert!(errors.value(1).contains("more items than a table holds"));
        rows.append(&sequence(10), syntax, 0).expect("room again");
    }
}
