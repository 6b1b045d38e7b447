//! User identity negotiation (PS3.7 Annex D.3.3.7).

use std::fmt;

use super::USER_IDENTITY;
use crate::codec::{Reader, put_counted, put_item};
use crate::error::{Error, LocalError};

/// Who the user behind the association requestor is. `Debug` shows no secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct UserIdentity {
    /// Form of the identity, see the constants.
    pub identity_type: u8,
    /// Whether the acceptor shall confirm it understood.
    pub response_requested: bool,
    /// User name, ticket, assertion or token.
    pub primary: Vec<u8>,
    /// Passcode, with [`UserIdentity::USERNAME_AND_PASSCODE`] only.
    pub secondary: Vec<u8>,
}

impl UserIdentity {
    /// A user name.
    pub const USERNAME: u8 = 1;
    /// A user name and a passcode.
    pub const USERNAME_AND_PASSCODE: u8 = 2;
    /// A Kerberos service ticket.
    pub const KERBEROS: u8 = 3;
    /// A SAML assertion.
    pub const SAML: u8 = 4;
    /// A JSON web token.
    pub const JSON_WEB_TOKEN: u8 = 5;

    /// The form of the identity in words.
    #[must_use]
    pub const fn type_text(&self) -> &'static str {
        match self.identity_type {
            Self::USERNAME => "user name",
            Self::USERNAME_AND_PASSCODE => "user name and passcode",
            Self::KERBEROS => "Kerberos service ticket",
            Self::SAML => "SAML assertion",
            Self::JSON_WEB_TOKEN => "JSON web token",
            _ => "unknown form of identity",
        }
    }

    /// The user name, if that is what the primary field holds. Tickets, assertions and tokens are secrets.
    #[must_use]
    pub fn user_name(&self) -> Option<String> {
        matches!(
            self.identity_type,
            Self::USERNAME | Self::USERNAME_AND_PASSCODE
        )
        .then(|| String::from_utf8_lossy(&self.primary).into_owned())
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LocalError> {
        put_item(out, USER_IDENTITY, "user identity", |out| {
            out.extend_from_slice(&[self.identity_type, u8::from(self.response_requested)]);
            put_counted(out, "primary field of the user identity", &self.primary)?;
            put_counted(out, "secondary field of the user identity", &self.secondary)
        })
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            identity_type: reader.u8("a user identity type")?,
            response_requested: reader.u8("whether a response is requested")? == 1,
            primary: reader.counted("a primary field")?.to_vec(),
            secondary: reader.counted("a secondary field")?.to_vec(),
        })
    }
}

impl fmt::Debug for UserIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserIdentity")
            .field("identity_type", &self.identity_type)
            .field("response_requested", &self.response_requested)
            .field("user_name", &self.user_name())
            .finish_non_exhaustive()
    }
}
