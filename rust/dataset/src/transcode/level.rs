//! What the rewriter is inside of: the data set, sequences, items, pixel data.

use crate::ambiguous::{Facts, PIXEL_REPRESENTATION};
use crate::header::{ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use crate::path::TagPath;
use crate::syntax::Encoding;
use crate::tag::Tag;

/// The kinds of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The data set itself, or an item of a sequence.
    DataSet,
    /// A sequence of items.
    Sequence,
    /// Encapsulated pixel data.
    Fragments,
}

/// One level of nesting.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) kind: Kind,
    /// The element, for sequences and fragments.
    pub(super) tag: Tag,
    pub(super) from: Encoding,
    pub(super) to: Encoding,
    /// Copy everything in here byte for byte: the items of a UN element.
    pub(super) is_verbatim: bool,
    /// Where in the input it ends; `None` when a delimiter tells.
    pub(super) end: Option<u64>,
    /// A delimiter has to be written where the input has none.
    pub(super) adds_delimiter: bool,
    /// A length around this level is written already, so nothing in here may change its size.
    pub(super) is_frozen: bool,
    /// Items met so far, for sequences and fragments.
    pub(super) items: u32,
    /// The element being rewritten, for data sets.
    pub(super) current: Tag,
    pub(super) facts: Facts,
}

impl Level {
    pub(super) fn root(from: Encoding, to: Encoding) -> Self {
        Self {
            kind: Kind::DataSet,
            tag: Tag(0),
            from,
            to,
            is_verbatim: false,
            end: None,
            adds_delimiter: false,
            is_frozen: false,
            items: 0,
            current: Tag(0),
            facts: Facts::default(),
        }
    }

    /// A level inside this one; the caller fills in what differs.
    pub(super) fn inner(&self, kind: Kind, tag: Tag) -> Self {
        Self {
            kind,
            tag,
            end: None,
            adds_delimiter: false,
            items: 0,
            current: Tag(0),
            facts: Facts::default(),
            ..*self
        }
    }

    /// The delimiter that ends the level when its length is undefined.
    pub(super) const fn delimiter(&self) -> Tag {
        match self.kind {
            Kind::DataSet => ITEM_DELIMITATION,
            Kind::Sequence | Kind::Fragments => SEQUENCE_DELIMITATION,
        }
    }

    /// What may stand in the level, for messages.
    pub(super) const fn expects(&self) -> &'static str {
        match self.kind {
            Kind::DataSet => "a data element",
            Kind::Sequence => "an item or sequence delimitation",
            Kind::Fragments => "a fragment or sequence delimitation",
        }
    }

    /// Whether headers keep their sizes, so that lengths around them stay right.
    pub(super) const fn keeps_sizes(&self) -> bool {
        self.is_verbatim || self.from.implicit == self.to.implicit
    }
}

/// The answer to a search for Pixel Representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Its value.
    Known(u16),
    /// It may still come, in the level of this index.
    MayCome(usize),
    /// No level has it.
    Nowhere,
}

/// The levels around the current position, the data set itself outermost.
#[derive(Debug)]
pub(super) struct Levels {
    root: Level,
    inner: Vec<Level>,
}

impl Levels {
    pub(super) const fn new(root: Level) -> Self {
        Self {
            root,
            inner: Vec::new(),
        }
    }

    pub(super) fn innermost(&self) -> &Level {
        self.inner.last().unwrap_or(&self.root)
    }

    pub(super) fn innermost_mut(&mut self) -> &mut Level {
        self.inner.last_mut().unwrap_or(&mut self.root)
    }

    pub(super) const fn is_at_root(&self) -> bool {
        self.inner.is_empty()
    }

    /// The index of the innermost level; the root has 0.
    pub(super) const fn innermost_index(&self) -> usize {
        self.inner.len()
    }

    /// How deep sequences are nested here. Sequences and items alternate.
    pub(super) const fn depth(&self) -> usize {
        self.inner.len().div_ceil(2)
    }

    pub(super) fn enter(&mut self, level: Level) {
        self.inner.push(level);
    }

    /// Leaves the innermost level; the root is never left.
    pub(super) fn leave(&mut self) {
        let left = self.inner.pop();
        if left.is_some_and(|level| level.kind == Kind::DataSet) {
            self.count_item();
        }
    }

    /// Counts an item of the sequence that is now innermost.
    pub(super) fn count_item(&mut self) {
        let sequence = self.innermost_mut();
        sequence.items = sequence.items.saturating_add(1);
    }

    /// Searches for Pixel Representation from a level outwards.
    pub(super) fn pixel_representation(&self, from: usize) -> Found {
        for index in (0..=from.min(self.innermost_index())).rev() {
            let level = match index.checked_sub(1) {
                Some(inner) => self.inner.get(inner).unwrap_or(&self.root),
                None => &self.root,
            };
            if level.kind != Kind::DataSet {
                continue;
            }
            if let Some(value) = level.facts.pixel_representation {
                return Found::Known(value);
            }
            if level.current <= PIXEL_REPRESENTATION {
                return Found::MayCome(index);
            }
        }
        Found::Nowhere
    }

    /// The path of the innermost level.
    pub(super) fn path(&self) -> TagPath {
        let mut path = TagPath::root();
        for (index, level) in self.inner.iter().enumerate() {
            if level.kind == Kind::DataSet {
                continue;
            }
            path = path.child(level.tag);
            if index.saturating_add(1) < self.inner.len() {
                path = path.item(level.items);
            }
        }
        path
    }

    /// The path of an element, item or fragment of the innermost level.
    pub(super) fn path_to(&self, tag: Tag) -> TagPath {
        let level = self.innermost();
        match level.kind {
            Kind::DataSet => self.path().child(tag),
            Kind::Sequence | Kind::Fragments => self.path().item(level.items),
        }
    }
}
