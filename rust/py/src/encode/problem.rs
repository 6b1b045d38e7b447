//! What can be wrong with an element that is to be written, and the exception it becomes.

use dicomwire_dataset::dict;
use dicomwire_dataset::error::Error;
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::tag::Tag;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Why an element cannot be written.
pub(crate) enum Problem {
    /// In words: what is wrong and what to do.
    Here(String),
    /// Raised by a Python object, or by pydicom.
    Raised(PyErr),
    /// Already an exception that names the element.
    Told(PyErr),
}

impl From<PyErr> for Problem {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Here(match error {
            Error::ValueTooLong { length, limit, .. } => format!(
                "{length} bytes are more than {limit}, the most its length field can say; make the value shorter"
            ),
            other => other.to_string(),
        })
    }
}

impl Problem {
    /// The exception to raise. What is no `Exception` (Ctrl-C) goes through as it is.
    pub(crate) fn into_error(self, py: Python<'_>, path: &TagPath) -> PyErr {
        match self {
            Self::Told(error) => error,
            Self::Raised(error) if !error.is_instance_of::<PyException>(py) => error,
            Self::Raised(error) => {
                let text = error.value(py).to_string();
                // pydicom prints the whole element, and the tag once more, into its messages.
                let line = text.lines().next().unwrap_or_default();
                let line = match line.split_once(" got exception: ") {
                    Some((_, rest)) if line.starts_with("With tag ") => rest,
                    _ => line,
                };
                let wrapped = encode_error(py, &about(path, &correctable(line)), Some(path));
                wrapped.set_cause(py, Some(error));
                wrapped
            }
            Self::Here(text) => encode_error(py, &about(path, &text), Some(path)),
        }
    }
}

fn correctable(line: &str) -> String {
    format!("{line}; correct the value or remove the element")
}

/// Puts the element before what is said of it: path and keyword.
fn about(path: &TagPath, text: &str) -> String {
    let tag = path.steps().last().map(|step| step.tag);
    match tag.and_then(dict::lookup).map(|entry| entry.keyword) {
        Some(keyword) if !keyword.is_empty() => format!("{path} {keyword}: {text}"),
        _ => format!("{path}: {text}"),
    }
}

/// An error of the codec that concerns no element.
pub(crate) fn data_set_error(py: Python<'_>, error: &Error) -> PyErr {
    encode_error(py, &error.to_string(), None)
}

/// An `EncodeError` about one top-level element.
pub(crate) fn element_error(py: Python<'_>, tag: Tag, text: &str) -> PyErr {
    let path = TagPath::element(tag);
    encode_error(py, &about(&path, text), Some(&path))
}

/// Makes a `dicomwire.EncodeError`.
pub(crate) fn encode_error(py: Python<'_>, message: &str, path: Option<&TagPath>) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let keywords = PyDict::new(py);
        keywords.set_item("path", path.map(ToString::to_string))?;
        let class = py.import("dicomwire.errors")?.getattr("EncodeError")?;
        Ok(PyErr::from_value(class.call((message,), Some(&keywords))?))
    };
    build().unwrap_or_else(|error| error)
}
