//! A C-FIND provider that answers faster than anybody asks: what the benches measure clients with.
//!
//! It has no archive. Whatever is asked, the answers are the same [`studies`]: bytes prepared once, written in
//! large pieces. Association and commands are [`dicomwire_proto`]'s, so what it speaks is the protocol and not
//! only something like it. It can be told to be slow, too.
//!
//! The other side is in [`drain`]: a client that only counts, which is what a client could reach at most.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod drain;
pub mod error;
mod link;
pub mod prepared;
pub mod serve;
pub mod studies;

pub use error::Error;
