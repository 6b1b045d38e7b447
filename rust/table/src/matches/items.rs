//! Sequences as lists of structs.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};
use arrow_schema::{ArrowError, DataType, Field, Fields};
use dicomwire_dataset::Vr;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::in_place::{Element, Elements};

use crate::columns::Unreadable;
use crate::matches::keys::Keys;
use crate::matches::level::{Level, Shared};
use crate::matches::report::Place;

/// Builds the column of a sequence.
#[derive(Debug)]
pub(super) struct ItemsBuilder {
    fields: Fields,
    level: Level,
    /// The items of all rows.
    items: usize,
    offsets: OffsetBufferBuilder<i32>,
    nulls: NullBufferBuilder,
    /// Whether this row has its cell.
    is_filled: bool,
}

impl ItemsBuilder {
    pub(super) fn new(keys: &Keys) -> Self {
        Self {
            fields: keys.fields(),
            level: Level::new(keys),
            items: 0,
            offsets: OffsetBufferBuilder::new(0),
            nulls: NullBufferBuilder::new(0),
            is_filled: false,
        }
    }

    /// Adds the items of a sequence.
    ///
    /// # Errors
    /// [`Unreadable`], with a null, or with the items before the damage.
    pub(super) fn append<'a>(
        &mut self,
        element: &Element<'a>,
        elements: &mut Elements<'a>,
        vr: Vr,
        (around, sequence): (Option<&Place<'_>>, &str),
        shared: &mut Shared,
    ) -> Result<(), Unreadable> {
        if self.is_filled {
            return Ok(());
        }
        let content = element.content(vr);
        if !matches!(content, Content::Sequence | Content::UnknownSequence) {
            let length = element.bytes.len();
            let expected = "a sequence";
            return Err(Unreadable::Vr {
                vr,
                length,
                expected,
            });
        }
        let mut items = elements.items(element, vr)?;
        let before = self.items;
        let done = loop {
            let mut inside = match items.next_item() {
                Ok(Some(inside)) => inside,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            if !shared.take(self.level.width()) {
                break Err(Unreadable::TooManyItems);
            }
            let item = self.items - before;
            let place = Place {
                around,
                sequence,
                item,
            };
            self.level.append(&mut inside, Some(&place), shared);
            self.items += 1;
        };
        self.offsets.push_length(self.items - before);
        self.nulls.append_non_null();
        self.is_filled = true;
        done
    }

    /// Ends a row: a cell that was not filled is null.
    pub(super) fn end_row(&mut self) {
        if !self.is_filled {
            self.offsets.push_length(0);
            self.nulls.append_null();
        }
        self.is_filled = false;
    }

    /// Takes the column; what is appended next begins a new one.
    ///
    /// # Errors
    /// None that data could cause.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let columns = self.level.finish()?;
        let items = StructArray::try_new_with_length(
            self.fields.clone(),
            columns,
            None,
            std::mem::take(&mut self.items),
        )?;
        self.is_filled = false;
        let item = Field::new_list_field(DataType::Struct(self.fields.clone()), true);
        let offsets = std::mem::replace(&mut self.offsets, OffsetBufferBuilder::new(0));
        let list = ListArray::try_new(
            Arc::new(item),
            offsets.finish(),
            Arc::new(items),
            self.nulls.finish(),
        )?;
        Ok(Arc::new(list))
    }
}
