//! What to change, as a tree: elements, and below sequences the elements of their items.

use std::sync::Arc;

use crate::error::Error;
use crate::path::{Step, TagPath};
use crate::rewrite::element::{NewElement, NewValue};
use crate::rewrite::uid_map::UidMap;
use crate::tag::Tag;
use crate::uid;
use crate::vr::Vr;

const SOP_CLASS_UID: Tag = Tag::new(0x0008, 0x0016);
const SOP_INSTANCE_UID: Tag = Tag::new(0x0008, 0x0018);
/// Pixel data in all its forms, and its extended offset tables.
const PIXEL_GROUP: u16 = 0x7FE0;

/// What becomes of an element.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// It gets this value; where it is missing it is added.
    Set(Option<Vr>, NewValue),
    /// It is left out.
    Remove,
    /// Its UIDs are mapped; where it is missing it stays missing.
    MapUid(Arc<UidMap>),
}

/// Changes to a data set, made once and shared by all instances they are for.
///
/// ```
/// use dicomwire_dataset::Tag;
/// use dicomwire_dataset::path::TagPath;
/// use dicomwire_dataset::rewrite::{Change, Changes};
///
/// let mut changes = Changes::default();
/// changes.insert(&TagPath::element(Tag::new(0x0010, 0x0030)), Change::Remove)?;
/// let pixels = TagPath::element(Tag::new(0x7FE0, 0x0010));
/// assert!(changes.insert(&pixels, Change::Remove).is_err());
/// # Ok::<(), dicomwire_dataset::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Changes {
    root: Arc<Node>,
}

/// The changes to one data set or item, sorted by tag.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    actions: Vec<(Tag, Action)>,
}

/// What to do with an element.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Set(Arc<NewElement>),
    Remove,
    MapUid(Arc<UidMap>),
    /// Change elements of its items.
    Enter(Items),
}

/// The changes to the items of a sequence: to every one, or to some by their number.
#[derive(Clone, Debug)]
pub(super) enum Items {
    Every(Arc<Node>),
    Some(Vec<(u32, Arc<Node>)>),
}

impl Changes {
    /// Adds a change. The path names an element; a step without an item number on the way to it
    /// stands for every item of that sequence. A second change to the same element takes the place
    /// of the first.
    ///
    /// # Errors
    /// [`Error::NotRewritable`] for elements that are not the data set's own or that hold or
    /// describe pixel data, for group lengths, and for a SOP Class or SOP Instance UID that would
    /// be none; [`Error::ConflictingChanges`] for a sequence that is changed itself and inside, or
    /// inside by item numbers and everywhere.
    pub fn insert(&mut self, path: &TagPath, change: Change) -> Result<(), Error> {
        let refused = |reason| Error::NotRewritable {
            path: path.clone(),
            reason,
        };
        for step in path.steps() {
            if let Some(reason) = reason_against(step.tag) {
                return Err(refused(reason));
            }
        }
        let Some((last, way)) = path.steps().split_last() else {
            return Err(refused("no element is named"));
        };
        if way.is_empty()
            && let Some(reason) = reason_against_identity(last.tag, &change)
        {
            return Err(refused(reason));
        }
        let conflict = || Error::ConflictingChanges { path: path.clone() };
        let node = descend(Arc::make_mut(&mut self.root), way).ok_or_else(conflict)?;
        node.put(last.tag, change).ok_or_else(conflict)
    }

    /// Adds a change to an element that nobody else may change.
    pub(super) fn insert_pixel_element(&mut self, tag: Tag, change: Change) {
        // Nothing is entered under a tag of the pixel group, so there is no conflict.
        let _ = Arc::make_mut(&mut self.root).put(tag, change);
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.actions.is_empty()
    }

    /// The SOP Class UID the data set will have, if it is changed.
    #[must_use]
    pub fn sop_class_uid(&self) -> Option<&str> {
        match self.root.find(SOP_CLASS_UID)?.1 {
            Action::Set(element) => element.as_text(),
            _ => None,
        }
    }

    /// The SOP Instance UID the data set will have, if it is changed; `old` is the one it has.
    #[must_use]
    pub fn sop_instance_uid(&self, old: &str) -> Option<String> {
        match self.root.find(SOP_INSTANCE_UID)?.1 {
            Action::Set(element) => element.as_text().map(str::to_owned),
            Action::MapUid(map) => Some(map.map(old)),
            _ => None,
        }
    }

    pub(super) fn root(&self) -> Arc<Node> {
        Arc::clone(&self.root)
    }
}

impl Node {
    fn place(&self, tag: Tag) -> Result<usize, usize> {
        self.actions.binary_search_by_key(&tag, |(tag, _)| *tag)
    }

    /// Puts a change where it belongs; `None` where items of the element are changed.
    fn put(&mut self, tag: Tag, change: Change) -> Option<()> {
        let action = match change {
            Change::Set(vr, value) => Action::Set(Arc::new(NewElement { tag, vr, value })),
            Change::Remove => Action::Remove,
            Change::MapUid(map) => Action::MapUid(map),
        };
        match self.place(tag) {
            Ok(place) => match self.actions.get_mut(place) {
                Some((_, known)) if !matches!(known, Action::Enter(_)) => *known = action,
                _ => return None,
            },
            Err(place) => self.actions.insert(place, (tag, action)),
        }
        Some(())
    }

    /// The action for a tag, and its place in the order.
    pub(super) fn find(&self, tag: Tag) -> Option<(usize, &Action)> {
        let place = self.place(tag).ok()?;
        self.actions.get(place).map(|(_, action)| (place, action))
    }

    /// The action at a place in the order.
    pub(super) fn at(&self, place: usize) -> Option<&(Tag, Action)> {
        self.actions.get(place)
    }

    /// Whether anything of a group is changed, so that its length (gggg,0000) would be wrong.
    pub(super) fn touches(&self, group: u16) -> bool {
        let place = self.actions.partition_point(|(tag, _)| tag.group() < group);
        self.at(place).is_some_and(|(tag, _)| tag.group() == group)
    }
}

impl Items {
    /// The changes to an item.
    pub(super) fn node(&self, number: u32) -> Option<&Arc<Node>> {
        match self {
            Self::Every(node) => Some(node),
            Self::Some(nodes) => {
                let place = nodes.binary_search_by_key(&number, |(number, _)| *number);
                nodes.get(place.ok()?).map(|(_, node)| node)
            }
        }
    }

    fn node_mut(&mut self, item: Option<u32>) -> Option<&mut Node> {
        match (self, item) {
            (Self::Every(node), None) => Some(Arc::make_mut(node)),
            (Self::Some(nodes), Some(number)) => {
                let place = match nodes.binary_search_by_key(&number, |(number, _)| *number) {
                    Ok(place) => place,
                    Err(place) => {
                        nodes.insert(place, (number, Arc::default()));
                        place
                    }
                };
                nodes.get_mut(place).map(|(_, node)| Arc::make_mut(node))
            }
            _ => None,
        }
    }
}

impl NewElement {
    fn as_text(&self) -> Option<&str> {
        match &self.value {
            NewValue::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Goes down the sequences of a path, adding what is missing; `None` on a conflict.
fn descend<'a>(mut node: &'a mut Node, way: &[Step]) -> Option<&'a mut Node> {
    for step in way {
        let place = match node.place(step.tag) {
            Ok(place) => place,
            Err(place) => {
                let items = match step.item {
                    None => Items::Every(Arc::default()),
                    Some(_) => Items::Some(Vec::new()),
                };
                node.actions.insert(place, (step.tag, Action::Enter(items)));
                place
            }
        };
        let Some((_, Action::Enter(items))) = node.actions.get_mut(place) else {
            return None;
        };
        node = items.node_mut(step.item)?;
    }
    Some(node)
}

/// Why an element is never rewritten.
fn reason_against(tag: Tag) -> Option<&'static str> {
    match tag.group() {
        0x0000..=0x0003 => Some("groups 0000 to 0003 are not part of a data set that is sent"),
        PIXEL_GROUP => Some("pixel data passes through untouched"),
        0xFFFE..=0xFFFF => Some("it is no data element"),
        _ if tag.element() == 0 => Some("group lengths are retired (PS3.5 section 7.2)"),
        _ => None,
    }
}

/// Why the identity of the object cannot become this.
fn reason_against_identity(tag: Tag, change: &Change) -> Option<&'static str> {
    match (tag, change) {
        (SOP_CLASS_UID | SOP_INSTANCE_UID, Change::Remove) => {
            Some("an instance cannot be sent without it")
        }
        (SOP_CLASS_UID, Change::MapUid(_)) => Some("a SOP class has no other UID"),
        (SOP_CLASS_UID | SOP_INSTANCE_UID, Change::Set(_, NewValue::Text(text)))
            if uid::is_plausible(text) =>
        {
            None
        }
        (SOP_CLASS_UID | SOP_INSTANCE_UID, Change::Set(..)) => Some("the new value is no UID"),
        _ => None,
    }
}
