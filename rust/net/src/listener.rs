//! Listens for associations and serves each on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dicomwire_proto::{AcceptPolicy, AssociateRj, AssociateRq, Settings};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use crate::connection::Connection;
use crate::desk::Receipt;
use crate::error::Error;
use crate::interrupt::{Interrupt, Level};
use crate::observer::Observer;
use crate::reports::Reports;
use crate::serve::serve;
use crate::sink::Sink;

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
/// Connections the system may hold back for us.
const BACKLOG: i32 = 512;
/// PS3.8 Table 9-21: rejected-transient, by the presentation provider, local limit exceeded.
const LOCAL_LIMIT_EXCEEDED: AssociateRj = AssociateRj {
    result: 2,
    source: 3,
    reason: 2,
};

/// How to receive.
pub struct ListenerOptions {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// Whom to let in and which contexts to accept.
    pub policy: AcceptPolicy,
    /// Limits and time-outs of each association.
    pub settings: Settings,
    /// Associations served at once; more are rejected as "local limit exceeded".
    pub max_associations: usize,
    /// Where instances go.
    pub sink: Arc<dyn Sink>,
    /// Who is told.
    pub receipt: Arc<dyn Receipt>,
    /// Who answers event reports, and the most bytes of event information; `None` takes no reports. They are taken
    /// of the SOP classes of which `policy` lets the requestor be provider.
    pub reports: Option<(Arc<dyn Reports>, usize)>,
    /// Who watches each association; called on its thread.
    pub observers: Arc<dyn Fn() -> Box<dyn Observer> + Send + Sync>,
    /// Told how associations ended that did not end by a release.
    pub ended: Arc<dyn Fn(&Error) + Send + Sync>,
}

struct Shared {
    options: ListenerOptions,
    interrupt: Interrupt,
    closing: AtomicBool,
    serving: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A running listener.
pub struct Listener {
    shared: Arc<Shared>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
    address: SocketAddr,
}

impl Listener {
    /// Binds and starts to accept.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(options: ListenerOptions) -> io::Result<Self> {
        let mut listener = bind(options.address)?;
        let address = listener.local_addr()?;
        let poll = Poll::new()?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let shared = Arc::new(Shared {
            options,
            interrupt: Interrupt::new(),
            closing: AtomicBool::new(false),
            serving: AtomicUsize::new(0),
            threads: Mutex::new(Vec::new()),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("dicomwire-listen".to_owned())
            .spawn(move || accept_loop(&for_thread, &listener, poll))?;
        Ok(Self {
            shared,
            waker,
            thread: Some(thread),
            address,
        })
    }

    /// The bound address, with the port the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Associations being served now.
    #[must_use]
    pub fn serving(&self) -> usize {
        self.shared.serving.load(Ordering::SeqCst)
    }

    /// Stops accepting and waits up to `patience` for open associations to end; then aborts them.
    pub fn stop(&mut self, patience: Duration) {
        self.shared.closing.store(true, Ordering::SeqCst);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // A handler may call this on the thread of its own association, which cannot wait for itself.
        let me = std::thread::current().id();
        let lock = || {
            self.shared
                .threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let mine = usize::from(lock().iter().any(|thread| thread.thread().id() == me));
        let until = Instant::now() + patience;
        while self.serving() > mine && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.shared.interrupt.raise(Level::Abort);
        let threads = std::mem::take(&mut *lock());
        for thread in threads
            .into_iter()
            .filter(|thread| thread.thread().id() != me)
        {
            let _ = thread.join();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.shared.interrupt.raise(Level::Abort);
        let _ = self.waker.wake();
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
    // On Windows this option would let two servers share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

fn accept_loop(shared: &Arc<Shared>, listener: &TcpListener, mut poll: Poll) {
    let mut events = Events::with_capacity(4);
    while !shared.closing.load(Ordering::SeqCst) {
        if let Err(error) = poll.poll(&mut events, Some(Duration::from_secs(1)))
            && error.kind() != io::ErrorKind::Interrupted
        {
            return;
        }
        while !shared.closing.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((stream, from)) => admit(shared, stream, from),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Out of descriptors, or the peer was gone before we looked: the next may do better.
                Err(_) => {
                    std::thread::sleep(Duration::from_millis(10));
                    break;
                }
            }
        }
    }
}

fn admit(shared: &Arc<Shared>, stream: TcpStream, from: SocketAddr) {
    let mut threads = shared
        .threads
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    threads.retain(|thread| !thread.is_finished());
    let crowded = shared.serving.fetch_add(1, Ordering::SeqCst) >= shared.options.max_associations;
    let for_thread = Arc::clone(shared);
    let thread = std::thread::Builder::new().name("dicomwire-receive".to_owned());
    match thread.spawn(move || {
        let leaving = Leaving(&for_thread.serving);
        attend(&for_thread, stream, from, crowded);
        drop(leaving);
    }) {
        Ok(handle) => threads.push(handle),
        // No thread to be had: the connection is closed by being dropped.
        Err(_) => {
            shared.serving.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Frees the place of an association, whatever its thread ends by.
struct Leaving<'a>(&'a AtomicUsize);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn attend(shared: &Shared, stream: TcpStream, from: SocketAddr, crowded: bool) {
    let options = &shared.options;
    let observer = (options.observers)();
    let settings = options.settings.clone();
    let decide = |request: &AssociateRq| {
        if crowded {
            Err(LOCAL_LIMIT_EXCEEDED)
        } else {
            options.policy.decide(request)
        }
    };
    let opened = Connection::accept(
        stream,
        from.to_string(),
        &decide,
        settings,
        observer,
        shared.interrupt.clone(),
    );
    let outcome = opened.and_then(|connection| {
        serve(
            connection,
            Arc::clone(&options.sink),
            Arc::clone(&options.receipt),
            options.reports.clone().map(|(reports, max_data_set)| {
                (reports, max_data_set, options.policy.scp_roles.clone())
            }),
        )
    });
    if let Err(error) = outcome {
        (options.ended)(&error);
    }
}
