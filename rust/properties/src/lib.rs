//! What must hold for any bytes a stranger sends, as functions that panic when it does not.
//!
//! Unit tests call them with vectors and generated input, `rust/fuzz` calls them with whatever
//! libFuzzer comes up with. Both find them in [`TARGETS`], so a property cannot be in one and
//! missing in the other.
//!
//! Nothing here is linked into the product.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod association;
mod command_set;
mod data_set;
mod elements;
mod in_place;
mod items;
mod load;
mod matches;
mod part10;
mod rewrite;
mod script;
mod stream;
mod text;
mod transcode;

pub use association::association;
pub use command_set::command_set;
pub use data_set::data_set;
pub use items::association_items;
pub use load::load;
pub use matches::matches;
pub use part10::part10;
pub use rewrite::rewrite;
pub use stream::pdu;
pub use text::text;
pub use transcode::transcode;

use dicomwire_dataset::Limits;

/// A property: it takes any input and panics if it finds itself violated.
pub type Property = fn(&[u8]);

/// Every property by name. The names are those of the fuzz targets and of the directories below
/// `tests/vectors`.
pub const TARGETS: &[(&str, Property)] = &[
    ("association", association),
    ("association_items", association_items),
    ("command_set", command_set),
    ("data_set", data_set),
    ("load", load),
    ("matches", matches),
    ("part10", part10),
    ("pdu", pdu),
    ("rewrite", rewrite),
    ("text", text),
    ("transcode", transcode),
];

/// Limits small enough for inputs of a few kilobytes to meet them.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_depth = 8;
    limits.max_elements = 4096;
    limits.max_element_length = 1 << 20;
    limits.max_inflated = 1 << 15;
    limits
}
