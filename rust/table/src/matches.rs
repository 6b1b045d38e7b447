//! Tables of the matches of a query (PS3.4 §C.4.1, §K.4.1): a row of each identifier a query was
//! answered with, a column of each key the query asked with.
//!
//! The column of a key has the type that [`schema`](crate::schema) gives it. A sequence whose item
//! has keys is a list of structs, one for each item, with a field for each key; a sequence without
//! keys shows its items as JSON text. The last column, `error`, tells what of the row could not be
//! read; no keyword is called so, as keywords begin with capitals.
//!
//! A query may match a million studies: identifiers are small, many and alike, so a row is made in
//! one walk over its bytes, and each element is compared with the column after the one before.

mod items;
mod keys;
mod level;
mod report;
mod rows;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::{Error, Limits, TransferSyntax};

use keys::Keys;
pub use rows::{MatchRows, RowProblem};

/// What a table of matches shows.
#[derive(Clone, Debug)]
pub struct MatchTable {
    keys: Arc<Keys>,
    schema: SchemaRef,
    limits: Limits,
    has_query_number: bool,
}

impl MatchTable {
    /// Makes the table of a query: its columns are the keys of the query's identifier in the order
    /// of their tags, without Specific Character Set (0008,0005) and group lengths. The limits are
    /// those of the identifiers to come.
    ///
    /// # Errors
    /// What is wrong with the query's identifier: those of [`Index::parse`] and [`Index::items`].
    pub fn of_query(
        identifier: &[u8],
        syntax: &TransferSyntax,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let index = Index::parse(Bytes::copy_from_slice(identifier), syntax, limits)?;
        let keys = Arc::new(Keys::of_query(&index)?);
        Ok(Self {
            schema: schema(&keys, false),
            keys,
            limits: limits.clone(),
            has_query_number: false,
        })
    }

    /// The same table with a first column, `query`, for the number of the query that a row
    /// answers.
    #[must_use]
    pub fn with_query_number(self) -> Self {
        Self {
            schema: schema(&self.keys, true),
            has_query_number: true,
            ..self
        }
    }

    /// The schema of all columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

fn schema(keys: &Keys, has_query_number: bool) -> SchemaRef {
    let number = Field::new("query", DataType::Int64, false);
    let error = Field::new("error", DataType::Utf8, true);
    let number = has_query_number.then(|| Arc::new(number));
    let fields = keys.fields();
    let all = number.iter().chain(&fields).cloned().chain([error.into()]);
    Arc::new(Schema::new(all.collect::<Vec<_>>()))
}
