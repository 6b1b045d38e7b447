//! What can go wrong between two application entities, as data.

use std::io;

use dicomwire_proto::{AssociateRj, Error as ProtocolError, LocalError, Phase};

use crate::observer::HandlerFailed;

/// An operation on an association failed.
///
/// After any of these but [`Error::Local`] the association is over: nothing
/// more can be sent or received on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host name has no address.
    #[error("cannot resolve the host of {peer}: {cause}")]
    Resolve {
        /// The peer as the caller named it.
        peer: String,
        /// What the resolver said.
        cause: io::Error,
    },
    /// No address of the peer took the connection.
    #[error("cannot connect to {peer}: {attempts}")]
    Connect {
        /// The peer as the caller named it.
        peer: String,
        /// One clause per address that was tried.
        attempts: String,
    },
    /// The peer did not take the connection in time.
    #[error("{peer} did not take the connection within {seconds} s")]
    ConnectTimeout {
        /// The peer as the caller named it.
        peer: String,
        /// The time that was allowed, in seconds.
        seconds: f64,
    },
    /// A deadline of the association passed.
    #[error("{peer} did not answer in time ({phase})")]
    Timeout {
        /// The peer as the caller named it.
        peer: String,
        /// Which wait it was.
        phase: Phase,
    },
    /// The connection ended without a release.
    #[error("the connection to {peer} was lost while {doing}: {cause}")]
    Lost {
        /// The peer as the caller named it.
        peer: String,
        /// What we were doing.
        doing: &'static str,
        /// The operating system's word, or "closed by the peer".
        cause: String,
    },
    /// A-ASSOCIATE-RJ (PS3.8 §9.3.4).
    #[error("{peer} rejected the association: {} ({}, {})", .rj.reason_text(), .rj.result_text(), .rj.source_text())]
    Rejected {
        /// The peer as the caller named it.
        peer: String,
        /// Result, source and reason.
        rj: AssociateRj,
    },
    /// A-ABORT or A-P-ABORT (PS3.8 §9.3.8).
    #[error("{peer} aborted the association (source {origin}, reason {reason})")]
    Aborted {
        /// The peer as the caller named it.
        peer: String,
        /// 0 the service user, 2 the service provider.
        origin: u8,
        /// The provider's reason.
        reason: u8,
    },
    /// The peer broke the protocol.
    #[error("{peer} broke the protocol: {error}")]
    Protocol {
        /// The peer as the caller named it.
        peer: String,
        /// What it did, and at which offset of its stream.
        error: ProtocolError,
    },
    /// We asked for something the association does not allow.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The peer asked for the release while we wanted something from it.
    #[error("{peer} released the association before it answered")]
    ReleasedByPeer {
        /// The peer as the caller named it.
        peer: String,
    },
    /// The body we were sending could not be read to its end.
    #[error("{0}")]
    Body(String),
    /// The peer's data set is longer than anything that is sensible here.
    #[error("{peer} sent a data set longer than the limit of {limit} bytes")]
    DataSetTooLong {
        /// The peer as the caller named it.
        peer: String,
        /// The limit in force.
        limit: usize,
    },
    /// The peer sends requests and takes no answers.
    #[error("the peer sent {0} requests without taking an answer")]
    Flooded(usize),
    /// The peer goes on although it was asked to cancel.
    #[error("{peer} did not end the operation within {seconds} s of the cancel request")]
    Unheeded {
        /// The peer as the caller named it.
        peer: String,
        /// The time that was allowed, in seconds.
        seconds: f64,
    },
    /// Another thread, or a signal, ended the operation.
    #[error("interrupted")]
    Interrupted,
    /// An event handler of the caller failed; its own error is kept with the observer.
    #[error("an event handler failed")]
    Handler,
}

impl From<HandlerFailed> for Error {
    fn from(_: HandlerFailed) -> Self {
        Self::Handler
    }
}

impl Error {
    /// Whether a fresh association may do better: the peer or the network
    /// failed, not the caller.
    #[must_use]
    pub fn is_worth_retrying(&self) -> bool {
        !matches!(self, Self::Interrupted | Self::Handler | Self::Local(_))
    }
}
