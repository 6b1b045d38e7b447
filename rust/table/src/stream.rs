//! A scan as an Arrow stream.

use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use crate::scan::{Next, Scan};

/// How long a wait for rows goes on before the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// Reads the batches of a scan. Before each wait it asks `go_on`, whose error ends the stream.
pub struct Stream<F> {
    scan: Scan,
    go_on: F,
    ended: bool,
}

impl<F: FnMut(&Scan) -> Result<(), ArrowError>> Stream<F> {
    /// Makes a stream of a scan.
    pub const fn new(scan: Scan, go_on: F) -> Self {
        Self {
            scan,
            go_on,
            ended: false,
        }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        loop {
            (self.go_on)(&self.scan)?;
            match self.scan.next_batch(TICK) {
                Next::Batch(batch) => return Ok(Some(batch)),
                Next::NotYet => {}
                Next::End => return Ok(None),
                Next::Lost => {
                    let text = "a thread of the scan died".to_owned();
                    return Err(ArrowError::ComputeError(text));
                }
            }
        }
    }
}

impl<F: FnMut(&Scan) -> Result<(), ArrowError>> Iterator for Stream<F> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<F: FnMut(&Scan) -> Result<(), ArrowError>> RecordBatchReader for Stream<F> {
    fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Table;

    #[test]
    fn who_ends_it_between_two_batches_takes_no_rows() {
        let scan = Scan::new(vec!["/nowhere".into()], Table::new(Vec::new(), 1), 1);
        let counters = scan.counters();
        let refuse = |_: &Scan| Err(ArrowError::ComputeError("no".to_owned()));
        let mut stream = Stream::new(scan, refuse);
        assert!(matches!(stream.next(), Some(Err(_))));
        assert!(stream.next().is_none());
        assert_eq!(counters.get(), (0, 0));
    }
}
