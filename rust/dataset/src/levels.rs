//! What a machine that works on a stream is inside of: the data set, sequences, items, pixel data.

use crate::header::{ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use crate::path::TagPath;
use crate::tag::Tag;

/// The kinds of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The data set itself, or an item of a sequence.
    DataSet,
    /// A sequence of items.
    Sequence,
    /// Encapsulated pixel data.
    Fragments,
}

impl Kind {
    /// The delimiter that ends such a level when its length is undefined.
    pub(crate) const fn delimiter(self) -> Tag {
        match self {
            Self::DataSet => ITEM_DELIMITATION,
            Self::Sequence | Self::Fragments => SEQUENCE_DELIMITATION,
        }
    }

    /// What may stand in such a level, for messages.
    pub(crate) const fn expects(self) -> &'static str {
        match self {
            Self::DataSet => "a data element",
            Self::Sequence => "an item or sequence delimitation",
            Self::Fragments => "a fragment or sequence delimitation",
        }
    }
}

/// Where a level is, whatever else a machine keeps of it.
pub(crate) trait Nested {
    fn kind(&self) -> Kind;

    /// The element, for sequences and fragments.
    fn tag(&self) -> Tag;

    /// Items met so far, for sequences and fragments.
    fn items(&self) -> u32;

    fn items_mut(&mut self) -> &mut u32;
}

/// The levels around the current position, the data set itself outermost.
#[derive(Debug)]
pub(crate) struct Levels<L> {
    root: L,
    inner: Vec<L>,
}

impl<L: Nested> Levels<L> {
    pub(crate) const fn new(root: L) -> Self {
        Self {
            root,
            inner: Vec::new(),
        }
    }

    pub(crate) fn innermost(&self) -> &L {
        self.inner.last().unwrap_or(&self.root)
    }

    pub(crate) fn innermost_mut(&mut self) -> &mut L {
        self.inner.last_mut().unwrap_or(&mut self.root)
    }

    pub(crate) const fn is_at_root(&self) -> bool {
        self.inner.is_empty()
    }

    /// The index of the innermost level; the root has 0.
    pub(crate) const fn innermost_index(&self) -> usize {
        self.inner.len()
    }

    /// The levels from the one of an index outwards, with their indices.
    pub(crate) fn outwards(&self, from: usize) -> impl Iterator<Item = (usize, &L)> {
        let inner = self.inner.iter().enumerate().take(from).rev();
        inner
            .map(|(below, level)| (below.saturating_add(1), level))
            .chain([(0, &self.root)])
    }

    /// How deep sequences are nested here. Sequences and items alternate.
    pub(crate) const fn depth(&self) -> usize {
        self.inner.len().div_ceil(2)
    }

    pub(crate) fn enter(&mut self, level: L) {
        self.inner.push(level);
    }

    /// Leaves the innermost level; the root is never left.
    pub(crate) fn leave(&mut self) {
        let left = self.inner.pop();
        if left.is_some_and(|level| level.kind() == Kind::DataSet) {
            self.count_item();
        }
    }

    /// Counts an item of the sequence that is now innermost.
    pub(crate) fn count_item(&mut self) {
        let items = self.innermost_mut().items_mut();
        *items = items.saturating_add(1);
    }

    /// The path of the innermost level.
    pub(crate) fn path(&self) -> TagPath {
        let mut path = TagPath::root();
        for (index, level) in self.inner.iter().enumerate() {
            if level.kind() == Kind::DataSet {
                continue;
            }
            path = path.child(level.tag());
            if index.saturating_add(1) < self.inner.len() {
                path = path.item(level.items());
            }
        }
        path
    }

    /// The path of an element, item or fragment of the innermost level.
    pub(crate) fn path_to(&self, tag: Tag) -> TagPath {
        let level = self.innermost();
        match level.kind() {
            Kind::DataSet => self.path().child(tag),
            Kind::Sequence | Kind::Fragments => self.path().item(level.items()),
        }
    }
}
