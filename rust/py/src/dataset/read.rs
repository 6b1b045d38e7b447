//! Reading files and encoded data sets.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use dicomwire_dataset::Error;
use dicomwire_dataset::file::{LoadOptions, Loaded, ReadAt};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax;
use dicomwire_dataset::tag::Tag;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::dataset::elements::Elements;
use crate::errors;

/// Values from this length on are read straight into the memory Python keeps them in.
const LARGE: u64 = 32 * 1024;

/// What a file is read from.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

/// A file read at offsets.
struct OpenFile {
    file: File,
    size: u64,
}

impl ReadAt for OpenFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset);
    }

    fn size(&self) -> u64 {
        self.size
    }
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
    let (loaded, source): (Result<Loaded, Error>, Box<dyn ReadAt>) = match source {
        Source::Bytes(bytes) => {
            let bytes: &[u8] = &bytes;
            options.large = u64::MAX;
            (
                py.detach(|| dicomwire_dataset::file::load(&bytes, &options)),
                Box::new(Vec::new()),
            )
        }
        Source::Path(path) => {
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            modified = metadata
                .modified()
                .ok()
                .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
                .map(|time| time.as_secs_f64());
            let file = OpenFile {
                size: metadata.len(),
                file,
            };
            options.large = defer.map_or(LARGE, |defer| defer.min(LARGE));
            let loaded = py.detach(|| dicomwire_dataset::file::load(&file, &options));
            (loaded, Box::new(file))
        }
    };
    let loaded = loaded.map_err(|error| errors::dataset(py, &error))?;
    let large = read_large(py, &*source, &loaded.data_set, defer)?;
    let part = |index: Index, large| Elements::new(py, Arc::new(index), large, None);
    let command_set = loaded.command_set;
    Ok((
        loaded.preamble.map(|bytes| PyBytes::new(py, &bytes)),
        part(loaded.file_meta, Vec::new())?,
        if command_set.entries().is_empty() {
            None
        } else {
            Some(part(command_set, Vec::new())?)
        },
        part(loaded.data_set, large)?,
        modified,
        loaded.problems.iter().map(ToString::to_string).collect(),
    ))
}

/// Reads the large values, all but those to be deferred.
fn read_large(
    py: Python<'_>,
    source: &dyn ReadAt,
    index: &Index,
    defer: Option<u64>,
) -> PyResult<Vec<(usize, Py<PyBytes>)>> {
    let mut large = Vec::new();
    for (position, entry) in index.entries().iter().enumerate() {
        let Some(range) = &entry.elsewhere else {
            continue;
        };
        let length = range.end.saturating_sub(range.start);
        if defer.is_some_and(|defer| length > defer) {
            continue;
        }
        let mut filled = 0_usize;
        let bytes = PyBytes::new_with(py, usize::try_from(length)?, |buffer| {
            while filled < buffer.len() {
                let offset = range.start + filled as u64;
                match source.read_at(&mut buffer[filled..], offset) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(())
        })?;
        if (filled as u64) < length {
            let error = Error::Truncated {
                path: index.path(entry),
                offset: range.start,
                expected: length,
                available: filled as u64,
            };
            return Err(errors::dataset(py, &error));
        }
        large.push((position, bytes.unbind()));
    }
    Ok(large)
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
    Elements::new(py, Arc::new(index), Vec::new(), None).map(Some)
}
