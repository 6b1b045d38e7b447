//! A-ASSOCIATE-RJ (PS3.8 §9.3.4).

use super::{PduType, put_header};
use crate::codec::Reader;
use crate::error::Error;

/// A refusal of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AssociateRj {
    /// Permanent or transient.
    pub result: u8,
    /// Who refuses.
    pub source: u8,
    /// Why; its meaning depends on the source.
    pub reason: u8,
}

impl AssociateRj {
    /// Result: trying again will not help.
    pub const PERMANENT: u8 = 1;
    /// Result: trying again later may help.
    pub const TRANSIENT: u8 = 2;
    /// Source: the application.
    pub const SERVICE_USER: u8 = 1;
    /// Source: the association control service element.
    pub const SERVICE_PROVIDER_ACSE: u8 = 2;
    /// Source: the presentation service.
    pub const SERVICE_PROVIDER_PRESENTATION: u8 = 3;

    /// The meaning of the result (PS3.8 Table 9-21).
    #[must_use]
    pub const fn result_text(&self) -> &'static str {
        match self.result {
            Self::PERMANENT => "rejected permanently",
            Self::TRANSIENT => "rejected for now",
            _ => "rejected with an unknown result",
        }
    }

    /// The meaning of the source (PS3.8 Table 9-21).
    #[must_use]
    pub const fn source_text(&self) -> &'static str {
        match self.source {
            Self::SERVICE_USER => "by the application",
            Self::SERVICE_PROVIDER_ACSE => "by the service provider (ACSE)",
            Self::SERVICE_PROVIDER_PRESENTATION => "by the service provider (presentation)",
            _ => "by an unknown source",
        }
    }

    /// The meaning of the reason, which depends on the source (PS3.8 Table 9-21).
    #[must_use]
    pub const fn reason_text(&self) -> &'static str {
        match (self.source, self.reason) {
            (Self::SERVICE_USER | Self::SERVICE_PROVIDER_ACSE, 1) => "no reason given",
            (Self::SERVICE_USER, 2) => "application context name not supported",
            (Self::SERVICE_USER, 3) => "calling AE title not recognized",
            (Self::SERVICE_USER, 7) => "called AE title not recognized",
            (Self::SERVICE_PROVIDER_ACSE, 2) => "protocol version not supported",
            (Self::SERVICE_PROVIDER_PRESENTATION, 1) => "temporary congestion",
            (Self::SERVICE_PROVIDER_PRESENTATION, 2) => "local limit exceeded",
            _ => "reserved or unknown reason",
        }
    }

    /// Appends the PDU, header included.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_header(out, PduType::AssociateRj, 4);
        out.extend_from_slice(&[0, self.result, self.source, self.reason]);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.u8("a reserved byte")?;
        Ok(Self {
            result: reader.u8("a result")?,
            source: reader.u8("a source")?,
            reason: reader.u8("a reason")?,
        })
    }
}
