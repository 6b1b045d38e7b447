//! Whether a request may be sent as it is.

use dicomwire_dataset::uid::is_plausible;

use crate::error::LocalError;
use crate::pdu::AssociateRq;

/// Presentation context IDs are odd and fit a byte (PS3.8 §9.3.2.2), so there are at most this many.
const MAX_CONTEXTS: usize = 128;
/// The longest AE title (PS3.5 §6.2).
const MAX_TITLE_LENGTH: usize = 16;

pub(super) fn request(rq: &AssociateRq) -> Result<(), LocalError> {
    title(&rq.called_ae_title)?;
    title(&rq.calling_ae_title)?;
    uid(&rq.application_context)?;
    contexts(rq)?;
    let info = &rq.user_information;
    if !info.implementation_class_uid.is_empty() {
        uid(&info.implementation_class_uid)?;
    }
    let named = info.roles.iter().map(|role| &role.sop_class_uid);
    let extended = info.extended.iter().map(|item| &item.sop_class_uid);
    let common = info.common_extended.iter().map(|item| &item.sop_class_uid);
    named
        .chain(extended)
        .chain(common)
        .try_for_each(|text| uid(text))
}

fn contexts(rq: &AssociateRq) -> Result<(), LocalError> {
    let contexts = &rq.presentation_contexts;
    if contexts.is_empty() || contexts.len() > MAX_CONTEXTS {
        return Err(LocalError::ContextCount {
            count: contexts.len(),
        });
    }
    for (position, context) in contexts.iter().enumerate() {
        let id = context.id;
        if id & 1 == 0 {
            return Err(LocalError::InvalidContextId {
                id,
                reason: "not odd",
            });
        }
        if contexts.iter().take(position).any(|before| before.id == id) {
            return Err(LocalError::InvalidContextId {
                id,
                reason: "used twice",
            });
        }
        if context.transfer_syntaxes.is_empty() {
            return Err(LocalError::NoTransferSyntax { id });
        }
        uid(&context.abstract_syntax)?;
        context
            .transfer_syntaxes
            .iter()
            .try_for_each(|text| uid(text))?;
    }
    Ok(())
}

fn title(title: &str) -> Result<(), LocalError> {
    let invalid = |reason| LocalError::InvalidAeTitle {
        title: title.to_owned(),
        reason,
    };
    if title.trim_matches(' ').is_empty() {
        return Err(invalid("it is empty"));
    }
    if title.len() > MAX_TITLE_LENGTH {
        return Err(invalid("it is longer than 16 characters"));
    }
    if !title
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
    {
        return Err(invalid(
            "it has a backslash, a control or a non-ASCII character",
        ));
    }
    Ok(())
}

fn uid(uid: &str) -> Result<(), LocalError> {
    // One odd UID among many must not keep the whole association from being: the peer judges it.
    if is_plausible(uid) {
        Ok(())
    } else {
        Err(LocalError::InvalidUid {
            uid: uid.to_owned(),
        })
    }
}
