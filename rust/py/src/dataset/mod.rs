//! Data sets between Rust and pydicom.

mod convert;
mod convert_file;
mod decoded;
mod elements;
mod items;
mod large;
mod private;
mod pydicom;
mod read;
mod text;

pub(crate) use convert_file::ConvertedDataSet;
pub(crate) use decoded::Decoded;
pub(crate) use elements::Elements;
pub(crate) use items::SequenceItems;
pub(crate) use read::{decode, load};
