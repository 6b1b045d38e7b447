//! The user information item (PS3.8 §9.3.2.3 and Annex D.1, PS3.7 Annex D.3.3).

use std::fmt;

use super::{
    ASYNCHRONOUS_OPERATIONS, AsynchronousOperations, COMMON_EXTENDED_NEGOTIATION,
    CommonExtendedNegotiation, EXTENDED_NEGOTIATION, ExtendedNegotiation, IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME, MAXIMUM_LENGTH, ROLE_SELECTION, RoleSelection, USER_IDENTITY,
    USER_IDENTITY_RESPONSE, USER_INFORMATION, UserIdentity,
};
use crate::codec::{Reader, put_counted, put_item, put_text_item, text};
use crate::error::{Error, LocalError};

/// Limits, implementation identity and everything negotiated beside the presentation contexts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserInformation {
    /// The longest P-DATA-TF PDU the sender of this item takes, header not counted; 0 is no limit, and so reads
    /// an absent sub-item.
    pub max_pdu_length: u32,
    /// UID of the implementation class.
    pub implementation_class_uid: String,
    /// Name of the implementation version.
    pub implementation_version_name: Option<String>,
    /// Asynchronous operations window; absent means one at a time.
    pub asynchronous_operations: Option<AsynchronousOperations>,
    /// Roles per SOP class.
    pub roles: Vec<RoleSelection>,
    /// Application information per SOP class.
    pub extended: Vec<ExtendedNegotiation>,
    /// Relations between SOP classes; in requests only.
    pub common_extended: Vec<CommonExtendedNegotiation>,
    /// Identity of the user; in requests only.
    pub user_identity: Option<UserIdentity>,
    /// The server's response to the identity; in acceptances only.
    pub user_identity_response: Option<Vec<u8>>,
    /// Sub-items of other types, as they came.
    pub unknown: Vec<(u8, Vec<u8>)>,
}

impl UserInformation {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, USER_INFORMATION, "user information", |out| {
            self.encode_items(out)
        })
    }

    fn encode_items(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, MAXIMUM_LENGTH, "maximum length", |out| {
            out.extend_from_slice(&self.max_pdu_length.to_be_bytes());
            Ok(())
        })?;
        if !self.implementation_class_uid.is_empty() {
            let uid = &self.implementation_class_uid;
            put_text_item(
                out,
                IMPLEMENTATION_CLASS_UID,
                "implementation class UID",
                uid,
            )?;
        }
        if let Some(window) = self.asynchronous_operations {
            window.encode(out)?;
        }
        for role in &self.roles {
            role.encode(out)?;
        }
        if let Some(name) = &self.implementation_version_name {
            put_text_item(
                out,
                IMPLEMENTATION_VERSION_NAME,
                "implementation version name",
                name,
            )?;
        }
        for extended in &self.extended {
            extended.encode(out)?;
        }
        for extended in &self.common_extended {
            extended.encode(out)?;
        }
        if let Some(identity) = &self.user_identity {
            identity.encode(out)?;
        }
        if let Some(response) = &self.user_identity_response {
            put_item(
                out,
                USER_IDENTITY_RESPONSE,
                "user identity response",
                |out| put_counted(out, "server response", response),
            )?;
        }
        for (item_type, value) in &self.unknown {
            put_item(out, *item_type, "user information sub-item", |out| {
                out.extend_from_slice(value);
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut info = Self::default();
        while let Some((item_type, mut item)) = reader.item()? {
            info.decode_item(item_type, &mut item)?;
        }
        Ok(info)
    }

    fn decode_item(&mut self, item_type: u8, item: &mut Reader<'_>) -> Result<(), Error> {
        match item_type {
            MAXIMUM_LENGTH => self.max_pdu_length = item.u32("a maximum length")?,
            IMPLEMENTATION_CLASS_UID => self.implementation_class_uid = text(item.remaining()),
            ASYNCHRONOUS_OPERATIONS => {
                self.asynchronous_operations = Some(AsynchronousOperations::decode(item)?);
            }
            ROLE_SELECTION => self.roles.push(RoleSelection::decode(item)?),
            IMPLEMENTATION_VERSION_NAME => {
                self.implementation_version_name = Some(text(item.remaining()));
            }
            EXTENDED_NEGOTIATION => self.extended.push(ExtendedNegotiation::decode(item)?),
            COMMON_EXTENDED_NEGOTIATION => self
                .common_extended
                .push(CommonExtendedNegotiation::decode(item)?),
            USER_IDENTITY => self.user_identity = Some(UserIdentity::decode(item)?),
            USER_IDENTITY_RESPONSE => {
                self.user_identity_response = Some(item.counted("a server response")?.to_vec());
            }
            _ => self.unknown.push((item_type, item.remaining().to_vec())),
        }
        Ok(())
    }
}

impl fmt::Debug for UserInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A server response may be a Kerberos ticket or SAML assertion, so only its presence is shown.
        f.debug_struct("UserInformation")
            .field("max_pdu_length", &self.max_pdu_length)
            .field("implementation_class_uid", &self.implementation_class_uid)
            .field(
                "implementation_version_name",
                &self.implementation_version_name,
            )
            .field("asynchronous_operations", &self.asynchronous_operations)
            .field("roles", &self.roles)
            .field("extended", &self.extended)
            .field("common_extended", &self.common_extended)
            .field("user_identity", &self.user_identity)
            .field(
                "user_identity_response",
                &self.user_identity_response.is_some(),
            )
            .field("unknown", &self.unknown)
            .finish()
    }
}
