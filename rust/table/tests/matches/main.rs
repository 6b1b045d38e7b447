//! Rows of identifiers that answer a query.
#![allow(clippy::unwrap_used)]

mod agreement;
mod character_sets;
mod columns;
#[path = "../common/mod.rs"]
mod common;
mod damage;
mod sequences;
mod shown;
mod values;

use arrow_array::RecordBatch;
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_dataset::{Limits, TransferSyntax};
use dicomwire_table::matches::{MatchRows, MatchTable, RowProblem};

use common::{EXPLICIT, element, text};

const LITTLE: Encoding = Encoding::EXPLICIT_LITTLE;

fn explicit() -> &'static TransferSyntax {
    lookup(EXPLICIT).unwrap()
}

/// A key without a value.
fn key(keyword: &str) -> Vec<u8> {
    element(LITTLE, keyword, b"")
}

fn table(query: &[Vec<u8>]) -> MatchTable {
    MatchTable::of_query(&query.concat(), explicit(), &Limits::default()).unwrap()
}

/// The row of one identifier, and what was wrong with that.
fn row_of(
    table: &MatchTable,
    identifier: &[u8],
    syntax: &'static TransferSyntax,
) -> (RecordBatch, Result<(), RowProblem>) {
    let mut rows = MatchRows::new(table);
    let done = rows.append(identifier, syntax, 0);
    let batch = rows.finish().unwrap();
    assert_eq!(batch.num_rows(), 1);
    (batch, done)
}

/// The row of an identifier that is not damaged.
fn row(query: &[Vec<u8>], identifier: &[Vec<u8>]) -> RecordBatch {
    let (row, done) = row_of(&table(query), &identifier.concat(), explicit());
    done.unwrap();
    row
}

/// The text in a column, and in `error`.
fn text_and_error<'a>(row: &'a RecordBatch, column: &str) -> (Option<&'a str>, Option<&'a str>) {
    (text(row, column), text(row, "error"))
}
