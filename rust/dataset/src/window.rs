//! Looking at bytes at an offset, in memory or in a file, without reading everything.

use crate::error::Error;
use crate::file::ReadAt;

/// A view of a source that the walker looks at headers through.
pub(crate) trait Window {
    /// Bytes from `offset`: at least `want`, fewer only when the source ends.
    fn peek(&mut self, offset: u64, want: usize) -> Result<&[u8], Error>;
}

/// Bytes in memory.
impl Window for &[u8] {
    fn peek(&mut self, offset: u64, _want: usize) -> Result<&[u8], Error> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(self.get(start..).unwrap_or_default())
    }
}

impl<W: Window> Window for &mut W {
    fn peek(&mut self, offset: u64, want: usize) -> Result<&[u8], Error> {
        (**self).peek(offset, want)
    }
}

/// A source read in blocks; a block is read again only when something outside it is asked for.
pub(crate) struct Blocks<'a> {
    source: &'a dyn ReadAt,
    block: Vec<u8>,
    block_size: usize,
    start: u64,
    filled: usize,
}

impl<'a> Blocks<'a> {
    /// Reads nothing yet. Whoever looks at more than `block_size` bytes at once makes the block
    /// grow, and has compared the length with a limit.
    pub(crate) fn new(source: &'a dyn ReadAt, block_size: usize) -> Self {
        Self::reusing(source, block_size, Vec::new())
    }

    /// The same with the memory that [`into_memory`](Self::into_memory) of another one gave back.
    pub(crate) fn reusing(source: &'a dyn ReadAt, block_size: usize, mut memory: Vec<u8>) -> Self {
        memory.resize(block_size, 0);
        Self {
            source,
            block: memory,
            block_size,
            start: 0,
            filled: 0,
        }
    }

    /// Gives the memory of the block back.
    pub(crate) fn into_memory(self) -> Vec<u8> {
        self.block
    }

    /// What is already in memory from `offset` on.
    pub(crate) fn loaded(&self, offset: u64) -> &[u8] {
        let skip = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok());
        let filled = self.block.get(..self.filled).unwrap_or_default();
        skip.and_then(|skip| filled.get(skip..)).unwrap_or_default()
    }

    fn load(&mut self, offset: u64, want: usize) -> Result<(), Error> {
        self.start = offset;
        self.filled = 0;
        let most = want.max(self.block_size);
        if self.block.len() < most {
            self.block.resize(most, 0);
        }
        while self.filled < want {
            let at = offset.saturating_add(self.filled as u64);
            let free = self.block.get_mut(self.filled..most).unwrap_or_default();
            match self.source.read_at(free, at) {
                Ok(0) => break,
                Ok(count) => self.filled = self.filled.saturating_add(count).min(most),
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { offset: at, source }),
            }
        }
        Ok(())
    }
}

impl Window for Blocks<'_> {
    fn peek(&mut self, offset: u64, want: usize) -> Result<&[u8], Error> {
        let end = self.start.saturating_add(self.filled as u64);
        let is_loaded = offset >= self.start && offset.saturating_add(want as u64) <= end;
        if !is_loaded {
            self.load(offset, want)?;
        }
        Ok(self.loaded(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Gives at most three bytes a read and counts the reads.
    struct Dribble(Vec<u8>, Cell<u32>);

    impl ReadAt for Dribble {
        fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
            self.1.set(self.1.get() + 1);
            let most = buf.len().min(3);
            self.0.read_at(&mut buf[..most], offset)
        }
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
    }

    #[test]
    fn short_reads_are_continued() {
        let source = Dribble((0..10).collect(), Cell::new(0));
        let mut blocks = Blocks::new(&source, 8);
        assert_eq!(
            &blocks.peek(1, 8).expect("in range")[..8],
            &[1, 2, 3, 4, 5, 6, 7, 8]
        );
        assert_eq!(source.1.get(), 3);
        assert_eq!(blocks.peek(4, 5).expect("loaded")[0], 4);
        assert_eq!(source.1.get(), 3);
        assert_eq!(blocks.peek(8, 8).expect("at the end"), &[8, 9]);
    }

    #[test]
    fn a_long_look_makes_the_block_grow() {
        let source: Vec<u8> = (0..100).collect();
        let mut blocks = Blocks::new(&source, 8);
        assert_eq!(blocks.peek(0, 4).expect("a block").len(), 8);
        assert_eq!(blocks.peek(2, 50).expect("more").len(), 50);
        assert_eq!(blocks.peek(60, 4).expect("a block again").len(), 8);
        let memory = blocks.into_memory();
        let mut next = Blocks::reusing(&source, 8, memory);
        assert_eq!(next.peek(0, 1).expect("a block"), &source[..8]);
    }
}
