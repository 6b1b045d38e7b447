//! Moves bytes: socket → association → [`Incoming`], and association + body → socket.

use std::io::{self, IoSlice, Write};
use std::time::Instant;

use dicomwire_proto::association::Transmit;
use dicomwire_proto::event::Event;

use crate::body::Body;
use crate::connection::{Connection, Incoming, Signal};
use crate::error::Error;
use crate::socket;

/// Data sets from this size on make the next one probably large.
const LARGE: u64 = 128 * 1024;
/// How many bytes of frames go into one vectored write.
const BATCH: usize = 1024 * 1024;
/// The system takes at most 1,024 slices in one call; a frame is two.
const BATCH_FRAMES: usize = 500;

/// A run of our own bytes, then `take` bytes of the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    header_end: usize,
    take: usize,
}

impl Connection {
    /// Hands what has been received to the association and its events to
    /// `incoming`, until the input is used up or something other than a message happened.
    pub(crate) fn process<I: Incoming>(
        &mut self,
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        self.process_until(incoming, |_| false)
    }

    /// As [`Connection::process`], but leaves alone what comes after the message with which `enough` is there.
    fn process_until<I: Incoming>(
        &mut self,
        incoming: &mut I,
        enough: impl Fn(&I) -> bool,
    ) -> Result<Option<Signal>, Error> {
        let now = Instant::now();
        loop {
            let mut input = &self.input[self.start..self.end];
            let before = input.len();
            let outcome = self.association.next_event(&mut input, now);
            self.start += before - input.len();
            let event = match outcome {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.protocol_error(error)),
            };
            match event {
                Event::BodyChunk { bytes, .. } => {
                    self.body_bytes += bytes.len() as u64;
                    incoming.body(bytes)?;
                }
                Event::BodyEnd { context_id } => {
                    if self.observer.logs() {
                        let line = format!(
                            "received a data set of {} bytes in P-DATA-TF PDUs",
                            self.body_bytes
                        );
                        self.observer.log(&[line]);
                    }
                    self.expects_large = self.body_bytes >= LARGE;
                    self.body_bytes = 0;
                    incoming.body_end(context_id)?;
                    if enough(incoming) {
                        return Ok(None);
                    }
                }
                Event::Command {
                    context_id,
                    command,
                } => {
                    if self.observer.logs() {
                        let lines = dicomwire_proto::describe::command_set(context_id, &command);
                        self.observer.log(&directed("received", lines));
                    }
                    incoming.command(context_id, command)?;
                    if enough(incoming) {
                        return Ok(None);
                    }
                }
                Event::AssociateRequested => return Ok(Some(Signal::Requested)),
                Event::Established => return Ok(Some(Signal::Established)),
                Event::Rejected(rj) => return Ok(Some(Signal::Rejected(rj))),
                Event::ReleaseRequested => return Ok(Some(Signal::ReleaseRequested)),
                Event::Released => return Ok(Some(Signal::Released)),
                Event::Aborted(abort) => {
                    return Err(Error::Aborted {
                        peer: self.peer.clone(),
                        origin: abort.source,
                        reason: abort.reason,
                    });
                }
                Event::Closed { clean: true } => return Ok(Some(Signal::Closed)),
                Event::Closed { clean: false } => {
                    return Err(Error::Lost {
                        peer: self.peer.clone(),
                        doing: "the association was open",
                        cause: "closed by the peer".to_owned(),
                    });
                }
                _ => {}
            }
        }
    }

    fn protocol_error(&self, error: dicomwire_proto::error::Error) -> Error {
        match error {
            dicomwire_proto::error::Error::Timeout { phase } => Error::Timeout {
                peer: self.peer.clone(),
                phase,
            },
            error => Error::Protocol {
                peer: self.peer.clone(),
                error,
            },
        }
    }

    /// Processes and reads until `done`, or until something other than a message happened. `done` is asked
    /// again whenever another thread wakes the connection.
    pub fn receive_until<I: Incoming>(
        &mut self,
        incoming: &mut I,
        done: impl Fn(&I) -> bool,
    ) -> Result<Option<Signal>, Error> {
        self.receive(None, incoming, done, |_| false)
    }

    /// As [`Connection::receive_until`], but no longer than `until`, which is no error, and not a message further
    /// than it takes: a release or an abort that follows the one waited for takes nothing back of it.
    pub(crate) fn receive_by<I: Incoming>(
        &mut self,
        until: Option<Instant>,
        incoming: &mut I,
        done: impl Fn(&I) -> bool,
    ) -> Result<Option<Signal>, Error> {
        self.receive(until, incoming, &done, &done)
    }

    fn receive<I: Incoming>(
        &mut self,
        until: Option<Instant>,
        incoming: &mut I,
        done: impl Fn(&I) -> bool,
        enough: impl Fn(&I) -> bool,
    ) -> Result<Option<Signal>, Error> {
        let is_time = || until.is_some_and(|until| Instant::now() >= until);
        let mut has_looked = false;
        loop {
            if let Some(signal) = self.process_until(incoming, &enough)? {
                return Ok(Some(signal));
            }
            if self.association.wants_output()
                && let Some(signal) = self.transmit(&mut Body::Empty, incoming)?
            {
                return Ok(Some(signal));
            }
            if done(incoming) || (has_looked && is_time()) {
                return Ok(None);
            }
            has_looked = true;
            if self.fill(incoming)? {
                continue;
            }
            if self.look_again(incoming)? {
                continue;
            }
            socket::acknowledge_now(&self.socket);
            let deadline = self.association.poll_timeout();
            if self.wait(false, earlier(deadline, until))? {
                self.association.handle_timeout(Instant::now());
            }
        }
    }

    /// Sends everything the association has to say, with the bytes of `body`.
    pub fn transmit<I: Incoming>(
        &mut self,
        body: &mut Body,
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        loop {
            self.check_interrupt()?;
            if let Some((fresh, last)) =
                body.top_up(self.association.max_fragment(), &mut self.scratch)?
            {
                self.association.body_available(fresh as u64, last);
            }
            if self.gather() == 0 {
                return Ok(None);
            }
            let signal = self.write_batch(body, incoming)?;
            if signal.is_some() {
                return Ok(signal);
            }
        }
    }

    /// Collects frames for one write; returns the number of bytes.
    fn gather(&mut self) -> usize {
        let now = Instant::now();
        self.output.clear();
        self.frames.clear();
        let mut total = 0;
        while total < BATCH && self.frames.len() < BATCH_FRAMES {
            let take = match self.association.poll_transmit(&mut self.output, now) {
                None => break,
                Some(Transmit::Bytes) => 0,
                Some(Transmit::Body { take }) => {
                    self.data_pdus += 1;
                    take
                }
            };
            let header_end = self.output.len();
            let known = self.frames.last().map_or(0, |frame| frame.header_end);
            total += header_end - known + take;
            match self.frames.last_mut() {
                // Runs of our own bytes are one slice.
                Some(last) if last.take == 0 => *last = Frame { header_end, take },
                _ => self.frames.push(Frame { header_end, take }),
            }
        }
        total
    }

    fn write_batch<I: Incoming>(
        &mut self,
        body: &mut Body,
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        let output = std::mem::take(&mut self.output);
        let frames = std::mem::take(&mut self.frames);
        self.mid_frame = true;
        let outcome = if body.send_file(self.association.max_fragment()).is_some() {
            self.write_from_file(&output, &frames, body, incoming)
        } else {
            self.write_gathered(&output, &frames, body, incoming)
        };
        self.mid_frame = !matches!(outcome, Ok(None));
        self.output = output;
        self.frames = frames;
        outcome
    }

    /// Headers by `send` with more to follow, bodies by `sendfile`.
    fn write_from_file<I: Incoming>(
        &mut self,
        output: &[u8],
        frames: &[Frame],
        body: &mut Body,
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        let fragment = self.association.max_fragment();
        let mut from = 0;
        for frame in frames {
            let mut header = &output[from..frame.header_end];
            from = frame.header_end;
            while !header.is_empty() {
                let outcome = if frame.take > 0 {
                    socket::send_more(&self.socket, header)
                } else {
                    self.socket.write(header)
                };
                match self.written(outcome, incoming)? {
                    Written::Some(count) => header = &header[count..],
                    Written::Signal(signal) => return Ok(Some(signal)),
                }
            }
            let mut left = frame.take;
            while left > 0 {
                let Some((file, position)) = body.send_file(fragment) else {
                    return Err(Error::Body("the body changed its kind".to_owned()));
                };
                let outcome = match socket::send_file(&self.socket, file, position, left) {
                    Ok(0) => {
                        return Err(Error::Body(format!(
                            "the file was truncated while it was being sent: it ended at offset {position}"
                        )));
                    }
                    outcome => outcome,
                };
                match self.written(outcome, incoming)? {
                    Written::Some(count) => left -= count,
                    Written::Signal(signal) => return Ok(Some(signal)),
                }
            }
        }
        Ok(None)
    }

    /// Headers and bodies by vectored writes of many frames.
    fn write_gathered<I: Incoming>(
        &mut self,
        output: &[u8],
        frames: &[Frame],
        body: &mut Body,
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        let total: usize = frames.iter().map(|frame| frame.take).sum();
        let mut scratch = std::mem::take(&mut self.scratch);
        let outcome = match body.next(total, &mut scratch) {
            Ok(data) => self.write_slices(output, frames, data, incoming),
            Err(error) => Err(error),
        };
        self.scratch = scratch;
        outcome
    }

    fn write_slices<I: Incoming>(
        &mut self,
        output: &[u8],
        frames: &[Frame],
        mut data: &[u8],
        incoming: &mut I,
    ) -> Result<Option<Signal>, Error> {
        let mut slices = Vec::with_capacity(frames.len() * 2);
        let mut from = 0;
        for frame in frames {
            slices.push(IoSlice::new(&output[from..frame.header_end]));
            from = frame.header_end;
            if frame.take > 0 {
                let (piece, rest) = data.split_at(frame.take);
                slices.push(IoSlice::new(piece));
                data = rest;
            }
        }
        let mut left = &mut slices[..];
        while !left.is_empty() {
            let outcome = self.socket.write_vectored(left);
            match self.written(outcome, incoming)? {
                Written::Some(count) => IoSlice::advance_slices(&mut left, count),
                Written::Signal(signal) => return Ok(Some(signal)),
            }
        }
        Ok(None)
    }

    /// Judges one write: counts it, or waits for room while listening to the peer.
    fn written<I: Incoming>(
        &mut self,
        outcome: io::Result<usize>,
        incoming: &mut I,
    ) -> Result<Written, Error> {
        match outcome {
            Ok(0) => Err(self.lost("sending", &io::ErrorKind::WriteZero.into())),
            Ok(count) => {
                self.traffic.sent += count as u64;
                Ok(Written::Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Written::Some(0)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.writable = false;
                match self.wait_for_room(incoming)? {
                    Some(signal) => Ok(Written::Signal(signal)),
                    None => Ok(Written::Some(0)),
                }
            }
            Err(error) => Err(self.explain_broken_pipe(&error, incoming)),
        }
    }

    /// Waits until the socket takes more. A peer that reads nothing for the
    /// whole DIMSE time-out is a time-out, however large the message is.
    fn wait_for_room<I: Incoming>(&mut self, incoming: &mut I) -> Result<Option<Signal>, Error> {
        let deadline = self.stall_timeout.map(|allowed| Instant::now() + allowed);
        while !self.writable {
            if self.wait(true, deadline)? {
                return Err(Error::Timeout {
                    peer: self.peer.clone(),
                    phase: dicomwire_proto::Phase::Dimse,
                });
            }
            while self.fill(incoming)? {
                if let Some(signal) = self.process(incoming)? {
                    return Ok(Some(signal));
                }
                if self.eof {
                    break;
                }
            }
        }
        self.association.note_progress(Instant::now());
        Ok(None)
    }

    /// A failed write often has its reason waiting to be read: the peer's A-ABORT.
    fn explain_broken_pipe<I: Incoming>(&mut self, error: &io::Error, incoming: &mut I) -> Error {
        self.readable = true;
        while let Ok(true) = self.fill(incoming) {
            if let Err(reason @ Error::Aborted { .. }) = self.process(incoming) {
                return reason;
            }
            if self.eof {
                break;
            }
        }
        self.lost("sending", error)
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

enum Written {
    Some(usize),
    Signal(Signal),
}

/// Says which way a logged message went.
pub(crate) fn directed(direction: &str, mut lines: Vec<String>) -> Vec<String> {
    if let Some(first) = lines.first_mut() {
        *first = format!("{direction} {first}");
    }
    lines
}
