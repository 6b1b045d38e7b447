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
