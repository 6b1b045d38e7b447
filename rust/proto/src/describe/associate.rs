//! Association requests and acceptances.

use super::{detail, listed, listed_syntaxes, named_class, named_syntax, shown};
use crate::items::{ContextResult, UserIdentity, UserInformation};
use crate::pdu::{AssociateAc, AssociateRq};

/// Lines for an A-ASSOCIATE-RQ.
#[must_use]
pub fn associate_rq(rq: &AssociateRq) -> Vec<String> {
    let mut lines = vec![format!(
        "A-ASSOCIATE-RQ from {} to {}",
        shown(&rq.calling_ae_title),
        shown(&rq.called_ae_title)
    )];
    lines.push(detail(
        "protocol version",
        &format!("{:#06x}", rq.protocol_version),
    ));
    lines.push(detail(
        "application context",
        &shown(&rq.application_context),
    ));
    user_information(&rq.user_information, &mut lines);
    for context in &rq.presentation_contexts {
        lines.push(detail(
            &format!("context {} offered", context.id),
            &named_class(&context.abstract_syntax),
        ));
        lines.push(detail(
            "",
            &format!("as {}", listed_syntaxes(&context.transfer_syntaxes)),
        ));
    }
    lines
}

/// Lines for an A-ASSOCIATE-AC. The request, if known, tells what each context is about.
#[must_use]
pub fn associate_ac(ac: &AssociateAc, rq: Option<&AssociateRq>) -> Vec<String> {
    let mut lines = vec![format!(
        "A-ASSOCIATE-AC from {} to {}",
        shown(&ac.called_ae_title),
        shown(&ac.calling_ae_title)
    )];
    lines.push(detail(
        "protocol version",
        &format!("{:#06x}", ac.protocol_version),
    ));
    lines.push(detail(
        "application context",
        &shown(&ac.application_context),
    ));
    user_information(&ac.user_information, &mut lines);
    for answer in &ac.presentation_contexts {
        let subject = rq
            .and_then(|rq| {
                rq.presentation_contexts
                    .iter()
                    .find(|offer| offer.id == answer.id)
            })
            .map_or("?", |offer| offer.abstract_syntax.as_str());
        lines.push(detail(
            &format!("context {} answered", answer.id),
            &named_class(subject),
        ));
        let outcome = match answer.result {
            ContextResult::Acceptance => {
                format!("accepted as {}", named_syntax(&answer.transfer_syntax))
            }
            result => result.text().to_owned(),
        };
        lines.push(detail("", &outcome));
    }
    lines
}

fn user_information(info: &UserInformation, lines: &mut Vec<String>) {
    lines.push(detail("maximum length", &limit(info.max_pdu_length)));
    lines.push(detail(
        "implementation UID",
        &shown(&info.implementation_class_uid),
    ));
    if let Some(name) = &info.implementation_version_name {
        lines.push(detail("implementation version", &shown(name)));
    }
    if let Some(window) = info.asynchronous_operations {
        let text = format!(
            "{} invoked, {} performed",
            limit(u32::from(window.invoked)),
            limit(u32::from(window.performed))
        );
        lines.push(detail("operations at once", &text));
    }
    for role in &info.roles {
        let roles = match (role.scu, role.scp) {
            (true, true) => "SCU and SCP",
            (true, false) => "SCU",
            (false, true) => "SCP",
            (false, false) => "neither SCU nor SCP",
        };
        let text = format!("{roles} of {}", shown(&role.sop_class_uid));
        lines.push(detail("requestor role", &text));
    }
    for item in &info.extended {
        let text = format!("{}: {:02x?}", shown(&item.sop_class_uid), item.information);
        lines.push(detail("extended negotiation", &text));
    }
    for item in &info.common_extended {
        let text = format!(
            "{} in service class {}, related to {}",
            shown(&item.sop_class_uid),
            shown(&item.service_class_uid),
            listed(&item.related)
        );
        lines.push(detail("common extended", &text));
    }
    if let Some(identity) = &info.user_identity {
        lines.push(detail("user identity", &user_identity(identity)));
    }
    if info.user_identity_response.is_some() {
        lines.push(detail("user identity", "confirmed"));
    }
    for (item_type, value) in &info.unknown {
        let text = format!("type {item_type:#04x}, {} bytes", value.len());
        lines.push(detail("unknown item", &text));
    }
}

fn user_identity(identity: &UserIdentity) -> String {
    let mut text = identity.type_text().to_owned();
    if let Some(name) = identity.user_name() {
        text.push_str(": ");
        text.push_str(&shown(&name));
    }
    if identity.response_requested {
        text.push_str(", response requested");
    }
    text
}

fn limit(value: u32) -> String {
    match value {
        0 => "unlimited".to_owned(),
        _ => value.to_string(),
    }
}
