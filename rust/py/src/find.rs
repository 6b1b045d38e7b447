//! One C-FIND that Python holds: its matches as data sets, dictionaries or an Arrow stream.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arrow_array::RecordBatch;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::{Interrupt, Level};
use dicomwire_net::query::{Appetite, Batch, Conclusion, Query, Question};
use dicomwire_net::session::Session;
use dicomwire_table::matches::{MatchRows, MatchTable};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict};

use crate::association::Association;
use crate::data_sets::DataSets;
use crate::errors::{state, to_python};
use crate::listeners::{Listeners, without_interpreter};
use crate::matches::Matches;
use crate::observer::{PyObserver, Watch};
use crate::rows;
use crate::stream::{Source, Trouble, capsule};

/// Matches handed out one by one are not kept from anybody.
const AT_ONCE: Appetite = Appetite {
    linger: Duration::ZERO,
    bytes: 256 * 1024,
    outlasts_cancel: true,
};
/// A batch of columns is worth a moment, but nobody is to wait for one.
const COLUMNS: Appetite = Appetite {
    linger: Duration::from_millis(2),
    bytes: 512 << 10,
    outlasts_cancel: true,
};
/// How long a peer may take to end a query that has enough matches.
const PATIENCE: Duration = Duration::from_secs(10);

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

/// A C-FIND under way. It has the association until the final response.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct Find {
    association: Py<Association>,
    interrupt: Interrupt,
    watch: Arc<Watch>,
    stage: Mutex<Stage>,
    matches: Arc<Matches>,
    conclusion: Mutex<Option<Conclusion>>,
    listeners: Listeners,
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
                listeners: Listeners::new(Arc::clone(&watch)),
                watch,
                stage: Mutex::new(Stage::Ready(Box::new(query))),
                matches: Arc::new(Matches::new(table, syntax, limits)),
                conclusion: Mutex::default(),
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

    fn conclusion(&self) -> MutexGuard<'_, Option<Conclusion>> {
        self.conclusion
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the query to work with it; `None` when it is over.
    fn take(&self) -> Result<Option<Box<Query>>, Trouble> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Busy) {
            Stage::Ready(query) => Ok(Some(query)),
            Stage::Busy => Err(self.trouble("another thread is waiting for matches of this query")),
            Stage::Over => {
                *stage = Stage::Over;
                Ok(None)
            }
            Stage::Broken => {
                *stage = Stage::Broken;
                Err(self.trouble("the query ended by an error before"))
            }
        }
    }

    /// Why the query cannot be had: it is aborted, or else that.
    fn trouble(&self, untimely: &'static str) -> Trouble {
        if self.interrupt.level() >= Level::Abort {
            Trouble::Ended(Error::Interrupted)
        } else {
            Trouble::Untimely(untimely)
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
        if query.is_full() {
            // What was wanted was handed out before: nobody waits while the peer stops.
            self.conclude(query);
            return Ok(None);
        }
        match query.next_batch(appetite) {
            Ok(Some(batch)) if query.conclusion().is_none() => {
                self.put(query);
                Ok(Some(batch))
            }
            Ok(batch) => {
                self.conclude(query);
                Ok(batch)
            }
            Err(error) => Err(Trouble::Ended(self.break_off(*query, error))),
        }
    }

    /// Puts it back after use. If an abort was asked for meanwhile it is ended.
    fn put(&self, query: Box<Query>) {
        let mut stage = self.stage();
        // An abort from now on waits for the lock and finds the query.
        if self.interrupt.level() < Level::Abort {
            *stage = Stage::Ready(query);
        } else {
            drop(stage);
            self.break_off(*query, Error::Interrupted);
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
        self.interrupt.forget_cancel();
        self.association.get().put(query.into_session());
        *self.stage() = Stage::Over;
        // Last: whoever sees it may use the association.
        *self.conclusion() = conclusion;
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
            Trouble::Arrow(error) => state(py, &error.to_string()),
        }
    }

    fn pull_detached(&self, py: Python<'_>, appetite: Appetite) -> PyResult<Option<Batch>> {
        py.check_signals()?;
        let home = thread::current().id();
        py.detach(|| self.pull(appetite, home))
            .map_err(|trouble| self.raise(py, trouble))
    }
}

#[pymethods]
impl Find {
    /// The names of the columns, `error` among them.
    fn columns(&self) -> Vec<String> {
        self.matches.columns()
    }

    /// The matches that are there, at least one, as data sets; `None` after the last.
    fn next_datasets(&self, py: Python<'_>) -> PyResult<Option<DataSets>> {
        let batch = self.pull_detached(py, AT_ONCE)?;
        batch
            .map(|batch| DataSets::new(py, &self.matches, batch))
            .transpose()
    }

    /// The matches that are there, at least one, as dictionaries; `None` after the last.
    fn next_rows<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyDict>>>> {
        let Some(batch) = self.pull_detached(py, AT_ONCE)? else {
            return Ok(None);
        };
        self.listeners
            .matched(py, &self.matches, std::iter::once(&batch))?;
        let mut rows = MatchRows::new(&self.matches.table);
        let columns = self
            .matches
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
        capsule(slf)
    }

    /// Whom rows and streams tell: `matched(data sets)` of each batch, `ended()` when a stream is over.
    #[pyo3(signature = (matched, ended))]
    fn listen(&self, matched: Option<Py<PyAny>>, ended: Option<Py<PyAny>>) {
        self.listeners.set(matched, ended);
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
        self.matches.counters()
    }

    /// What could not be decoded since the last call.
    fn take_undecodable<'py>(&self, py: Python<'py>) -> Vec<(u64, Bound<'py, PyBytes>, String)> {
        self.matches.take_undecodable(py)
    }

    /// (status, error comment, offending elements) of the final response, once it came.
    fn outcome(&self) -> Option<(u16, Option<String>, Vec<u32>)> {
        self.conclusion().clone().map(|conclusion| {
            let offending = conclusion.offending.iter().map(|tag| tag.0).collect();
            (conclusion.status, conclusion.comment, offending)
        })
    }

    /// What ended an Arrow stream early, as its reader only gets a text.
    fn take_raised(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.listeners.take_raised(py)
    }
}

impl Source for Find {
    fn matches(&self) -> &Matches {
        &self.matches
    }

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    fn rows(&self, rows: &mut MatchRows, home: ThreadId) -> Result<Option<RecordBatch>, Trouble> {
        let Some(batch) = self.pull(COLUMNS, home)? else {
            return Ok(None);
        };
        self.listeners
            .matched_in_stream(&self.matches, std::iter::once(&batch))
            .and_then(|()| self.matches.columns_of(rows, &batch))
            .map(Some)
            .map_err(Trouble::Arrow)
    }

    fn give_up(&self) {
        if let Ok(Some(mut query)) = self.take() {
            // Without looking after signals: whoever waits for this thread may hold the interpreter.
            let observer = PyObserver::new(Arc::clone(&self.watch), false);
            query.connection().set_observer(Box::new(observer));
            without_interpreter(|| match query.finish(PATIENCE) {
                Ok(()) => self.conclude(query),
                Err(error) => drop(self.break_off(*query, error)),
            });
        }
    }
}
