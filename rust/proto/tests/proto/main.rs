//! Tests of the public face of dicomwire-proto, in one binary to link once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command_bytes;
mod conversation;
mod describing;
mod ending;
mod hostile;
mod noise;
mod pdu_bytes;
mod policy;
mod release;
mod round_trip;
mod sending;
mod splitting;
mod state_table;
mod strategies;
mod support;
mod timers;
