//! Data sets from pydicom into bytes.
//!
//! [`data_set`] walks a `Dataset`; [`element`] brings one element to the encoder of
//! `dicomwire-dataset`. Whatever is not known here exactly goes to pydicom's own writer
//! ([`fallback`]), so that nothing is ever written differently in silence.

mod ambiguous;
mod character_set;
mod data_set;
mod element;
mod fallback;
mod file_meta;
mod names;
mod numbers;
mod problem;
mod raw;
mod stored;
mod strings;
mod syntax;
mod value;
mod walk;

use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::pieces::deflate;
use dicomwire_dataset::syntax::Encoding;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::encode::file_meta::FileMeta;
use crate::encode::syntax::Target;
use crate::encode::walk::Walk;

/// Encodes a data set in a transfer syntax: a list of bytes, which are the data set when they are
/// joined. Large values are in it as the objects they are in the `Dataset`, not as copies.
///
/// The second result tells how many elements pydicom's own writer had to encode.
#[pyfunction]
pub(crate) fn encode_data_set<'py>(
    dataset: &Bound<'py, PyAny>,
    transfer_syntax: &Bound<'py, PyString>,
    is_file: bool,
) -> PyResult<(Bound<'py, PyList>, u32)> {
    let py = dataset.py();
    let target = Target::new(dataset, transfer_syntax)?;
    let mut walk = Walk::new(py, &target, Limits::default().max_depth)?;
    walk.is_file = is_file;
    walk.root(dataset)?;
    let (pieces, fallbacks) = walk.finish()?;
    if !target.is_deflated {
        return Ok((pieces, fallbacks));
    }
    let parts: Vec<Bound<'py, PyBytes>> = pieces.extract()?;
    let deflated = deflate(parts.iter().map(|part| part.as_bytes()))
        .map_err(|error| problem::data_set_error(py, &error))?;
    Ok((PyList::new(py, [PyBytes::new(py, &deflated)])?, fallbacks))
}

/// Encodes group 2 of a file, completed (PS3.10 §7.1): a list of bytes, from `(0002,0000)` on.
///
/// `stored` is the `FileMetaDataset` to complete, or `None`.
#[pyfunction]
pub(crate) fn encode_file_meta<'py>(
    dataset: &Bound<'py, PyAny>,
    stored: Option<&Bound<'py, PyAny>>,
    transfer_syntax: &str,
    implementation_class_uid: &str,
    implementation_version_name: &str,
) -> PyResult<Bound<'py, PyList>> {
    let target = Target::plain(Encoding::EXPLICIT_LITTLE);
    let walk = Walk::new(dataset.py(), &target, Limits::default().max_depth)?;
    let meta = FileMeta {
        dataset,
        stored,
        transfer_syntax,
        implementation_class_uid,
        implementation_version_name,
    };
    meta.encode(walk)
}
