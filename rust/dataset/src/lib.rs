//! Index codec for DICOM data sets (PS3.5, PS3.6, PS3.10).
//!
//! A data set is *indexed*, not decoded: one pass over the element headers tells where each value
//! lies, values and sequences are parsed when somebody asks. The crate is pure: no sockets, no
//! clock, no threads, no Python; the only thing it wants from the operating system is
//! [`file::ReadAt`], implemented by the caller.
//!
//! - [`mod@file`] reads and writes the head of a Part 10 file;
//! - [`check`] walks the headers of a whole file without reading its values;
//! - [`index`] gives random access to a data set in memory;
//! - [`in_place`] shows its elements one after the other, without an index;
//! - [`transcode`] converts a stream between the uncompressed transfer syntaxes;
//! - [`rewrite`](mod@rewrite) changes elements of a stream on its way;
//! - [`write`](mod@write), [`edit`] and [`pieces`] encode.
//!
//! Every byte is untrusted: nothing here panics on input, and every length is compared with
//! [`limits::Limits`] before memory is reserved for it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod check;
pub mod cursor;
pub mod dict;
pub mod edit;
pub mod error;
pub mod file;
pub mod header;
pub mod in_place;
pub mod index;
pub mod limits;
pub mod path;
pub mod pieces;
pub mod rewrite;
pub mod sop;
pub mod syntax;
pub mod tag;
pub mod text;
pub mod transcode;
pub mod uid;
pub mod value;
pub mod vr;
pub mod write;

mod ambiguous;
mod deflate;
mod dict_table;
mod gather;
mod levels;
mod private_table;
mod sop_table;
mod syntax_table;
mod walk;
mod window;

pub use error::Error;
pub use limits::Limits;
pub use syntax::TransferSyntax;
pub use tag::Tag;
pub use vr::Vr;
