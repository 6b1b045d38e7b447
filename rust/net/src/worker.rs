//! One worker: takes instances from the queue and sends them on its association.
//!
//! What goes out on it and what comes back is in `pipeline`.

mod pipeline;

use std::time::{Duration, Instant};

use dicomwire_dataset::syntax::TransferSyntax;

use crate::body::Body;
use crate::connection::Connection;
use crate::conversion::Conversion;
use crate::decompression::decompress;
use crate::error::Error;
use crate::flights::{Flight, Flights};
use crate::interrupt::Level;
use crate::pace::Way;
use crate::plan::{Choice, Pair, Plan};
use crate::prepare::{Preparation, Prepared, convert, prepare};
use crate::rewriting::Obstacle;
use crate::scan::Item;
use crate::send_queue::Pop;
use crate::session::Session;
use crate::transfer::{Outcome, Shared};

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
    /// What was sent on it and is not answered yet.
    flights: Flights,
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
        flights: Flights::default(),
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
        self.settle_all();
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
            match self.pop(self.flights.is_empty()) {
                Pop::Item(item) => {
                    let way = self.session.as_ref().map_or(Way::ReadAhead, Session::way);
                    if let Some(prepared) = self.prepare(item, way) {
                        return Some(prepared);
                    }
                }
                Pop::NotYet => self.settle(),
                Pop::Replan => {
                    self.settle_all();
                    if !self.associate() {
                        return None;
                    }
                }
                // With the last answers an association may go, and what it had in hand comes back.
                Pop::Done if !self.flights.is_empty() => self.settle_all(),
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

    /// Sends one instance, and waits for an answer if the window is full. Returns the next one if it was prepared
    /// meanwhile.
    fn send(&mut self, prepared: Prepared) -> Option<Prepared> {
        let Some(mut session) = self.session.take() else {
            self.shared.queue.put_back(prepared.item);
            return None;
        };
        if self.flights.is_empty() && session.last_used.elapsed() > STALE && !session.is_alive() {
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
        session.mark();
        let started = Instant::now();
        let requested = self.request(&mut session, &item, context_id, &mut body);
        let bytes = requested.as_ref().map_or(0, |request| request.bytes);
        if self.spare.len() < 2 {
            self.spare.push(body.into_buffer());
        }
        match requested.map(|request| request.message_id) {
            Ok(Some(message_id)) => self.flights.start(Flight {
                item,
                message_id,
                context_id,
                started,
                bytes,
            }),
            Ok(None) => {
                let reason = "left out by a before_c_store handler".to_owned();
                self.shared
                    .record(item.result(Outcome::Skipped, Some(reason)));
            }
            Err(error) => {
                self.lose(session, Some((item, started)), error);
                return None;
            }
        }
        let is_full = self.flights.count() >= session.window();
        let next = if is_full {
            self.prefetch(&session)
        } else {
            None
        };
        self.session = Some(session);
        self.take_answers(is_full);
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
}
