//! What an association tells its driver.

use crate::command::CommandSet;
use crate::pdu::{AbortPdu, AssociateRj};

/// One thing that happened on the association, in the order of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Acceptor: an A-ASSOCIATE-RQ arrived, see [`Association::associate_rq`](crate::Association::associate_rq).
    /// Answer with `accept_request` or `reject_request`.
    AssociateRequested,
    /// Requestor: the peer accepted, see [`Association::contexts`](crate::Association::contexts).
    Established,
    /// Requestor: the peer refused the association. Close the connection.
    Rejected(AssociateRj),
    /// A complete command set. If it announces a data set, `BodyChunk` events (perhaps none) and one `BodyEnd`
    /// follow before the next `Command`.
    Command {
        /// The presentation context it came on.
        context_id: u8,
        /// The command set.
        command: Box<CommandSet>,
    },
    /// Some bytes of a data set, borrowed from the input. How a body is cut into chunks means nothing.
    BodyChunk {
        /// The presentation context of the message.
        context_id: u8,
        /// The bytes, never empty.
        bytes: &'a [u8],
    },
    /// The data set is complete.
    BodyEnd {
        /// The presentation context of the message.
        context_id: u8,
    },
    /// The peer asks to release the association. Answer with `respond_release`.
    ReleaseRequested,
    /// The release we asked for is confirmed. Write what `poll_transmit` still gives, then close the connection.
    Released,
    /// The peer aborted. Close the connection.
    Aborted(AbortPdu),
    /// The connection is over: the peer closed it, or waited too long to. Given once.
    Closed {
        /// Whether it ended where the protocol lets it end: after a release, rejection or abort, or before the
        /// first byte.
        clean: bool,
    },
}
