//! Bodies that are made or come while they are sent.

use crate::body::Body;
use crate::conversion::Conversion;
use crate::error::Error;
use crate::relay::conduit::{Drawn, Outlet};

/// How much of a converted body is kept ready, and read from its file at a time.
const STREAM_CHUNK: usize = 256 * 1024;

/// A data set whose length is known only at its end.
pub struct StreamedBody {
    supply: Supply,
    ready: Vec<u8>,
    /// Of what is ready, and of what was ready before.
    taken: usize,
    gone: u64,
    announced: usize,
    finished: bool,
}

/// Where more of it comes from.
#[expect(
    clippy::large_enum_variant,
    reason = "bodies of this kind are boxed as a whole"
)]
enum Supply {
    /// A range of a file or of memory, rewritten or transcoded on its way.
    Converted {
        source: Body,
        conversion: Conversion,
    },
    /// Another association.
    Piped(Outlet),
}

impl StreamedBody {
    /// `source` through `conversion`.
    #[must_use]
    pub const fn converted(source: Body, conversion: Conversion) -> Self {
        Self::new(Supply::Converted { source, conversion })
    }

    /// What comes out of a conduit.
    pub(crate) const fn piped(outlet: Outlet) -> Self {
        Self::new(Supply::Piped(outlet))
    }

    const fn new(supply: Supply) -> Self {
        Self {
            supply,
            ready: Vec::new(),
            taken: 0,
            gone: 0,
            announced: 0,
            finished: false,
        }
    }

    /// Converts the beginning, so that what is wrong there costs no association.
    ///
    /// # Errors
    /// Those of the source and the conversion.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.fill(STREAM_CHUNK, &mut Vec::new())
    }

    /// The bytes that were taken so far.
    pub(crate) const fn taken(&self) -> u64 {
        self.gone + self.taken as u64
    }

    /// Whether there is nothing more to announce.
    pub(crate) const fn is_announced(&self) -> bool {
        self.finished && self.announced == self.ready.len()
    }

    /// The next `count` bytes, if so many were announced.
    pub(crate) fn next(&mut self, count: usize) -> Option<&[u8]> {
        let start = self.taken;
        self.taken += count;
        self.ready.get(start..self.taken)
    }

    /// Takes the prefix buffer of the file back for the next file.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        match self.supply {
            Supply::Converted { source, .. } => source.into_buffer(),
            Supply::Piped(_) => Vec::new(),
        }
    }

    /// Tops up what is ready; returns (new bytes to announce, whether they are the last).
    pub(crate) fn top_up(
        &mut self,
        fragment: usize,
        scratch: &mut Vec<u8>,
    ) -> Result<(usize, bool), Error> {
        if self.taken > 0 {
            self.ready.drain(..self.taken);
            self.announced -= self.taken;
            self.gone += self.taken as u64;
            self.taken = 0;
        }
        // The association only cuts a whole fragment when it knows that more follows.
        let whole = fragment.saturating_add(1);
        let wanted = match &self.supply {
            Supply::Converted { .. } => STREAM_CHUNK.max(whole),
            // What is there goes on: others wait for it.
            Supply::Piped(_) => whole,
        };
        self.fill(wanted, scratch)?;
        let fresh = self.ready.len() - self.announced;
        self.announced = self.ready.len();
        Ok((fresh, self.finished))
    }

    /// Makes more until so many bytes are ready or all are.
    fn fill(&mut self, wanted: usize, scratch: &mut Vec<u8>) -> Result<(), Error> {
        while !self.finished && self.ready.len() < wanted {
            self.finished = self.supply.add_to(&mut self.ready, scratch)?;
        }
        Ok(())
    }
}

impl Supply {
    /// Appends some bytes; returns whether they were the last.
    fn add_to(&mut self, ready: &mut Vec<u8>, scratch: &mut Vec<u8>) -> Result<bool, Error> {
        match self {
            Self::Converted { source, conversion } => {
                let left = source.remaining_known();
                let left = usize::try_from(left).unwrap_or(STREAM_CHUNK);
                let outcome = match left.min(STREAM_CHUNK) {
                    0 => conversion.finish(ready).map(|()| true),
                    count => {
                        let input = source.next(count, scratch)?;
                        conversion.push(input, ready).map(|()| false)
                    }
                };
                outcome.map_err(Error::Body)
            }
            Self::Piped(outlet) => match outlet.draw(ready) {
                Drawn::Piece => Ok(false),
                Drawn::End => Ok(true),
                Drawn::Broken => Err(Error::Body(
                    "the instance ended before it was complete".to_owned(),
                )),
            },
        }
    }
}
