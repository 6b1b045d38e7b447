//! The value of Specific Character Set (0008,0005) and pydicom's names for it.

use super::CharacterSets;
use super::repertoire::{NAMES, Repertoire};

/// What is wrong with a value of Specific Character Set, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No defined term; the default repertoire is in its place.
    UnknownTerm {
        /// The term as it was found.
        found: String,
    },
    /// Not spelled as the standard does.
    Misspelled {
        /// The term as it was found.
        found: String,
        /// The defined term it was taken for.
        assumed: &'static str,
    },
    /// The first term allows no code extensions (PS3.3 Table C.12-5); the others are ignored.
    ExtendsStandAlone {
        /// The first term.
        first: String,
        /// The others.
        ignored: Vec<String>,
    },
    /// A term that cannot be a code extension comes after the first; it is ignored.
    NotAnExtension {
        /// The term.
        found: String,
    },
}

impl CharacterSets {
    /// Reads the value of Specific Character Set: terms separated by backslashes, padding allowed.
    ///
    /// What can be understood is: the problems tell what was ignored or assumed. A term that is
    /// unknown counts as the default repertoire, as in pydicom.
    #[must_use]
    pub fn parse(value: &[u8]) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut terms = Vec::new();
        for found in trimmed(value).split(|byte| *byte == b'\\') {
            let (set, problem) = term(trimmed(found));
            problems.extend(problem);
            terms.push((trimmed(found), set));
        }
        let (first, others) = match terms.split_first() {
            Some(((_, first), others)) => (*first, others),
            None => (Repertoire::Default, [].as_slice()),
        };
        let mut sets = Self::of(first);
        let text = |found: &[u8]| String::from_utf8_lossy(found).into_owned();
        if first.stands_alone() && !others.is_empty() {
            problems.push(Problem::ExtendsStandAlone {
                first: text(terms.first().map_or(&[], |(found, _)| found)),
                ignored: others.iter().map(|(found, _)| text(found)).collect(),
            });
            return (sets, problems);
        }
        for (found, set) in others {
            if set.stands_alone() {
                problems.push(Problem::NotAnExtension { found: text(found) });
            } else {
                sets.push(*set);
            }
        }
        (sets, problems)
    }

    /// The character sets of pydicom's list of Python codec names, such as `["iso8859"]` or
    /// `["shift_jis", "iso2022_jp"]`; `None` if one of them is none that pydicom makes of a defined
    /// term.
    #[must_use]
    pub fn from_python_encodings(names: &[&str]) -> Option<Self> {
        let mut sets = names.iter().map(|name| python_codec(name));
        let mut all = Self::of(sets.next()??);
        for set in sets {
            all.push(set?);
        }
        Some(all)
    }

    /// The defined terms in force, as Specific Character Set would have them.
    pub fn terms(&self) -> impl Iterator<Item = &'static str> {
        let is_extended = self.iter().nth(1).is_some();
        self.iter().map(move |set| {
            let names = set.names();
            let (preferred, other) = if is_extended {
                (names.extended, names.alone)
            } else {
                (names.alone, names.extended)
            };
            if preferred.is_empty() {
                other
            } else {
                preferred
            }
        })
    }
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_padding = |byte: &u8| matches!(byte, 0 | b' ');
    let mut rest = bytes;
    while let [head @ .., last] = rest
        && is_padding(last)
    {
        rest = head;
    }
    while let [first, tail @ ..] = rest
        && is_padding(first)
    {
        rest = tail;
    }
    rest
}

fn term(found: &[u8]) -> (Repertoire, Option<Problem>) {
    if found.is_empty() {
        return (Repertoire::Default, None);
    }
    if let Some((set, _)) = defined_term(found) {
        return (set, None);
    }
    let text = String::from_utf8_lossy(found).into_owned();
    let corrected = corrected(&text).and_then(|term| defined_term(term.as_bytes()));
    if let Some((set, assumed)) = corrected {
        let found = text;
        return (set, Some(Problem::Misspelled { found, assumed }));
    }
    if let Some(set) = python_codec(&text) {
        let names = set.names();
        let assumed = if names.alone.is_empty() {
            names.extended
        } else {
            names.alone
        };
        let found = text;
        return (set, Some(Problem::Misspelled { found, assumed }));
    }
    (
        Repertoire::Default,
        Some(Problem::UnknownTerm { found: text }),
    )
}

fn defined_term(found: &[u8]) -> Option<(Repertoire, &'static str)> {
    NAMES.iter().find_map(|names| {
        let mut terms = [names.alone, names.extended].into_iter();
        let term = terms.find(|term| !term.is_empty() && term.as_bytes() == found)?;
        Some((names.repertoire, term))
    })
}

/// The term with the separators of the standard: files have `ISO-IR 100`, `ISO 2022-IR 87` and
/// more of the kind.
fn corrected(found: &str) -> Option<String> {
    let words: Vec<_> = found
        .split([' ', '_', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [iso, ir, number] if is_word(iso, "ISO") && is_word(ir, "IR") => {
            Some(format!("ISO_IR {number}"))
        }
        [iso, "2022", ir, number] if is_word(iso, "ISO") && is_word(ir, "IR") => {
            Some(format!("ISO 2022 IR {number}"))
        }
        _ => None,
    }
}

fn is_word(word: &str, expected: &str) -> bool {
    word.eq_ignore_ascii_case(expected)
}

fn python_codec(name: &str) -> Option<Repertoire> {
    let exact = NAMES.iter().find(|names| names.python == name);
    // The sets without escape sequences are the same by any name.
    let is_alias = |names: &&super::repertoire::Names| {
        names.repertoire.stands_alone() && names.python.eq_ignore_ascii_case(name)
    };
    let found = exact.or_else(|| NAMES.iter().find(is_alias));
    match found {
        Some(names) => Some(names.repertoire),
        None if name.eq_ignore_ascii_case("utf-8") => Some(Repertoire::Utf8),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(value: &[u8]) -> (Vec<&'static str>, Vec<Problem>) {
        let (sets, problems) = CharacterSets::parse(value);
        (sets.terms().collect(), problems)
    }

    #[test]
    fn the_first_term_may_be_empty() {
        assert_eq!(terms(b""), (vec!["ISO_IR 6"], vec![]));
        assert_eq!(terms(b"ISO_IR 100 "), (vec!["ISO_IR 100"], vec![]));
        let japanese = (vec!["ISO 2022 IR 6", "ISO 2022 IR 87"], vec![]);
        assert_eq!(terms(b"\\ISO 2022 IR 87"), japanese);
        assert_eq!(terms(b"ISO 2022 IR 6 \\ ISO 2022 IR 87\0"), japanese);
    }

    #[test]
    fn misspelled_terms_are_understood() {
        for (found, assumed) in [
            ("ISO-IR 100", "ISO_IR 100"),
            ("ISO IR 192", "ISO_IR 192"),
            ("ISO_IR_144", "ISO_IR 144"),
            ("ISO 2022-IR 100", "ISO 2022 IR 100"),
            ("ISO-2022-IR-87", "ISO 2022 IR 87"),
            ("latin_1", "ISO_IR 100"),
            ("utf-8", "ISO_IR 192"),
        ] {
            let (sets, problems) = terms(found.as_bytes());
            let expected = CharacterSets::parse(assumed.as_bytes()).0;
            assert_eq!(sets, expected.terms().collect::<Vec<_>>());
            let found = found.to_owned();
            assert_eq!(problems, [Problem::Misspelled { found, assumed }]);
        }
    }

    #[test]
    fn what_is_ignored_is_told() {
        let found = "ISO_IR 1000".to_owned();
        let expected = vec![Problem::UnknownTerm { found }];
        assert_eq!(terms(b"ISO_IR 1000"), (vec!["ISO_IR 6"], expected));

        let first = "ISO_IR 192".to_owned();
        let ignored = vec!["ISO 2022 IR 87".to_owned()];
        let expected = vec![Problem::ExtendsStandAlone { first, ignored }];
        assert_eq!(
            terms(b"ISO_IR 192\\ISO 2022 IR 87"),
            (vec!["ISO_IR 192"], expected)
        );

        let found = "GB18030".to_owned();
        let expected = vec![Problem::NotAnExtension { found }];
        assert_eq!(
            terms(b"ISO_IR 100\\GB18030"),
            (vec!["ISO_IR 100"], expected)
        );
    }

    #[test]
    fn pydicoms_names_are_known() {
        let sets = |names: &[&str]| CharacterSets::from_python_encodings(names);
        let parsed = |value: &[u8]| Some(CharacterSets::parse(value).0);
        assert_eq!(sets(&["iso8859"]), parsed(b""));
        assert_eq!(sets(&["latin_1"]), parsed(b"ISO_IR 100"));
        let japanese = parsed(b"ISO 2022 IR 13\\ISO 2022 IR 87");
        assert_eq!(sets(&["shift_jis", "iso2022_jp"]), japanese);
        assert_eq!(sets(&["utf8"]), parsed(b"ISO_IR 192"));
        assert_eq!(sets(&["GB18030"]), parsed(b"GB18030"));
        assert_eq!(sets(&["cp1252"]), None);
        assert_eq!(sets(&["iso8859", "cp1252"]), None);
        assert_eq!(sets(&[]), None);
    }
}
