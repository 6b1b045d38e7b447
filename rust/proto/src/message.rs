//! Putting DIMSE messages together from their fragments (PS3.7 §6.3, PS3.8 Annex E).
//!
//! A command set is collected unless it lies in one piece in the input, which it nearly always does. A data set is
//! passed through.

use crate::command::CommandSet;
use crate::error::Error;
use crate::framer::ValueHeader;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Between messages.
    Idle,
    /// Some of a command set is here.
    Command,
    /// The command set is complete, its data set is not.
    Body,
}

/// What a fragment, or a piece of one, amounts to.
#[derive(Debug)]
pub(crate) enum Assembled<'a> {
    /// Nothing to tell yet.
    Nothing,
    /// The command set is complete.
    Command(Box<CommandSet>),
    /// Bytes of the data set.
    Body {
        bytes: &'a [u8],
        /// Whether the data set is complete with them.
        complete: bool,
    },
}

/// The message being received.
#[derive(Debug)]
pub(crate) struct Assembler {
    stage: Stage,
    context_id: u8,
    /// Whether the fragment at hand is the last one of its command or data set.
    is_last: bool,
    /// Fragments of a command set.
    buffer: Vec<u8>,
    /// Where the message fragment of the first value of the command set starts.
    command_offset: u64,
    max_command_set: u32,
}

impl Assembler {
    pub(crate) fn new(max_command_set: u32) -> Self {
        Self {
            stage: Stage::Idle,
            context_id: 0,
            is_last: false,
            buffer: Vec::new(),
            command_offset: 0,
            max_command_set,
        }
    }

    /// The presentation context of the message at hand.
    pub(crate) const fn context_id(&self) -> u8 {
        self.context_id
    }

    /// Bytes held back.
    pub(crate) fn buffered(&self) -> usize {
        if self.stage == Stage::Command {
            self.buffer.len()
        } else {
            0
        }
    }

    /// Where in the stream the command set of the message at hand starts.
    pub(crate) const fn command_offset(&self) -> u64 {
        self.command_offset
    }

    /// Whether a message has begun and is not complete.
    pub(crate) fn is_partial(&self) -> bool {
        self.stage != Stage::Idle
    }

    /// Whether the fragments at hand are of a data set.
    pub(crate) fn is_in_body(&self) -> bool {
        self.stage == Stage::Body
    }

    /// A presentation data value begins. One with an empty fragment gets no [`Assembler::fragment`] call, so the
    /// result counts.
    pub(crate) fn value(&mut self, value: &ValueHeader) -> Result<Assembled<'static>, Error> {
        let misplaced = |expected| Error::InvalidFragment {
            context_id: value.context_id,
            offset: value.offset,
            expected,
        };
        match self.stage {
            Stage::Idle if value.is_command => {
                self.stage = Stage::Command;
                self.context_id = value.context_id;
                self.command_offset = value.offset.saturating_add(6);
                self.buffer.clear();
            }
            Stage::Idle => return Err(misplaced("a command set")),
            _ if value.context_id != self.context_id => {
                return Err(misplaced("the rest of the message on the context before"));
            }
            Stage::Command if !value.is_command => {
                return Err(misplaced("the rest of the command set"));
            }
            Stage::Body if value.is_command => return Err(misplaced("the rest of the data set")),
            Stage::Command | Stage::Body => {}
        }
        self.is_last = value.is_last;
        if self.stage == Stage::Command {
            let collected = (self.buffer.len() as u64).saturating_add(u64::from(value.length));
            if collected > u64::from(self.max_command_set) {
                return Err(Error::CommandTooLong {
                    limit: self.max_command_set,
                    offset: self.command_offset,
                });
            }
        }
        if value.length == 0 {
            return self.fragment(&[], true);
        }
        Ok(Assembled::Nothing)
    }

    /// Bytes of the value's fragment; `complete` if these are the last of it.
    pub(crate) fn fragment<'a>(
        &mut self,
        bytes: &'a [u8],
        complete: bool,
    ) -> Result<Assembled<'a>, Error> {
        let complete = complete && self.is_last;
        if self.stage == Stage::Body {
            if complete {
                self.stage = Stage::Idle;
            }
            return Ok(Assembled::Body { bytes, complete });
        }
        if !complete {
            self.buffer.extend_from_slice(bytes);
            return Ok(Assembled::Nothing);
        }
        let mut command = Box::<CommandSet>::default();
        let read = if self.buffer.is_empty() {
            command.read(bytes)
        } else {
            self.buffer.extend_from_slice(bytes);
            command.read(&self.buffer)
        };
        read.map_err(|error| self.in_stream(error))?;
        self.stage = if command.has_data_set {
            Stage::Body
        } else {
            Stage::Idle
        };
        Ok(Assembled::Command(command))
    }

    /// The driver threw the rest of the fragment away; whether the data set is complete by that.
    pub(crate) fn body_skipped(&mut self) -> bool {
        let complete = self.stage == Stage::Body && self.is_last;
        if complete {
            self.stage = Stage::Idle;
        }
        complete
    }

    fn in_stream(&self, error: Error) -> Error {
        match error {
            Error::InvalidCommand {
                offset,
                expected,
                tag,
            } => Error::InvalidCommand {
                offset: self.command_offset.saturating_add(offset),
                expected,
                tag,
            },
            error => error,
        }
    }
}
