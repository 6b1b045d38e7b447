//! The keys of a query, and which column each becomes.

use std::collections::BTreeMap;

use arrow_schema::{DataType, Field, Fields};
use dicomwire_dataset::header::Content;
use dicomwire_dataset::in_place::dictionary_vr;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::{Error, Tag, Vr};

use crate::schema::{Column, Kind};

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// The keys of a query or of an item in it, each tag once, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys(pub(super) Vec<Key>);

/// A key and its column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) tag: Tag,
    /// How to read an answer whose header has no VR.
    pub(super) vr: Vr,
    pub(super) column: Column,
    /// The keys of the sequence's item. Then the column is a list of structs.
    pub(super) items: Option<Keys>,
}

/// A key whose items may not all have been seen.
struct Draft {
    vr: Vr,
    is_sequence: bool,
    items: BTreeMap<Tag, Self>,
}

impl Keys {
    /// The keys of a query's identifier.
    ///
    /// # Errors
    /// What is wrong with an item of it.
    pub(super) fn of_query(identifier: &Index) -> Result<Self, Error> {
        let mut drafts = BTreeMap::new();
        collect(&mut drafts, identifier)?;
        Ok(Self::of_drafts(drafts))
    }

    fn of_drafts(drafts: BTreeMap<Tag, Draft>) -> Self {
        let keys = drafts.into_iter().map(|(tag, draft)| {
            let mut column = Column::new(TagPath::element(tag));
            if draft.is_sequence {
                column.kind = Kind::Sequence;
                column.is_list = false;
            }
            Key {
                tag,
                vr: draft.vr,
                column,
                items: (!draft.items.is_empty()).then(|| Self::of_drafts(draft.items)),
            }
        });
        Self(keys.collect())
    }

    /// The columns' fields.
    pub(super) fn fields(&self) -> Fields {
        self.0.iter().map(Key::field).collect()
    }
}

impl Key {
    fn field(&self) -> Field {
        let data_type = match &self.items {
            Some(keys) => DataType::new_list(DataType::Struct(keys.fields()), true),
            None => self.column.data_type(),
        };
        Field::new(&self.column.name, data_type, true)
    }
}

/// Adds the keys of a data set. Of several items each may have keys of its own.
fn collect(drafts: &mut BTreeMap<Tag, Draft>, index: &Index) -> Result<(), Error> {
    for entry in index.entries() {
        if entry.tag == SPECIFIC_CHARACTER_SET || entry.tag.element() == 0 {
            continue;
        }
        let vr = vr_of(index, entry);
        let has_items = matches!(entry.content, Content::Sequence | Content::UnknownSequence);
        let draft = drafts.entry(entry.tag).or_insert_with(|| Draft {
            vr,
            is_sequence: vr == Vr::SQ,
            items: BTreeMap::new(),
        });
        if has_items {
            draft.is_sequence = true;
            for item in index.items(entry)? {
                collect(&mut draft.items, &item)?;
            }
        }
    }
    Ok(())
}

/// What the dictionary says; of what is not in it, the query may know more.
fn vr_of(index: &Index, entry: &Entry) -> Vr {
    match dictionary_vr(entry.tag) {
        Vr::UN => index.readable_vr(entry),
        vr => vr,
    }
}
