//! Opening and ending an association: connect, request, accept, release, abort, close.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use dicomwire_proto::{AssociateAc, AssociateRj, AssociateRq, Association, Settings};
use mio::net::TcpStream;

use crate::body::Body;
use crate::connection::{Connection, Signal};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::message::{Inbox, Unheard};
use crate::observer::{AbortNotice, AssociateAnswer, Observer};
use crate::socket;

/// How long an abort may try to reach the peer.
const ABORT_BUDGET: Duration = Duration::from_millis(250);

/// How long a close may wait for the peer's.
const DRAIN_BUDGET: Duration = Duration::from_millis(100);

/// Whom to connect to and how long that may take.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The peer as the caller named it, for messages.
    pub name: String,
    /// Host name or address literal.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Time allowed for the TCP connection.
    pub connect_timeout: Option<Duration>,
}

/// What an acceptor says to a request.
pub type Decide<'a> = &'a dyn Fn(&AssociateRq) -> Result<AssociateAc, AssociateRj>;

impl Connection {
    /// Connects and negotiates.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Connect`], [`Error::ConnectTimeout`],
    /// [`Error::Rejected`], [`Error::Aborted`], [`Error::Timeout`],
    /// [`Error::Lost`], [`Error::Protocol`], [`Error::Local`] for a request that cannot be sent.
    pub fn open(
        endpoint: &Endpoint,
        mut request: AssociateRq,
        mut settings: Settings,
        mut observer: Box<dyn Observer>,
        interrupt: Interrupt,
    ) -> Result<Self, Error> {
        observer.before_connect(&endpoint.name)?;
        let connected = connect(endpoint, &mut *observer, &interrupt);
        match &connected {
            Ok(_) => observer.after_connect(&endpoint.name, None)?,
            Err(error) => observer.after_connect(&endpoint.name, Some(&error.to_string()))?,
        }
        let socket = connected?;
        observer.before_associate_request(&mut request)?;
        if observer.logs() {
            observer.log(&dicomwire_proto::describe::associate_rq(&request));
        }
        settings.max_pdu_length = request.user_information.max_pdu_length;
        let stall = settings.timeouts.dimse;
        let association = Association::request(request, settings, Instant::now())?;
        let mut connection = Self::new(
            socket,
            association,
            endpoint.name.clone(),
            stall,
            observer,
            interrupt,
        )
        .map_err(|error| Error::Connect {
            peer: endpoint.name.clone(),
            attempts: socket::plain(&error),
        })?;
        match connection.negotiate() {
            Ok(()) => Ok(connection),
            Err(error) => Err(connection.fail(error)),
        }
    }

    fn negotiate(&mut self) -> Result<(), Error> {
        let mut inbox = Inbox::new(0);
        match self.receive_until(&mut inbox, |_| false) {
            Ok(Some(Signal::Established)) => {
                if self.observer.logs()
                    && let Some(ac) = self.association.associate_ac()
                {
                    self.observer.log(&dicomwire_proto::describe::associate_ac(
                        ac,
                        self.association.associate_rq(),
                    ));
                }
                self.observer
                    .after_associate_request(&AssociateAnswer::Accepted(&self.association))?;
                Ok(())
            }
            Ok(Some(Signal::Rejected(rj))) => {
                if self.observer.logs() {
                    self.observer
                        .log(&dicomwire_proto::describe::associate_rj(&rj));
                }
                self.observer
                    .after_associate_request(&AssociateAnswer::Rejected(&rj))?;
                Err(Error::Rejected {
                    peer: self.peer.clone(),
                    rj,
                })
            }
            Ok(_) => Err(Error::Lost {
                peer: self.peer.clone(),
                doing: "negotiating the association",
                cause: "closed by the peer".to_owned(),
            }),
            Err(error) => {
                self.observer
                    .after_associate_request(&AssociateAnswer::Failed(&error.to_string()))?;
                Err(match error {
                    Error::Lost { peer, cause, .. } => Error::Lost {
                        peer,
                        doing: "negotiating the association",
                        cause,
                    },
                    other => other,
                })
            }
        }
    }

    /// Takes an association on an accepted socket, if the policy allows it.
    ///
    /// # Errors
    /// As [`Connection::open`]; [`Error::Rejected`] when the policy refused.
    pub fn accept(
        socket: TcpStream,
        peer: String,
        decide: Decide<'_>,
        settings: Settings,
        observer: Box<dyn Observer>,
        interrupt: Interrupt,
    ) -> Result<Self, Error> {
        let stall = settings.timeouts.dimse;
        let association = Association::accept(settings, Instant::now());
        let mut connection = Self::new(
            socket,
            association,
            peer.clone(),
            stall,
            observer,
            interrupt,
        )
        .map_err(|error| Error::Connect {
            peer,
            attempts: socket::plain(&error),
        })?;
        match connection.answer_request(decide) {
            Ok(()) => Ok(connection),
            Err(error) => Err(connection.fail(error)),
        }
    }

    fn answer_request(&mut self, decide: Decide<'_>) -> Result<(), Error> {
        let mut inbox = Inbox::new(0);
        let signal = self.receive_until(&mut inbox, |_| false)?;
        let (Some(Signal::Requested), Some(request)) = (&signal, self.association.associate_rq())
        else {
            return Err(Error::Lost {
                peer: self.peer.clone(),
                doing: "waiting for an association request",
                cause: "closed by the peer".to_owned(),
            });
        };
        let logs = self.observer.logs();
        if logs {
            self.observer
                .log(&dicomwire_proto::describe::associate_rq(request));
        }
        match decide(request) {
            Ok(ac) => {
                self.association.accept_request(ac, Instant::now())?;
                // Logged as it goes out: the association puts our maximum length in.
                if let (true, Some(ac)) = (logs, self.association.associate_ac()) {
                    let lines = dicomwire_proto::describe::associate_ac(
                        ac,
                        self.association.associate_rq(),
                    );
                    self.observer.log(&lines);
                }
                self.transmit(&mut Body::Empty, &mut inbox)?;
                Ok(())
            }
            Err(rj) => {
                if logs {
                    self.observer
                        .log(&dicomwire_proto::describe::associate_rj(&rj));
                }
                let error = Error::Rejected {
                    peer: format!("we, asked by {},", self.peer),
                    rj,
                };
                self.association.reject_request(rj, Instant::now())?;
                self.transmit(&mut Body::Empty, &mut inbox)?;
                Err(error)
            }
        }
    }

    /// Releases the association and closes the socket.
    ///
    /// # Errors
    /// When the peer did not confirm the release; the socket is closed all the same.
    pub fn release(mut self) -> Result<(), Error> {
        if self.is_copy() {
            return Ok(());
        }
        match self.exchange_release() {
            Ok(()) => {
                self.observer.before_close()?;
                let _ = self.socket.shutdown(Shutdown::Both);
                self.observer.after_close()?;
                Ok(())
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    fn exchange_release(&mut self) -> Result<(), Error> {
        self.observer.before_release_request()?;
        if self.observer.logs() {
            self.observer.log(&["sending A-RELEASE-RQ".to_owned()]);
        }
        // Whatever the peer still has to say changes nothing.
        let mut inbox = Unheard::default();
        self.association.release(Instant::now())?;
        loop {
            match self.receive_until(&mut inbox, |_| false)? {
                Some(Signal::Released) => break,
                // Release collision (PS3.8 §7.2.2.7): the association answers in the right order.
                Some(Signal::ReleaseRequested) => {
                    self.association.respond_release(Instant::now())?
                }
                _ => {
                    return Err(Error::Lost {
                        peer: self.peer.clone(),
                        doing: "releasing the association",
                        cause: "closed by the peer".to_owned(),
                    });
                }
            }
        }
        if self.observer.logs() {
            self.observer.log(&["received A-RELEASE-RP".to_owned()]);
        }
        self.observer.after_release_request()?;
        Ok(())
    }

    /// Agrees to the release the peer asked for and closes the socket.
    pub fn end_as_acceptor(mut self) {
        if self.association.respond_release(Instant::now()).is_ok() {
            self.flush_briefly();
        }
        self.drain_briefly();
    }

    /// Aborts the association (PS3.8 §7.3) and closes the socket.
    pub fn abort(self) {
        let _ = self.fail(Error::Interrupted);
    }

    /// Ends a broken association: tells the peer if there is anything to
    /// tell, closes the socket, reports to the observer, and gives the error back.
    pub fn fail(mut self, error: Error) -> Error {
        if self.is_copy() {
            return error;
        }
        let notice = match &error {
            Error::Aborted { origin, reason, .. } => AbortNotice {
                by: if *origin == 0 { "peer" } else { "provider" },
                source: *origin,
                reason: *reason,
                message: error.to_string(),
            },
            _ => AbortNotice {
                by: "local",
                source: 0,
                reason: 0,
                message: error.to_string(),
            },
        };
        let ours = matches!(
            error,
            Error::Interrupted
                | Error::Handler
                | Error::Body(_)
                | Error::Local(_)
                | Error::Flooded(_)
                | Error::DataSetTooLong { .. }
                | Error::Unheeded { .. }
                | Error::Timeout { .. }
        );
        if ours {
            self.association.abort(0, 0, Instant::now());
        }
        let rejected = matches!(error, Error::Rejected { .. });
        if self.observer.logs() && !rejected {
            self.observer.log(&[format!("association ended: {error}")]);
        }
        if !matches!(error, Error::Aborted { .. } | Error::Lost { .. }) {
            self.flush_briefly();
            self.drain_briefly();
        }
        // A handler that fails now has nothing left to stop.
        if !rejected && !matches!(error, Error::Lost { .. } | Error::ReleasedByPeer { .. }) {
            let _ = self.observer.aborted(&notice);
        }
        let _ = self.observer.before_close();
        let _ = self.socket.shutdown(Shutdown::Both);
        let _ = self.observer.after_close();
        error
    }

    /// Waits a moment for the peer to close: a socket closed with unread
    /// input resets the connection, and what we said last would be lost with it.
    fn drain_briefly(&mut self) {
        use std::io::Read;
        let deadline = Instant::now() + DRAIN_BUDGET;
        let _ = self.socket.shutdown(Shutdown::Write);
        while !self.eof && Instant::now() < deadline {
            match self.socket.read(&mut self.input) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(_) => break,
            }
        }
    }

    /// Writes what is queued, but does not wait long for it.
    pub(crate) fn flush_briefly(&mut self) {
        use std::io::Write;
        if self.mid_frame {
            return;
        }
        let deadline = Instant::now() + ABORT_BUDGET;
        self.output.clear();
        while self
            .association
            .poll_transmit(&mut self.output, Instant::now())
            .is_some()
        {}
        let output = std::mem::take(&mut self.output);
        let mut left = &output[..];
        while !left.is_empty() && Instant::now() < deadline {
            match self.socket.write(left) {
                Ok(0) => break,
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(_) => break,
            }
        }
    }
}

fn connect(
    endpoint: &Endpoint,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<TcpStream, Error> {
    let addresses = socket::resolve(&endpoint.name, &endpoint.host, endpoint.port)?;
    socket::connect(
        &endpoint.name,
        &addresses,
        endpoint.connect_timeout,
        &mut || {
            if interrupt.level() >= crate::interrupt::Level::Abort {
                return Err(Error::Interrupted);
            }
            Ok(observer.tick()?)
        },
    )
}
