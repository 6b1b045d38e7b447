//! Reading files and encoded data sets.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use dicomwire_dataset::file::LoadOptions;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax;
use dicomwire_dataset::tag::Tag;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::dataset::elements::Elements;
use crate::dataset::large::{LargeValues, OpenFile};
use crate::errors;

/// Values from this length on are read straight into the memory Python keeps them in.
const LARGE: u64 = 32 * 1024;

/// What a file is read from.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

/// What `load` returns: preamble, group 2, command set, data set, seconds since the epoch when the
/// file was changed, and what is wrong with it.
type LoadedFile<'py> = (
    Option<Bound<'py, PyBytes>>,
    Elements,
    Option<Elements>,
    Elements,
    Option<f64>,
    Vec<String>,
);

/// Reads a file's elements, from a path or from bytes.
#[pyfunction]
#[pyo3(signature = (source, *, stop_before_pixels, tags, defer, strict))]
pub(crate) fn load<'py>(
    py: Python<'py>,
    source: Source,
    stop_before_pixels: bool,
    tags: Option<Vec<u32>>,
    defer: Option<u64>,
    strict: bool,
) -> PyResult<LoadedFile<'py>> {
    let tags: Option<Vec<Tag>> = tags.map(|tags| tags.into_iter().map(Tag).collect());
    let mut options = LoadOptions::default();
    options.stop_before_pixels = stop_before_pixels;
    options.tags = tags.as_deref();
    options.strict = strict;
    let mut modified = None;
    let (loaded, file) = match source {
        Source::Bytes(bytes) => {
            let bytes: &[u8] = &bytes;
            let loaded = py.detach(|| dicomwire_dataset::file::load(&bytes, &options));
            (loaded, None)
        }
        Source::Path(path) => {
            let file = OpenFile::open(py, &path)?;
            modified = file.modified_seconds();
            options.large = LARGE;
            let loaded = py.detach(|| dicomwire_dataset::file::load(&file, &options));
            (loaded, Some(file))
        }
    };
    let loaded = loaded.map_err(|error| errors::dataset(py, &error))?;
    let large = match file {
        Some(file) => LargeValues::of_file(py, &loaded.data_set, file, defer)?,
        None => LargeValues::none(),
    };
    let part = |index: Index, large| Elements::new(py, Arc::new(index), large, None);
    let command_set = loaded.command_set;
    Ok((
        loaded.preamble.map(|bytes| PyBytes::new(py, &bytes)),
        part(loaded.file_meta, LargeValues::none())?,
        if command_set.entries().is_empty() {
            None
        } else {
            Some(part(command_set, LargeValues::none())?)
        },
        part(loaded.data_set, large)?,
        modified,
        loaded.problems.iter().map(ToString::to_string).collect(),
    ))
}

/// Indexes an encoded data set.
#[pyfunction]
#[pyo3(signature = (data, transfer_syntax_uid, *, max_depth))]
pub(crate) fn decode(
    py: Python<'_>,
    data: PyBackedBytes,
    transfer_syntax_uid: &str,
    max_depth: u16,
) -> PyResult<Option<Elements>> {
    let Some(syntax) = syntax::lookup(transfer_syntax_uid) else {
        return Ok(None);
    };
    let mut limits = Limits::default();
    limits.max_depth = max_depth;
    let bytes = Bytes::from_owner(data);
    let index = py
        .detach(|| Index::parse(bytes, syntax, &limits))
        .map_err(|error| errors::dataset(py, &error))?;
    Elements::new(py, Arc::new(index), LargeValues::none(), None).map(Some)
}
