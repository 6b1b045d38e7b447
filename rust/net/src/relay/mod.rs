//! A sink that passes instances on: what comes by C-GET goes out by C-STORE on another association.
//!
//! Nothing touches the disk, and no instance is held as a whole: a few pieces wait between the thread that
//! receives and the one that sends, so a slow destination slows the source. The source is told what the
//! destination said.

pub(crate) mod conduit;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::{io, thread};

use dicomwire_proto::command::CommandSet;

use self::conduit::{Inlet, Outlet, conduit};
use crate::answer::await_answer;
use crate::body::Body;
use crate::connection::{Appetite, Connection};
use crate::error::Error;
use crate::interrupt::{Interrupt, Level};
use crate::message::Inbox;
use crate::session::Session;
use crate::sink::{Arriving, Refusal, Sink, Stored, Writer, status};
use crate::socket::TICK;
use crate::streamed::StreamedBody;

/// No answer to a C-STORE-RQ carries a data set of any size.
const MAX_ANSWER: usize = 1 << 20;

/// Asked every 100 ms while the receiving thread waits for the destination, so that it can look after signals.
/// It ends the wait by raising the source's interrupt.
pub type Tick = Box<dyn Fn() + Send + Sync>;

/// One instance for the sending thread.
struct Job {
    context_id: u8,
    sop_class_uid: String,
    sop_instance_uid: String,
    outlet: Outlet,
    verdict: mpsc::Sender<Verdict>,
}

/// What became of one instance.
enum Verdict {
    /// The destination answered.
    Answered {
        status: u16,
        comment: Option<String>,
    },
    /// The destination is gone.
    Lost,
}

struct Shared {
    /// The destination as the caller named it.
    peer: String,
    /// (identifier, SOP class, transfer syntax) of each accepted context.
    contexts: Vec<(u8, String, String)>,
    source: Interrupt,
    destination: Interrupt,
    tick: Tick,
    /// Why the destination is gone.
    lost: Mutex<Option<String>>,
    /// Instances that are on their way.
    in_flight: AtomicUsize,
    gauge: Arc<conduit::Gauge>,
}

/// Passes instances on to one association.
pub struct Relay {
    shared: Arc<Shared>,
    /// `None`: no more instances are taken.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<Option<Session>>>>,
}

impl Relay {
    /// Starts the thread that sends on `destination`. `source` is the switch of the association instances come on.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(mut destination: Session, source: Interrupt, tick: Tick) -> io::Result<Self> {
        let connection = destination.connection();
        let contexts = connection.association().contexts().iter();
        let contexts = contexts
            .filter(|context| context.is_accepted() && context.scu)
            .map(|context| {
                (
                    context.id,
                    context.abstract_syntax.clone(),
                    context.transfer_syntax.clone(),
                )
            });
        let shared = Arc::new(Shared {
            peer: connection.peer().to_owned(),
            contexts: contexts.collect(),
            source,
            destination: connection.interrupt.clone(),
            tick,
            lost: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            gauge: Arc::default(),
        });
        let (jobs, queue) = mpsc::channel();
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("dicomwire-relay".to_owned())
            .spawn(move || run(&for_thread, destination, &queue))?;
        Ok(Self {
            shared,
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Ends it, after the last instance: the association with the destination, if it is still there. With an
    /// instance on its way, of which nobody waits to hear, that association is aborted.
    #[must_use]
    pub fn finish(&self) -> Option<Session> {
        drop(lock(&self.jobs).take());
        if self.shared.in_flight.load(Ordering::SeqCst) > 0 {
            self.shared.destination.raise(Level::Abort);
        }
        let thread = lock(&self.thread).take()?;
        thread.join().ok().flatten()
    }

    /// The most bytes that ever waited between the two associations.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.shared.gauge.peak()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(session) = self.finish() {
            session.into_connection().abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The refusal of everything, once the destination is gone.
    fn refusal(&self) -> Option<Refusal> {
        let reason = lock(&self.lost);
        reason.as_ref().map(|reason| Refusal {
            status: status::OUT_OF_RESOURCES,
            comment: format!("not passed on: {reason}"),
        })
    }

    /// Whether the receiving thread may go on waiting.
    fn go_on(&self) -> bool {
        (self.tick)();
        self.source.level() < Level::Abort
    }
}

impl Sink for Relay {
    fn begin(&self, arriving: &Arriving) -> Result<Box<dyn Writer>, Refusal> {
        let shared = &self.shared;
        if let Some(refusal) = shared.refusal() {
            return Err(refusal);
        }
        let context = shared.contexts.iter().find(|(_, class, syntax)| {
            *class == arriving.sop_class_uid && *syntax == arriving.transfer_syntax_uid
        });
        let Some((context_id, ..)) = context else {
            return Err(Refusal {
                status: status::SOP_CLASS_NOT_SUPPORTED,
                comment: format!("no presentation context at {}", shared.peer),
            });
        };
        let destination = shared.destination.clone();
        let (inlet, outlet) = conduit(&shared.gauge, move || destination.level() < Level::Abort);
        let (verdict, heard) = mpsc::channel();
        let job = Job {
            context_id: *context_id,
            sop_class_uid: arriving.sop_class_uid.clone(),
            sop_instance_uid: arriving.sop_instance_uid.clone(),
            outlet,
            verdict,
        };
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        let taken = lock(&self.jobs)
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        if !taken {
            // Lost in this very moment: the verdict will say so.
            shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(Box::new(RelayWriter {
            shared: Arc::clone(shared),
            inlet: Some(inlet),
            verdict: heard,
        }))
    }
}

struct RelayWriter {
    shared: Arc<Shared>,
    /// `None`: the destination has what it wants of the bytes.
    inlet: Option<Inlet>,
    verdict: mpsc::Receiver<Verdict>,
}

impl RelayWriter {
    /// What the destination says.
    fn hear(&self) -> Result<Stored, Refusal> {
        let shared = &self.shared;
        loop {
            match self.verdict.recv_timeout(TICK) {
                Ok(Verdict::Answered { status, comment }) => return judge(shared, status, comment),
                Ok(Verdict::Lost) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(shared.refusal().unwrap_or_else(|| Refusal {
                        status: status::OUT_OF_RESOURCES,
                        comment: format!("not passed on: {} is gone", shared.peer),
                    }));
                }
                Err(RecvTimeoutError::Timeout) if shared.go_on() => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Refusal::from_io(
                        "not passed on",
                        &io::ErrorKind::Interrupted.into(),
                    ));
                }
            }
        }
    }
}

impl Writer for RelayWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(inlet) = &mut self.inlet else {
            return Ok(());
        };
        match inlet.push(bytes, &|| self.shared.go_on()) {
            // Why, is what the verdict says.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.inlet = None;
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn appetite(&self) -> Appetite<'_> {
        if self.inlet.is_some() {
            Appetite::Bytes
        } else {
            Appetite::Nothing
        }
    }

    fn finish(mut self: Box<Self>) -> Result<Stored, Refusal> {
        if let Some(inlet) = &mut self.inlet
            && let Err(error) = inlet.finish(&|| self.shared.go_on())
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            return Err(Refusal::from_io("not passed on", &error));
        }
        self.hear()
    }
}

/// What the source is told of the destination's answer.
fn judge(shared: &Shared, status: u16, comment: Option<String>) -> Result<Stored, Refusal> {
    if status == status::SUCCESS {
        return Ok(Stored::default());
    }
    let remark = Refusal {
        status,
        comment: comment
            .unwrap_or_else(|| format!("{} answered with status 0x{status:04X}", shared.peer)),
    };
    if status::is_warning(status) {
        Ok(Stored {
            warning: Some(remark),
            ..Stored::default()
        })
    } else {
        Err(remark)
    }
}

/// The thread that sends.
fn run(shared: &Shared, mut session: Session, jobs: &mpsc::Receiver<Job>) -> Option<Session> {
    while let Ok(job) = jobs.recv() {
        let verdict = job.verdict.clone();
        let outcome = pass_on(session.connection(), job);
        let verdict_of = |outcome| {
            shared.in_flight.fetch_sub(1, Ordering::SeqCst);
            // Nobody may be left to hear it.
            let _ = verdict.send(outcome);
        };
        match outcome {
            Ok(answered) => verdict_of(answered),
            Err(error) => {
                let error = session.into_connection().fail(error);
                *lock(&shared.lost) = Some(error.to_string());
                verdict_of(Verdict::Lost);
                return None;
            }
        }
    }
    session.used();
    Some(session)
}

fn pass_on(connection: &mut Connection, job: Job) -> Result<Verdict, Error> {
    let message_id = connection.next_message_id();
    let command =
        CommandSet::c_store_rq(message_id, &job.sop_class_uid, &job.sop_instance_uid, 0_u16);
    let mut inbox = Inbox::new(MAX_ANSWER);
    let mut body = Body::Streamed(Box::new(StreamedBody::piped(job.outlet)));
    connection.send(job.context_id, &command, &mut body, &mut inbox)?;
    let answer = await_answer(connection, &mut inbox)?.command;
    Ok(Verdict::Answered {
        status: answer.status.unwrap_or(status::PROCESSING_FAILURE),
        comment: answer.error_comment,
    })
}
