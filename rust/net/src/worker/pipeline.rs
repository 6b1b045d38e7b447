//! Requests go out on one association as far as its window lets them, and their answers come back in any order.

use std::time::Instant;

use dicomwire_proto::command::CommandSet;

use super::Worker;
use crate::answer::await_answer;
use crate::body::Body;
use crate::error::Error;
use crate::scan::Item;
use crate::session::Session;
use crate::transfer::{Outcome, Outgoing, StoreResult};

/// A request that went out.
#[derive(Default)]
pub(super) struct Requested {
    pub(super) message_id: Option<u16>,
    pub(super) bytes: u64,
}

impl Worker<'_> {
    /// Books the answers that are there; with `wait` at least one.
    pub(super) fn take_answers(&mut self, wait: bool) {
        if wait {
            self.settle();
        }
        while !self.flights.is_empty() && self.flights.has_messages() {
            self.settle();
        }
    }

    /// Waits for every answer that is still due.
    pub(super) fn settle_all(&mut self) {
        while self.session.is_some() && !self.flights.is_empty() {
            self.settle();
        }
    }

    /// Waits for an answer and books it.
    pub(super) fn settle(&mut self) {
        let Some(mut session) = self.session.take() else {
            return;
        };
        if self.flights.is_empty() {
            self.session = Some(session);
            return;
        }
        match await_answer(&mut session.connection, self.flights.inbox()) {
            Ok(answer) => match self.flights.land(&answer) {
                Some(result) => {
                    if matches!(result.outcome, Outcome::Sent | Outcome::Warning) {
                        self.fruitless = 0;
                    }
                    session.answered(&result);
                    self.finish_one(session, result);
                }
                None => self.session = Some(session),
            },
            Err(error) => self.lose(session, None, error),
        }
    }

    /// Books an answered instance and tells the observer.
    fn finish_one(&mut self, mut session: Session, result: StoreResult) {
        let observer = session.connection.observer();
        let told = if observer.wants().after_c_store && result.message_id.is_some() {
            observer.after_c_store(&result)
        } else {
            Ok(())
        };
        self.shared.record(result);
        match told {
            Ok(()) => self.session = Some(session),
            Err(failed) => self.lose(session, None, failed.into()),
        }
    }

    /// Sends the request for one instance; without a message ID it was left out.
    pub(super) fn request(
        &mut self,
        session: &mut Session,
        item: &Item,
        context_id: u8,
        body: &mut Body,
    ) -> Result<Requested, Error> {
        let connection = &mut session.connection;
        let message_id = connection.next_message_id();
        let mut priority = 0;
        if connection.observer().wants().before_c_store {
            let contexts = connection.association().contexts();
            let syntax = contexts.iter().find(|context| context.id == context_id);
            let syntax = syntax
                .map(|context| context.transfer_syntax.clone())
                .unwrap_or_default();
            let transfer_syntax_uid = syntax.as_str();
            let mut outgoing = Outgoing {
                item,
                message_id,
                context_id,
                transfer_syntax_uid,
                priority,
                skip: false,
            };
            connection.observer().before_c_store(&mut outgoing)?;
            priority = outgoing.priority;
            if outgoing.skip {
                return Ok(Requested::default());
            }
        }
        let head = &item.head;
        let command = CommandSet::c_store_rq(
            message_id,
            &head.sop_class_uid,
            &head.sop_instance_uid,
            priority,
        );
        let known = body.remaining_known();
        connection.send(context_id, &command, body, self.flights.inbox())?;
        Ok(Requested {
            message_id: Some(message_id),
            bytes: known + body.taken_streamed(),
        })
    }

    /// The association ended: under the instance that was being sent, if there is one, and before those in flight
    /// were answered.
    pub(super) fn lose(
        &mut self,
        mut session: Session,
        current: Option<(Box<Item>, Instant)>,
        error: Error,
    ) {
        self.pairs = session.plan.pairs().to_vec();
        let nothing_sent = !session.has_sent_since_mark();
        let mut confirmed = session.confirmed;
        // What was answered before it broke is answered.
        for result in self.flights.land_all() {
            confirmed += u64::from(matches!(result.outcome, Outcome::Sent | Outcome::Warning));
            let observer = session.connection.observer();
            if observer.wants().after_c_store && observer.after_c_store(&result).is_err() {
                self.shared.end_with(Error::Handler);
            }
            self.shared.record(result);
        }
        let error = session.connection.fail(error);
        if confirmed > 0 {
            self.fruitless = 0;
        } else if error.is_worth_retrying() && !matches!(error, Error::Body(_)) {
            self.fruitless += 1;
            self.last_error = Some(error.to_string());
        }
        let unconfirmed = format!("unconfirmed: {error}; the peer may have it or not");
        for flight in self.flights.drain() {
            self.shared
                .record(flight.result(Outcome::Unconfirmed, unconfirmed.clone()));
        }
        if let Some((item, started)) = current {
            let (outcome, reason) = match &error {
                Error::Body(reason) => (Outcome::Failed, reason.clone()),
                Error::Local(reason) => (Outcome::Failed, reason.to_string()),
                // The association was over before this instance began: it goes on the next one.
                other if nothing_sent && other.is_worth_retrying() => {
                    self.shared.queue.put_back(item);
                    return;
                }
                other if nothing_sent => (Outcome::Failed, format!("not sent: {other}")),
                _ => (Outcome::Unconfirmed, unconfirmed),
            };
            let mut result = item.result(outcome, Some(reason));
            result.seconds = started.elapsed().as_secs_f64();
            self.shared.record(result);
        }
        if matches!(error, Error::Handler) {
            self.shared.end_with(error);
        }
    }
}
