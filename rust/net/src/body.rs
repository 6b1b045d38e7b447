//! Where the bytes of an outgoing data set come from.

use std::fs::File;
use std::io;

use bytes::Bytes;

use crate::error::Error;
use crate::streamed::StreamedBody;

/// Frames from this size on are worth a `sendfile` each, for what is not in memory yet.
pub(crate) const SEND_FILE_FROM: usize = 48 * 1024;

/// The data set of one outgoing message.
pub enum Body {
    /// None.
    Empty,
    /// Bytes in memory.
    Memory(MemoryBody),
    /// A range of a file.
    File(FileBody),
    /// Bytes that are made or come while they are sent, how many is not known before.
    Streamed(Box<StreamedBody>),
}

/// Bytes in memory.
pub struct MemoryBody {
    bytes: Bytes,
    position: usize,
}

/// A range of a file, of which the beginning may have been read already.
pub struct FileBody {
    file: File,
    position: u64,
    end: u64,
    prefix: Vec<u8>,
    prefix_offset: u64,
    use_send_file: bool,
    /// A zero byte after the end, which a deflated data set of odd length gets (PS3.5 §A.5).
    pad: bool,
}

impl MemoryBody {
    /// All of `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, position: 0 }
    }
}

impl FileBody {
    /// `file` from `offset` to `end`; `prefix` holds what was read of the file from `prefix_offset` on.
    #[must_use]
    pub fn new(file: File, offset: u64, end: u64, prefix: Vec<u8>, prefix_offset: u64) -> Self {
        let is_read = end <= prefix_offset.saturating_add(prefix.len() as u64);
        let use_send_file = crate::socket::HAS_SEND_FILE && !is_read;
        Self {
            file,
            position: offset,
            end,
            prefix,
            prefix_offset,
            use_send_file,
            pad: false,
        }
    }

    /// Makes the length even by a zero byte.
    #[must_use]
    pub fn padded(mut self) -> Self {
        self.pad = self.remaining() % 2 == 1;
        self.use_send_file &= !self.pad;
        self
    }

    /// Takes the prefix buffer back for the next file.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.prefix
    }

    fn remaining(&self) -> u64 {
        let end = self.end.saturating_add(u64::from(self.pad));
        end.saturating_sub(self.position)
    }

    /// The next bytes, from the prefix if they are all in it, else read into `scratch`.
    fn next<'a>(&'a mut self, count: usize, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        let from =
            usize::try_from(self.position.saturating_sub(self.prefix_offset)).unwrap_or(usize::MAX);
        let start = self.position;
        self.position = start.saturating_add(count as u64);
        let known = self.prefix.get(from..).unwrap_or_default();
        let past_end = usize::from(self.position > self.end);
        if known.len() >= count {
            return Ok(&known[..count]);
        }
        scratch.clear();
        scratch.resize(count, 0);
        let known = &known[..known.len().min(count - past_end)];
        scratch[..known.len()].copy_from_slice(known);
        let rest = &mut scratch[known.len()..count - past_end];
        read_exact_at(&self.file, rest, start + known.len() as u64)?;
        Ok(&scratch[..count])
    }
}

/// Reads at an offset without moving the file's position.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buffer, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
}

fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> Result<(), Error> {
    while !buffer.is_empty() {
        match read_at(file, buffer, offset) {
            Ok(0) => {
                return Err(Error::Body(format!(
                    "the file was truncated while it was being sent: it ended at offset {offset}"
                )));
            }
            Ok(count) => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Error::Body(format!(
                    "reading at offset {offset} failed: {error}"
                )));
            }
        }
    }
    Ok(())
}

impl Body {
    /// The number of bytes still to come, if it is known (0 for a streamed body).
    #[must_use]
    pub fn remaining_known(&self) -> u64 {
        match self {
            Self::Empty | Self::Streamed(_) => 0,
            Self::Memory(body) => (body.bytes.len() - body.position) as u64,
            Self::File(body) => body.remaining(),
        }
    }

    /// The bytes that were taken of a streamed body, whose length is not known before (0 for others).
    pub(crate) fn taken_streamed(&self) -> u64 {
        match self {
            Self::Streamed(body) => body.taken(),
            _ => 0,
        }
    }

    /// Makes more of a streaming body ready. Returns what to tell the
    /// association: new bytes and whether they are the last.
    pub(crate) fn top_up(
        &mut self,
        fragment: usize,
        scratch: &mut Vec<u8>,
    ) -> Result<Option<(usize, bool)>, Error> {
        match self {
            Self::Streamed(body) if !body.is_announced() => {
                body.top_up(fragment, scratch).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The next `count` bytes.
    pub(crate) fn next<'a>(
        &'a mut self,
        count: usize,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        let missing = || Error::Body("the body is shorter than announced".to_owned());
        match self {
            Self::Empty => {
                if count == 0 {
                    Ok(&[])
                } else {
                    Err(missing())
                }
            }
            Self::Memory(body) => {
                let start = body.position;
                body.position += count;
                body.bytes.get(start..body.position).ok_or_else(missing)
            }
            Self::File(body) => body.next(count, scratch),
            Self::Streamed(body) => body.next(count).ok_or_else(missing),
        }
    }

    /// The file and position to send from without reading, for frames of `fragment` bytes.
    pub(crate) fn send_file(&mut self, fragment: usize) -> Option<(&File, &mut u64)> {
        match self {
            Self::File(body) if body.use_send_file && fragment >= SEND_FILE_FROM => {
                Some((&body.file, &mut body.position))
            }
            _ => None,
        }
    }

    /// Takes the prefix buffer of a file body back for the next file.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        match self {
            Self::File(body) => body.into_buffer(),
            Self::Streamed(body) => body.into_buffer(),
            _ => Vec::new(),
        }
    }
}
