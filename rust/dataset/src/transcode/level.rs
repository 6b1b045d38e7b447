//! What the rewriter is inside of: the data set, sequences, items, pixel data.

use crate::ambiguous::{Facts, PIXEL_REPRESENTATION};
use crate::levels::{self, Kind, Nested};
use crate::syntax::Encoding;
use crate::tag::Tag;

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
    /// Searches for Pixel Representation from a level outwards.
    pub(super) fn pixel_representation(&self, from: usize) -> Found {
        for (index, level) in self.outwards(from) {
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
}
