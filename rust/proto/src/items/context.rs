//! Presentation contexts, proposed and answered (PS3.8 §9.3.2.2, §9.3.3.2).

use super::{ABSTRACT_SYNTAX, ANSWERED_CONTEXT, PROPOSED_CONTEXT, TRANSFER_SYNTAX};
use crate::codec::{Reader, put_item, put_text_item, text};
use crate::error::{Error, LocalError};

/// A kind of content and the encodings its sender can produce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedContext {
    /// Odd, unique on the association.
    pub id: u8,
    /// What is talked about: a SOP class or meta SOP class UID.
    pub abstract_syntax: String,
    /// How it may be encoded.
    pub transfer_syntaxes: Vec<String>,
}

/// The answer to one proposed context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredContext {
    /// The ID of the proposal.
    pub id: u8,
    /// Yes, or which no.
    pub result: ContextResult,
    /// The chosen encoding; without meaning unless accepted.
    pub transfer_syntax: String,
}

/// Result of a proposed context (PS3.8 Table 9-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ContextResult {
    /// Accepted.
    Acceptance = 0,
    /// Refused by the application.
    UserRejection = 1,
    /// Refused by the provider without reason. Also stands for values the standard does not define.
    NoReason = 2,
    /// The abstract syntax is not supported.
    AbstractSyntaxNotSupported = 3,
    /// None of the transfer syntaxes is supported.
    TransferSyntaxesNotSupported = 4,
}

impl ContextResult {
    /// The result a byte stands for.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Acceptance,
            1 => Self::UserRejection,
            3 => Self::AbstractSyntaxNotSupported,
            4 => Self::TransferSyntaxesNotSupported,
            _ => Self::NoReason,
        }
    }

    /// Its meaning.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Acceptance => "accepted",
            Self::UserRejection => "refused by the application",
            Self::NoReason => "refused without reason",
            Self::AbstractSyntaxNotSupported => "abstract syntax not supported",
            Self::TransferSyntaxesNotSupported => "transfer syntaxes not supported",
        }
    }
}

impl ProposedContext {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, PROPOSED_CONTEXT, "presentation context", |out| {
            out.extend_from_slice(&[self.id, 0, 0, 0]);
            put_text_item(
                out,
                ABSTRACT_SYNTAX,
                "abstract syntax",
                &self.abstract_syntax,
            )?;
            for syntax in &self.transfer_syntaxes {
                put_text_item(out, TRANSFER_SYNTAX, "transfer syntax", syntax)?;
            }
            Ok(())
        })
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let id = reader.u8("a presentation context ID")?;
        reader.take(3, "three reserved bytes")?;
        let mut abstract_syntax = None;
        let mut transfer_syntaxes = Vec::new();
        while let Some((item_type, mut item)) = reader.item()? {
            match item_type {
                ABSTRACT_SYNTAX => abstract_syntax = Some(text(item.remaining())),
                TRANSFER_SYNTAX => transfer_syntaxes.push(text(item.remaining())),
                _ => {}
            }
        }
        Ok(Self {
            id,
            abstract_syntax: abstract_syntax
                .ok_or_else(|| reader.fault("an abstract syntax sub-item"))?,
            transfer_syntaxes,
        })
    }
}

impl AnsweredContext {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, ANSWERED_CONTEXT, "presentation context", |out| {
            out.extend_from_slice(&[self.id, 0, self.result as u8, 0]);
            put_text_item(
                out,
                TRANSFER_SYNTAX,
                "transfer syntax",
                &self.transfer_syntax,
            )
        })
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let id = reader.u8("a presentation context ID")?;
        reader.u8("a reserved byte")?;
        let result = ContextResult::from_byte(reader.u8("a result")?);
        reader.u8("a reserved byte")?;
        // Peers leave the sub-item out of a refusal, where it has no meaning anyway.
        let mut transfer_syntax = String::new();
        while let Some((item_type, mut item)) = reader.item()? {
            if item_type == TRANSFER_SYNTAX {
                transfer_syntax = text(item.remaining());
            }
        }
        Ok(Self {
            id,
            result,
            transfer_syntax,
        })
    }
}
