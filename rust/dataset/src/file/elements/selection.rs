//! Which elements of a file are wanted.

use crate::path::{Step, TagPath};
use crate::tag::Tag;

/// The group of file meta information (PS3.10 §7.1).
const META_GROUP: u16 = 0x0002;

/// The elements to read, as a tree: those of the data set, and below a sequence those of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of the file meta information, which is group 2 alone.
    pub(super) meta: Vec<Wanted>,
    pub(super) data_set: Vec<Wanted>,
}

/// An element of a data set or item that is wanted, or has something wanted in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) tag: Tag,
    /// The number of the path that ends here.
    pub(super) number: Option<usize>,
    /// What is wanted of its items, by item number.
    pub(super) items: Vec<(u32, Vec<Self>)>,
}

impl Selection {
    /// Makes a selection of paths. An element is told to the visitor by its path's position in the
    /// list; of equal paths only the last one counts. A step without an item number means the
    /// first item.
    #[must_use]
    pub fn new(paths: &[TagPath]) -> Self {
        let mut selection = Self::default();
        for (number, path) in paths.iter().enumerate() {
            let is_meta = |step: &Step| step.tag.group() == META_GROUP;
            let level = if path.steps().first().is_some_and(is_meta) {
                &mut selection.meta
            } else {
                &mut selection.data_set
            };
            add(level, path.steps(), number);
        }
        selection
    }
}

fn add(level: &mut Vec<Wanted>, steps: &[Step], number: usize) {
    let Some((step, below)) = steps.split_first() else {
        return;
    };
    let wanted = sorted_entry(
        level,
        step.tag,
        |wanted| wanted.tag,
        || Wanted {
            tag: step.tag,
            number: None,
            items: Vec::new(),
        },
    );
    let Some(wanted) = wanted else { return };
    if below.is_empty() {
        wanted.number = Some(number);
        return;
    }
    let item = step.item.unwrap_or(0);
    let below_item = sorted_entry(
        &mut wanted.items,
        item,
        |(item, _)| *item,
        || (item, Vec::new()),
    );
    if let Some((_, level)) = below_item {
        add(level, below, number);
    }
}

/// Finds an entry of a sorted list, or puts a new one in its place.
fn sorted_entry<T, K: Ord>(
    list: &mut Vec<T>,
    key: K,
    key_of: impl Fn(&T) -> K,
    make: impl FnOnce() -> T,
) -> Option<&mut T> {
    let position = match list.binary_search_by(|entry| key_of(entry).cmp(&key)) {
        Ok(position) => position,
        Err(position) => {
            list.insert(position, make());
            position
        }
    };
    list.get_mut(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings() {
        let sequence = Tag::new(0x0040, 0x0275);
        let inner = |item, element| {
            TagPath::element(sequence)
                .item(item)
                .child(Tag::new(0x0040, element))
        };
        let paths = [
            inner(1, 0x0009),
            TagPath::element(Tag::new(0x0008, 0x0060)),
            inner(0, 0x0009),
            inner(0, 0x0007),
            TagPath::element(sequence),
            TagPath::element(Tag::new(0x0002, 0x0010)),
            // No such group is allowed, but there are files with it.
            TagPath::element(Tag::new(0x0001, 0x0001)),
        ];
        let Selection { meta, data_set } = Selection::new(&paths);
        assert_eq!((meta.len(), meta[0].number), (1, Some(5)));
        assert_eq!((data_set.len(), data_set[0].number), (3, Some(6)));
        let below = &data_set[2];
        assert_eq!((below.tag, below.number), (sequence, Some(4)));
        let numbers: Vec<Vec<_>> = below
            .items
            .iter()
            .map(|(_, level)| level.iter().map(|wanted| wanted.number).collect())
            .collect();
        assert_eq!(numbers, [vec![Some(3), Some(2)], vec![Some(0)]]);
    }
}
