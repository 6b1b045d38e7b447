//! Where the parts of a file lie: preamble, file meta information, command set, data set.
//!
//! Unlike [`read_head`](super::read_head), which wants to know what to send, this takes whatever
//! can be read: nothing needs to be identified, and a data set that is not encoded as group 2 says
//! is taken as what it looks like.

use std::ops::Range;

use crate::error::Error;
use crate::file::TRANSFER_SYNTAX_UID;
use crate::file::recognise::{guess, looks_like};
use crate::header::{Header, MAX_SIZE};
use crate::path::TagPath;
use crate::syntax::{self, Encoding, TransferSyntax};
use crate::tag::Tag;
use crate::uid;
use crate::window::Window;

/// The parts of a file.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) has_preamble: bool,
    /// The elements of group 2.
    pub(super) file_meta: Range<u64>,
    pub(super) file_meta_encoding: Encoding,
    /// Elements of group 0 between group 2 and the data set, which some receivers leave behind.
    pub(super) command_set: Range<u64>,
    /// Where the data set begins.
    pub(super) data_set: u64,
    /// The value of (0002,0010).
    pub(super) declared: Option<String>,
    /// The syntax declared, or else guessed; `None` for those not in the standard.
    pub(super) syntax: Option<&'static TransferSyntax>,
    /// How the data set is encoded, whatever was declared.
    pub(super) encoding: Encoding,
    /// The declared syntax is not what the data set looks like.
    pub(super) mismatch: Option<Error>,
}

impl Layout {
    pub(super) fn read(
        window: &mut impl Window,
        size: u64,
        syntax: Option<&'static TransferSyntax>,
    ) -> Result<Self, Error> {
        let first = window.peek(0, 132)?;
        if first.is_empty() {
            return Err(Error::Empty);
        }
        let has_preamble = first.get(128..132) == Some(b"DICM");
        // Without anything before it, only its length tells a command set from any other zeros.
        let begins_with_command = first.starts_with(&[0, 0, 0, 0, 4, 0, 0, 0]);
        let start = if has_preamble { 132 } else { 0 };
        let mut scan = Scan { window, size };
        let (meta_end, meta_encoding, declared) = scan.file_meta(start)?;
        let command_end = if meta_end > 0 || begins_with_command {
            scan.command_set(meta_end)?
        } else {
            meta_end
        };
        let mut layout = Self {
            has_preamble,
            file_meta: start..meta_end,
            file_meta_encoding: meta_encoding,
            command_set: meta_end..command_end,
            data_set: command_end,
            syntax: syntax.or_else(|| syntax::lookup(declared.as_deref()?)),
            declared,
            encoding: Encoding::EXPLICIT_LITTLE,
            mismatch: None,
        };
        layout.decide(window, size)?;
        Ok(layout)
    }

    /// Settles the encoding of the data set.
    fn decide(&mut self, window: &mut impl Window, size: u64) -> Result<(), Error> {
        let left = size.saturating_sub(self.data_set);
        let first = window.peek(self.data_set, 32)?;
        if self.declared.is_none() && self.syntax.is_none() {
            let has_meta = self.file_meta.end > self.file_meta.start;
            let is_bare = !has_meta && !self.has_preamble;
            // Group 2 alone is a file, of an instance without elements.
            self.syntax = match guess(first, left, is_bare) {
                None if has_meta && left == 0 => syntax::lookup(syntax::IMPLICIT_VR_LITTLE_ENDIAN),
                found => found,
            };
            let found = self.syntax.ok_or(Error::NotDicom {
                offset: self.data_set,
            })?;
            self.encoding = found.encoding();
            return Ok(());
        }
        if let Some(syntax) = self.syntax {
            self.encoding = syntax.encoding();
        }
        if self.syntax.is_some_and(|syntax| syntax.deflated) {
            return Ok(());
        }
        // Only whether there are VRs is seen reliably; pydicom looks at the same and no more.
        let found = looks_like(first, self.encoding.big_endian);
        let has_letters = first
            .get(4..6)
            .is_some_and(|letters| letters.iter().all(u8::is_ascii_uppercase));
        if let Some(found) = found
            && has_letters == self.encoding.implicit
        {
            self.encoding.implicit = !has_letters;
            self.mismatch = Some(Error::SyntaxMismatch {
                declared: self.declared.clone().unwrap_or_default(),
                looks_like: Encoding {
                    implicit: !has_letters,
                    ..found
                }
                .name(),
                offset: self.data_set,
            });
        }
        Ok(())
    }
}

/// A walk over the elements of groups 2 and 0.
struct Scan<'w, W> {
    window: &'w mut W,
    size: u64,
}

impl<W: Window> Scan<'_, W> {
    /// Steps over group 2; returns its end, its encoding and the transfer syntax it names.
    fn file_meta(&mut self, start: u64) -> Result<(u64, Encoding, Option<String>), Error> {
        let mut declared = None;
        let mut encoding = Encoding::EXPLICIT_LITTLE;
        let mut end = start;
        while let Some(header) = self.header(end, 2, Encoding::EXPLICIT_LITTLE)? {
            if end == start && header.vr.is_none() {
                encoding = Encoding::IMPLICIT_LITTLE;
            }
            let value = self.value(end, header)?;
            if header.tag == TRANSFER_SYNTAX_UID {
                declared = self.uid(&value)?;
            }
            end = value.end;
        }
        Ok((end, encoding, declared))
    }

    fn command_set(&mut self, start: u64) -> Result<u64, Error> {
        let mut end = start;
        while let Some(header) = self.header(end, 0, Encoding::IMPLICIT_LITTLE)? {
            // Trailing zeros are no command set.
            if header.tag == Tag(0) && header.length == 0 {
                break;
            }
            end = self.value(end, header)?.end;
        }
        Ok(end)
    }

    fn header(&mut self, at: u64, group: u16, encoding: Encoding) -> Result<Option<Header>, Error> {
        let bytes = self.window.peek(at, MAX_SIZE)?;
        let bytes = bytes.get(..MAX_SIZE).unwrap_or(bytes);
        let header = Header::decode(bytes, encoding);
        Ok(header.filter(|header| header.tag.group() == group))
    }

    fn value(&mut self, at: u64, header: Header) -> Result<Range<u64>, Error> {
        let start = at.saturating_add(u64::from(header.size));
        let end = start.saturating_add(u64::from(header.length));
        if header.is_undefined() || end > self.size {
            return Err(Error::TruncatedHead {
                path: TagPath::element(header.tag),
                offset: start,
                expected: u64::from(header.length),
                available: self.size.saturating_sub(start),
            });
        }
        Ok(start..end)
    }

    fn uid(&mut self, value: &Range<u64>) -> Result<Option<String>, Error> {
        let length = value.end.saturating_sub(value.start);
        let length = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(super::MAX_UID);
        let bytes = self.window.peek(value.start, length)?;
        let text = uid::parse(bytes.get(..length).unwrap_or(bytes));
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    }
}
