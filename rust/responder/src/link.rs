//! An accepted association on a blocking socket.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use dicomwire_proto::command::CommandSet;
use dicomwire_proto::{AcceptPolicy, Association, BodyLength, Event, Settings};
use rustix::net::RecvFlags;

use crate::Error;

const BUFFER_LENGTH: usize = 64 * 1024;

fn settings() -> Settings {
    Settings {
        // Requests are short, and dicom-rs to 0.8 takes no acceptor that announces more.
        max_pdu_length: 128 * 1024,
        ..Settings::default()
    }
}

/// What the requestor said.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A request, its data set read and forgotten.
    Request(u8, Box<CommandSet>),
    /// C-CANCEL-RQ.
    Cancel,
    /// A-RELEASE-RQ, A-ABORT or the end of the connection.
    End,
}

/// One association with its socket.
pub(crate) struct Link {
    stream: TcpStream,
    association: Association,
    buffer: Vec<u8>,
    /// What was said and not listened to yet; the last first.
    heard: Vec<Heard>,
    /// The request whose data set is on its way.
    incomplete: Option<(u8, Box<CommandSet>)>,
}

impl Link {
    /// Waits for the association request and answers it.
    ///
    /// `None` if the peer went away before, or was rejected.
    pub(crate) fn accept(stream: TcpStream, policy: &AcceptPolicy) -> Result<Option<Self>, Error> {
        stream.set_nodelay(true)?;
        let mut link = Self {
            stream,
            association: Association::accept(settings(), Instant::now()),
            buffer: vec![0; BUFFER_LENGTH],
            heard: Vec::new(),
            incomplete: None,
        };
        while link.association.associate_rq().is_none() {
            if !link.read()? {
                return Ok(None);
            }
        }
        let decision = link
            .association
            .associate_rq()
            .map(|request| policy.decide(request));
        match decision {
            Some(Ok(accept)) => link.association.accept_request(accept, Instant::now())?,
            Some(Err(reject)) => link.association.reject_request(reject, Instant::now())?,
            None => return Ok(None),
        }
        link.flush()?;
        Ok(link.association.is_established().then_some(link))
    }

    pub(crate) fn association(&self) -> &Association {
        &self.association
    }

    /// Waits for what the peer says next.
    pub(crate) fn listen(&mut self) -> Result<Heard, Error> {
        loop {
            if let Some(heard) = self.heard.pop() {
                return Ok(heard);
            }
            if !self.read()? {
                return Ok(Heard::End);
            }
        }
    }

    /// What the peer said meanwhile, if anything; does not wait.
    pub(crate) fn overhear(&mut self) -> Result<Option<Heard>, Error> {
        if self.heard.is_empty() {
            match rustix::net::recv(&self.stream, &mut self.buffer[..], RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Ok(Some(Heard::End)),
                Ok((count, _)) => self.take(count)?,
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Error::Socket(error.into())),
            }
        }
        Ok(self.heard.pop())
    }

    /// Writes bytes that are whole PDUs.
    pub(crate) fn write(&mut self, pdus: &[u8]) -> Result<(), Error> {
        Ok(self.stream.write_all(pdus)?)
    }

    /// Sends a command set without a data set.
    pub(crate) fn answer(&mut self, context_id: u8, command: &CommandSet) -> Result<(), Error> {
        self.association
            .send(context_id, command, BodyLength::None, Instant::now())?;
        self.flush()
    }

    /// Answers a request for release, if there was one, and closes.
    pub(crate) fn close(mut self) -> Result<(), Error> {
        if self.association.respond_release(Instant::now()).is_ok() {
            self.flush()?;
            self.stream.shutdown(Shutdown::Write)?;
            // The requestor closes first, or what it has not read yet would be lost to a reset.
            while self.stream.read(&mut self.buffer)? > 0 {}
        }
        Ok(())
    }

    /// Gives up on a peer that cannot be answered.
    pub(crate) fn abort(mut self) -> Result<(), Error> {
        self.association.abort(2, 0, Instant::now());
        self.flush()
    }

    /// Reads once, waiting; false at the end of the connection.
    fn read(&mut self) -> Result<bool, Error> {
        let count = match self.stream.read(&mut self.buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            read => read?,
        };
        self.take(count)?;
        Ok(count > 0)
    }

    fn take(&mut self, count: usize) -> Result<(), Error> {
        let mut input = &self.buffer[..count];
        let taken = loop {
            match self.association.next_event(&mut input, Instant::now()) {
                Ok(Some(event)) => match event {
                    Event::Command {
                        context_id,
                        command,
                    } if command.has_data_set => {
                        self.incomplete = Some((context_id, command));
                    }
                    Event::Command { command, .. } if command.is_cancel() => {
                        self.heard.insert(0, Heard::Cancel);
                    }
                    Event::Command {
                        context_id,
                        command,
                    } => {
                        self.heard.insert(0, Heard::Request(context_id, command));
                    }
                    Event::BodyEnd { .. } => {
                        if let Some((context_id, command)) = self.incomplete.take() {
                            self.heard.insert(0, Heard::Request(context_id, command));
                        }
                    }
                    Event::ReleaseRequested | Event::Aborted(_) | Event::Closed { .. } => {
                        self.heard.insert(0, Heard::End);
                    }
                    _ => {}
                },
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        // What breaks the protocol is answered with an A-ABORT, which waits to be written.
        self.flush()?;
        Ok(taken?)
    }

    fn flush(&mut self) -> Result<(), Error> {
        let mut out = Vec::new();
        while self
            .association
            .poll_transmit(&mut out, Instant::now())
            .is_some()
        {}
        Ok(self.stream.write_all(&out)?)
    }
}
