//! Readable lines for a message log: one heading, then indented details.
//!
//! No secrets: of a user identity only its form and a user name are shown. Text of the peer is shown with control
//! characters replaced, so that it cannot pass for lines of the log.

mod associate;
mod command;

pub use associate::{associate_ac, associate_rq};
pub use command::command_set;

use crate::pdu::{AbortPdu, AssociateRj};

/// Width of the names before the values.
const NAME_WIDTH: usize = 24;

/// Lines for an A-ASSOCIATE-RJ.
#[must_use]
pub fn associate_rj(rj: &AssociateRj) -> Vec<String> {
    vec![
        "A-ASSOCIATE-RJ".to_owned(),
        detail("result", &coded(rj.result, rj.result_text())),
        detail("source", &coded(rj.source, rj.source_text())),
        detail("reason", &coded(rj.reason, rj.reason_text())),
    ]
}

/// Lines for an A-ABORT.
#[must_use]
pub fn abort(abort: &AbortPdu) -> Vec<String> {
    vec![
        "A-ABORT".to_owned(),
        detail("source", &coded(abort.source, abort.source_text())),
        detail("reason", &coded(abort.reason, abort.reason_text())),
    ]
}

fn coded(code: u8, text: &str) -> String {
    format!("{code} ({text})")
}

fn detail(name: &str, value: &str) -> String {
    format!("  {name:<NAME_WIDTH$}{value}")
}

/// Text of the peer without control characters.
fn shown(text: &str) -> String {
    let replace = |character: char| {
        if character.is_control() {
            '\u{FFFD}'
        } else {
            character
        }
    };
    text.chars().map(replace).collect()
}

/// A SOP class by name, if the standard has one for it.
fn named_class(uid: &str) -> String {
    match dicomwire_dataset::sop::lookup(uid) {
        Some(class) => format!("{} ({uid})", class.name),
        None if uid == dicomwire_dataset::uid::VERIFICATION => format!("Verification ({uid})"),
        None => shown(uid),
    }
}

/// A transfer syntax by name, if the standard has one for it.
fn named_syntax(uid: &str) -> String {
    dicomwire_dataset::syntax::lookup(uid)
        .map_or_else(|| shown(uid), |syntax| format!("{} ({uid})", syntax.name))
}

fn listed_syntaxes(uids: &[String]) -> String {
    let names: Vec<String> = uids.iter().map(|uid| named_syntax(uid)).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn listed(texts: &[String]) -> String {
    match texts {
        [] => "none".to_owned(),
        _ => shown(&texts.join(", ")),
    }
}
