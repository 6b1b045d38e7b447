//! What can go wrong.

use std::io;

/// Why an association, or the whole tool, ended before its work was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line is not understood.
    #[error(transparent)]
    Usage(#[from] lexopt::Error),
    /// The socket failed.
    #[error(transparent)]
    Socket(#[from] io::Error),
    /// The peer broke the protocol.
    #[error(transparent)]
    Protocol(#[from] dicomwire_proto::Error),
    /// What was to be sent may not be sent now.
    #[error(transparent)]
    Local(#[from] dicomwire_proto::LocalError),
    /// An identifier could not be encoded.
    #[error(transparent)]
    Encoding(#[from] dicomwire_dataset::Error),
    /// The answers are prepared as one fragment each, and the peer takes none that long.
    #[error("the peer takes P-DATA-TF PDUs of {limit} bytes, an answer needs {needed}")]
    PeerLimit {
        /// The peer's maximum length.
        limit: u32,
        /// The longest PDU of an answer.
        needed: usize,
    },
    /// The other side ended what should have gone on.
    #[error("{0}")]
    Ended(&'static str),
}
