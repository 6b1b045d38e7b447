//! Who watches an association: the caller's event handlers and the message log.

use dicomwire_proto::association::Association;
use dicomwire_proto::pdu::{AssociateRj, AssociateRq};

use crate::transfer::{Outgoing, StoreResult};

/// A handler of the caller failed. Its error stays with the observer; the
/// operation ends with [`crate::error::Error::Handler`].
#[derive(Clone, Copy, Debug)]
pub struct HandlerFailed;

/// The peer's answer to an A-ASSOCIATE-RQ.
pub enum AssociateAnswer<'a> {
    /// A-ASSOCIATE-AC; the association holds what was negotiated.
    Accepted(&'a Association),
    /// A-ASSOCIATE-RJ.
    Rejected(&'a AssociateRj),
    /// No answer: abort, lost connection or time-out.
    Failed(&'a str),
}

/// An association that ended by A-ABORT.
#[derive(Clone, Debug)]
pub struct AbortNotice {
    /// "peer", "provider" or "local".
    pub by: &'static str,
    /// PS3.8 Table 9-26: 0 service user, 2 service provider.
    pub source: u8,
    /// PS3.8 Table 9-26.
    pub reason: u8,
    /// Why, in words.
    pub message: String,
}

/// Which per-instance events somebody subscribed to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// Call [`Observer::before_c_store`].
    pub before_c_store: bool,
    /// Call [`Observer::after_c_store`].
    pub after_c_store: bool,
}

/// Receives the events of one association. Every method may end the
/// operation by returning [`HandlerFailed`]. The default does nothing.
#[expect(unused_variables, reason = "defaults ignore what they are told")]
pub trait Observer: Send {
    /// Called at least every 100 ms while waiting, so that signals are seen.
    fn tick(&mut self) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// Before the TCP connection is made.
    fn before_connect(&mut self, peer: &str) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// The TCP connection was made, or not.
    fn after_connect(&mut self, peer: &str, error: Option<&str>) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// The A-ASSOCIATE-RQ may be edited.
    fn before_associate_request(&mut self, request: &mut AssociateRq) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// The peer answered.
    fn after_associate_request(
        &mut self,
        answer: &AssociateAnswer<'_>,
    ) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// Before A-RELEASE-RQ.
    fn before_release_request(&mut self) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// After A-RELEASE-RP.
    fn after_release_request(&mut self) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// Before the socket is closed.
    fn before_close(&mut self) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// The socket is closed.
    fn after_close(&mut self) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// The association ended by an abort, the peer's or ours.
    fn aborted(&mut self, notice: &AbortNotice) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// Which per-instance events to report.
    fn wants(&self) -> Wants {
        Wants::default()
    }
    /// A C-STORE-RQ is about to be sent and may be edited.
    fn before_c_store(&mut self, outgoing: &mut Outgoing<'_>) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// A C-STORE-RQ was answered, or will not be.
    fn after_c_store(&mut self, result: &StoreResult) -> Result<(), HandlerFailed> {
        Ok(())
    }
    /// Whether the message log is on.
    fn logs(&self) -> bool {
        false
    }
    /// Lines for the message log; only called when [`Observer::logs`] says so.
    fn log(&mut self, lines: &[String]) {}
}

/// Nobody watches.
pub struct Unobserved;

impl Observer for Unobserved {}
