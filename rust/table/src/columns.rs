//! Columns built value by value: from the head of a file, or from whatever else holds elements.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    StringBuilder,
};
use dicomwire_dataset::file::elements::Element;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::value::Value;
use dicomwire_dataset::{Error, Vr};

use crate::json;
use crate::numbers::{Days, Item, each_item};
use crate::schema::{Column, Kind};
pub use crate::texts::TextDecoder;
use crate::texts::{append_text, append_texts};

/// A value on its way into a column.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The value.
    pub value: Value<'a>,
    /// The same as text, if it is known to be ASCII without escape characters.
    pub ascii: Option<&'a str>,
    /// The value of Specific Character Set (0008,0005) in force.
    pub character_set: &'a [u8],
    /// Of a sequence: the whole element, header and delimiter included.
    pub encoded: &'a [u8],
    /// How `encoded` is to be read.
    pub encoding: Encoding,
}

impl<'a> Cell<'a> {
    /// A value from a data set in memory.
    #[must_use]
    pub fn of_index(index: &'a Index, entry: &'a Entry, character_set: &'a [u8]) -> Self {
        Self {
            value: index.value(entry),
            ascii: None,
            character_set,
            encoded: &[],
            encoding: index.encoding(),
        }
    }
}

impl<'a> From<&Element<'a>> for Cell<'a> {
    fn from(element: &Element<'a>) -> Self {
        Self {
            value: element.value,
            ascii: None,
            character_set: element.character_set,
            encoded: match element.content {
                Content::Sequence | Content::UnknownSequence => element.encoded,
                Content::Value | Content::Fragments => &[],
            },
            encoding: element.encoding,
        }
    }
}

/// Why a cell is null, or lacks something of what the file says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Text that is not of the column's type.
    #[error("{text:?} is not {expected}")]
    Text {
        /// The text, or the beginning of it.
        text: String,
        /// What the column holds.
        expected: &'static str,
    },
    /// A VR that holds no such values.
    #[error("VR {vr} of {length} bytes is not {expected}")]
    Vr {
        /// The VR.
        vr: Vr,
        /// The length of the value.
        length: usize,
        /// What the column holds.
        expected: &'static str,
    },
    /// Several values where the dictionary has one.
    #[error("{count} values, where the dictionary has one")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A value longer than what is read, or in fragments.
    #[error("{length} bytes are more than is read for a table")]
    TooLong {
        /// The length.
        length: u64,
    },
    /// More items of a sequence than there is room for.
    #[error("has more items than a table holds")]
    TooManyItems,
    /// Bytes that are no text in the character set; the cell shows the rest.
    #[error("not all of it is text in its character set")]
    Replaced,
    /// A character set that does not exist; the cell shows the text in the default one.
    #[error("the character set {name:?} is unknown")]
    UnknownCharacterSet {
        /// The term of Specific Character Set (0008,0005).
        name: String,
    },
    /// What the data set codec says.
    #[error(transparent)]
    Codec(#[from] Error),
}

/// Builds one column.
#[derive(Debug)]
pub struct ColumnBuilder {
    values: Values,
    /// Whether this row has its cell.
    is_filled: bool,
}

#[derive(Debug)]
enum Values {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Date(Date32Builder),
    Bytes(BinaryBuilder),
    Sequence(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Integers(ListBuilder<Int64Builder>),
    Floats(ListBuilder<Float64Builder>),
    Dates(ListBuilder<Date32Builder>),
}

/// Does the same with whichever builder there is.
macro_rules! each_builder {
    ($values:expr, $builder:ident => $do:expr) => {
        match $values {
            Values::Text($builder) | Values::Sequence($builder) => $do,
            Values::Integer($builder) => $do,
            Values::Float($builder) => $do,
            Values::Date($builder) => $do,
            Values::Bytes($builder) => $do,
            Values::Texts($builder) => $do,
            Values::Integers($builder) => $do,
            Values::Floats($builder) => $do,
            Values::Dates($builder) => $do,
        }
    };
}

impl ColumnBuilder {
    /// Makes an empty column.
    #[must_use]
    pub fn new(column: &Column) -> Self {
        let values = match (column.kind, column.is_list) {
            (Kind::Text, false) => Values::Text(StringBuilder::new()),
            (Kind::Integer, false) => Values::Integer(Int64Builder::new()),
            (Kind::Float, false) => Values::Float(Float64Builder::new()),
            (Kind::Date, false) => Values::Date(Date32Builder::new()),
            (Kind::Text, true) => Values::Texts(ListBuilder::new(StringBuilder::new())),
            (Kind::Integer, true) => Values::Integers(ListBuilder::new(Int64Builder::new())),
            (Kind::Float, true) => Values::Floats(ListBuilder::new(Float64Builder::new())),
            (Kind::Date, true) => Values::Dates(ListBuilder::new(Date32Builder::new())),
            (Kind::Bytes, _) => Values::Bytes(BinaryBuilder::new()),
            (Kind::Sequence, _) => Values::Sequence(StringBuilder::new()),
        };
        Self {
            values,
            is_filled: false,
        }
    }

    /// Adds a cell. A row has one: when an element comes twice, the first one counts.
    ///
    /// # Errors
    /// [`Unreadable`], with a null in place of what could not be read.
    pub fn append(&mut self, cell: &Cell<'_>, decoder: &mut TextDecoder) -> Result<(), Unreadable> {
        if self.is_filled {
            return Ok(());
        }
        self.is_filled = true;
        let value = &cell.value;
        if value.as_bytes().is_empty() && !matches!(self.values, Values::Sequence(_)) {
            self.append_null();
            return Ok(());
        }
        match &mut self.values {
            Values::Text(builder) => append_text(builder, cell, decoder),
            Values::Texts(builder) => append_texts(builder, cell, decoder),
            Values::Integer(builder) => append_one(value, |item| builder.append_option(item)),
            Values::Float(builder) => append_one(value, |item| builder.append_option(item)),
            Values::Date(builder) => append_one(value, |item: Option<Days>| {
                builder.append_option(item.map(|days| days.0));
            }),
            Values::Integers(builder) => {
                let done = append_all(value, |item| builder.values().append_option(item));
                end_list(builder, done)
            }
            Values::Floats(builder) => {
                let done = append_all(value, |item| builder.values().append_option(item));
                end_list(builder, done)
            }
            Values::Dates(builder) => {
                let done = append_all(value, |item: Option<Days>| {
                    builder.values().append_option(item.map(|days| days.0));
                });
                end_list(builder, done)
            }
            Values::Bytes(builder) => {
                builder.append_value(value.as_bytes());
                Ok(())
            }
            Values::Sequence(builder) => append_sequence(builder, cell, decoder),
        }
    }

    /// Ends a row: a cell that was not filled is null.
    pub fn end_row(&mut self) {
        if !self.is_filled {
            self.append_null();
        }
        self.is_filled = false;
    }

    /// Takes the column; what is appended next begins a new one, for which there is room at once if
    /// it is about as large.
    #[must_use]
    pub fn finish(&mut self) -> ArrayRef {
        self.is_filled = false;
        match &mut self.values {
            Values::Text(builder) => {
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let column = builder.finish();
                *builder = StringBuilder::with_capacity(rows + rows / 16, bytes + bytes / 16);
                Arc::new(column)
            }
            values => each_builder!(values, builder => Arc::new(builder.finish())),
        }
    }

    fn append_null(&mut self) {
        each_builder!(&mut self.values, builder => builder.append_null());
    }
}

fn append_sequence(
    builder: &mut StringBuilder,
    cell: &Cell<'_>,
    decoder: &mut TextDecoder,
) -> Result<(), Unreadable> {
    if cell.encoded.is_empty() {
        builder.append_null();
        let value = &cell.value;
        return Err(Unreadable::Vr {
            vr: value.vr(),
            length: value.as_bytes().len(),
            expected: "a sequence",
        });
    }
    match json::sequence(cell, decoder) {
        Ok((text, flaw)) => {
            builder.append_value(text);
            flaw.map_or(Ok(()), Err)
        }
        Err(error) => {
            builder.append_null();
            Err(error.into())
        }
    }
}

/// Appends the only value there is.
fn append_one<T: Item>(
    value: &Value<'_>,
    append: impl FnOnce(Option<T>),
) -> Result<(), Unreadable> {
    let mut found = None;
    let mut count = 0;
    let all = append_all(value, |item| {
        count += 1;
        found = item;
    });
    let done = if count > 1 {
        Err(Unreadable::TooMany { count })
    } else {
        all
    };
    append(if done.is_ok() { found } else { None });
    done
}

/// Appends every value, null for those that cannot be read.
fn append_all<T: Item>(
    value: &Value<'_>,
    mut append: impl FnMut(Option<T>),
) -> Result<(), Unreadable> {
    let mut done = Ok(());
    let is_read = each_item::<T>(value, |item| match item {
        Ok(item) => append(item),
        Err(text) => {
            append(None);
            if done.is_ok() {
                done = Err(Unreadable::Text {
                    text: String::from_utf8_lossy(text).chars().take(64).collect(),
                    expected: T::EXPECTED,
                });
            }
        }
    })?;
    if is_read {
        return done;
    }
    Err(Unreadable::Vr {
        vr: value.vr(),
        length: value.as_bytes().len(),
        expected: T::EXPECTED,
    })
}

/// Closes a list; one of a value that has none of the column's type is null.
fn end_list<B: ArrayBuilder>(
    builder: &mut ListBuilder<B>,
    done: Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let is_list = matches!(done, Ok(()) | Err(Unreadable::Text { .. }));
    builder.append(is_list);
    done
}
