//! An open association with what was planned for it and learned on it.

use std::time::Instant;

use crate::body::SEND_FILE_FROM;
use crate::connection::Connection;
use crate::message::Inbox;
use crate::pace::{Pace, Way};
use crate::plan::{Choice, Pair, Plan, Transcoding, choose};
use crate::prepare::is_ordinary;
use crate::scan::Item;
use crate::transfer::{Outcome, StoreResult};

/// Requests without an answer, if the peer sets no limit.
const MOST_AT_ONCE: usize = 200;

/// An open association and what was proposed on it.
pub struct Session {
    pub(crate) connection: Connection,
    pub(crate) plan: Plan,
    pub(crate) confirmed: u64,
    pub(crate) last_used: Instant,
    /// Messages of an association with normalized services; they may come between operations.
    pub(crate) inbox: Option<Inbox>,
    choices: Vec<(Pair, Choice)>,
    pace: Pace,
    /// Bytes sent when the instance in hand began.
    mark: u64,
}

impl Session {
    /// An association opened for `plan`.
    #[must_use]
    pub fn new(connection: Connection, plan: Plan) -> Self {
        Self {
            connection,
            plan,
            confirmed: 0,
            last_used: Instant::now(),
            inbox: None,
            choices: Vec::new(),
            pace: Pace::default(),
            mark: 0,
        }
    }

    /// The association.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// How many requests may be unanswered at once: what was granted (PS3.7 Annex D.3.3.3), and no more than a peer's
    /// answers may wait for.
    pub(crate) fn window(&self) -> usize {
        match self.connection.association().window().0 {
            0 => MOST_AT_ONCE,
            granted => usize::from(granted).min(MOST_AT_ONCE),
        }
    }

    /// Gives the association back.
    #[must_use]
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// An operation on it ended in order.
    pub(crate) fn used(&mut self) {
        self.last_used = Instant::now();
    }

    pub(crate) fn choice(&mut self, item: &Item, allow: Transcoding) -> Choice {
        let known = self.choices.iter().find(|(pair, _)| {
            pair.transfer_syntax_uid == item.head.transfer_syntax_uid
                && pair.sop_class_uid == item.head.sop_class_uid
        });
        if let Some((_, choice)) = known {
            return choice.clone();
        }
        let choice = choose(
            self.connection.association().contexts(),
            &item.head.sop_class_uid,
            &item.head.transfer_syntax_uid,
            allow,
        );
        let pair = Pair {
            sop_class_uid: item.head.sop_class_uid.clone(),
            transfer_syntax_uid: item.head.transfer_syntax_uid.clone(),
        };
        self.choices.push((pair, choice.clone()));
        choice
    }

    /// How the body of the next instance is to get to the socket.
    pub(crate) fn way(&self) -> Way {
        if self.has_large_frames() {
            self.pace.way()
        } else {
            Way::ReadAhead
        }
    }

    fn has_large_frames(&self) -> bool {
        self.connection.association().max_fragment() >= SEND_FILE_FROM
    }

    /// An instance begins.
    pub(crate) fn mark(&mut self) {
        self.mark = self.connection.traffic().sent;
    }

    /// Whether anything of the instance in hand is on the wire.
    pub(crate) fn has_sent_since_mark(&self) -> bool {
        self.connection.traffic().sent != self.mark
    }

    /// Learns from an answered instance.
    pub(crate) fn answered(&mut self, result: &StoreResult) {
        if result.message_id.is_some() {
            self.last_used = Instant::now();
        }
        if matches!(result.outcome, Outcome::Sent | Outcome::Warning) {
            self.confirmed += 1;
        }
        if is_ordinary(result.bytes) && self.has_large_frames() {
            self.pace.note(result.bytes, self.last_used);
        }
    }
}
