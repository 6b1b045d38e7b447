//! Presentation contexts after negotiation (PS3.8 §7.1.1.13 and §7.1.1.14, PS3.7 Annex D.3.3.4).

mod policy;

pub use policy::{AcceptPolicy, SyntaxFilter, TransferPreference};

use crate::items::{AnsweredContext, ContextResult};
use crate::pdu::{AssociateAc, AssociateRq};

/// One proposed presentation context with its answer, seen from our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NegotiatedContext {
    /// The presentation context ID.
    pub id: u8,
    /// What it is about.
    pub abstract_syntax: String,
    /// How data sets on it are encoded; empty unless accepted.
    pub transfer_syntax: String,
    /// The transfer syntaxes that were proposed.
    pub proposed: Vec<String>,
    /// The answer. A proposal without answer, or accepted with a transfer syntax that was not proposed, counts as
    /// refused without reason.
    pub result: ContextResult,
    /// Whether we may be service class user on it.
    pub scu: bool,
    /// Whether we may be service class provider on it.
    pub scp: bool,
}

impl NegotiatedContext {
    /// Whether messages may be sent on it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.result == ContextResult::Acceptance
    }
}

/// Puts proposals and answers together.
pub(crate) fn negotiate(
    rq: &AssociateRq,
    ac: &AssociateAc,
    is_requestor: bool,
) -> Vec<NegotiatedContext> {
    let negotiated = rq.presentation_contexts.iter().map(|proposal| {
        let answer = ac
            .presentation_contexts
            .iter()
            .find(|answer| answer.id == proposal.id);
        let (result, transfer_syntax) = match answer {
            Some(AnsweredContext {
                result: ContextResult::Acceptance,
                transfer_syntax,
                ..
            }) => {
                if proposal.transfer_syntaxes.contains(transfer_syntax) {
                    (ContextResult::Acceptance, transfer_syntax.clone())
                } else {
                    (ContextResult::NoReason, String::new())
                }
            }
            Some(answer) => (answer.result, String::new()),
            None => (ContextResult::NoReason, String::new()),
        };
        let (requestor_scu, requestor_scp) = requestor_roles(rq, ac, &proposal.abstract_syntax);
        let (scu, scp) = if is_requestor {
            (requestor_scu, requestor_scp)
        } else {
            (requestor_scp, requestor_scu)
        };
        NegotiatedContext {
            id: proposal.id,
            abstract_syntax: proposal.abstract_syntax.clone(),
            transfer_syntax,
            proposed: proposal.transfer_syntaxes.clone(),
            result,
            scu,
            scp,
        }
    });
    negotiated.collect()
}

/// SCU and SCP role of the association requestor. Without proposal and answer it is SCU only (PS3.7 D.3.3.4).
fn requestor_roles(rq: &AssociateRq, ac: &AssociateAc, sop_class_uid: &str) -> (bool, bool) {
    let role_in = |roles: &[crate::items::RoleSelection]| {
        roles
            .iter()
            .find(|role| role.sop_class_uid == sop_class_uid)
            .map(|role| (role.scu, role.scp))
    };
    let proposed = role_in(&rq.user_information.roles);
    let answered = role_in(&ac.user_information.roles);
    match (proposed, answered) {
        (Some(proposed), Some(answered)) => (proposed.0 && answered.0, proposed.1 && answered.1),
        _ => (true, false),
    }
}
