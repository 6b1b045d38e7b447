//! What becomes of matches: data sets, rows and columns, and the account of those that cannot be read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_net::query::Batch;
use dicomwire_table::matches::{MatchRows, MatchTable};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dataset::Decoded;

/// Undecodable matches whose bytes are kept.
const MAX_UNDECODABLE: usize = 1000;

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

    /// Makes data sets of a batch, and counts its matches.
    pub(crate) fn data_sets<'py>(
        &self,
        py: Python<'py>,
        batch: &Batch,
        each: impl FnMut(Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let flaws = self.decode(py, batch, each)?;
        self.note(batch, flaws);
        Ok(())
    }

    /// Makes data sets of a batch; tells which matches are none, and why.
    pub(crate) fn decode<'py>(
        &self,
        py: Python<'py>,
        batch: &Batch,
        mut each: impl FnMut(Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<Vec<(usize, String)>> {
        let encoding = self.syntax.encoding();
        let decoded = Decoded::new(py, encoding.implicit, !encoding.big_endian)?;
        let mut flaws = Vec::new();
        for (position, (one, identifier)) in batch.iter().enumerate() {
            if let Some(flaw) = one.flaw {
                flaws.push((position, flaw.to_string()));
                continue;
            }
            // Copied, so that one match that is kept does not keep all that came with it.
            let bytes = Bytes::copy_from_slice(identifier);
            match Index::parse(bytes, self.syntax, &self.limits) {
                Ok(index) => each(decoded.data_set(index)?)?,
                Err(error) => flaws.push((position, error.to_string())),
            }
        }
        Ok(flaws)
    }

    /// Adds the rows of a batch, which answers the query of this number.
    pub(crate) fn append(&self, rows: &mut MatchRows, batch: &Batch, query_number: u64) {
        let mut flaws = Vec::new();
        for (position, (one, identifier)) in batch.iter().enumerate() {
            if let Some(flaw) = one.flaw {
                let text = flaw.to_string();
                rows.append_unreadable(&text, query_number);
                flaws.push((position, text));
            } else if let Err(problem) = rows.append(identifier, self.syntax, query_number) {
                flaws.push((position, problem.to_string()));
            }
        }
        self.note(batch, flaws);
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

    /// Counts matches, and keeps those that cannot be decoded.
    fn note(&self, batch: &Batch, flaws: Vec<(usize, String)>) {
        let mut ledger = self.ledger();
        let first = ledger.matches;
        ledger.matches += batch.len() as u64;
        let warnings = batch.iter().filter(|(one, _)| one.has_warning).count();
        ledger.warnings += warnings as u64;
        ledger.undecodable += flaws.len() as u64;
        let room = MAX_UNDECODABLE.saturating_sub(ledger.kept.len());
        for (position, text) in flaws.into_iter().take(room) {
            let bytes = batch.iter().nth(position).map(|(_, bytes)| bytes.to_vec());
            let number = first + position as u64;
            ledger.kept.push((number, bytes.unwrap_or_default(), text));
        }
    }
}
