//! File meta information: the elements of group 2 (PS3.10 §7.1).

use crate::error::Error;
use crate::file::{
    MAX_UID, MEDIA_STORAGE_SOP_CLASS_UID, MEDIA_STORAGE_SOP_INSTANCE_UID, TRANSFER_SYNTAX_UID,
};
use crate::header::{Header, MAX_SIZE};
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::uid;
use crate::window::{Blocks, Window};

/// What group 2 says, and where it ends.
#[derive(Default)]
pub(super) struct FileMeta {
    pub(super) sop_class_uid: Option<String>,
    pub(super) sop_instance_uid: Option<String>,
    pub(super) transfer_syntax_uid: Option<String>,
    pub(super) is_present: bool,
    /// Where the data set begins.
    pub(super) end: u64,
}

impl FileMeta {
    /// Reads elements as long as they are of group 2. The group length is not trusted: too many
    /// writers get it wrong, and the group number says the same. Elements without a VR are taken
    /// as implicit, as [`Header::decode`] does everywhere.
    pub(super) fn read(blocks: &mut Blocks<'_>, start: u64, size: u64) -> Result<Self, Error> {
        let mut meta = Self {
            end: start,
            ..Self::default()
        };
        while let Some(header) = meta.next_header(blocks, size)? {
            meta.is_present |= header.tag.group() == 2;
            let value_start = meta.end.saturating_add(u64::from(header.size));
            let value_end = value_start.saturating_add(u64::from(header.length));
            if header.is_undefined() || value_end > size {
                return Err(Error::TruncatedHead {
                    path: TagPath::element(header.tag),
                    offset: value_start,
                    expected: u64::from(header.length),
                    available: size.saturating_sub(value_start),
                });
            }
            meta.take(blocks, header, value_start)?;
            meta.end = value_end;
        }
        Ok(meta)
    }

    /// The next header of group 2; also of group 0, because some receivers wrote the command set
    /// they got (implicit VR, PS3.7 §6.3) into the file before the data set.
    fn next_header(&self, blocks: &mut Blocks<'_>, size: u64) -> Result<Option<Header>, Error> {
        let bytes = blocks.peek(self.end, MAX_SIZE)?;
        let explicit = Header::decode(bytes, Encoding::EXPLICIT_LITTLE);
        let is_meta = bytes.first_chunk() == Some(&[2, 0]);
        let is_command = bytes.starts_with(&[0, 0, 0, 0, 4, 0, 0, 0])
            || (bytes.starts_with(&[0, 0]) && self.end > 0 && bytes.get(4..6) != Some(&[0, 0]));
        if is_meta && explicit.is_none() {
            return Err(Error::TruncatedHead {
                path: TagPath::element(Tag::new(2, 0)),
                offset: self.end,
                expected: MAX_SIZE as u64,
                available: size.saturating_sub(self.end),
            });
        }
        if is_meta {
            Ok(explicit)
        } else if is_command {
            Ok(Header::decode(bytes, Encoding::IMPLICIT_LITTLE))
        } else {
            Ok(None)
        }
    }

    fn take(&mut self, blocks: &mut Blocks<'_>, header: Header, start: u64) -> Result<(), Error> {
        let slot = match header.tag {
            MEDIA_STORAGE_SOP_CLASS_UID => &mut self.sop_class_uid,
            MEDIA_STORAGE_SOP_INSTANCE_UID => &mut self.sop_instance_uid,
            TRANSFER_SYNTAX_UID => &mut self.transfer_syntax_uid,
            _ => return Ok(()),
        };
        let length = usize::try_from(header.length)
            .unwrap_or(usize::MAX)
            .min(MAX_UID);
        let bytes = blocks.peek(start, length)?;
        let value = uid::parse(bytes.get(..length).unwrap_or(bytes));
        let value = value.ok_or_else(|| Error::InvalidHead {
            path: TagPath::element(header.tag),
            offset: start,
            expected: "a UID",
        })?;
        *slot = (!value.is_empty()).then(|| value.to_owned());
        Ok(())
    }
}
