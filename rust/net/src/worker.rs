//! One worker: takes instances from the queue and sends them on its association.

use std::time::{Duration, Instant};

use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_proto::command::CommandSet;

use crate::answer::{await_answer, judge};
use crate::body::Body;
use crate::connection::Connection;
use crate::conversion::Conversion;
use crate::decompression::decompress;
use crate::error::Error;
use crate::interrupt::Level;
use crate::message::Inbox;
use crate::pace::Way;
use crate::plan::{Choice, Pair, Plan};
use crate::prepare::{Preparation, Prepared, convert, prepare};
use crate::rewriting::Obstacle;
use crate::scan::Item;
use crate::send_queue::Pop;
use crate::session::Session;
use crate::transfer::{Outcome, Outgoing, Shared, StoreResult};

/// Waits between attempts to associate.
const BACK_OFF: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];
/// An association silent for this long is looked at before it is used.
const STALE: Duration = Duration::from_secs(1);

struct Worker<'a> {
    shared: &'a Shared,
    number: usize,
    session: Option<Session>,
    /// Pairs proposed before, to propose again.
    pairs: Vec<Pair>,
    spare: Vec<Vec<u8>>,
    fruitless: u32,
    last_error: Option<String>,
}

/// The body of a worker thread.
pub(crate) fn run(shared: &Shared, number: usize, session: Option<Session>) {
    let mut worker = Worker {
        shared,
        number,
        session,
        pairs: Vec::new(),
        spare: Vec::new(),
        fruitless: 0,
        last_error: None,
    };
    if let Some(session) = &mut worker.session {
        session.connection.set_interrupt(shared.interrupt.clone());
        session
            .connection
            .set_observer((shared.options.observers)());
        worker.pairs = session.plan.pairs().to_vec();
    }
    // Whatever happens in between, the caller must not wait for this worker for ever.
    let leaving = Leaving(shared);
    worker.work();
    let session = worker.session.take();
    shared.ledger().kept.extend(session);
    drop(leaving);
}

struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.ledger().active -= 1;
        self.0.notify();
    }
}

impl Worker<'_> {
    fn work(&mut self) {
        // The first association shows whether the peer is there at all.
        while self.number > 0 && self.session.is_none() {
            let ledger = self.shared.ledger();
            if ledger.established > 0
                || ledger.fatal.is_some()
                || self.shared.interrupt.level() != Level::None
            {
                break;
            }
            if ledger.active <= self.number {
                return;
            }
            drop(self.shared.wait(ledger, crate::socket::TICK));
        }
        let mut next = None;
        while let Some(prepared) = next.take().or_else(|| self.obtain()) {
            if self.shared.queue.is_stopped() {
                next = Some(prepared);
                break;
            }
            next = self.send(prepared);
            if self.shared.interrupt.level() != Level::None {
                break;
            }
        }
        if let Some(prepared) = next {
            self.shared.queue.put_back(prepared.item);
        }
        if self.shared.interrupt.level() == Level::Abort
            && let Some(session) = self.session.take()
        {
            session.connection.abort();
        }
    }

    /// The next instance, ready, with an association that proposed a context for it.
    fn obtain(&mut self) -> Option<Prepared> {
        loop {
            if self.shared.interrupt.level() != Level::None {
                return None;
            }
            match self.pop(true) {
                Pop::Item(item) => {
                    let way = self.session.as_ref().map_or(Way::ReadAhead, Session::way);
                    if let Some(prepared) = self.prepare(item, way) {
                        return Some(prepared);
                    }
                }
                Pop::NotYet => {}
                Pop::Replan => {
                    if !self.associate() {
                        return None;
                    }
                }
                Pop::Done => {
                    // Whoever still waits for an association would have nothing to send on it.
                    self.shared.opening.raise(Level::Abort);
                    return None;
                }
            }
        }
    }

    fn pop(&self, wait: bool) -> Pop {
        let plan = self.session.as_ref().map(|session| &session.plan);
        self.shared
            .queue
            .pop(plan, wait, &mut |result| self.shared.record(result))
    }

    fn prepare(&mut self, item: Box<Item>, way: Way) -> Option<Prepared> {
        let buffer = self.spare.pop().unwrap_or_default();
        let options = &self.shared.options;
        let how = Preparation {
            verify: options.verify,
            rewriting: options.rewriting.as_ref(),
            limits: &options.limits,
        };
        match prepare(item, buffer, way, how) {
            Ok(prepared) => Some(prepared),
            Err((item, obstacle)) => {
                let reason = match &obstacle {
                    Obstacle::Instance(reason) => reason.clone(),
                    Obstacle::Handler => "not sent: a function of rewrite= raised".to_owned(),
                };
                self.shared
                    .record(item.result(Outcome::Failed, Some(reason)));
                if matches!(obstacle, Obstacle::Handler) {
                    self.shared.end_with(Error::Handler);
                }
                None
            }
        }
    }

    /// Something to do while an answer is awaited.
    fn prefetch(&mut self, session: &Session) -> Option<Prepared> {
        match self
            .shared
            .queue
            .pop(Some(&session.plan), false, &mut |result| {
                self.shared.record(result)
            }) {
            Pop::Item(item) => self.prepare(item, session.way()),
            _ => None,
        }
    }

    /// Opens an association for what lies ahead; `false`: this worker is done.
    fn associate(&mut self) -> bool {
        self.end_session();
        if self.fruitless >= self.shared.options.attempts {
            self.give_up();
            return false;
        }
        loop {
            let mut pairs = self
                .shared
                .queue
                .pairs_ahead(&mut |result| self.shared.record(result));
            if pairs.is_empty() {
                // Another worker took them.
                return true;
            }
            pairs.extend(self.pairs.iter().cloned());
            let plan = Plan::new(pairs, self.shared.options.transcode);
            match self.open(plan) {
                Ok(session) => {
                    self.pairs = session.plan.pairs().to_vec();
                    self.session = Some(session);
                    self.shared.ledger().established += 1;
                    self.shared.notify();
                    return true;
                }
                Err(error) => {
                    if !self.try_again(error) {
                        return false;
                    }
                }
            }
        }
    }

    fn open(&self, plan: Plan) -> Result<Session, Error> {
        let options = &self.shared.options;
        let mut request = options.request.clone();
        request.presentation_contexts = plan.contexts().to_vec();
        let observer = (options.observers)();
        let interrupt = self.shared.opening.clone();
        let mut connection = Connection::open(
            &options.endpoint,
            request,
            options.settings.clone(),
            observer,
            interrupt,
        )?;
        connection.set_interrupt(self.shared.interrupt.clone());
        Ok(Session::new(connection, plan))
    }

    /// After a failed attempt: whether to make another, having waited.
    fn try_again(&mut self, error: Error) -> bool {
        if matches!(error, Error::Interrupted) && self.shared.interrupt.level() != Level::Abort {
            // Another worker found the queue empty. An instance may have been put back since.
            self.shared.opening.reset();
            return !self.shared.queue.is_exhausted();
        }
        let ledger = self.shared.ledger();
        let first = ledger.established == 0;
        let others = ledger.active > 1;
        drop(ledger);
        if first || !error.is_worth_retrying() {
            self.shared.end_with(error);
            return false;
        }
        if self.number > 0 && self.pairs.is_empty() && others {
            // The peer takes fewer associations than we would like; the others do the work.
            return false;
        }
        self.fruitless += 1;
        self.last_error = Some(error.to_string());
        if self.fruitless >= self.shared.options.attempts {
            self.give_up();
            return false;
        }
        let pause = BACK_OFF[(self.fruitless as usize - 1).min(BACK_OFF.len() - 1)];
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.shared.interrupt.level() != Level::None {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20).min(pause));
        }
        true
    }

    /// The peer is gone for good, as far as this worker can tell. Others may still be at work; what no
    /// worker takes fails with the reason.
    fn give_up(&self) {
        let attempts = self.fruitless;
        let cause = self.last_error.as_deref().unwrap_or("no reason given");
        self.shared.ledger().given_up = Some(format!(
            "not sent: gave up after {attempts} associations without a confirmed instance; the last: {cause}"
        ));
    }

    /// Releases the association in an orderly way.
    fn end_session(&mut self) {
        if let Some(session) = self.session.take() {
            // Everything on it was answered: a failing release loses nothing.
            if let Err(Error::Handler) = session.connection.release() {
                self.shared.end_with(Error::Handler);
            }
        }
    }

    /// Sends one instance; returns the next one if it was prepared meanwhile.
    fn send(&mut self, prepared: Prepared) -> Option<Prepared> {
        let Some(mut session) = self.session.take() else {
            self.shared.queue.put_back(prepared.item);
            return None;
        };
        if session.last_used.elapsed() > STALE && !session.is_alive() {
            // Nothing of this instance was sent on it, so nothing is in doubt.
            self.pairs = session.plan.pairs().to_vec();
            self.shared.queue.put_back(prepared.item);
            return None;
        }
        let Prepared {
            item,
            body,
            conversion,
        } = prepared;
        let (context_id, body) = match session.choice(&item, self.shared.options.transcode) {
            Choice::Copy { context_id } => (context_id, convert(body, item.syntax, conversion)),
            Choice::Transcode { context_id, to } => {
                (context_id, self.transcode(&item, body, conversion, to))
            }
            Choice::Decompress { context_id, to } => {
                (context_id, self.decompress(&item, body, conversion, to))
            }
            Choice::Refused(reason) => (0, Err(reason)),
        };
        let mut body = match body {
            Ok(body) => body,
            Err(reason) => {
                self.shared
                    .record(item.result(Outcome::Failed, Some(reason)));
                self.session = Some(session);
                return None;
            }
        };
        let mut next = None;
        session.mark();
        let started = Instant::now();
        match self.exchange(&mut session, &item, context_id, &mut body, &mut next) {
            Ok(mut result) => {
                result.seconds = started.elapsed().as_secs_f64();
                if matches!(result.outcome, Outcome::Sent | Outcome::Warning) {
                    self.fruitless = 0;
                }
                session.answered(&result);
                self.finish_one(session, result);
            }
            Err(error) => self.lose(session, item, started, error),
        }
        if self.spare.len() < 2 {
            self.spare.push(body.into_buffer());
        }
        next
    }

    fn transcode(
        &self,
        item: &Item,
        body: Body,
        conversion: Conversion,
        to: &'static TransferSyntax,
    ) -> Result<Body, String> {
        let from = item.syntax.ok_or("its transfer syntax is not known")?;
        let limits = &self.shared.options.limits;
        let conversion = conversion.then_transcoding(from, to, limits)?;
        convert(body, item.syntax, conversion)
    }

    fn decompress(
        &self,
        item: &Item,
        body: Body,
        conversion: Conversion,
        to: &'static TransferSyntax,
    ) -> Result<Body, String> {
        let options = &self.shared.options;
        let decompressor = options.decompressor.as_deref();
        let decompressor = decompressor.ok_or("nobody is there to decompress it")?;
        decompress(item, body, conversion, to, decompressor, &options.limits)
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
            Err(failed) => self.shared.end_with(session.connection.fail(failed.into())),
        }
    }

    /// Request, answer, and the next instance's preparation between them.
    fn exchange(
        &mut self,
        session: &mut Session,
        item: &Item,
        context_id: u8,
        body: &mut Body,
        next: &mut Option<Prepared>,
    ) -> Result<StoreResult, Error> {
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
                return Ok(item.result(
                    Outcome::Skipped,
                    Some("left out by a before_c_store handler".to_owned()),
                ));
            }
        }
        let head = &item.head;
        let command = CommandSet::c_store_rq(
            message_id,
            &head.sop_class_uid,
            &head.sop_instance_uid,
            priority,
        );
        let mut inbox = Inbox::new(1 << 20);
        let known = body.remaining_known();
        connection.send(context_id, &command, body, &mut inbox)?;
        *next = self.prefetch(session);
        let answer = await_answer(&mut session.connection, &mut inbox)?;
        let mut result = judge(item, &answer);
        result.bytes = known + body.taken_streamed();
        result.message_id = Some(message_id);
        result.context_id = Some(context_id);
        Ok(result)
    }

    /// The association ended under an instance.
    fn lose(&mut self, session: Session, item: Box<Item>, started: Instant, error: Error) {
        self.pairs = session.plan.pairs().to_vec();
        let was_fruitless = session.confirmed == 0;
        let nothing_sent = !session.has_sent_since_mark();
        let error = session.connection.fail(error);
        if was_fruitless && error.is_worth_retrying() && !matches!(error, Error::Body(_)) {
            self.fruitless += 1;
            self.last_error = Some(error.to_string());
        }
        let (outcome, reason) = match &error {
            Error::Body(reason) => (Outcome::Failed, reason.clone()),
            Error::Local(reason) => (Outcome::Failed, reason.to_string()),
            // The association was over before this instance began: it goes on the next one.
            other if nothing_sent && other.is_worth_retrying() => {
                self.shared.queue.put_back(item);
                return;
            }
            other if nothing_sent => (Outcome::Failed, format!("not sent: {other}")),
            other => (
                Outcome::Unconfirmed,
                format!("unconfirmed: {other}; the peer may have it or not"),
            ),
        };
        let mut result = item.result(outcome, Some(reason));
        result.seconds = started.elapsed().as_secs_f64();
        self.shared.record(result);
        if matches!(error, Error::Handler) {
            self.shared.end_with(error);
        }
    }
}
