//! The seven protocol data units (PS3.8 §9.3).
//!
//! A P-DATA-TF appears here by its header only: what is inside never has to be in memory at once.

pub mod abort;
pub mod associate;
pub mod reject;

pub use abort::AbortPdu;
pub use associate::{AssociateAc, AssociateRq};
pub use reject::AssociateRj;

use crate::codec::{Reader, Scope};
use crate::error::{Error, LocalError};

/// Length of the header every PDU starts with: type, a reserved byte, 32-bit length.
pub const HEADER_LENGTH: usize = 6;

/// The kind of a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PduType {
    /// A-ASSOCIATE-RQ (PS3.8 §9.3.2).
    AssociateRq = 0x01,
    /// A-ASSOCIATE-AC (PS3.8 §9.3.3).
    AssociateAc = 0x02,
    /// A-ASSOCIATE-RJ (PS3.8 §9.3.4).
    AssociateRj = 0x03,
    /// P-DATA-TF (PS3.8 §9.3.5).
    PDataTf = 0x04,
    /// A-RELEASE-RQ (PS3.8 §9.3.6).
    ReleaseRq = 0x05,
    /// A-RELEASE-RP (PS3.8 §9.3.7).
    ReleaseRp = 0x06,
    /// A-ABORT (PS3.8 §9.3.8).
    Abort = 0x07,
}

impl PduType {
    /// The kind a type byte stands for.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0x01 => Self::AssociateRq,
            0x02 => Self::AssociateAc,
            0x03 => Self::AssociateRj,
            0x04 => Self::PDataTf,
            0x05 => Self::ReleaseRq,
            0x06 => Self::ReleaseRp,
            0x07 => Self::Abort,
            _ => return None,
        })
    }

    /// The type byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The name the standard gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssociateRq => "A-ASSOCIATE-RQ",
            Self::AssociateAc => "A-ASSOCIATE-AC",
            Self::AssociateRj => "A-ASSOCIATE-RJ",
            Self::PDataTf => "P-DATA-TF",
            Self::ReleaseRq => "A-RELEASE-RQ",
            Self::ReleaseRp => "A-RELEASE-RP",
            Self::Abort => "A-ABORT",
        }
    }
}

/// One PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// A request for an association.
    AssociateRq(Box<AssociateRq>),
    /// The answer that establishes it.
    AssociateAc(Box<AssociateAc>),
    /// The answer that refuses it.
    AssociateRj(AssociateRj),
    /// The header of a P-DATA-TF.
    PDataTf {
        /// Bytes of presentation data values that follow.
        length: u32,
    },
    /// A request to release the association.
    ReleaseRq,
    /// The answer to it.
    ReleaseRp,
    /// The end of the association without ceremony.
    Abort(AbortPdu),
}

impl Pdu {
    /// The kind of this PDU.
    #[must_use]
    pub const fn pdu_type(&self) -> PduType {
        match self {
            Self::AssociateRq(_) => PduType::AssociateRq,
            Self::AssociateAc(_) => PduType::AssociateAc,
            Self::AssociateRj(_) => PduType::AssociateRj,
            Self::PDataTf { .. } => PduType::PDataTf,
            Self::ReleaseRq => PduType::ReleaseRq,
            Self::ReleaseRp => PduType::ReleaseRp,
            Self::Abort(_) => PduType::Abort,
        }
    }

    /// Appends the PDU, header included.
    ///
    /// # Errors
    /// [`LocalError::ItemTooLong`] if an item does not fit its length field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        match self {
            Self::AssociateRq(rq) => rq.encode(out)?,
            Self::AssociateAc(ac) => ac.encode(out)?,
            Self::AssociateRj(rj) => rj.encode(out),
            Self::PDataTf { length } => put_header(out, PduType::PDataTf, *length),
            Self::ReleaseRq => put_release(out, PduType::ReleaseRq),
            Self::ReleaseRp => put_release(out, PduType::ReleaseRp),
            Self::Abort(abort) => abort.encode(out),
        }
        Ok(())
    }

    /// Reads one complete PDU from the front of `bytes`. `offset` is where `bytes` starts in the stream.
    ///
    /// # Errors
    /// An [`Error`] that says where the bytes depart from PS3.8 §9.3.
    pub fn decode(bytes: &[u8], offset: u64) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, offset, Scope::Pdu("PDU"));
        let pdu_type = reader.u8("a PDU type")?;
        let pdu_type =
            PduType::from_byte(pdu_type).ok_or(Error::UnrecognizedPdu { pdu_type, offset })?;
        reader.u8("a reserved byte")?;
        let length = reader.u32("a PDU length")?;
        if pdu_type == PduType::PDataTf {
            return Ok(Self::PDataTf { length });
        }
        let start = reader.offset();
        let body = reader.take(length as usize, "as many bytes as the PDU length says")?;
        Self::decode_body(pdu_type, body, start)
    }

    /// Reads what follows the header of any PDU but P-DATA-TF.
    pub(crate) fn decode_body(pdu_type: PduType, body: &[u8], offset: u64) -> Result<Self, Error> {
        let mut reader = Reader::new(body, offset, Scope::Pdu(pdu_type.name()));
        Ok(match pdu_type {
            PduType::AssociateRq => Self::AssociateRq(Box::new(AssociateRq::decode(&mut reader)?)),
            PduType::AssociateAc => Self::AssociateAc(Box::new(AssociateAc::decode(&mut reader)?)),
            PduType::AssociateRj => Self::AssociateRj(AssociateRj::decode(&mut reader)?),
            PduType::PDataTf => Self::PDataTf {
                length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            },
            // The four bytes of a release are reserved "and shall not be tested" (PS3.8 §9.3.6, §9.3.7).
            PduType::ReleaseRq => Self::ReleaseRq,
            PduType::ReleaseRp => Self::ReleaseRp,
            PduType::Abort => Self::Abort(AbortPdu::decode(&mut reader)?),
        })
    }
}

/// Appends a PDU header.
pub(crate) fn put_header(out: &mut Vec<u8>, pdu_type: PduType, length: u32) {
    out.extend_from_slice(&[pdu_type.byte(), 0]);
    out.extend_from_slice(&length.to_be_bytes());
}

fn put_release(out: &mut Vec<u8>, pdu_type: PduType) {
    put_header(out, pdu_type, 4);
    out.extend_from_slice(&[0; 4]);
}
