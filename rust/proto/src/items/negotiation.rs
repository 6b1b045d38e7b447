//! Asynchronous operations window, role selection and extended negotiation (PS3.7 Annex D.3.3.3 to D.3.3.6).

use super::{
    ASYNCHRONOUS_OPERATIONS, COMMON_EXTENDED_NEGOTIATION, EXTENDED_NEGOTIATION, ROLE_SELECTION,
};
use crate::codec::{Reader, put_counted, put_item, text};
use crate::error::{Error, LocalError};

/// How many operations may be outstanding at once; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AsynchronousOperations {
    /// Operations the association requestor may invoke.
    pub invoked: u16,
    /// Operations the association requestor can perform.
    pub performed: u16,
}

/// The roles the association requestor takes for one SOP class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSelection {
    /// The SOP class.
    pub sop_class_uid: String,
    /// Whether the requestor may be service class user.
    pub scu: bool,
    /// Whether the requestor may be service class provider.
    pub scp: bool,
}

/// Application information on one SOP class, defined by its service class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedNegotiation {
    /// The SOP class.
    pub sop_class_uid: String,
    /// The information, as the service class in PS3.4 defines it.
    pub information: Vec<u8>,
}

/// The place of one SOP class among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonExtendedNegotiation {
    /// The SOP class.
    pub sop_class_uid: String,
    /// Its service class.
    pub service_class_uid: String,
    /// General SOP classes it may be treated as.
    pub related: Vec<String>,
}

impl AsynchronousOperations {
    pub(crate) fn encode(self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(
            out,
            ASYNCHRONOUS_OPERATIONS,
            "asynchronous operations window",
            |out| {
                out.extend_from_slice(&self.invoked.to_be_bytes());
                out.extend_from_slice(&self.performed.to_be_bytes());
                Ok(())
            },
        )
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            invoked: reader.u16("a number of operations invoked")?,
            performed: reader.u16("a number of operations performed")?,
        })
    }
}

impl RoleSelection {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, ROLE_SELECTION, "role selection", |out| {
            put_counted(out, "SOP class UID", self.sop_class_uid.as_bytes())?;
            out.extend_from_slice(&[u8::from(self.scu), u8::from(self.scp)]);
            Ok(())
        })
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            sop_class_uid: text(reader.counted("a SOP class UID")?),
            scu: reader.u8("an SCU role")? == 1,
            scp: reader.u8("an SCP role")? == 1,
        })
    }
}

impl ExtendedNegotiation {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(
            out,
            EXTENDED_NEGOTIATION,
            "SOP class extended negotiation",
            |out| {
                put_counted(out, "SOP class UID", self.sop_class_uid.as_bytes())?;
                out.extend_from_slice(&self.information);
                Ok(())
            },
        )
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            sop_class_uid: text(reader.counted("a SOP class UID")?),
            information: reader.remaining().to_vec(),
        })
    }
}

impl CommonExtendedNegotiation {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(
            out,
            COMMON_EXTENDED_NEGOTIATION,
            "SOP class common extended negotiation",
            |out| {
                put_counted(out, "SOP class UID", self.sop_class_uid.as_bytes())?;
                put_counted(out, "service class UID", self.service_class_uid.as_bytes())?;
                let mut related = Vec::new();
                for uid in &self.related {
                    put_counted(&mut related, "related SOP class UID", uid.as_bytes())?;
                }
                put_counted(out, "related SOP class UIDs", &related)
            },
        )
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let sop_class_uid = text(reader.counted("a SOP class UID")?);
        let service_class_uid = text(reader.counted("a service class UID")?);
        let mut list = reader.counted_reader("related SOP class UIDs")?;
        let mut related = Vec::new();
        while !list.is_empty() {
            related.push(text(list.counted("a related SOP class UID")?));
        }
        Ok(Self {
            sop_class_uid,
            service_class_uid,
            related,
        })
    }
}
