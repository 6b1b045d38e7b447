//! One C-FIND that Python holds: its matches as data sets, dictionaries or an Arrow stream.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::observer::HandlerFailed;
use dicomwire_net::query::{Appetite, Batch, Conclusion, Query, Question};
use dicomwire_net::session::Session;
use dicomwire_table::matches::{MatchRows, MatchTable};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict};

use crate::association::Association;
use crate::dataset::Decoded;
use crate::errors::{state, to_python};
use crate::observer::{PyObserver, Watch};
use crate::rows;

/// Matches handed out one by one are not kept from anybody.
const AT_ONCE: Appetite = Appetite {
    linger: Duration::ZERO,
    bytes: 256 * 1024,
};
/// A batch of columns is worth a moment, but nobody is to wait for one.
const COLUMNS: Appetite = Appetite {
    linger: Duration::from_millis(2),
    bytes: 4 << 20,
};
/// Undecodable matches whose bytes are kept.
const MAX_UNDECODABLE: usize = 1000;
/// How long a peer may take to end a query that has enough matches.
const PATIENCE: Duration = Duration::from_secs(10);

/// (number of the match, its bytes, what is wrong)
type Undecodable = (u64, Vec<u8>, String);

/// Where the query is.
enum Stage {
    /// At hand.
    Ready(Box<Query>),
    /// With the thread that is waiting for matches.
    Busy,
    /// The final response came, or enough matches did.
    Over,
    /// It ended by an error, which was raised.
    Broken,
}

/// What is known of the matches so far.
#[derive(Default)]
struct Ledger {
    matches: u64,
    warnings: u64,
    undecodable: u64,
    kept: Vec<Undecodable>,
    conclusion: Option<Conclusion>,
}

/// Why there are no more matches.
enum Trouble {
    /// The association is over.
    Ended(Error),
    /// The call came at the wrong moment.
    Untimely(&'static str),
}

/// Functions of the caller that rows and Arrow streams tell what they would not know.
#[derive(Default)]
struct Listeners {
    /// Called with the data sets of each batch before it is handed out in another form.
    matched: Option<Py<PyAny>>,
    /// Called when an Arrow stream is over, or nobody reads it any more.
    ended: Option<Py<PyAny>>,
}

/// A C-FIND under way. It has the association until the final response.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Find {
    association: Py<Association>,
    interrupt: Interrupt,
    watch: Arc<Watch>,
    stage: Mutex<Stage>,
    ledger: Mutex<Ledger>,
    table: MatchTable,
    syntax: &'static TransferSyntax,
    limits: Limits,
    listeners: Mutex<Listeners>,
    /// What ended an Arrow stream.
    stream_trouble: Mutex<Option<Error>>,
}

impl Find {
    /// Sends the request. The session is given back if that failed without ending the association.
    #[expect(clippy::too_many_arguments, reason = "the parts of an association")]
    pub(crate) fn start(
        py: Python<'_>,
        association: Py<Association>,
        session: Session,
        question: Question,
        interrupt: Interrupt,
        watch: Arc<Watch>,
        syntax: &'static TransferSyntax,
        limits: Limits,
    ) -> PyResult<Self> {
        let table = MatchTable::of_query(&question.identifier, syntax, &limits)
            .map_err(|error| crate::errors::dataset(py, &error));
        let table = match table {
            Ok(table) => table,
            Err(error) => {
                association.get().put(session);
                return Err(error);
            }
        };
        match py.detach(move || Query::start(session, question)) {
            Ok(query) => Ok(Self {
                association,
                interrupt,
                watch,
                stage: Mutex::new(Stage::Ready(Box::new(query))),
                ledger: Mutex::default(),
                table,
                syntax,
                limits,
                listeners: Mutex::default(),
                stream_trouble: Mutex::default(),
            }),
            Err((session, error)) => {
                if let Some(session) = session {
                    association.get().put(*session);
                }
                Err(to_python(py, &error, watch.take_raised()))
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the query to work with it; `None` when it is over.
    fn take(&self) -> Result<Option<Box<Query>>, Trouble> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Busy) {
            Stage::Ready(query) => Ok(Some(query)),
            Stage::Busy => Err(Trouble::Untimely(
                "another thread is waiting for matches of this query",
            )),
            Stage::Over => {
                *stage = Stage::Over;
                Ok(None)
            }
            Stage::Broken => {
                *stage = Stage::Broken;
                Err(Trouble::Untimely("the query ended by an error before"))
            }
        }
    }

    /// Waits for matches, on whichever thread; `home` is where Python's signals are looked after.
    fn pull(&self, appetite: Appetite, home: ThreadId) -> Result<Option<Batch>, Trouble> {
        let Some(mut query) = self.take()? else {
            return Ok(None);
        };
        let on_home = thread::current().id() == home;
        let observer = PyObserver::new(Arc::clone(&self.watch), on_home);
        query.connection().set_observer(Box::new(observer));
        let outcome = query.next_batch(appetite);
        let is_full = query.is_full();
        match outcome {
            Ok(Some(batch)) if query.conclusion().is_none() && !is_full => {
                *self.stage() = Stage::Ready(query);
                Ok(Some(batch))
            }
            Ok(batch) => {
                self.conclude(query);
                Ok(batch)
            }
            Err(error) => Err(Trouble::Ended(self.break_off(*query, error))),
        }
    }

    /// The query ends in order: the association is free again.
    fn conclude(&self, mut query: Box<Query>) {
        if query.conclusion().is_none()
            && let Err(error) = query.finish(PATIENCE)
        {
            // All matches that were wanted are there, so this is nobody's failure.
            self.break_off(*query, error);
            *self.stage() = Stage::Over;
            return;
        }
        let conclusion = query.conclusion().cloned();
        if self.interrupt.level() == Level::Cancel {
            self.interrupt.reset();
        }
        self.association.get().put(query.into_session());
        *self.stage() = Stage::Over;
        // Last: whoever sees it may use the association.
        self.ledger().conclusion = conclusion;
    }

    /// The association ends with the query.
    fn break_off(&self, query: Query, error: Error) -> Error {
        *self.stage() = Stage::Broken;
        query.into_session().into_connection().fail(error)
    }

    fn raise(&self, py: Python<'_>, trouble: Trouble) -> PyErr {
        match trouble {
            Trouble::Ended(error) => to_python(py, &error, self.watch.take_raised()),
            Trouble::Untimely(message) => state(py, message),
        }
    }

    fn pull_detached(&self, py: Python<'_>, appetite: Appetite) -> PyResult<Option<Batch>> {
        py.check_signals()?;
        let home = thread::current().id();
        py.detach(|| self.pull(appetite, home))
            .map_err(|trouble| self.raise(py, trouble))
    }

    /// Counts matches, and keeps those that cannot be decoded.
    fn note(&self, batch: &Batch, flaws: Vec<(usize, String)>) {
        let mut ledger = self.ledger();
        let first = ledger.matches;
        ledger.matches += batch.len() as u64;
        let warnings = batch.iter().filter(|(one, _)| one.has_warning).count();
        ledger.warnings += warnings as u64;
        ledger.undecodable += flaws.len() as u64;
        let room = MAX_UNDECODABLE.saturating_sub(ledger.kept.len());
        for (position, text) in flaws.into_iter().take(room) {
            let bytes = batch.iter().nth(position).map(|(_, bytes)| bytes.to_vec());
            let number = first + position as u64;
            ledger.kept.push((number, bytes.unwrap_or_default(), text));
        }
    }

    /// The data sets of a batch, and which matches are none.
    fn data_sets_of<'py>(
        &self,
        py: Python<'py>,
        batch: &Batch,
    ) -> PyResult<(Vec<Bound<'py, PyAny>>, Vec<(usize, String)>)> {
        let encoding = self.syntax.encoding();
        let decoded = Decoded::new(py, encoding.implicit, !encoding.big_endian)?;
        let mut data_sets = Vec::with_capacity(batch.len());
        let mut flaws = Vec::new();
        for (position, (one, identifier)) in batch.iter().enumerate() {
            if let Some(flaw) = one.flaw {
                flaws.push((position, flaw.to_string()));
                continue;
            }
            // Copied, so that one match that is kept does not keep all that came with it.
            let bytes = Bytes::copy_from_slice(identifier);
            match Index::parse(bytes, self.syntax, &self.limits) {
                Ok(index) => data_sets.push(decoded.data_set(index)?),
                Err(error) => flaws.push((position, error.to_string())),
            }
        }
        Ok((data_sets, flaws))
    }

    fn listener(&self, which: impl Fn(&Listeners) -> &Option<Py<PyAny>>) -> Option<Py<PyAny>> {
        Python::attach(|py| {
            let listeners = self.listeners.lock();
            let listeners = listeners.unwrap_or_else(PoisonError::into_inner);
            which(&listeners).as_ref().map(|one| one.clone_ref(py))
        })
    }

    /// Tells the listener what came.
    fn tell_matches(&self, batch: &Batch) -> PyResult<()> {
        let Some(matched) = self.listener(|listeners| &listeners.matched) else {
            return Ok(());
        };
        Python::attach(|py| {
            let (data_sets, _) = self.data_sets_of(py, batch)?;
            matched.call1(py, (data_sets,)).map(|_| ())
        })
    }

    /// Tells the listener that a stream is over.
    fn tell_end(&self) -> PyResult<()> {
        match self.listener(|listeners| &listeners.ended) {
            Some(ended) => Python::attach(|py| ended.call0(py)).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The columns of a batch.
    fn columns_of(&self, rows: &mut MatchRows, batch: &Batch) -> Result<RecordBatch, ArrowError> {
        let mut flaws = Vec::new();
        for (position, (one, identifier)) in batch.iter().enumerate() {
            let appended = match one.flaw {
                Some(flaw) => {
                    rows.append_unreadable(&flaw.to_string(), 0);
                    Err(flaw.to_string())
                }
                None => rows
                    .append(identifier, self.syntax, 0)
                    .map_err(|problem| problem.to_string()),
            };
            if let Err(text) = appended {
                flaws.push((position, text));
            }
        }
        self.note(batch, flaws);
        rows.finish()
    }
}

#[pymethods]
impl Find {
    /// The names of the columns, `error` among them.
    fn columns(&self) -> Vec<String> {
        let schema = self.table.schema();
        let fields = schema.fields();
        fields.iter().map(|field| field.name().clone()).collect()
    }

    /// The matches that are there, at least one, as data sets; `None` after the last.
    fn next_datasets<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        let Some(batch) = self.pull_detached(py, AT_ONCE)? else {
            return Ok(None);
        };
        let (data_sets, flaws) = self.data_sets_of(py, &batch)?;
        self.note(&batch, flaws);
        Ok(Some(data_sets))
    }

    /// The matches that are there, at least one, as dictionaries; `None` after the last.
    fn next_rows<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyDict>>>> {
        let Some(batch) = self.pull_detached(py, AT_ONCE)? else {
            return Ok(None);
        };
        self.tell_matches(&batch)?;
        let mut rows = MatchRows::new(&self.table);
        let columns = self
            .columns_of(&mut rows, &batch)
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
        let stream = MatchStream {
            rows: MatchRows::new(&slf.get().table),
            find: slf.clone().unbind(),
            home: thread::current().id(),
            ended: false,
        };
        let stream = FFI_ArrowArrayStream::new(Box::new(stream));
        PyCapsule::new_with_value(slf.py(), stream, c"arrow_array_stream")
    }

    /// Whom rows and streams tell: `matched(data sets)` of each batch, `ended()` when a stream is over.
    #[pyo3(signature = (matched, ended))]
    fn listen(&self, matched: Option<Py<PyAny>>, ended: Option<Py<PyAny>>) {
        let listeners = self.listeners.lock();
        *listeners.unwrap_or_else(PoisonError::into_inner) = Listeners { matched, ended };
    }

    /// Asks the peer to end the query; from any thread. What it sends meanwhile still comes.
    fn cancel(&self) {
        if !matches!(*self.stage(), Stage::Over | Stage::Broken) {
            self.interrupt.raise(Level::Cancel);
        }
    }

    /// Aborts the association; from any thread.
    fn abort(&self, py: Python<'_>) {
        if matches!(*self.stage(), Stage::Over | Stage::Broken) {
            return;
        }
        self.interrupt.raise(Level::Abort);
        if let Ok(Some(query)) = self.take() {
            py.detach(|| self.break_off(*query, Error::Interrupted));
        }
    }

    /// Cancels unless it is over, and reads on to the final response. Whether that came in time.
    fn finish(&self, py: Python<'_>, seconds: f64) -> PyResult<bool> {
        let Some(mut query) = self.take().map_err(|trouble| self.raise(py, trouble))? else {
            return Ok(true);
        };
        let patience = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let observer = PyObserver::new(Arc::clone(&self.watch), true);
        query.connection().set_observer(Box::new(observer));
        let ended = py.detach(|| match query.finish(patience) {
            Ok(()) => {
                self.conclude(query);
                Ok(true)
            }
            Err(error @ Error::Unheeded { .. }) => {
                self.break_off(*query, error);
                Ok(false)
            }
            Err(error) => Err(self.break_off(*query, error)),
        });
        ended.map_err(|error| to_python(py, &error, self.watch.take_raised()))
    }

    /// (matches, of these with status FF01, of these undecodable)
    fn counters(&self) -> (u64, u64, u64) {
        let ledger = self.ledger();
        (ledger.matches, ledger.warnings, ledger.undecodable)
    }

    /// What could not be decoded since the last call.
    fn take_undecodable<'py>(&self, py: Python<'py>) -> Vec<(u64, Bound<'py, PyBytes>, String)> {
        let kept = std::mem::take(&mut self.ledger().kept);
        kept.into_iter()
            .map(|(number, bytes, text)| (number, PyBytes::new(py, &bytes), text))
            .collect()
    }

    /// (status, error comment, offending elements) of the final response, once it came.
    fn outcome(&self) -> Option<(u16, Option<String>, Vec<u32>)> {
        self.ledger().conclusion.clone().map(|conclusion| {
            let offending = conclusion.offending.iter().map(|tag| tag.0).collect();
            (conclusion.status, conclusion.comment, offending)
        })
    }

    /// What ended an Arrow stream early, as its reader only gets a text.
    fn take_raised(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let trouble = self
            .stream_trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let error = to_python(py, &trouble, self.watch.take_raised());
        Some(error.into_value(py).into_any())
    }
}

/// The matches of a query as an Arrow stream. It takes what is there for a batch; Python is not entered.
struct MatchStream {
    find: Py<Find>,
    rows: MatchRows,
    /// The thread that asked for the stream: another one may be waited for by a thread that holds the interpreter.
    home: ThreadId,
    ended: bool,
}

impl MatchStream {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let find = self.find.get();
        match find.pull(COLUMNS, self.home) {
            Ok(Some(batch)) => {
                self.report(find.tell_matches(&batch))?;
                find.columns_of(&mut self.rows, &batch).map(Some)
            }
            Ok(None) => self.report(find.tell_end()).map(|()| None),
            Err(Trouble::Untimely(message)) => Err(ArrowError::ComputeError(message.to_owned())),
            Err(Trouble::Ended(error)) => {
                // It is broken already, so there is nothing this could add.
                let _ = find.tell_end();
                Err(self.keep(error))
            }
        }
    }

    /// Keeps what a function of the caller raised, of which Arrow can only tell that it happened.
    fn report(&self, told: PyResult<()>) -> Result<(), ArrowError> {
        told.map_err(|raised| {
            let HandlerFailed = self.find.get().watch.keep(raised);
            self.keep(Error::Handler)
        })
    }

    fn keep(&self, error: Error) -> ArrowError {
        let text = error.to_string();
        let trouble = self.find.get().stream_trouble.lock();
        *trouble.unwrap_or_else(PoisonError::into_inner) = Some(error);
        ArrowError::ComputeError(text)
    }
}

impl Drop for MatchStream {
    /// A reader that leaves before the end wants no more.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let find = self.find.get();
        if let Ok(Some(mut query)) = find.take() {
            // Without looking after signals: whoever waits for this thread may hold the interpreter.
            let observer = PyObserver::new(Arc::clone(&find.watch), false);
            query.connection().set_observer(Box::new(observer));
            match query.finish(PATIENCE) {
                Ok(()) => find.conclude(query),
                Err(error) => drop(find.break_off(*query, error)),
            }
        }
        // Nobody is there to be told what a function of the caller raised.
        let _ = find.tell_end();
    }
}

impl Iterator for MatchStream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl RecordBatchReader for MatchStream {
    fn schema(&self) -> SchemaRef {
        self.find.get().table.schema()
    }
}
