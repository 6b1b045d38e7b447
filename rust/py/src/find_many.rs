//! Many C-FINDs over a few associations that Python holds, as one result.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use bytes::Bytes;
use dicomwire_dataset::syntax;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::observer::Observer;
use dicomwire_net::query::Question;
use dicomwire_net::query::fan_out::{Answers, Asker, Failure, FanOut};
use dicomwire_net::session::Session;
use dicomwire_table::matches::{MatchRows, MatchTable};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyCapsule, PyDict};

use crate::association::{Association, Bounds, accepted_context};
use crate::data_sets::DataSets;
use crate::errors::{dataset, make, state, to_python};
use crate::listeners::{Listeners, without_interpreter};
use crate::matches::Matches;
use crate::observer::{PyObserver, Watch};
use crate::rows;
use crate::stream::{Source, Trouble, capsule};

/// Bytes of identifiers taken at once for data sets and dictionaries, and for a batch of columns.
const AT_ONCE: usize = 256 * 1024;
const COLUMNS: usize = 512 << 10;

/// How long associations that were aborted may take to be left; a handler on one of them waits in vain.
const LEAVING: Duration = Duration::from_secs(2);

/// What is said to a second reader.
const BUSY: &str = "another thread is waiting for matches of these queries";

/// (number of the query, status if there was one, what is wrong)
type Failed = (u64, Option<u16>, String);

/// (number of the query, data set)
type Numbered<'py> = (u64, Bound<'py, PyAny>);

/// Queries under way. They have their associations until the end.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct FindMany {
    associations: Vec<Py<Association>>,
    interrupt: Interrupt,
    watch: Arc<Watch>,
    running: Mutex<Option<FanOut>>,
    is_over: AtomicBool,
    asker: Asker,
    matches: Arc<Matches>,
    failures: Mutex<Vec<Failed>>,
    listeners: Listeners,
}

impl FindMany {
    fn running(&self) -> MutexGuard<'_, Option<FanOut>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answers that are there; `None` after the last.
    fn pull(&self, bytes: usize, home: ThreadId) -> Result<Option<Vec<Answers>>, Option<Error>> {
        let Some(fan_out) = self.running().take() else {
            // Aborted, over, or with another thread.
            return if self.interrupt.level() >= Level::Abort {
                Err(Some(Error::Interrupted))
            } else if self.is_over.load(Ordering::SeqCst) {
                Ok(None)
            } else {
                Err(None)
            };
        };
        let mut signals = PyObserver::new(Arc::clone(&self.watch), thread::current().id() == home);
        let next = fan_out.next(bytes, || Ok(signals.tick()?));
        self.keep_failures(fan_out.take_failures());
        match next {
            Ok(Some(answers)) => {
                self.put(fan_out);
                Ok(Some(answers))
            }
            Ok(None) => {
                self.end(fan_out);
                Ok(None)
            }
            Err(error) => {
                self.interrupt.raise(Level::Abort);
                self.end(fan_out);
                Err(Some(error))
            }
        }
    }

    /// Puts it back after use. If an abort was asked for meanwhile it is ended.
    fn put(&self, fan_out: FanOut) {
        let mut running = self.running();
        // An abort from now on waits for the lock and finds it.
        if self.interrupt.level() < Level::Abort {
            *running = Some(fan_out);
        } else {
            drop(running);
            self.end(fan_out);
        }
    }

    fn keep_failures(&self, failed: Vec<(u64, Failure)>) {
        let described = failed.into_iter().map(|(number, failure)| match failure {
            Failure::Status(it) => (number, Some(it.status), it.comment.unwrap_or_default()),
            Failure::Error(text) => (number, None, text),
        });
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.extend(described);
    }

    /// Gives the associations back, unless they are to be aborted.
    fn end(&self, fan_out: FanOut) {
        let (sessions, failures) = fan_out.finish();
        self.keep_failures(failures);
        self.interrupt.forget_cancel();
        for (mut session, association) in sessions.into_iter().zip(&self.associations) {
            if self.interrupt.level() >= Level::Abort {
                session.into_connection().abort();
                continue;
            }
            let association = association.get();
            session
                .connection()
                .set_interrupt(association.interrupt.clone());
            association.put(session);
        }
        self.is_over.store(true, Ordering::SeqCst);
    }

    fn pull_detached(&self, py: Python<'_>) -> PyResult<Option<Vec<Answers>>> {
        py.check_signals()?;
        let home = thread::current().id();
        py.detach(|| self.pull(AT_ONCE, home))
            .map_err(|error| match error {
                Some(error) => to_python(py, &error, self.watch.take_raised()),
                None => state(py, BUSY),
            })
    }

    fn columns_of(
        &self,
        rows: &mut MatchRows,
        answers: &[Answers],
    ) -> Result<RecordBatch, ArrowError> {
        for answer in answers {
            self.matches.append(rows, &answer.batch, answer.number);
        }
        rows.finish()
    }
}

#[pymethods]
impl FindMany {
    /// Takes the associations. `example` is an identifier like those to come: its keys are the columns.
    /// `patience` is the time in seconds for peers to end a query nobody wants more of.
    #[staticmethod]
    #[pyo3(signature = (associations, sop_class_uid, transfer_syntax_uid, priority, example, limit, patience, dispatch, events, log))]
    #[expect(clippy::too_many_arguments, reason = "the parts of a query")]
    fn start(
        py: Python<'_>,
        associations: Vec<Py<Association>>,
        sop_class_uid: String,
        transfer_syntax_uid: &str,
        priority: u16,
        example: PyBackedBytes,
        limit: Option<u64>,
        patience: f64,
        dispatch: Option<Py<PyAny>>,
        events: Vec<String>,
        log: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let bounds = associations.first().map(|one| one.get().bounds());
        let Bounds {
            limits,
            max_identifier,
        } = bounds.unwrap_or_default();
        let syntax = syntax::lookup(transfer_syntax_uid).ok_or_else(|| {
            let text = format!("{transfer_syntax_uid} is no transfer syntax of the standard");
            make(py, "ConfigError", &text, &[])
        })?;
        let table = MatchTable::of_query(&example, syntax, &limits)
            .map_err(|error| dataset(py, &error))?
            .with_query_number();
        let template = Question {
            context_id: 0,
            sop_class_uid,
            priority,
            identifier: Bytes::new(),
            limit,
            max_identifier,
        };
        let sessions = take_all(
            py,
            &associations,
            &template.sop_class_uid,
            transfer_syntax_uid,
        )?;
        let watch = Watch::new(dispatch, events, log);
        let interrupt = Interrupt::new();
        let for_threads = Arc::clone(&watch);
        let observers = Arc::new(move || -> Box<dyn Observer> {
            Box::new(PyObserver::new(Arc::clone(&for_threads), false))
        });
        let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
        let fan_out = FanOut::start(sessions, template, observers, interrupt.clone(), patience)?;
        Ok(Self {
            associations,
            interrupt,
            listeners: Listeners::new(Arc::clone(&watch)),
            watch,
            asker: fan_out.asker(),
            running: Mutex::new(Some(fan_out)),
            is_over: AtomicBool::new(false),
            matches: Arc::new(Matches::new(table, syntax, limits)),
            failures: Mutex::default(),
        })
    }

    /// Puts a query in, waiting for room; false when queries are not taken any more.
    fn ask(&self, py: Python<'_>, identifier: PyBackedBytes) -> PyResult<bool> {
        let identifier = Bytes::from_owner(identifier);
        loop {
            py.check_signals()?;
            match py.detach(|| self.asker.ask(&identifier)) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(_) => return Ok(false),
            }
        }
    }

    /// No more queries will come.
    fn no_more(&self) {
        self.asker.close();
    }

    /// The names of the columns, `query` and `error` among them.
    fn columns(&self) -> Vec<String> {
        self.matches.columns()
    }

    /// The matches that are there, at least one, each with the number of its query; `None` after the last.
    fn next_datasets<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Numbered<'py>>>> {
        let Some(answers) = self.pull_detached(py)? else {
            return Ok(None);
        };
        let mut all = Vec::new();
        for answer in answers {
            let batch = DataSets::new(py, &self.matches, answer.batch)?;
            while let Some(data_set) = batch.take(py)? {
                all.push((answer.number, data_set));
            }
        }
        Ok(Some(all))
    }

    /// The matches that are there, at least one, as dictionaries; `None` after the last.
    fn next_rows<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyDict>>>> {
        let Some(answers) = self.pull_detached(py)? else {
            return Ok(None);
        };
        let batches = answers.iter().map(|answer| &answer.batch);
        self.listeners.matched(py, &self.matches, batches)?;
        let mut rows = MatchRows::new(&self.matches.table);
        let columns = self
            .columns_of(&mut rows, &answers)
            .map_err(|error| state(py, &error.to_string()))?;
        rows::of_batch(py, &columns).map(Some)
    }

    /// The matches still to come as an Arrow stream.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        slf: &Bound<'py, Self>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol lets a producer ignore a wish it cannot fulfil.
        drop(requested_schema);
        capsule(slf)
    }

    /// Whom rows and streams tell: `matched(data sets)` of each batch, `ended()` when a stream is over.
    #[pyo3(signature = (matched, ended))]
    fn listen(&self, matched: Option<Py<PyAny>>, ended: Option<Py<PyAny>>) {
        self.listeners.set(matched, ended);
    }

    /// Begins no more queries and cancels those that are running; from any thread.
    fn cancel(&self) {
        if !self.is_over.load(Ordering::SeqCst) {
            self.interrupt.raise(Level::Cancel);
        }
    }

    /// Aborts the associations; from any thread.
    fn abort(&self, py: Python<'_>) {
        if self.is_over.load(Ordering::SeqCst) {
            return;
        }
        self.interrupt.raise(Level::Abort);
        let running = self.running().take();
        py.detach(|| match running {
            Some(fan_out) => self.end(fan_out),
            // Another thread has them. Those of the associations must not outlive us: they log, and the interpreter
            // may be about to end.
            None => {
                let _ = self.asker.wait_for_the_end(LEAVING);
            }
        });
    }

    /// Cancels what is running and waits for the end.
    fn finish(&self, py: Python<'_>) {
        let running = self.running().take();
        if let Some(fan_out) = running {
            py.detach(|| self.end(fan_out));
        }
    }

    /// (number of the query, status if there was one, what is wrong) of those that failed, since the last call.
    fn take_failures(&self) -> Vec<Failed> {
        std::mem::take(&mut *self.failures.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// (matches, of these with status FF01, of these undecodable)
    fn counters(&self) -> (u64, u64, u64) {
        self.matches.counters()
    }

    /// What could not be decoded since the last call.
    fn take_undecodable<'py>(&self, py: Python<'py>) -> Vec<(u64, Bound<'py, PyBytes>, String)> {
        self.matches.take_undecodable(py)
    }

    /// What ended an Arrow stream early, as its reader only gets a text.
    fn take_raised(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.listeners.take_raised(py)
    }
}

/// Takes the sessions of all associations, or of none.
fn take_all(
    py: Python<'_>,
    associations: &[Py<Association>],
    sop_class_uid: &str,
    transfer_syntax_uid: &str,
) -> PyResult<Vec<(Session, u8)>> {
    let mut sessions = Vec::with_capacity(associations.len());
    let mut trouble = None;
    for association in associations {
        let Some(mut session) = association.get().take() else {
            trouble = Some(Association::taken(py));
            break;
        };
        let context = accepted_context(session.connection(), sop_class_uid, transfer_syntax_uid);
        if context.is_none() {
            let text = format!("{sop_class_uid} was not accepted in {transfer_syntax_uid}");
            trouble = Some(make(py, "LocalProtocolError", &text, &[]));
        }
        sessions.push((session, context.unwrap_or_default()));
    }
    match trouble {
        None => Ok(sessions),
        Some(error) => {
            for ((session, _), association) in sessions.into_iter().zip(associations) {
                association.get().put(session);
            }
            Err(error)
        }
    }
}

impl Source for FindMany {
    fn matches(&self) -> &Matches {
        &self.matches
    }

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    fn rows(&self, rows: &mut MatchRows, home: ThreadId) -> Result<Option<RecordBatch>, Trouble> {
        let answers = self.pull(COLUMNS, home).map_err(|error| match error {
            Some(error) => Trouble::Ended(error),
            None => Trouble::Untimely(BUSY),
        })?;
        let Some(answers) = answers else {
            return Ok(None);
        };
        let batches = answers.iter().map(|answer| &answer.batch);
        self.listeners
            .matched_in_stream(&self.matches, batches)
            .and_then(|()| self.columns_of(rows, &answers))
            .map(Some)
            .map_err(Trouble::Arrow)
    }

    fn give_up(&self) {
        let running = self.running().take();
        if let Some(fan_out) = running {
            without_interpreter(|| self.end(fan_out));
        }
    }
}
