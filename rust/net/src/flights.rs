//! Requests of one association that were sent and not answered yet (PS3.7 Annex D.3.3.3).

use std::time::Instant;

use crate::answer::judge;
use crate::message::{Inbox, Message};
use crate::scan::Item;
use crate::transfer::{Outcome, StoreResult};

/// Bytes of what a peer may say while we send. Answers have no data set.
const MAX_DATA_SET: usize = 1 << 20;

/// One C-STORE-RQ.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) item: Box<Item>,
    pub(crate) message_id: u16,
    pub(crate) context_id: u8,
    pub(crate) started: Instant,
    /// Bytes of the data set as sent.
    pub(crate) bytes: u64,
}

impl Flight {
    /// Its end without an answer.
    pub(crate) fn result(self, outcome: Outcome, reason: String) -> StoreResult {
        let mut result = self.item.result(outcome, Some(reason));
        result.seconds = self.started.elapsed().as_secs_f64();
        result
    }
}

/// All of them, and where their answers wait.
#[derive(Debug)]
pub(crate) struct Flights {
    inbox: Inbox,
    /// In the order of their requests, which is that of most answers.
    flights: std::collections::VecDeque<Flight>,
}

impl Default for Flights {
    fn default() -> Self {
        Self {
            inbox: Inbox::new(MAX_DATA_SET),
            flights: std::collections::VecDeque::new(),
        }
    }
}

impl Flights {
    pub(crate) fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.flights.len()
    }

    pub(crate) fn start(&mut self, flight: Flight) {
        self.flights.push_back(flight);
    }

    pub(crate) fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Whether something the peer said waits to be looked at.
    pub(crate) fn has_messages(&self) -> bool {
        self.inbox.is_ready()
    }

    /// What the answer makes of the request it belongs to.
    pub(crate) fn land(&mut self, answer: &Message) -> Option<StoreResult> {
        let message_id = answer.command.message_id_being_responded_to;
        let mut flights = self.flights.iter();
        let place = flights.position(|flight| Some(flight.message_id) == message_id)?;
        let flight = self.flights.remove(place)?;
        let mut result = judge(&flight.item, answer);
        result.bytes = flight.bytes;
        result.seconds = flight.started.elapsed().as_secs_f64();
        result.message_id = message_id;
        result.context_id = Some(flight.context_id);
        Some(result)
    }

    /// The answers that came before the association ended.
    pub(crate) fn land_all(&mut self) -> Vec<StoreResult> {
        let mut results = Vec::new();
        while let Some(message) = self.inbox.take() {
            if message.command.is_response() && !message.command.is_pending() {
                results.extend(self.land(&message));
            }
        }
        results
    }

    /// Those that will not be answered any more. What was left of the peer's messages goes too.
    pub(crate) fn drain(&mut self) -> Vec<Flight> {
        self.inbox = Inbox::new(MAX_DATA_SET);
        self.flights.drain(..).collect()
    }
}
