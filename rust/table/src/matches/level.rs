//! The columns of a data set, or of the items of a sequence, filled element by element.

use std::cmp::Ordering;

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::in_place::{Element, Elements};
use dicomwire_dataset::{Error, Tag, Vr};

use crate::columns::{Cell, ColumnBuilder, TextDecoder, Unreadable};
use crate::matches::items::ItemsBuilder;
use crate::matches::keys::{Key, Keys};
use crate::matches::report::{Place, Report};

/// What an empty cell of a column takes at most.
const BYTES_PER_CELL: u64 = 8;

/// What all levels of a row share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) decoder: TextDecoder,
    pub(super) report: Report,
    /// The longest value that is read.
    pub(super) max_value_length: u64,
    /// A bound on the bytes of the rows, and the most there may be.
    pub(super) bytes: u64,
    pub(super) max_bytes: u64,
}

impl Shared {
    /// Makes room for a row or item of this many columns, if there may be one more.
    pub(super) fn take(&mut self, columns: usize) -> bool {
        self.bytes += BYTES_PER_CELL * (columns as u64 + 1);
        self.bytes <= self.max_bytes
    }
}

/// The columns of one level.
#[derive(Debug)]
pub(super) struct Level {
    slots: Vec<Slot>,
}

/// A column and what it is filled from.
#[derive(Debug)]
struct Slot {
    tag: Tag,
    vr: Vr,
    builder: Builder,
    name: String,
}

#[derive(Debug)]
enum Builder {
    Values(ColumnBuilder),
    Items(Box<ItemsBuilder>),
}

impl Level {
    pub(super) fn new(keys: &Keys) -> Self {
        let slots = keys.0.iter().map(Slot::new);
        Self {
            slots: slots.collect(),
        }
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.slots.len()
    }

    /// Adds a row of the elements of a data set or item; what is not among them is null.
    pub(super) fn append(
        &mut self,
        elements: &mut Elements<'_>,
        place: Option<&Place<'_>>,
        shared: &mut Shared,
    ) {
        let mut next = 0;
        loop {
            match elements.next_element() {
                Ok(Some(element)) => {
                    if let Some(slot) = self.slot_of(element.tag(), &mut next) {
                        slot.append(&element, elements, place, shared);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    shared.report.undecodable(place, error);
                    break;
                }
            }
        }
        self.end_row();
    }

    /// Adds a row of nulls.
    pub(super) fn end_row(&mut self) {
        for slot in &mut self.slots {
            match &mut slot.builder {
                Builder::Values(values) => values.end_row(),
                Builder::Items(items) => items.end_row(),
            }
        }
    }

    /// Takes the columns.
    ///
    /// # Errors
    /// None that data could cause.
    pub(super) fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let arrays = self.slots.iter_mut().map(|slot| match &mut slot.builder {
            Builder::Values(values) => Ok(values.finish()),
            Builder::Items(items) => items.finish(),
        });
        arrays.collect()
    }

    /// Finds the column of a tag. Elements come in the order of their tags, as the columns are
    /// (PS3.5 §7.1), so it is soon after the one found last, where `next` is. Those of a peer that
    /// keeps another order are searched for.
    #[inline]
    fn slot_of(&mut self, tag: Tag, next: &mut usize) -> Option<&mut Slot> {
        let is_back = |slot: &Slot| slot.tag >= tag;
        if next
            .checked_sub(1)
            .and_then(|last| self.slots.get(last))
            .is_some_and(is_back)
        {
            *next = self.slots.partition_point(|slot| slot.tag < tag);
        }
        while let Some(slot) = self.slots.get(*next) {
            match slot.tag.cmp(&tag) {
                Ordering::Less => *next += 1,
                Ordering::Equal => {
                    *next += 1;
                    return self.slots.get_mut(*next - 1);
                }
                Ordering::Greater => break,
            }
        }
        None
    }
}

impl Slot {
    fn new(key: &Key) -> Self {
        Self {
            tag: key.tag,
            vr: key.vr,
            name: key.column.name.clone(),
            builder: match &key.items {
                Some(keys) => Builder::Items(Box::new(ItemsBuilder::new(keys))),
                None => Builder::Values(ColumnBuilder::new(&key.column)),
            },
        }
    }

    fn append<'a>(
        &mut self,
        element: &Element<'a>,
        elements: &mut Elements<'a>,
        place: Option<&Place<'_>>,
        shared: &mut Shared,
    ) {
        let vr = elements.readable_vr(element, self.vr);
        let done = match &mut self.builder {
            Builder::Values(values) => append_values(values, element, elements, vr, shared),
            Builder::Items(items) => {
                items.append(element, elements, vr, (place, &self.name), shared)
            }
        };
        match done {
            Ok(()) => {}
            Err(Unreadable::Codec(error)) if is_damage(&error) => {
                shared.report.undecodable(place, error);
            }
            Err(error) => shared.report.unreadable(place, &self.name, &error),
        }
    }
}

fn append_values<'a>(
    values: &mut ColumnBuilder,
    element: &Element<'a>,
    elements: &mut Elements<'a>,
    vr: Vr,
    shared: &mut Shared,
) -> Result<(), Unreadable> {
    let length = element.bytes.len() as u64;
    let content = element.content(vr);
    if content == Content::Fragments || length > shared.max_value_length {
        return Err(Unreadable::TooLong { length });
    }
    let ascii = elements.ascii(element);
    let cell = Cell {
        value: element.value(vr),
        ascii,
        character_set: match ascii {
            Some(_) => &[],
            None => elements.character_set(),
        },
        encoded: match content {
            Content::Sequence | Content::UnknownSequence => elements.encoded(element),
            Content::Value | Content::Fragments => &[],
        },
        encoding: element.encoding,
    };
    values.append(&cell, &mut shared.decoder)
}

/// Whether the bytes themselves are damaged, and not only a value is no number.
const fn is_damage(error: &Error) -> bool {
    !matches!(error, Error::InvalidValue { .. })
}
