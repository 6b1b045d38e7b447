//! What the local side decides for one association: announced length, time limits, size limits.

use std::time::Duration;

/// Local settings of one association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The maximum length we announce for the P-DATA-TF PDUs sent to us (PS3.8 Annex D.1). It replaces the
    /// value in the user information of the PDU we send; 0 announces no limit.
    pub max_pdu_length: u32,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How much to take from the peer.
    pub limits: Limits,
    /// Bytes of message fragment in one outgoing presentation data value when the peer announces no limit, and
    /// the most ever put in one when its limit is higher still.
    pub unlimited_fragment: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_pdu_length: 256 * 1024,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            unlimited_fragment: 1024 * 1024,
        }
    }
}

/// Time limits. `None` waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Waiting for the answer to an A-ASSOCIATE-RQ.
    pub acse: Option<Duration>,
    /// Waiting for the answer to an A-RELEASE-RQ.
    pub release: Option<Duration>,
    /// Silence while a response is outstanding or a message is half sent or half received.
    pub dimse: Option<Duration>,
    /// Silence on an established association with nothing outstanding.
    pub idle: Option<Duration>,
    /// The association request, reject and release timer (PS3.8 §9.1.5): an acceptor waiting for the first PDU,
    /// and either side waiting for the peer to close the connection.
    pub artim: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            acse: Some(Duration::from_secs(30)),
            release: Some(Duration::from_secs(30)),
            dimse: Some(Duration::from_secs(60)),
            idle: None,
            artim: Duration::from_secs(10),
        }
    }
}

/// Size limits on what the peer sends. They bound what is buffered; data set bodies are not buffered at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest PDU taken, P-DATA-TF excepted.
    pub max_control_pdu: u32,
    /// The longest P-DATA-TF PDU taken. Higher than what we announce: bodies stream, so an over-long PDU costs no
    /// memory, and real peers send them.
    pub max_data_pdu: u32,
    /// The longest command set taken, over all its fragments.
    pub max_command_set: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_control_pdu: 1024 * 1024,
            max_data_pdu: 64 * 1024 * 1024,
            max_command_set: 1024 * 1024,
        }
    }
}
