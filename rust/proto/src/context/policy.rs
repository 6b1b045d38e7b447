//! What an acceptor says to an association request.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::APPLICATION_CONTEXT;
use crate::items::{
    AnsweredContext, AsynchronousOperations, ContextResult, ProposedContext, RoleSelection,
    UserInformation,
};
use crate::pdu::{AssociateAc, AssociateRj, AssociateRq};

/// The root below which the storage SOP classes of PS3.4 Annex B.5 lie.
const STORAGE_ROOT: &str = "1.2.840.10008.5.1.4.1.1.";

/// Which UIDs are taken.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum SyntaxFilter {
    /// All.
    #[default]
    Any,
    /// Those listed.
    Only(HashSet<String>),
    /// Those the function says yes to.
    Matching(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl SyntaxFilter {
    /// Those listed.
    pub fn only<S: Into<String>>(uids: impl IntoIterator<Item = S>) -> Self {
        Self::Only(uids.into_iter().map(Into::into).collect())
    }

    /// Those `accepts` says yes to.
    pub fn matching(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::Matching(Arc::new(accepts))
    }

    /// Every storage SOP class, and every SOP class that is not the standard's own.
    #[must_use]
    pub fn any_storage() -> Self {
        Self::matching(|uid| uid.starts_with(STORAGE_ROOT) || !uid.starts_with("1.2.840.10008."))
    }

    /// Whether this UID is taken.
    #[must_use]
    pub fn accepts(&self, uid: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(uids) => uids.contains(uid),
            Self::Matching(accepts) => accepts(uid),
        }
    }
}

impl fmt::Debug for SyntaxFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::Only(uids) => f.debug_tuple("Only").field(uids).finish(),
            Self::Matching(_) => f.write_str("Matching(..)"),
        }
    }
}

/// Which of several acceptable transfer syntaxes is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferPreference {
    /// The first one the requestor names.
    #[default]
    FirstProposed,
    /// The first one of this list that the requestor names, else the first one it names.
    Ranked(Vec<String>),
}

/// The rules of an acceptor as plain data.
#[derive(Clone, Debug)]
pub struct AcceptPolicy {
    /// Our title; a request that calls another is rejected. `None` answers to any.
    pub ae_title: Option<String>,
    /// The titles that may call. `None` lets all call.
    pub calling_ae_titles: Option<HashSet<String>>,
    /// The SOP classes taken.
    pub abstract_syntaxes: SyntaxFilter,
    /// The transfer syntaxes taken.
    pub transfer_syntaxes: SyntaxFilter,
    /// Which of them is chosen.
    pub preference: TransferPreference,
    /// Whether a requestor that asks to be service class user may.
    pub accept_scu_role: bool,
    /// The SOP classes of which a requestor that asks to be service class provider may be it, as it has to be to
    /// report events on an association of its own.
    pub scp_roles: SyntaxFilter,
    /// The most operations at once, as seen by the requestor; 0 is no limit.
    pub asynchronous_operations: AsynchronousOperations,
    /// UID of our implementation class.
    pub implementation_class_uid: String,
    /// Name of our implementation version.
    pub implementation_version_name: Option<String>,
}

impl Default for AcceptPolicy {
    fn default() -> Self {
        Self {
            ae_title: None,
            calling_ae_titles: None,
            abstract_syntaxes: SyntaxFilter::Any,
            transfer_syntaxes: SyntaxFilter::Any,
            preference: TransferPreference::FirstProposed,
            accept_scu_role: true,
            scp_roles: SyntaxFilter::Only(HashSet::new()),
            asynchronous_operations: AsynchronousOperations {
                invoked: 1,
                performed: 1,
            },
            implementation_class_uid: String::new(),
            implementation_version_name: None,
        }
    }
}

impl AcceptPolicy {
    /// Answers a request.
    ///
    /// # Errors
    /// The rejection to send: an unknown application context, a called or calling AE title that is not ours to
    /// serve (PS3.8 Table 9-21).
    pub fn decide(&self, rq: &AssociateRq) -> Result<AssociateAc, AssociateRj> {
        if rq.application_context != APPLICATION_CONTEXT {
            return Err(reject(2));
        }
        if self
            .ae_title
            .as_ref()
            .is_some_and(|title| *title != rq.called_ae_title)
        {
            return Err(reject(7));
        }
        let calling = &rq.calling_ae_title;
        if self
            .calling_ae_titles
            .as_ref()
            .is_some_and(|titles| !titles.contains(calling))
        {
            return Err(reject(3));
        }
        Ok(AssociateAc {
            called_ae_title: rq.called_ae_title.clone(),
            calling_ae_title: rq.calling_ae_title.clone(),
            presentation_contexts: rq
                .presentation_contexts
                .iter()
                .map(|context| self.answer(context))
                .collect(),
            user_information: self.user_information(&rq.user_information),
            ..AssociateAc::default()
        })
    }

    fn answer(&self, context: &ProposedContext) -> AnsweredContext {
        let refused = |result| AnsweredContext {
            id: context.id,
            result,
            // Without meaning in a refusal, but some peers expect a syntax here.
            transfer_syntax: context
                .transfer_syntaxes
                .first()
                .cloned()
                .unwrap_or_default(),
        };
        if !self.abstract_syntaxes.accepts(&context.abstract_syntax) {
            return refused(ContextResult::AbstractSyntaxNotSupported);
        }
        match self.choose(&context.transfer_syntaxes) {
            Some(syntax) => AnsweredContext {
                id: context.id,
                result: ContextResult::Acceptance,
                transfer_syntax: syntax.clone(),
            },
            None => refused(ContextResult::TransferSyntaxesNotSupported),
        }
    }

    fn choose<'a>(&self, proposed: &'a [String]) -> Option<&'a String> {
        let acceptable = || {
            proposed
                .iter()
                .filter(|uid| self.transfer_syntaxes.accepts(uid))
        };
        let preferred = match &self.preference {
            TransferPreference::FirstProposed => None,
            TransferPreference::Ranked(ranking) => ranking
                .iter()
                .find_map(|preferred| acceptable().find(|uid| *uid == preferred)),
        };
        preferred.or_else(|| acceptable().next())
    }

    fn user_information(&self, requested: &UserInformation) -> UserInformation {
        let roles = requested.roles.iter().map(|role| RoleSelection {
            sop_class_uid: role.sop_class_uid.clone(),
            scu: role.scu && self.accept_scu_role,
            scp: role.scp && self.scp_roles.accepts(&role.sop_class_uid),
        });
        let window = requested
            .asynchronous_operations
            .map(|window| AsynchronousOperations {
                invoked: narrower(window.invoked, self.asynchronous_operations.invoked),
                performed: narrower(window.performed, self.asynchronous_operations.performed),
            });
        let confirm = requested
            .user_identity
            .as_ref()
            .is_some_and(|id| id.response_requested);
        UserInformation {
            implementation_class_uid: self.implementation_class_uid.clone(),
            implementation_version_name: self.implementation_version_name.clone(),
            asynchronous_operations: window,
            roles: roles.collect(),
            user_identity_response: confirm.then(Vec::new),
            ..UserInformation::default()
        }
    }
}

/// The narrower of two windows, 0 being no limit.
fn narrower(one: u16, other: u16) -> u16 {
    match (one, other) {
        (0, limit) | (limit, 0) => limit,
        _ => one.min(other),
    }
}

const fn reject(reason: u8) -> AssociateRj {
    AssociateRj {
        result: AssociateRj::PERMANENT,
        source: AssociateRj::SERVICE_USER,
        reason,
    }
}
