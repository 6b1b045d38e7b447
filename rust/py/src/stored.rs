//! Sinks as Python describes them, and what it is told of an instance that went into one.

use std::path::PathBuf;
use std::sync::Arc;

use dicomwire_net::sink::{
    Arrived, Directory, Discard, Duplicates, Implementation, Memory, Nowhere, Sink,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Where instances go, read from `dicomwire.scp.storage` and `dicomwire.scu.query_retrieve`.
#[derive(FromPyObject)]
pub(crate) struct SinkSpec {
    /// "directory", "memory", "discard", "nowhere", or what the caller of [`SinkSpec::sink`] knows besides.
    pub(crate) kind: String,
    directory: Option<PathBuf>,
    duplicates: String,
    max_instance: usize,
    implementation_class_uid: String,
    implementation_version_name: String,
}

impl SinkSpec {
    pub(crate) fn sink(self) -> PyResult<Arc<dyn Sink>> {
        let ours = Implementation {
            class_uid: self.implementation_class_uid,
            version_name: self.implementation_version_name,
        };
        let duplicates = match self.duplicates.as_str() {
            "keep" => Duplicates::Keep,
            "refuse" => Duplicates::Refuse,
            _ => Duplicates::Replace,
        };
        match (self.kind.as_str(), self.directory) {
            ("directory", Some(root)) => Ok(Arc::new(Directory::new(root, duplicates, ours))),
            ("memory", _) => Ok(Arc::new(Memory::new(self.max_instance, ours))),
            ("discard", _) => Ok(Arc::new(Discard)),
            ("nowhere", _) => Ok(Arc::new(Nowhere("instances are not taken here"))),
            (other, _) => Err(PyValueError::new_err(format!("unknown sink {other:?}"))),
        }
    }
}

/// Calls `received(path, class, instance, syntax, calling, bytes, file, move originator, its message ID) -> status`.
pub(crate) fn tell(py: Python<'_>, received: &Py<PyAny>, arrived: &Arrived) -> PyResult<u16> {
    let arriving = &arrived.arriving;
    let file = arrived.file.as_ref().map(|file| PyBytes::new(py, file));
    let arguments = (
        arrived.path.as_deref(),
        &arriving.sop_class_uid,
        &arriving.sop_instance_uid,
        &arriving.transfer_syntax_uid,
        &arriving.calling_ae_title,
        arrived.bytes,
        file,
        arriving.move_originator_ae_title.as_deref(),
        arriving.move_originator_message_id,
    );
    received.call1(py, arguments)?.extract(py)
}
