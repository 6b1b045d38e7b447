//! DICOM values as Arrow tables.
//!
//! - [`tags`] reads tags as people write them: keywords, numbers, paths into sequences;
//! - [`schema`] decides which column a tag becomes;
//! - [`columns`] builds columns from values, wherever the values come from;
//! - [`head`] fills a row from the head of a file;
//! - [`matches`](mod@matches) fills a row from an identifier that answers a query;
//! - [`JsonModel`] writes data sets in the DICOM JSON model;
//! - [`scan`] does that for whole directories on several threads, and [`stream`] hands the result on
//!   as an Arrow stream.
//!
//! Every byte of a file is untrusted. Nothing here panics on input, and no cell holds more than the
//! limit its caller sets.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod columns;
pub mod error;
pub mod head;
pub mod matches;
pub mod scan;
pub mod schema;
pub mod stream;
pub mod tags;

mod json;
mod listing;
mod numbers;
mod source;
mod texts;

pub use error::Error;
pub use json::JsonModel;
