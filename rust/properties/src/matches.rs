//! Identifiers of matches as rows: whatever a peer answers is one row, and what is lost is told.

use arrow_array::Array;
use dicomwire_table::matches::{MatchRows, MatchTable};

use crate::data_set::choose;
use crate::limits;
use crate::script::Script;

/// The input is one byte that chooses a transfer syntax, one that says where to cut, and an identifier. As the
/// identifier of a query it has a table, or is damaged. Whole and cut it is exactly one row of its own table and of
/// the table of another query; a row that lacks something says so.
///
/// # Panics
/// When that does not hold.
pub fn matches(input: &[u8]) {
    let mut script = Script::new(input);
    let syntax = choose(script.byte());
    let cut = usize::from(script.byte());
    let identifier = script.rest();
    let start = identifier.get(..cut).unwrap_or(identifier);
    for query in [identifier, start] {
        let Ok(table) = MatchTable::of_query(query, syntax, &limits()) else {
            continue;
        };
        let mut rows = MatchRows::new(&table);
        let failed: Vec<bool> = [identifier, start, &[]]
            .into_iter()
            .map(|answer| rows.append(answer, syntax, 0).is_err())
            .collect();
        let batch = rows.finish().expect("columns of one length");
        assert_eq!(batch.num_rows(), failed.len());
        let errors = batch.columns().last().expect("a column of errors");
        for (row, failed) in failed.into_iter().enumerate() {
            assert!(!failed || !errors.is_null(row), "row {row} lacks something");
        }
    }
}
