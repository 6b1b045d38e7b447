//! Getting headers whole from input that comes in pieces.

use crate::error::Error;
use crate::header::{Header, ITEM, MAX_SIZE};
use crate::path::TagPath;
use crate::syntax::Encoding;

/// An item header and the beginning of its first element: the most that is looked at together.
const LOOK: usize = 20;
/// How much of an item's first element tells its encoding.
const FIRST_ELEMENT: usize = 8;

/// A header as it came.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) header: Header,
    bytes: [u8; LOOK],
}

impl Arrived {
    /// The bytes of the header.
    pub(crate) fn raw(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.header.size))
            .unwrap_or_default()
    }

    /// The bytes after the header of an item, as far as they matter.
    pub(crate) fn first_element(&self) -> &[u8] {
        let start = usize::from(self.header.size);
        let end = start.saturating_add(FIRST_ELEMENT);
        self.bytes.get(start..end).unwrap_or_default()
    }
}

/// The beginning of a header whose rest has not come yet.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    bytes: Vec<u8>,
}

impl Gather {
    /// Takes a header from what was gathered and from the input; `None` when it is not whole.
    /// Where items of data sets are expected (`looks_ahead`), the beginning of the first element
    /// must be there too, and is left to be taken next.
    pub(crate) fn header(
        &mut self,
        input: &mut &[u8],
        encoding: Encoding,
        looks_ahead: bool,
    ) -> Option<Arrived> {
        let mut bytes = [0; LOOK];
        let is_direct = self.bytes.is_empty() && input.len() >= LOOK;
        if !is_direct && !self.top_up(input, encoding, looks_ahead) {
            return None;
        }
        let seen: &[u8] = if is_direct { input } else { &self.bytes };
        for (slot, byte) in bytes.iter_mut().zip(seen) {
            *slot = *byte;
        }
        let header = Header::decode(&bytes, encoding)?;
        let size = usize::from(header.size);
        if is_direct {
            *input = input.get(size..).unwrap_or_default();
        } else {
            self.bytes.drain(..size.min(self.bytes.len()));
        }
        Some(Arrived { header, bytes })
    }

    /// Moves input to the gathered bytes until they are enough; tells whether they are.
    fn top_up(&mut self, input: &mut &[u8], encoding: Encoding, looks_ahead: bool) -> bool {
        loop {
            let wanted = wanted(&self.bytes, encoding, looks_ahead);
            let missing = wanted.saturating_sub(self.bytes.len());
            if missing == 0 {
                return true;
            }
            if input.is_empty() {
                return false;
            }
            let (head, rest) = input.split_at(input.len().min(missing));
            self.bytes.extend_from_slice(head);
            *input = rest;
        }
    }

    /// Takes up to so many bytes that were looked at ahead.
    pub(crate) fn take(&mut self, most: u64) -> Vec<u8> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.bytes.drain(..self.bytes.len().min(most)).collect()
    }

    /// What was gathered of a header that did not become whole.
    pub(crate) fn leftover(&self) -> &[u8] {
        &self.bytes
    }

    /// Tells whether the input ended within a header. Zeros are padding.
    pub(crate) fn finish(&self, path: impl FnOnce() -> TagPath, offset: u64) -> Result<(), Error> {
        if self.bytes.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let available = self.bytes.len() as u64;
        Err(Error::TruncatedHeader {
            path: path(),
            offset,
            expected: if available < 8 { 8 } else { MAX_SIZE as u64 },
            available,
        })
    }
}

/// How many bytes must be seen to decide about the header that begins with these.
fn wanted(gathered: &[u8], encoding: Encoding, looks_ahead: bool) -> usize {
    if gathered.len() < 8 {
        return 8;
    }
    let Some(header) = Header::decode(gathered, encoding) else {
        return MAX_SIZE;
    };
    let size = usize::from(header.size);
    if looks_ahead && header.tag == ITEM && header.length != 0 {
        size.saturating_add(FIRST_ELEMENT)
    } else {
        size
    }
}
