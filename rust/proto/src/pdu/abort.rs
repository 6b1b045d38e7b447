//! A-ABORT (PS3.8 §9.3.8).

use super::{PduType, put_header};
use crate::codec::Reader;
use crate::error::Error;

/// Reason/diagnostic of an abort by the service provider (PS3.8 Table 9-26).
pub mod reason {
    /// None given.
    pub const NOT_SPECIFIED: u8 = 0;
    /// A PDU type nobody knows.
    pub const UNRECOGNIZED_PDU: u8 = 1;
    /// A PDU not allowed in this state.
    pub const UNEXPECTED_PDU: u8 = 2;
    /// A PDU parameter nobody knows.
    pub const UNRECOGNIZED_PARAMETER: u8 = 4;
    /// A PDU parameter not allowed here.
    pub const UNEXPECTED_PARAMETER: u8 = 5;
    /// A PDU parameter with an impossible value.
    pub const INVALID_PARAMETER_VALUE: u8 = 6;
}

/// The end of an association at once and without answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortPdu {
    /// Who aborts.
    pub source: u8,
    /// Why, if the source is the service provider.
    pub reason: u8,
}

impl AbortPdu {
    /// Source: the application.
    pub const SERVICE_USER: u8 = 0;
    /// Source: the upper layer.
    pub const SERVICE_PROVIDER: u8 = 2;

    /// The meaning of the source (PS3.8 Table 9-26).
    #[must_use]
    pub const fn source_text(&self) -> &'static str {
        match self.source {
            Self::SERVICE_USER => "by the application",
            Self::SERVICE_PROVIDER => "by the service provider",
            _ => "by an unknown source",
        }
    }

    /// The meaning of the reason (PS3.8 Table 9-26). It says nothing when the application aborts.
    #[must_use]
    pub const fn reason_text(&self) -> &'static str {
        if self.source != Self::SERVICE_PROVIDER {
            return "no reason given";
        }
        match self.reason {
            reason::NOT_SPECIFIED => "reason not specified",
            reason::UNRECOGNIZED_PDU => "unrecognized PDU",
            reason::UNEXPECTED_PDU => "unexpected PDU",
            reason::UNRECOGNIZED_PARAMETER => "unrecognized PDU parameter",
            reason::UNEXPECTED_PARAMETER => "unexpected PDU parameter",
            reason::INVALID_PARAMETER_VALUE => "invalid PDU parameter value",
            _ => "reserved or unknown reason",
        }
    }

    /// Appends the PDU, header included.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_header(out, PduType::Abort, 4);
        out.extend_from_slice(&[0, 0, self.source, self.reason]);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.take(2, "two reserved bytes")?;
        Ok(Self {
            source: reader.u8("a source")?,
            reason: reader.u8("a reason")?,
        })
    }
}
