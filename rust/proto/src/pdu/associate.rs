//! A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 §9.3.2, §9.3.3), which share one layout.

use super::{PduType, put_header};
use crate::APPLICATION_CONTEXT;
use crate::codec::{Reader, patch, put_text_item, text};
use crate::error::{Error, LocalError};
use crate::items::{self, AnsweredContext, ProposedContext, UserInformation};

/// Length of an AE title field.
const TITLE_LENGTH: usize = 16;

/// A request for an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociateRq {
    /// One bit per supported version, bit 0 for version 1, the only one there is.
    pub protocol_version: u16,
    /// Who is called.
    pub called_ae_title: String,
    /// Who calls.
    pub calling_ae_title: String,
    /// Always [`APPLICATION_CONTEXT`].
    pub application_context: String,
    /// What the caller wants to talk about, and how it can encode it.
    pub presentation_contexts: Vec<ProposedContext>,
    /// Limits, identities, negotiation.
    pub user_information: UserInformation,
}

impl Default for AssociateRq {
    fn default() -> Self {
        Self {
            protocol_version: 1,
            called_ae_title: String::new(),
            calling_ae_title: String::new(),
            application_context: APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: Vec::new(),
            user_information: UserInformation::default(),
        }
    }
}

/// The acceptance of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociateAc {
    /// One bit per supported version.
    pub protocol_version: u16,
    /// Echo of the request; not to be relied on.
    pub called_ae_title: String,
    /// Echo of the request; not to be relied on.
    pub calling_ae_title: String,
    /// Always [`APPLICATION_CONTEXT`].
    pub application_context: String,
    /// The answer to each proposed presentation context.
    pub presentation_contexts: Vec<AnsweredContext>,
    /// Limits, identities, negotiation.
    pub user_information: UserInformation,
}

impl Default for AssociateAc {
    fn default() -> Self {
        Self {
            protocol_version: 1,
            called_ae_title: String::new(),
            calling_ae_title: String::new(),
            application_context: APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: Vec::new(),
            user_information: UserInformation::default(),
        }
    }
}

impl AssociateRq {
    /// Appends the PDU, header included.
    ///
    /// # Errors
    /// [`LocalError::ItemTooLong`] if an item does not fit its length field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        let start = out.len();
        put_header(out, PduType::AssociateRq, 0);
        put_head(
            out,
            self.protocol_version,
            &self.called_ae_title,
            &self.calling_ae_title,
        );
        put_application_context(out, &self.application_context)?;
        for context in &self.presentation_contexts {
            context.encode(out)?;
        }
        self.user_information.encode(out)?;
        patch_length(out, start);
        Ok(())
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let head = Head::decode(reader)?;
        let mut rq = Self {
            protocol_version: head.protocol_version,
            called_ae_title: head.called_ae_title,
            calling_ae_title: head.calling_ae_title,
            application_context: String::new(),
            ..Self::default()
        };
        // An item of unknown type is to be passed over (PS3.8 §9.3.1).
        while let Some((item_type, mut item)) = reader.item()? {
            match item_type {
                items::APPLICATION_CONTEXT => rq.application_context = text(item.remaining()),
                items::PROPOSED_CONTEXT => rq
                    .presentation_contexts
                    .push(ProposedContext::decode(&mut item)?),
                items::USER_INFORMATION => {
                    rq.user_information = UserInformation::decode(&mut item)?;
                }
                _ => {}
            }
        }
        Ok(rq)
    }
}

impl AssociateAc {
    /// Appends the PDU, header included.
    ///
    /// # Errors
    /// [`LocalError::ItemTooLong`] if an item does not fit its length field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        let start = out.len();
        put_header(out, PduType::AssociateAc, 0);
        put_head(
            out,
            self.protocol_version,
            &self.called_ae_title,
            &self.calling_ae_title,
        );
        put_application_context(out, &self.application_context)?;
        for context in &self.presentation_contexts {
            context.encode(out)?;
        }
        self.user_information.encode(out)?;
        patch_length(out, start);
        Ok(())
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let head = Head::decode(reader)?;
        let mut ac = Self {
            protocol_version: head.protocol_version,
            called_ae_title: head.called_ae_title,
            calling_ae_title: head.calling_ae_title,
            application_context: String::new(),
            ..Self::default()
        };
        while let Some((item_type, mut item)) = reader.item()? {
            match item_type {
                items::APPLICATION_CONTEXT => ac.application_context = text(item.remaining()),
                items::ANSWERED_CONTEXT => ac
                    .presentation_contexts
                    .push(AnsweredContext::decode(&mut item)?),
                items::USER_INFORMATION => {
                    ac.user_information = UserInformation::decode(&mut item)?;
                }
                _ => {}
            }
        }
        Ok(ac)
    }
}

/// The fixed part before the items.
struct Head {
    protocol_version: u16,
    called_ae_title: String,
    calling_ae_title: String,
}

impl Head {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let protocol_version = reader.u16("a protocol version")?;
        reader.take(2, "two reserved bytes")?;
        let called_ae_title = text(reader.take(TITLE_LENGTH, "a called AE title")?);
        let calling_ae_title = text(reader.take(TITLE_LENGTH, "a calling AE title")?);
        reader.take(32, "32 reserved bytes")?;
        Ok(Self {
            protocol_version,
            called_ae_title,
            calling_ae_title,
        })
    }
}

fn put_head(out: &mut Vec<u8>, protocol_version: u16, called: &str, calling: &str) {
    out.extend_from_slice(&protocol_version.to_be_bytes());
    out.extend_from_slice(&[0; 2]);
    put_title(out, called);
    put_title(out, calling);
    out.extend_from_slice(&[0; 32]);
}

/// An AE title, padded with spaces to its field and cut if longer.
fn put_title(out: &mut Vec<u8>, title: &str) {
    let padded = title.bytes().chain(std::iter::repeat(b' '));
    out.extend(padded.take(TITLE_LENGTH));
}

fn put_application_context(out: &mut Vec<u8>, name: &str) -> Result<(), LocalError> {
    put_text_item(out, items::APPLICATION_CONTEXT, "application context", name)
}

/// Fills in the length of the PDU that starts at `start`. 128 contexts of 64 KiB stay far below 32 bits.
fn patch_length(out: &mut [u8], start: usize) {
    let body = out
        .len()
        .saturating_sub(start)
        .saturating_sub(super::HEADER_LENGTH);
    let length = u32::try_from(body).unwrap_or(u32::MAX);
    patch(out, start.saturating_add(2), &length.to_be_bytes());
}
