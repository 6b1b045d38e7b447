//! Changing a few elements of a data set while it is written; all others are copied.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::index::Index;
use crate::tag::Tag;
use crate::vr::Vr;
use crate::write::Writer;

/// Changes to the top-level elements of a data set.
///
/// ```
/// use bytes::Bytes;
/// use dicomwire_dataset::{Limits, Tag, Vr, edit::Edit, index::Index, syntax, write::Writer};
///
/// let syntax = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).unwrap();
/// let source = Bytes::from_static(b"\x10\0\x10\0PN\x04\0DOE \x10\0\x20\0LO\x02\x0042");
/// let index = Index::parse(source, syntax, &Limits::default())?;
/// let mut edit = Edit::default();
/// edit.set(Tag::new(0x0010, 0x0020), Vr::LO, "43");
/// edit.remove(Tag::new(0x0010, 0x0010));
/// let mut writer = Writer::new(syntax.encoding());
/// edit.write(&index, &mut writer)?;
/// assert_eq!(writer.into_bytes(), b"\x10\0\x20\0LO\x02\x0043");
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The new element, or `None` to leave it out.
    changes: BTreeMap<Tag, Option<(Vr, Vec<u8>)>>,
}

impl Edit {
    /// Replaces an element, or inserts it where it belongs. Numbers must be in the byte order the
    /// data set will be written in.
    pub fn set(&mut self, tag: Tag, vr: Vr, value: impl Into<Vec<u8>>) {
        self.changes.insert(tag, Some((vr, value.into())));
    }

    /// Leaves an element out.
    pub fn remove(&mut self, tag: Tag) {
        self.changes.insert(tag, None);
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Writes the data set with the changes made. The length of a group that is changed, or whose
    /// headers change size, is left out: group lengths are retired (PS3.5 §7.2).
    ///
    /// # Errors
    /// Those of [`Writer::copy`] and [`Writer::element`].
    pub fn write(&self, index: &Index, writer: &mut Writer) -> Result<(), Error> {
        let keeps_sizes = index.encoding().implicit == writer.encoding().implicit;
        let mut changes = self.changes.iter().peekable();
        for entry in index.entries() {
            while let Some((tag, change)) = changes.next_if(|(tag, _)| **tag < entry.tag) {
                write_change(writer, *tag, change.as_ref())?;
            }
            let group_stays = keeps_sizes && !self.changes_group(entry.tag.group());
            let is_stale = entry.tag.element() == 0 && !group_stays;
            if !self.changes.contains_key(&entry.tag) && !is_stale {
                writer.copy(index, entry)?;
            }
        }
        for (tag, change) in changes {
            write_change(writer, *tag, change.as_ref())?;
        }
        Ok(())
    }

    fn changes_group(&self, group: u16) -> bool {
        let whole = Tag::new(group, 0)..=Tag::new(group, u16::MAX);
        self.changes.range(whole).next().is_some()
    }
}

fn write_change(
    writer: &mut Writer,
    tag: Tag,
    change: Option<&(Vr, Vec<u8>)>,
) -> Result<(), Error> {
    match change {
        Some((vr, value)) => writer.element(tag, *vr, value),
        None => Ok(()),
    }
}
