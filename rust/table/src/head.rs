//! Rows filled from the heads of files.

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};
use dicomwire_dataset::file::ReadAt;
use dicomwire_dataset::file::elements::{Element, ElementReader, Selection, Visitor};
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::{Limits, Tag};

use crate::columns::{Cell, ColumnBuilder, TextDecoder, Unreadable};
use crate::schema::{self, Column};
use crate::source::{Source, plain};

/// How far a deflated data set is inflated at most.
const MAX_INFLATED: u64 = 64 << 20;

/// What a table of files shows.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Arc<[Column]>,
    schema: SchemaRef,
    selection: Arc<Selection>,
    max_value_length: u64,
}

impl Table {
    /// Makes a table of these columns. Values longer than `max_value_length` bytes are not read.
    #[must_use]
    pub fn new(columns: Vec<Column>, max_value_length: u64) -> Self {
        let paths: Vec<TagPath> = columns.iter().map(|column| column.path.clone()).collect();
        Self {
            schema: schema::of_files(&columns),
            selection: Arc::new(Selection::new(&paths)),
            columns: columns.into(),
            max_value_length,
        }
    }

    /// The columns, without `path` and `error`.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The schema of all columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Fills rows, one file after the other.
#[derive(Debug)]
pub struct Rows {
    table: Table,
    reader: ElementReader,
    paths: StringBuilder,
    cells: Cells,
    errors: StringBuilder,
    /// A bound on the bytes of text and binary values in the rows.
    bytes: u64,
}

/// The builders of the columns, and what is wrong with the present row.
#[derive(Debug)]
struct Cells {
    columns: Arc<[Column]>,
    builders: Vec<ColumnBuilder>,
    decoder: TextDecoder,
    error: String,
    bytes: u64,
}

impl Rows {
    /// Makes a table without rows.
    #[must_use]
    pub fn new(table: &Table) -> Self {
        let mut limits = Limits::default();
        limits.max_element_length = table.max_value_length;
        limits.max_inflated = MAX_INFLATED;
        Self {
            reader: ElementReader::new(limits),
            paths: StringBuilder::new(),
            cells: Cells {
                columns: Arc::clone(&table.columns),
                builders: table.columns.iter().map(ColumnBuilder::new).collect(),
                decoder: TextDecoder::default(),
                error: String::new(),
                bytes: 0,
            },
            errors: StringBuilder::new(),
            bytes: 0,
            table: table.clone(),
        }
    }

    /// Adds the row of a file.
    pub fn add_file(&mut self, path: &Path) {
        match Source::open(path) {
            Ok(source) => self.add(path, &source),
            Err(error) => self.add_failed(path, &format!("cannot be read: {}", plain(&error))),
        }
    }

    /// Adds a row for something that can be read like a file.
    pub fn add(&mut self, path: &Path, source: &dyn ReadAt) {
        let done = self
            .reader
            .read(source, &self.table.selection, &mut self.cells);
        if let Err(error) = done {
            self.cells.complain(None, error);
        }
        self.end_row(path);
    }

    /// Adds a row for what could not even be opened.
    pub fn add_failed(&mut self, path: &Path, error: &str) {
        self.cells.complain(None, error);
        self.end_row(path);
    }

    /// How many bytes the values of the rows have, about.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the rows.
    ///
    /// # Errors
    /// None that data could cause: the columns are as long as each other and of the schema's types.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.bytes = 0;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.cells.builders.len() + 2);
        arrays.push(Arc::new(self.paths.finish()));
        arrays.extend(self.cells.builders.iter_mut().map(ColumnBuilder::finish));
        arrays.push(Arc::new(self.errors.finish()));
        RecordBatch::try_new(self.table.schema(), arrays)
    }

    fn end_row(&mut self, path: &Path) {
        // Arrow's text is UTF-8; what of a path is not can only be shown.
        let path = path.to_string_lossy();
        let cells = &mut self.cells;
        for builder in &mut cells.builders {
            builder.end_row();
        }
        self.bytes += cells.bytes + (path.len() + cells.error.len()) as u64;
        cells.bytes = 0;
        self.paths.append_value(path);
        if cells.error.is_empty() {
            self.errors.append_null();
        } else {
            self.errors.append_value(&cells.error);
            cells.error.clear();
        }
    }
}

impl Cells {
    fn complain(&mut self, column: Option<usize>, error: impl Display) {
        if !self.error.is_empty() {
            self.error.push_str("; ");
        }
        if let Some(column) = column.and_then(|number| self.columns.get(number)) {
            let _ = write!(self.error, "{}: ", column.name);
        }
        let _ = write!(self.error, "{error}");
    }
}

impl Visitor for Cells {
    fn element(&mut self, number: usize, element: &Element<'_>) {
        let Some(builder) = self.builders.get_mut(number) else {
            return;
        };
        self.bytes += element.value.as_bytes().len() as u64;
        if let Err(error) = builder.append(&Cell::from(element), &mut self.decoder) {
            self.complain(Some(number), error);
        }
    }

    fn unread(&mut self, number: usize, _tag: Tag, length: u64) {
        self.complain(Some(number), Unreadable::TooLong { length });
    }
}
