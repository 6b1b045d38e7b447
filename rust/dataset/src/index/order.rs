//! Finding elements by their tags, whatever order they are in.

use crate::index::Entry;
use crate::tag::Tag;

/// The order of the elements of a data set.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// That of their tags, each once (PS3.5 §7.1).
    Tags,
    /// Another one: the positions of the elements by tag, those of the same tag as they come. A
    /// search through all elements for each private one would take minutes with a hostile file.
    Other(Box<[u32]>),
}

impl Order {
    /// The order of these elements, which are fewer than 2^32.
    pub(super) fn of(entries: &[Entry]) -> Self {
        if entries.is_sorted_by(|a, b| a.tag < b.tag) {
            return Self::Tags;
        }
        let mut tags: Vec<(Tag, u32)> = (0..).zip(entries).map(|(at, e)| (e.tag, at)).collect();
        tags.sort_unstable();
        Self::Other(tags.into_iter().map(|(_, position)| position).collect())
    }

    /// Finds an element; of several with the same tag the last one counts.
    pub(super) fn find<'a>(&self, entries: &'a [Entry], tag: Tag) -> Option<&'a Entry> {
        let entry_at = |position: &u32| entries.get(usize::try_from(*position).ok()?);
        match self {
            Self::Tags => {
                let position = entries.binary_search_by_key(&tag, |entry| entry.tag).ok()?;
                entries.get(position)
            }
            Self::Other(positions) => {
                let is_before = |position: &u32| entry_at(position).is_some_and(|e| e.tag <= tag);
                let last = positions.partition_point(is_before).checked_sub(1)?;
                entry_at(positions.get(last)?).filter(|entry| entry.tag == tag)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::index::Index;
    use crate::limits::Limits;
    use crate::syntax;

    fn value_of(data_set: &'static [u8], tag: Tag) -> Option<Vec<u8>> {
        let syntax = syntax::lookup("1.2.840.10008.1.2").expect("implicit VR");
        let index = Index::parse(Bytes::from_static(data_set), syntax, &Limits::default());
        let index = index.expect("a data set");
        index.get(tag).map(|entry| index.bytes(entry).to_vec())
    }

    #[test]
    fn elements_are_found_in_any_order_and_the_last_of_several_counts() {
        const MIXED: &[u8] = b"\x10\0\x20\0\x02\0\0\0ab\x08\0\x60\0\x02\0\0\0CT\
            \x10\0\x20\0\x02\0\0\0cd\x10\0\x10\0\x02\0\0\0A ";
        let found = |group, element| value_of(MIXED, Tag::new(group, element));
        assert_eq!(found(0x10, 0x20).as_deref(), Some(b"cd".as_slice()));
        assert_eq!(found(0x08, 0x60).as_deref(), Some(b"CT".as_slice()));
        assert_eq!(found(0x10, 0x10).as_deref(), Some(b"A ".as_slice()));
        assert_eq!(found(0x08, 0x05), None);
        assert_eq!(found(0x10, 0x15), None);
        assert_eq!(found(0x20, 0x10), None);
    }
}
