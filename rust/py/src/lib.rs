//! The extension module `dicomwire._core`: Rust made callable, no logic of its own.
#![forbid(unsafe_code)]

mod association;
mod data_sets;
mod dataset;
mod decompression;
mod encode;
mod errors;
mod find;
mod find_many;
mod listeners;
mod matches;
mod normalized;
mod observer;
mod receiver;
mod retrieve;
mod rewrite;
mod rows;
mod scan;
mod spec;
mod stored;
mod stream;
mod transfer;

use pyo3::prelude::*;

/// The compiled half of dicomwire. Private: import from `dicomwire`.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use crate::association::Association;
    #[pymodule_export]
    use crate::data_sets::DataSets;
    #[pymodule_export]
    use crate::dataset::{ConvertedDataSet, Elements, SequenceItems, decode, load};
    #[pymodule_export]
    use crate::encode::{encode_data_set, encode_file_meta};
    #[pymodule_export]
    use crate::find::Find;
    #[pymodule_export]
    use crate::find_many::FindMany;
    #[pymodule_export]
    use crate::receiver::Receiver;
    #[pymodule_export]
    use crate::retrieve::Retrieve;
    #[pymodule_export]
    use crate::rewrite::{HeadElements, PyChanges, PyUidMap, tag_of, vrs_of};
    #[pymodule_export]
    use crate::scan::{Scan, keywords, unknown_tags};
    #[pymodule_export]
    use crate::transfer::Transfer;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEBUG_BUILD", cfg!(debug_assertions))
    }
}
