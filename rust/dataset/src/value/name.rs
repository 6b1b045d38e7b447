//! Names of persons (PS3.5 §6.2.1).

/// A person's name (PN) in up to three ways of writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PersonName<'a> {
    /// In letters, mostly Latin ones.
    pub alphabetic: NameGroup<'a>,
    /// In ideographs, as Kanji.
    pub ideographic: NameGroup<'a>,
    /// As it is spoken, as in Hiragana.
    pub phonetic: NameGroup<'a>,
}

/// The components of a name in one way of writing; empty when left out. Of animals, the family name
/// is that of the responsible person, and the given name the animal's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NameGroup<'a> {
    /// The family name complex.
    pub family: &'a str,
    /// The given name complex.
    pub given: &'a str,
    /// The middle name.
    pub middle: &'a str,
    /// The name prefix, as in `Dr.`.
    pub prefix: &'a str,
    /// The name suffix, as in `Jr.`.
    pub suffix: &'a str,
}

impl<'a> PersonName<'a> {
    /// Reads one decoded value. What goes beyond three groups is dropped.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut groups = text.split('=').map(NameGroup::parse);
        let mut next = || groups.next().unwrap_or_default();
        Self {
            alphabetic: next(),
            ideographic: next(),
            phonetic: next(),
        }
    }
}

impl<'a> NameGroup<'a> {
    /// Reads one group. What goes beyond five components is dropped, and the spaces around each
    /// (PS3.5 Table 6.2-1).
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut components = text.split('^').map(|component| component.trim_matches(' '));
        let mut next = || components.next().unwrap_or_default();
        Self {
            family: next(),
            given: next(),
            middle: next(),
            prefix: next(),
            suffix: next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_components_are_told_apart() {
        let name = PersonName::parse("Yamada^Tarou^^Dr.=山田^太郎=やまだ^たろう");
        assert_eq!(name.alphabetic.family, "Yamada");
        assert_eq!(name.alphabetic.middle, "");
        assert_eq!(name.alphabetic.prefix, "Dr.");
        assert_eq!(name.ideographic.given, "太郎");
        assert_eq!(name.phonetic.family, "やまだ");
    }

    #[test]
    fn what_is_left_out_is_empty() {
        assert_eq!(PersonName::parse(""), PersonName::default());
        let name = PersonName::parse("=山田");
        assert_eq!(name.alphabetic, NameGroup::default());
        assert_eq!(name.ideographic.family, "山田");
        let long = NameGroup::parse("a ^b^c^d^e^f");
        assert_eq!((long.family, long.suffix), ("a", "e"));
    }
}
