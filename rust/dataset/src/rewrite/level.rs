//! What the machine is inside of, and what is done there.

use std::sync::Arc;

use crate::levels::{self, Kind, Nested};
use crate::rewrite::change::{Items, Node};
use crate::syntax::Encoding;
use crate::tag::Tag;

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

    pub(super) const fn is_dropped(&self) -> bool {
        matches!(self.mode, Mode::Drop)
    }
}

impl Nested for Level {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn tag(&self) -> Tag {
        self.tag
    }

    fn items(&self) -> u32 {
        self.items
    }

    fn items_mut(&mut self) -> &mut u32 {
        &mut self.items
    }
}

/// The levels around the current position, the data set itself outermost.
pub(super) type Levels = levels::Levels<Level>;

impl Levels {
    /// The data set around the innermost level.
    pub(super) fn surrounding_edit(&self) -> Option<&Edit> {
        self.outwards(self.innermost_index())
            .find_map(|(_, level)| match &level.mode {
                Mode::Edit(edit) => Some(edit),
                _ => None,
            })
    }
}
