//! Takes bytes from the socket: into the buffer, or past it where nobody needs to see them.
//!
//! Received data sets mostly go straight on: into a file, or nowhere. Once an association is inside
//! one, its fragments can be spliced or dropped by the kernel, and only the 12 header bytes between
//! them are read.

use std::io::{self, Read};
use std::time::Instant;

use crate::connection::{Appetite, Connection, Incoming};
use crate::error::Error;
use crate::patience::LOOK;
use crate::socket;
use crate::splice::Pipe;

/// Fragments from this size on are worth a system call of their own.
const DIRECT_FROM: u64 = 16 * 1024;
/// PDU header, presentation data value length, context and message control header (PS3.8 §9.3.5).
const HEADERS: usize = 12;
/// The first read of a message that will probably be a large one.
const FIRST_READ: usize = 4096;

/// How the next bytes are taken.
enum Intake {
    Read(usize),
    Discard(usize),
    Splice(usize),
}

impl Connection {
    /// Takes bytes once. Returns whether there is anything new to process.
    pub(crate) fn fill<I: Incoming>(&mut self, incoming: &mut I) -> Result<bool, Error> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
        if !self.readable || self.end == self.input.len() {
            return Ok(self.start < self.end);
        }
        match self.plan_intake(incoming) {
            Intake::Read(room) => {
                let space = &mut self.input[self.end..self.end + room];
                let outcome = self.socket.read(space);
                let taken = self.judge_intake(outcome, room)?;
                self.end += taken.unwrap_or(0);
                Ok(taken.is_some())
            }
            Intake::Discard(room) => {
                let outcome = socket::discard(&self.socket, &mut self.input[..room]);
                let taken = self.judge_intake(outcome, room)?;
                self.pass_by(taken, incoming)
            }
            Intake::Splice(room) => self.splice(room, incoming),
        }
    }

    /// Looks for the next bytes a moment longer, where that has been worth it. Returns whether there are any.
    pub(crate) fn look_again<I: Incoming>(&mut self, incoming: &mut I) -> Result<bool, Error> {
        if self.eof || !self.patience.is_worth_it() {
            return Ok(false);
        }
        let until = Instant::now() + LOOK;
        loop {
            std::thread::yield_now();
            self.readable = true;
            let came = self.fill(incoming)?;
            if came || Instant::now() >= until {
                self.patience.learn(came);
                return Ok(came);
            }
        }
    }

    fn plan_intake<I: Incoming>(&self, incoming: &I) -> Intake {
        let room = self.input.len() - self.end;
        if self.end > 0 {
            return Intake::Read(room);
        }
        if !self.association.is_receiving_body() {
            return Intake::Read(if self.expects_large { FIRST_READ } else { room });
        }
        let appetite = incoming.appetite();
        if matches!(appetite, Appetite::Bytes)
            || (matches!(appetite, Appetite::File(_)) && self.cannot_splice)
        {
            return Intake::Read(room);
        }
        let remaining = self.association.body_remaining();
        let fitting = usize::try_from(remaining).unwrap_or(usize::MAX).min(room);
        match (remaining, appetite) {
            (0, _) => Intake::Read(HEADERS),
            (small, _) if small < DIRECT_FROM => Intake::Read(room),
            (_, Appetite::File(_)) => {
                Intake::Splice(usize::try_from(remaining).unwrap_or(usize::MAX))
            }
            _ => Intake::Discard(fitting),
        }
    }

    /// The number of bytes taken; `None`: nothing there now.
    fn judge_intake(
        &mut self,
        outcome: io::Result<usize>,
        room: usize,
    ) -> Result<Option<usize>, Error> {
        match outcome {
            Ok(0) => {
                self.eof = true;
                self.readable = false;
                self.association.handle_eof(Instant::now());
                Ok(Some(0))
            }
            Ok(count) => {
                // A short read means the socket is drained (epoll(7)); the next byte is a new event.
                self.readable = count == room || self.read_closed;
                self.traffic.received += count as u64;
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(self.lost("receiving", &error)),
        }
    }

    /// Tells the association and the receiver of bytes that went past the buffer.
    fn pass_by<I: Incoming>(
        &mut self,
        taken: Option<usize>,
        incoming: &mut I,
    ) -> Result<bool, Error> {
        if let Some(count) = taken.filter(|count| *count > 0) {
            self.body_bytes += count as u64;
            self.association.skip_body(count as u64);
            incoming.passed_by(count as u64);
        }
        Ok(taken.is_some())
    }

    /// From the socket into the receiver's file by way of a pipe, without a copy through this process.
    fn splice<I: Incoming>(&mut self, room: usize, incoming: &mut I) -> Result<bool, Error> {
        if self.pipe.is_none() {
            self.pipe = Pipe::new().ok();
        }
        let Some(pipe) = &mut self.pipe else {
            self.cannot_splice = true;
            return Ok(true);
        };
        let outcome = pipe.fill(&self.socket, room);
        if matches!(&outcome, Err(error) if error.kind() == io::ErrorKind::InvalidInput) {
            self.cannot_splice = true;
            return Ok(true);
        }
        let taken = self.judge_intake(outcome, room)?;
        // The pipe may have been the limit, not the socket.
        self.readable = taken.is_some() && !self.eof;
        if let Some(count) = taken.filter(|count| *count > 0) {
            self.empty_pipe(count, incoming)?;
        }
        self.pass_by(taken, incoming)
    }

    fn empty_pipe<I: Incoming>(&mut self, count: usize, incoming: &mut I) -> Result<(), Error> {
        let (Some(pipe), Appetite::File(file)) = (&mut self.pipe, incoming.appetite()) else {
            return Ok(());
        };
        let Err((written, error)) = pipe.empty_into(file, count) else {
            return Ok(());
        };
        if written == 0 && error.kind() == io::ErrorKind::InvalidInput {
            // The file's system takes no splice: the bytes are still in the pipe.
            self.cannot_splice = true;
            self.scratch.resize(count, 0);
            if let Err(error) = pipe.read_exact(&mut self.scratch[..count]) {
                incoming.spoiled(&error);
                return Ok(());
            }
            return incoming.write_instead(&self.scratch[..count]);
        }
        // What is left in the pipe belongs to an instance that failed.
        self.pipe = None;
        incoming.spoiled(&error);
        Ok(())
    }
}
