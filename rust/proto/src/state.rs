//! The upper layer state machine (PS3.8 §9.2): Table 9-10 as one table for both roles.
//!
//! The machine knows states, inputs and names of actions. It does nothing; [`Association`](crate::Association)
//! asks it on every input and runs the action. An empty cell is an input that cannot happen in that state (the
//! service user is not allowed to ask, or the connection does not exist), so asking for it is the caller's mistake.
//!
//! Reading a row: inputs downwards in the order of the standard's tables, states to the right from Sta1 to Sta13.

use std::fmt;

/// A state of the association (PS3.8 Tables 9-1 to 9-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Idle: no association, and nothing more to come of this one.
    Sta1,
    /// Connection open, waiting for an A-ASSOCIATE-RQ.
    Sta2,
    /// Waiting for the local answer to an A-ASSOCIATE-RQ.
    Sta3,
    /// Waiting for the connection to open.
    Sta4,
    /// Waiting for an A-ASSOCIATE-AC or A-ASSOCIATE-RJ.
    Sta5,
    /// Association established and ready for data transfer.
    Sta6,
    /// Waiting for an A-RELEASE-RP.
    Sta7,
    /// Waiting for the local answer to an A-RELEASE-RQ.
    Sta8,
    /// Release collision, requestor side: waiting for the local answer.
    Sta9,
    /// Release collision, acceptor side: waiting for an A-RELEASE-RP.
    Sta10,
    /// Release collision, requestor side: waiting for an A-RELEASE-RP.
    Sta11,
    /// Release collision, acceptor side: waiting for the local answer.
    Sta12,
    /// Waiting for the connection to close.
    Sta13,
}

impl State {
    /// All states in the order of the table's columns.
    pub const ALL: [Self; 13] = [
        Self::Sta1,
        Self::Sta2,
        Self::Sta3,
        Self::Sta4,
        Self::Sta5,
        Self::Sta6,
        Self::Sta7,
        Self::Sta8,
        Self::Sta9,
        Self::Sta10,
        Self::Sta11,
        Self::Sta12,
        Self::Sta13,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sta1 => "idle (Sta1)",
            Self::Sta2 => "waiting for an A-ASSOCIATE-RQ (Sta2)",
            Self::Sta3 => "waiting for the local answer to an A-ASSOCIATE-RQ (Sta3)",
            Self::Sta4 => "waiting for the connection to open (Sta4)",
            Self::Sta5 => "waiting for the answer to our A-ASSOCIATE-RQ (Sta5)",
            Self::Sta6 => "established (Sta6)",
            Self::Sta7 => "waiting for an A-RELEASE-RP (Sta7)",
            Self::Sta8 => "waiting for the local answer to an A-RELEASE-RQ (Sta8)",
            Self::Sta9 => "in a release collision, local answer due (Sta9)",
            Self::Sta10 => "in a release collision, waiting for an A-RELEASE-RP (Sta10)",
            Self::Sta11 => "in a release collision, answered, waiting for an A-RELEASE-RP (Sta11)",
            Self::Sta12 => "in a release collision, confirmed, local answer due (Sta12)",
            Self::Sta13 => "waiting for the connection to close (Sta13)",
        })
    }
}

/// What can happen (the rows of PS3.8 Table 9-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Input {
    /// Evt1: A-ASSOCIATE request (local user).
    AssociateRequest,
    /// Evt2: transport connect confirmation.
    TransportConnected,
    /// Evt3: A-ASSOCIATE-AC PDU received.
    AssociateAcPdu,
    /// Evt4: A-ASSOCIATE-RJ PDU received.
    AssociateRjPdu,
    /// Evt5: transport connection indication.
    TransportIndication,
    /// Evt6: A-ASSOCIATE-RQ PDU received.
    AssociateRqPdu,
    /// Evt7: A-ASSOCIATE response, accept (local user).
    AssociateAccept,
    /// Evt8: A-ASSOCIATE response, reject (local user).
    AssociateReject,
    /// Evt9: P-DATA request (local user).
    DataRequest,
    /// Evt10: P-DATA-TF PDU received.
    DataPdu,
    /// Evt11: A-RELEASE request (local user).
    ReleaseRequest,
    /// Evt12: A-RELEASE-RQ PDU received.
    ReleaseRqPdu,
    /// Evt13: A-RELEASE-RP PDU received.
    ReleaseRpPdu,
    /// Evt14: A-RELEASE response (local user).
    ReleaseResponse,
    /// Evt15: A-ABORT request (local user).
    AbortRequest,
    /// Evt16: A-ABORT PDU received.
    AbortPdu,
    /// Evt17: transport connection closed.
    TransportClosed,
    /// Evt18: ARTIM timer expired.
    ArtimExpired,
    /// Evt19: unrecognized or invalid PDU received.
    InvalidPdu,
}

impl Input {
    /// All inputs in the order of the table's rows.
    pub const ALL: [Self; 19] = [
        Self::AssociateRequest,
        Self::TransportConnected,
        Self::AssociateAcPdu,
        Self::AssociateRjPdu,
        Self::TransportIndication,
        Self::AssociateRqPdu,
        Self::AssociateAccept,
        Self::AssociateReject,
        Self::DataRequest,
        Self::DataPdu,
        Self::ReleaseRequest,
        Self::ReleaseRqPdu,
        Self::ReleaseRpPdu,
        Self::ReleaseResponse,
        Self::AbortRequest,
        Self::AbortPdu,
        Self::TransportClosed,
        Self::ArtimExpired,
        Self::InvalidPdu,
    ];
}

/// What to do (PS3.8 Tables 9-6 to 9-9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Open the transport connection.
    Ae1,
    /// Send A-ASSOCIATE-RQ.
    Ae2,
    /// Confirm the association to the user.
    Ae3,
    /// Report the rejection to the user, close the connection.
    Ae4,
    /// Accept the connection, start ARTIM.
    Ae5,
    /// Stop ARTIM; indicate the request to the user, or send A-ASSOCIATE-RJ and start ARTIM.
    Ae6,
    /// Send A-ASSOCIATE-AC.
    Ae7,
    /// Send A-ASSOCIATE-RJ, start ARTIM.
    Ae8,
    /// Send P-DATA-TF.
    Dt1,
    /// Indicate P-DATA to the user.
    Dt2,
    /// Send A-RELEASE-RQ.
    Ar1,
    /// Indicate the release to the user.
    Ar2,
    /// Confirm the release to the user, close the connection.
    Ar3,
    /// Send A-RELEASE-RP, start ARTIM.
    Ar4,
    /// Stop ARTIM.
    Ar5,
    /// Indicate P-DATA to the user (who asked for release already).
    Ar6,
    /// Send P-DATA-TF (the peer asked for release already).
    Ar7,
    /// Indicate the release collision to the user.
    Ar8,
    /// Send A-RELEASE-RP.
    Ar9,
    /// Confirm the release to the user.
    Ar10,
    /// Send A-ABORT, start or restart ARTIM.
    Aa1,
    /// Stop ARTIM, close the connection.
    Aa2,
    /// Indicate the abort to the user, close the connection.
    Aa3,
    /// Indicate an abort by the provider to the user.
    Aa4,
    /// Stop ARTIM.
    Aa5,
    /// Ignore the PDU.
    Aa6,
    /// Send A-ABORT.
    Aa7,
    /// Send A-ABORT, indicate an abort by the provider to the user, start ARTIM.
    Aa8,
}

/// The state after an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// One state.
    To(State),
    /// The state depends on our role (release collision, AR-8).
    ByRole {
        /// As association requestor.
        requestor: State,
        /// As association acceptor.
        acceptor: State,
    },
    /// The state depends on whether the request is acceptable to the provider (AE-6).
    IfAcceptable {
        /// It is.
        acceptable: State,
        /// It is not.
        otherwise: State,
    },
}

/// A filled cell of the table.
pub type Cell = (Action, Next);

const AE_1: Option<Cell> = Some((Action::Ae1, Next::To(State::Sta4)));
const AE_2: Option<Cell> = Some((Action::Ae2, Next::To(State::Sta5)));
const AE_3: Option<Cell> = Some((Action::Ae3, Next::To(State::Sta6)));
const AE_4: Option<Cell> = Some((Action::Ae4, Next::To(State::Sta1)));
const AE_5: Option<Cell> = Some((Action::Ae5, Next::To(State::Sta2)));
const AE_6: Option<Cell> = Some((
    Action::Ae6,
    Next::IfAcceptable {
        acceptable: State::Sta3,
        otherwise: State::Sta13,
    },
));
const AE_7: Option<Cell> = Some((Action::Ae7, Next::To(State::Sta6)));
const AE_8: Option<Cell> = Some((Action::Ae8, Next::To(State::Sta13)));
const DT_1: Option<Cell> = Some((Action::Dt1, Next::To(State::Sta6)));
const DT_2: Option<Cell> = Some((Action::Dt2, Next::To(State::Sta6)));
const AR_1: Option<Cell> = Some((Action::Ar1, Next::To(State::Sta7)));
const AR_2: Option<Cell> = Some((Action::Ar2, Next::To(State::Sta8)));
const AR_3: Option<Cell> = Some((Action::Ar3, Next::To(State::Sta1)));
const AR_4: Option<Cell> = Some((Action::Ar4, Next::To(State::Sta13)));
const AR_5: Option<Cell> = Some((Action::Ar5, Next::To(State::Sta1)));
const AR_6: Option<Cell> = Some((Action::Ar6, Next::To(State::Sta7)));
const AR_7: Option<Cell> = Some((Action::Ar7, Next::To(State::Sta8)));
const AR_8: Option<Cell> = Some((
    Action::Ar8,
    Next::ByRole {
        requestor: State::Sta9,
        acceptor: State::Sta10,
    },
));
const AR_9: Option<Cell> = Some((Action::Ar9, Next::To(State::Sta11)));
const AR10: Option<Cell> = Some((Action::Ar10, Next::To(State::Sta12)));
const AA_1: Option<Cell> = Some((Action::Aa1, Next::To(State::Sta13)));
const AA_2: Option<Cell> = Some((Action::Aa2, Next::To(State::Sta1)));
const AA_3: Option<Cell> = Some((Action::Aa3, Next::To(State::Sta1)));
const AA_4: Option<Cell> = Some((Action::Aa4, Next::To(State::Sta1)));
const AA_5: Option<Cell> = Some((Action::Aa5, Next::To(State::Sta1)));
const AA_6: Option<Cell> = Some((Action::Aa6, Next::To(State::Sta13)));
const AA_7: Option<Cell> = Some((Action::Aa7, Next::To(State::Sta13)));
const AA_8: Option<Cell> = Some((Action::Aa8, Next::To(State::Sta13)));
const ____: Option<Cell> = None;

/// PS3.8 Table 9-10.
#[rustfmt::skip]
static TABLE: [[Option<Cell>; 13]; 19] = [
    //          Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
    /* Evt1  */ [AE_1, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
    /* Evt2  */ [____, ____, ____, AE_2, ____, ____, ____, ____, ____, ____, ____, ____, ____],
    /* Evt3  */ [____, AA_1, AA_8, ____, AE_3, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6],
    /* Evt4  */ [____, AA_1, AA_8, ____, AE_4, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6],
    /* Evt5  */ [AE_5, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
    /* Evt6  */ [____, AE_6, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_7],
    /* Evt7  */ [____, ____, AE_7, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
    /* Evt8  */ [____, ____, AE_8, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
    /* Evt9  */ [____, ____, ____, ____, ____, DT_1, ____, AR_7, ____, ____, ____, ____, ____],
    /* Evt10 */ [____, AA_1, AA_8, ____, AA_8, DT_2, AR_6, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6],
    /* Evt11 */ [____, ____, ____, ____, ____, AR_1, ____, ____, ____, ____, ____, ____, ____],
    /* Evt12 */ [____, AA_1, AA_8, ____, AA_8, AR_2, AR_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6],
    /* Evt13 */ [____, AA_1, AA_8, ____, AA_8, AA_8, AR_3, AA_8, AA_8, AR10, AR_3, AA_8, AA_6],
    /* Evt14 */ [____, ____, ____, ____, ____, ____, ____, AR_4, AR_9, ____, ____, AR_4, ____],
    /* Evt15 */ [____, ____, AA_1, AA_2, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, ____],
    /* Evt16 */ [____, AA_2, AA_3, ____, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_2],
    /* Evt17 */ [____, AA_5, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AR_5],
    /* Evt18 */ [____, AA_2, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, AA_2],
    /* Evt19 */ [____, AA_1, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_7],
];

/// The cell of the table for `input` in `state`, or `None` if it is empty.
#[must_use]
pub fn cell(state: State, input: Input) -> Option<Cell> {
    TABLE
        .get(input as usize)
        .and_then(|row| row.get(state as usize).copied().flatten())
}
