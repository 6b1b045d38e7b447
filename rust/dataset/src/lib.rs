//! DICOM data set codec.
#![forbid(unsafe_code)]
pub mod tag;
