//! Which presentation contexts to propose, and which accepted one carries an instance.
//!
//! One context per pair of SOP class and transfer syntax, so that the peer's
//! answer tells exactly which pairs it takes (a context with several syntaxes
//! tells only the one it likes best), and one more per class that offers the
//! uncompressed syntaxes to fall back on. PS3.8 §7.1.1.13 allows 128 contexts.

use dicomwire_dataset::sop;
use dicomwire_dataset::syntax::{self, TransferSyntax};
use dicomwire_proto::{ContextResult, NegotiatedContext, ProposedContext};

/// Context identifiers are odd numbers of one byte.
const MAX_CONTEXTS: usize = 128;

/// What an uncompressed instance can be transcoded to, best first.
const FALLBACK: [&str; 4] = [
    syntax::EXPLICIT_VR_LITTLE_ENDIAN,
    syntax::IMPLICIT_VR_LITTLE_ENDIAN,
    syntax::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    syntax::EXPLICIT_VR_BIG_ENDIAN,
];

/// A SOP class and the transfer syntax its instances are stored in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// SOP Class UID.
    pub sop_class_uid: String,
    /// Transfer Syntax UID.
    pub transfer_syntax_uid: String,
}

/// What one association proposes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pairs: Vec<Pair>,
    contexts: Vec<ProposedContext>,
}

/// What may be done to an instance whose transfer syntax the peer does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transcoding {
    /// Nothing.
    Never,
    /// An uncompressed one may get another uncompressed syntax.
    Uncompressed,
    /// A compressed one may be decompressed, too.
    Any,
}

impl Transcoding {
    /// Whether an instance in a syntax may be brought to an uncompressed one.
    fn covers(self, uid: &str) -> bool {
        let Some(syntax) = syntax::lookup(uid) else {
            return false;
        };
        match self {
            Self::Never => false,
            Self::Uncompressed => syntax.is_uncompressed(),
            Self::Any => syntax.is_uncompressed() || syntax.encapsulated,
        }
    }
}

/// How an instance travels on an association.
#[derive(Clone, Debug)]
pub enum Choice {
    /// As it is, on this context.
    Copy {
        /// Presentation context identifier.
        context_id: u8,
    },
    /// Transcoded to the syntax of this context.
    Transcode {
        /// Presentation context identifier.
        context_id: u8,
        /// What the peer accepted.
        to: &'static TransferSyntax,
    },
    /// Decompressed, in the syntax of this context.
    Decompress {
        /// Presentation context identifier.
        context_id: u8,
        /// What the peer accepted.
        to: &'static TransferSyntax,
    },
    /// Not at all, with the reason.
    Refused(String),
}

impl Plan {
    /// Plans for as many of `pairs` as fit, in their order.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = Pair>, transcode: Transcoding) -> Self {
        let mut taken: Vec<Pair> = Vec::new();
        let mut classes: Vec<ClassPlan> = Vec::new();
        for pair in pairs {
            if taken.contains(&pair) {
                continue;
            }
            let mut trial = classes.clone();
            add(&mut trial, &pair, transcode);
            if trial.iter().map(ClassPlan::count).sum::<usize>() > MAX_CONTEXTS {
                // A later pair may need fewer contexts, but order is priority.
                break;
            }
            classes = trial;
            taken.push(pair);
        }
        let contexts = propose(&classes);
        Self {
            pairs: taken,
            contexts,
        }
    }

    /// A plan for contexts the caller chose.
    #[must_use]
    pub fn from_contexts(contexts: Vec<ProposedContext>) -> Self {
        let pairs = contexts
            .iter()
            .flat_map(|context| {
                context.transfer_syntaxes.iter().map(|syntax| Pair {
                    sop_class_uid: context.abstract_syntax.clone(),
                    transfer_syntax_uid: syntax.clone(),
                })
            })
            .collect();
        Self { pairs, contexts }
    }

    /// The contexts to propose.
    #[must_use]
    pub fn contexts(&self) -> &[ProposedContext] {
        &self.contexts
    }

    /// The pairs it was made for.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Whether the pair was proposed; an instance of another pair needs another association.
    #[must_use]
    pub fn covers(&self, sop_class_uid: &str, transfer_syntax_uid: &str) -> bool {
        self.pairs.iter().any(|pair| {
            pair.transfer_syntax_uid == transfer_syntax_uid && pair.sop_class_uid == sop_class_uid
        })
    }
}

#[derive(Clone)]
struct ClassPlan {
    sop_class_uid: String,
    syntaxes: Vec<String>,
    fallback: bool,
}

impl ClassPlan {
    fn fallback_syntaxes(&self) -> Vec<String> {
        if !self.fallback {
            return Vec::new();
        }
        FALLBACK
            .into_iter()
            .filter(|uid| !self.syntaxes.iter().any(|known| known == uid))
            .map(str::to_owned)
            .collect()
    }

    fn count(&self) -> usize {
        self.syntaxes.len() + usize::from(!self.fallback_syntaxes().is_empty())
    }
}

fn add(classes: &mut Vec<ClassPlan>, pair: &Pair, transcode: Transcoding) {
    let fallback = transcode.covers(&pair.transfer_syntax_uid);
    match classes
        .iter_mut()
        .find(|class| class.sop_class_uid == pair.sop_class_uid)
    {
        Some(class) => {
            class.syntaxes.push(pair.transfer_syntax_uid.clone());
            class.fallback |= fallback;
        }
        None => classes.push(ClassPlan {
            sop_class_uid: pair.sop_class_uid.clone(),
            syntaxes: vec![pair.transfer_syntax_uid.clone()],
            fallback,
        }),
    }
}

fn propose(classes: &[ClassPlan]) -> Vec<ProposedContext> {
    let mut lists: Vec<(&str, Vec<String>)> = Vec::new();
    for class in classes {
        lists.extend(
            class
                .syntaxes
                .iter()
                .map(|uid| (class.sop_class_uid.as_str(), vec![uid.clone()])),
        );
        let fallback = class.fallback_syntaxes();
        if !fallback.is_empty() {
            lists.push((&class.sop_class_uid, fallback));
        }
    }
    (1..=255u8)
        .step_by(2)
        .zip(lists)
        .map(
            |(id, (abstract_syntax, transfer_syntaxes))| ProposedContext {
                id,
                abstract_syntax: abstract_syntax.to_owned(),
                transfer_syntaxes,
            },
        )
        .collect()
}

/// Chooses the context for an instance: its own syntax if it was accepted,
/// else an uncompressed one it can be transcoded or decompressed to.
#[must_use]
pub fn choose(
    contexts: &[NegotiatedContext],
    sop_class_uid: &str,
    own: &str,
    transcode: Transcoding,
) -> Choice {
    let of_class = || {
        contexts
            .iter()
            .filter(|context| context.abstract_syntax == sop_class_uid)
    };
    let accepted = || of_class().filter(|context| context.result == ContextResult::Acceptance);
    if let Some(context) = accepted().find(|context| context.transfer_syntax == own) {
        return Choice::Copy {
            context_id: context.id,
        };
    }
    if transcode.covers(own) {
        let mut best: Option<(u8, &'static TransferSyntax)> = None;
        for context in accepted() {
            if let Some(to) =
                syntax::lookup(&context.transfer_syntax).filter(|to| to.is_uncompressed())
                && best.is_none_or(|(_, known)| preference(to) < preference(known))
            {
                best = Some((context.id, to));
            }
        }
        let is_uncompressed = syntax::lookup(own).is_some_and(TransferSyntax::is_uncompressed);
        match best {
            Some((context_id, to)) if is_uncompressed => {
                return Choice::Transcode { context_id, to };
            }
            Some((context_id, to)) => return Choice::Decompress { context_id, to },
            None => {}
        }
    }
    Choice::Refused(refusal(
        &of_class().collect::<Vec<_>>(),
        sop_class_uid,
        own,
        transcode,
    ))
}

/// Explicit little endian keeps the most of what the file says.
fn preference(to: &TransferSyntax) -> u8 {
    match (to.implicit, to.big_endian, to.deflated) {
        (false, false, false) => 0,
        (true, ..) => 1,
        (_, true, _) => 2,
        _ => 3,
    }
}

/// The name the standard has for a UID, and the UID.
fn named(name: Option<&str>, uid: &str) -> String {
    name.map_or_else(|| uid.to_owned(), |name| format!("{name} ({uid})"))
}

fn refusal(
    answers: &[&NegotiatedContext],
    class: &str,
    own: &str,
    transcode: Transcoding,
) -> String {
    let syntax = syntax::lookup(own);
    let mut text = format!(
        "no accepted presentation context for {} in {}",
        named(sop::lookup(class).map(|class| class.name), class),
        named(syntax.map(|syntax| syntax.name), own)
    );
    if answers.is_empty() {
        text.push_str(": it was not proposed");
        return text;
    }
    let said: Vec<String> = answers
        .iter()
        .map(|context| match context.result {
            ContextResult::Acceptance => format!("accepted {}", context.transfer_syntax),
            other => format!("{}: {}", context.proposed.join(", "), other.text()),
        })
        .collect();
    text.push_str("; the peer answered ");
    text.push_str(&said.join("; "));
    if !syntax.is_some_and(TransferSyntax::is_uncompressed) {
        text.push_str(if transcode == Transcoding::Any {
            "; let the peer accept this transfer syntax or an uncompressed one"
        } else {
            "; let it be decompressed (transcode=\"any\"), or let the peer accept this transfer syntax"
        });
    } else if transcode == Transcoding::Never {
        text.push_str("; allow transcoding (transcode=\"uncompressed\"), or let the peer accept this transfer syntax");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicomwire_dataset::syntax::{
        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN,
        IMPLICIT_VR_LITTLE_ENDIAN,
    };

    const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
    const JPEG: &str = "1.2.840.10008.1.2.4.50";

    fn pair(class: &str, syntax: &str) -> Pair {
        Pair {
            sop_class_uid: class.to_owned(),
            transfer_syntax_uid: syntax.to_owned(),
        }
    }

    fn offered(plan: &Plan) -> Vec<(u8, &str, Vec<&str>)> {
        let syntaxes =
            |context: &ProposedContext| -> Vec<String> { context.transfer_syntaxes.clone() };
        plan.contexts()
            .iter()
            .map(|context| {
                let known = syntaxes(context);
                let names = known
                    .iter()
                    .map(|uid| syntax::lookup(uid).map_or("?", |syntax| syntax.uid))
                    .collect();
                (context.id, context.abstract_syntax.as_str(), names)
            })
            .collect()
    }

    #[test]
    fn one_pair_is_one_context_and_a_fallback() {
        let plan = Plan::new(
            [
                pair(CT, EXPLICIT_VR_LITTLE_ENDIAN),
                pair(CT, EXPLICIT_VR_LITTLE_ENDIAN),
            ],
            Transcoding::Uncompressed,
        );
        assert_eq!(
            offered(&plan),
            [
                (1, CT, vec![EXPLICIT_VR_LITTLE_ENDIAN]),
                (
                    3,
                    CT,
                    vec![
                        IMPLICIT_VR_LITTLE_ENDIAN,
                        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
                        EXPLICIT_VR_BIG_ENDIAN
                    ]
                )
            ]
        );
    }

    #[test]
    fn a_compressed_pair_has_nothing_to_fall_back_on() {
        let plan = Plan::new([pair(CT, JPEG)], Transcoding::Uncompressed);
        assert_eq!(offered(&plan), [(1, CT, vec![JPEG])]);
    }

    #[test]
    fn a_compressed_pair_falls_back_when_it_may_be_decompressed() {
        let plan = Plan::new([pair(CT, JPEG)], Transcoding::Any);
        assert_eq!(offered(&plan)[1].2[0], EXPLICIT_VR_LITTLE_ENDIAN);
        let contexts = [answered(
            3,
            IMPLICIT_VR_LITTLE_ENDIAN,
            ContextResult::Acceptance,
        )];
        assert!(matches!(
            choose(&contexts, CT, JPEG, Transcoding::Any),
            Choice::Decompress { context_id: 3, to } if to.uid == IMPLICIT_VR_LITTLE_ENDIAN
        ));
        assert!(matches!(
            choose(&contexts, CT, JPEG, Transcoding::Uncompressed),
            Choice::Refused(_)
        ));
        assert!(matches!(
            choose(&contexts, CT, "1.2.3.4", Transcoding::Any),
            Choice::Refused(_)
        ));
    }

    #[test]
    fn no_more_than_128_contexts_and_the_first_pairs_win() {
        let pairs: Vec<Pair> = (0..200)
            .map(|number| pair(&format!("1.2.{number}"), EXPLICIT_VR_LITTLE_ENDIAN))
            .collect();
        let plan = Plan::new(pairs, Transcoding::Uncompressed);
        assert_eq!(plan.contexts().len(), 128);
        assert_eq!(plan.pairs().len(), 64);
        assert_eq!(plan.contexts()[127].id, 255);
        assert!(plan.covers("1.2.63", EXPLICIT_VR_LITTLE_ENDIAN));
        assert!(!plan.covers("1.2.64", EXPLICIT_VR_LITTLE_ENDIAN));
    }

    fn answered(id: u8, syntax: &str, result: ContextResult) -> NegotiatedContext {
        NegotiatedContext {
            id,
            abstract_syntax: CT.to_owned(),
            transfer_syntax: syntax.to_owned(),
            proposed: vec![syntax.to_owned()],
            result,
            scu: true,
            scp: false,
        }
    }

    #[test]
    fn the_own_syntax_is_copied_and_another_uncompressed_one_transcoded_to() {
        let both = [
            answered(1, IMPLICIT_VR_LITTLE_ENDIAN, ContextResult::Acceptance),
            answered(3, EXPLICIT_VR_LITTLE_ENDIAN, ContextResult::Acceptance),
        ];
        assert!(matches!(
            choose(
                &both,
                CT,
                EXPLICIT_VR_LITTLE_ENDIAN,
                Transcoding::Uncompressed
            ),
            Choice::Copy { context_id: 3 }
        ));
        assert!(matches!(
            choose(
                &both[..1],
                CT,
                EXPLICIT_VR_LITTLE_ENDIAN,
                Transcoding::Uncompressed
            ),
            Choice::Transcode { context_id: 1, .. }
        ));
        assert!(matches!(
            choose(
                &both[..1],
                CT,
                EXPLICIT_VR_LITTLE_ENDIAN,
                Transcoding::Never
            ),
            Choice::Refused(_)
        ));
    }

    #[test]
    fn a_refusal_says_what_the_peer_answered_and_what_to_do() {
        let contexts = [answered(
            1,
            JPEG,
            ContextResult::TransferSyntaxesNotSupported,
        )];
        let Choice::Refused(text) = choose(&contexts, CT, JPEG, Transcoding::Uncompressed) else {
            panic!("not refused")
        };
        assert!(
            text.contains(CT)
                && text.contains("transfer syntaxes not supported")
                && text.contains("decompress"),
            "{text}"
        );
    }
}
