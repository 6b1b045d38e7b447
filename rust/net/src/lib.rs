//! Sockets for dicomwire: the pump that drives one association, the send
//! queue and its workers, and the storage receiver.
//!
//! Everything that touches the network, the file system or the clock is here;
//! the protocol itself is [`dicomwire_proto`], the data set [`dicomwire_dataset`].
//! No async runtime: the thread that wants an answer drives its own
//! association over a non-blocking socket.
#![forbid(unsafe_code)]

mod answer;
pub mod body;
pub mod connection;
pub mod conversion;
pub mod decompression;
pub mod desk;
pub mod error;
mod file_set;
mod flights;
mod intake;
pub mod interrupt;
pub mod lifecycle;
pub mod listener;
pub mod message;
pub mod normalized;
pub mod observer;
mod pace;
mod patience;
pub mod plan;
pub mod prepare;
mod pump;
pub mod query;
pub mod relay;
pub mod reports;
pub mod retrieve;
pub mod rewriting;
pub mod scan;
pub mod send_queue;
pub mod serve;
pub mod session;
pub mod sink;
mod socket;
mod splice;
pub mod streamed;
pub mod transfer;
mod worker;
