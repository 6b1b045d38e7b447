//! What becomes of matches: data sets, rows and columns, and the account of those that cannot be read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_net::query::{Batch, Match};
use dicomwire_table::matches::{MatchRows, MatchTable};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dataset::Decoded;

/// Undecodable matches whose bytes are kept, and how many bytes that may be.
const MAX_UNDECODABLE: usize = 1000;
const MAX_UNDECODABLE_BYTES: usize = 64 << 20;

/// (number of the match, its bytes, what is wrong)
type Undecodable = (u64, Vec<u8>, String);

/// Reads the matches of one or many queries.
pub(crate) struct Matches {
    pub(crate) table: MatchTable,
    syntax: &'static TransferSyntax,
    limits: Limits,
    ledger: Mutex<Ledger>,
}

/// What is known of the matches so far.
#[derive(Default)]
struct Ledger {
    matches: u64,
    warnings: u64,
    undecodable: u64,
    kept: Vec<Undecodable>,
    /// How many were ever kept, and their bytes: whoever took them has them still.
    kept_ever: usize,
    kept_bytes: usize,
}

impl Matches {
    pub(crate) fn new(table: MatchTable, syntax: &'static TransferSyntax, limits: Limits) -> Self {
        Self {
            table,
            syntax,
            limits,
            ledger: Mutex::default(),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> Vec<String> {
        let schema: SchemaRef = self.table.schema();
        let fields = schema.fields();
        fields.iter().map(|field| field.name().clone()).collect()
    }

    /// (matches, of these with status FF01, of these undecodable)
    pub(crate) fn counters(&self) -> (u64, u64, u64) {
        let ledger = self.ledger();
        (ledger.matches, ledger.warnings, ledger.undecodable)
    }

    /// What could not be decoded since the last call.
    pub(crate) fn take_undecodable<'py>(
        &self,
        py: Python<'py>,
    ) -> Vec<(u64, Bound<'py, PyBytes>, String)> {
        let kept = std::mem::take(&mut self.ledger().kept);
        kept.into_iter()
            .map(|(number, bytes, text)| (number, PyBytes::new(py, &bytes), text))
            .collect()
    }

    /// What makes data sets of matches.
    pub(crate) fn decoder(&self, py: Python<'_>) -> PyResult<Decoded> {
        let encoding = self.syntax.encoding();
        Decoded::new(py, encoding.implicit, !encoding.big_endian)
    }

    /// Makes the data set of a match, or tells why it is none.
    pub(crate) fn decode<'py>(
        &self,
        py: Python<'py>,
        decoder: &Decoded,
        one: &Match,
        identifier: &[u8],
    ) -> PyResult<Result<Bound<'py, PyAny>, String>> {
        if let Some(flaw) = one.flaw {
            return Ok(Err(flaw.to_string()));
        }
        // Copied, so that one match that is kept does not keep all that came with it.
        let bytes = Bytes::copy_from_slice(identifier);
        match Index::parse(bytes, self.syntax, &self.limits) {
            Ok(index) => decoder.data_set(py, index).map(Ok),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// Makes data sets of a batch that is counted elsewhere; those that are none are passed over.
    pub(crate) fn data_sets<'py>(
        &self,
        py: Python<'py>,
        batch: &Batch,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let decoder = self.decoder(py)?;
        let mut data_sets = Vec::with_capacity(batch.len());
        for (one, identifier) in batch.iter() {
            data_sets.extend(self.decode(py, &decoder, one, identifier)?);
        }
        Ok(data_sets)
    }

    /// Adds the rows of a batch, which answers the query of this number.
    pub(crate) fn append(&self, rows: &mut MatchRows, batch: &Batch, query_number: u64) {
        let first = self.count(batch);
        for ((one, identifier), number) in batch.iter().zip(first..) {
            if let Some(flaw) = one.flaw {
                let text = flaw.to_string();
                rows.append_unreadable(&text, query_number);
                self.mark(number, identifier, text);
            } else if let Err(problem) = rows.append(identifier, self.syntax, query_number) {
                self.mark(number, identifier, problem.to_string());
            }
        }
    }

    /// Makes columns of a batch.
    pub(crate) fn columns_of(
        &self,
        rows: &mut MatchRows,
        batch: &Batch,
    ) -> Result<RecordBatch, ArrowError> {
        self.append(rows, batch, 0);
        rows.finish()
    }

    /// Counts the matches of a batch; the number of the first of them.
    pub(crate) fn count(&self, batch: &Batch) -> u64 {
        let warnings = batch.iter().filter(|(one, _)| one.has_warning).count();
        let mut ledger = self.ledger();
        let first = ledger.matches;
        ledger.matches += batch.len() as u64;
        ledger.warnings += warnings as u64;
        first
    }

    /// Counts a match that cannot be decoded, and keeps it.
    pub(crate) fn mark(&self, number: u64, identifier: &[u8], text: String) {
        let mut ledger = self.ledger();
        ledger.undecodable += 1;
        let kept_bytes = ledger.kept_bytes.saturating_add(identifier.len());
        if ledger.kept_ever < MAX_UNDECODABLE && kept_bytes <= MAX_UNDECODABLE_BYTES {
            ledger.kept_ever += 1;
            ledger.kept_bytes = kept_bytes;
            ledger.kept.push((number, identifier.to_vec(), text));
        }
    }
}
