//! Raw deflate streams (RFC 1951), as the deflated transfer syntaxes use them (PS3.5 §A.5):
//! inflating and deflating piece by piece, in bounded memory.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::Error;
use crate::limits::Limits;

/// The room offered to one step; more output takes more steps.
const STEP: usize = 32 * 1024;

/// Inflates a stream that is pushed in pieces.
#[derive(Debug)]
pub(crate) struct Inflater {
    state: Decompress,
    limit: u64,
    ended: bool,
}

impl Inflater {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            state: Decompress::new(false),
            limit: limits.max_inflated,
            ended: false,
        }
    }

    /// Inflates a piece and hands each step's output to `sink`, which leaves the buffer empty or
    /// keeps what it likes. Bytes after the end of the stream are padding and ignored.
    pub(crate) fn push(
        &mut self,
        mut input: &[u8],
        buffer: &mut Vec<u8>,
        mut sink: impl FnMut(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        while !self.ended {
            buffer.reserve(STEP);
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress_vec(input, buffer, FlushDecompress::None)
                .map_err(|_| Error::CorruptDeflate { offset: before_in })?;
            let consumed = self.state.total_in().saturating_sub(before_in);
            let consumed = usize::try_from(consumed).unwrap_or(usize::MAX);
            input = input.get(consumed..).unwrap_or_default();
            if self.state.total_out() > self.limit {
                return Err(Error::InflatedTooLarge { limit: self.limit });
            }
            sink(buffer)?;
            self.ended = status == Status::StreamEnd;
            let stuck = consumed == 0 && self.state.total_out() == before_out;
            if stuck {
                break;
            }
        }
        Ok(())
    }

    /// Tells whether the stream came to its end.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        if self.ended {
            Ok(())
        } else {
            Err(Error::TruncatedDeflate {
                offset: self.state.total_in(),
            })
        }
    }

    /// Inflates what there is, up to `most` bytes; damage further on is not reported.
    pub(crate) fn beginning(&mut self, input: &[u8], most: usize, out: &mut Vec<u8>) {
        out.reserve_exact(most);
        // Whatever was inflated before an error is in `out`, and that is all that is wanted.
        let _ = self.state.decompress_vec(input, out, FlushDecompress::None);
    }
}

/// Inflates a whole stream into memory.
pub(crate) fn inflate(input: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut inflater = Inflater::new(limits);
    let mut inflated = Vec::new();
    inflater.push(input, &mut inflated, |_| Ok(()))?;
    inflater.finish()?;
    Ok(inflated)
}

/// Deflates a stream that is pushed in pieces.
#[derive(Debug)]
pub(crate) struct Deflater {
    state: Compress,
}

impl Deflater {
    pub(crate) fn new() -> Self {
        Self {
            state: Compress::new(Compression::default(), false),
        }
    }

    pub(crate) fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.run(input, out, FlushCompress::None)
    }

    /// Ends the stream; a NUL makes its length even (PS3.5 §A.5).
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.run(&[], out, FlushCompress::Finish)?;
        if self.state.total_out() % 2 == 1 {
            out.push(0);
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> Result<(), Error> {
        let finishing = flush == FlushCompress::Finish;
        while finishing || !input.is_empty() {
            out.reserve(STEP);
            let before = self.state.total_in();
            let status = self
                .state
                .compress_vec(input, out, flush)
                .map_err(|_| Error::CorruptDeflate { offset: before })?;
            let consumed = self.state.total_in().saturating_sub(before);
            let consumed = usize::try_from(consumed).unwrap_or(usize::MAX);
            input = input.get(consumed..).unwrap_or_default();
            if status == Status::StreamEnd {
                break;
            }
        }
        Ok(())
    }
}
