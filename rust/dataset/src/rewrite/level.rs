//! What the machine is inside of, and what is done there.

use std::sync::Arc;

use crate::header::{ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use crate::path::TagPath;
use crate::rewrite::change::{Items, Node};
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

/// What is done with what stands in a level.
#[derive(Clone, Debug)]
pub(super) enum Mode {
    /// Copied byte for byte.
    Copy,
    /// Left out.
    Drop,
    /// A data set that is changed.
    Edit(Edit),
    /// A sequence whose items are changed.
    Enter(Items),
}

/// A data set being changed.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) node: Arc<Node>,
    /// The first change whose place has not come yet.
    pub(super) next: usize,
    /// The value of Specific Character Set in force.
    pub(super) character_set: Vec<u8>,
    pub(super) pixel_representation: Option<u16>,
}

/// One level of nesting.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) kind: Kind,
    /// The element, for sequences and fragments.
    pub(super) tag: Tag,
    pub(super) encoding: Encoding,
    pub(super) mode: Mode,
    /// Where in the input it ends; `None` when a delimiter tells. Only what is changed is entered
    /// with a length, and is written with a delimiter instead.
    pub(super) end: Option<u64>,
    /// Items met so far.
    pub(super) items: u32,
}

impl Level {
    pub(super) const fn new(kind: Kind, tag: Tag, encoding: Encoding, mode: Mode) -> Self {
        Self {
            kind,
            tag,
            encoding,
            mode,
            end: None,
            items: 0,
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

    pub(super) const fn is_dropped(&self) -> bool {
        matches!(self.mode, Mode::Drop)
    }
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

    /// The data set around the innermost level.
    pub(super) fn surrounding_edit(&self) -> Option<&Edit> {
        let outward = self.inner.iter().rev().chain([&self.root]);
        outward
            .filter_map(|level| match &level.mode {
                Mode::Edit(edit) => Some(edit),
                _ => None,
            })
            .next()
    }

    pub(super) const fn is_at_root(&self) -> bool {
        self.inner.is_empty()
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
