//! Large values of a file, read when the first element of the data set is looked at.
//!
//! Until then the file stays open, so that it may be renamed or removed; when it was written to,
//! that is an error and not another value. Only so many files are kept open: of the others the
//! values are read at once.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use dicomwire_dataset::Error;
use dicomwire_dataset::file::ReadAt;
use dicomwire_dataset::index::Index;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors;

/// How many files may be open for values not read yet: a small part of the 1024 that systems
/// usually allow a process.
const MAX_OPEN: usize = 128;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A file read at offsets.
pub(crate) struct OpenFile {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

impl OpenFile {
    pub(crate) fn open(py: Python<'_>, path: &Path) -> PyResult<Self> {
        // Other threads go on meanwhile: one of them may be at the other end of a FIFO.
        let open = || {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            // They have no size and cannot be read at offsets, which would look like an empty file.
            if !metadata.is_file() && !metadata.is_dir() {
                let text = "a pipe or device must be opened and given as a file object";
                return Err(io::Error::new(io::ErrorKind::Unsupported, text));
            }
            Ok((file, metadata))
        };
        let (file, metadata) = py.detach(open).map_err(|error| named(path, &error))?;
        Ok(Self {
            file,
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// When it was written to last, in seconds since 1970.
    pub(crate) fn modified_seconds(&self) -> Option<f64> {
        let since = self.modified?.duration_since(UNIX_EPOCH).ok()?;
        Some(since.as_secs_f64())
    }

    fn is_as_it_was(&self, now: &Metadata) -> bool {
        now.len() == self.size && now.modified().ok() == self.modified
    }
}

/// The error with its number and the path in it, as Python's `open` has it.
fn named(path: &Path, error: &io::Error) -> PyErr {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default();
    match error.raw_os_error() {
        Some(number) => {
            PyOSError::new_err((number, reason.to_owned(), path.as_os_str().to_owned()))
        }
        None => io::Error::new(error.kind(), format!("{reason}: {}", path.display())).into(),
    }
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

/// One of the files that may be open.
struct Waiting(OpenFile);

impl Waiting {
    /// Gives the file back when there are too many already.
    fn new(file: OpenFile) -> Result<Self, OpenFile> {
        if OPEN.fetch_add(1, Ordering::Relaxed) < MAX_OPEN {
            return Ok(Self(file));
        }
        OPEN.fetch_sub(1, Ordering::Relaxed);
        Err(file)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Values by the position of their entry, in ascending order.
type Values = Vec<(usize, Py<PyBytes>)>;

/// The large values of a data set.
pub(crate) struct LargeValues {
    waiting: Mutex<Option<Waiting>>,
    values: Mutex<Values>,
    /// Values longer than this stay in the file even then: pydicom fetches each by itself.
    defer: Option<u64>,
}

impl LargeValues {
    /// Of a data set that is in memory.
    pub(crate) const fn none() -> Self {
        Self {
            waiting: Mutex::new(None),
            values: Mutex::new(Vec::new()),
            defer: None,
        }
    }

    /// Of a file, kept open if there are any.
    pub(crate) fn of_file(
        py: Python<'_>,
        index: &Index,
        file: OpenFile,
        defer: Option<u64>,
    ) -> PyResult<Self> {
        let mut large = Self {
            defer,
            ..Self::none()
        };
        if index
            .entries()
            .iter()
            .all(|entry| entry.elsewhere.is_none())
        {
            return Ok(large);
        }
        match Waiting::new(file) {
            Ok(waiting) => large.waiting = Mutex::new(Some(waiting)),
            Err(file) => large.values = Mutex::new(read(py, &file, index, defer)?),
        }
        Ok(large)
    }

    /// Reads what has not been read yet, and closes the file.
    pub(crate) fn fetch(&self, py: Python<'_>, index: &Index) -> PyResult<()> {
        let mut place = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = place.take() else {
            return Ok(());
        };
        drop(place);
        match unchanged(py, &waiting.0, index, self.defer) {
            Ok(values) => {
                *self.values.lock().unwrap_or_else(PoisonError::into_inner) = values;
                Ok(())
            }
            Err(error) => {
                // The next look must fail too: without its values the data set would look as if
                // they had been left in the file on purpose.
                *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
                Err(error)
            }
        }
    }

    /// The value of the entry at a position, if it was read.
    pub(crate) fn get<'py>(&self, py: Python<'py>, position: usize) -> Option<Bound<'py, PyBytes>> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let at = values.binary_search_by_key(&position, |(found, _)| *found);
        let (_, bytes) = values.get(at.ok()?)?;
        Some(bytes.bind(py).clone())
    }
}

/// Reads the large values of a file that is as it was when it was indexed.
fn unchanged(
    py: Python<'_>,
    file: &OpenFile,
    index: &Index,
    defer: Option<u64>,
) -> PyResult<Values> {
    if !file.is_as_it_was(&file.file.metadata()?) {
        return Err(errors::changed_file(py));
    }
    read(py, file, index, defer)
}

/// Reads each large value into memory of its own.
fn read(py: Python<'_>, file: &OpenFile, index: &Index, defer: Option<u64>) -> PyResult<Values> {
    let mut values = Vec::new();
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
                match file.read_at(&mut buffer[filled..], range.start + filled as u64) {
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
        values.push((position, bytes.unbind()));
    }
    Ok(values)
}
