//! The private dictionary (PS3.5 §7.8): what vendors mean by the elements of their blocks.
//!
//! There are some ten thousand elements, so an entry is twelve bytes without a pointer: its texts
//! are positions in tables of their own.

use crate::private_table::{CREATORS, ENTRIES, MULTIPLICITIES, NAMES};
use crate::tag::Tag;
use crate::vr::Vr;

/// Which tags an entry stands for, in the order of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// One tag, of a vendor whose block always lies in the same place.
    OneTag,
    /// The element in any block of its group.
    AnyBlock,
    /// The element in any block of any group with the same first byte.
    AnyGroup,
}

impl Form {
    const ALL: [Self; 3] = [Self::OneTag, Self::AnyBlock, Self::AnyGroup];

    /// The digits of the tag that count.
    const fn mask(self) -> u32 {
        match self {
            Self::OneTag => 0xFFFF_FFFF,
            Self::AnyBlock => 0xFFFF_00FF,
            Self::AnyGroup => 0xFF00_00FF,
        }
    }
}

/// Whether the vendor names one VR or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    One,
    UnsignedOrSigned,
    BytesOrWords,
}

/// What a vendor says about a private element.
#[derive(Debug, PartialEq, Eq)]
pub struct PrivateEntry {
    /// The tag, with zeros where the number of the block or group does not count.
    tag: u32,
    /// Where its line begins in [`NAMES`].
    name: u32,
    form: Form,
    vr: Vr,
    choice: Choice,
    /// A position in [`MULTIPLICITIES`].
    vm: u8,
}

impl PrivateEntry {
    /// The VR, or of two possible ones the one to take when nothing else is known.
    #[must_use]
    pub const fn vr(&self) -> Vr {
        self.vr
    }

    /// All possible VRs, as in `"US or SS"`.
    #[must_use]
    pub const fn vrs(&self) -> &'static str {
        match self.choice {
            Choice::One => self.vr.as_str(),
            Choice::UnsignedOrSigned => "US or SS",
            Choice::BytesOrWords => "OB or OW",
        }
    }

    /// Whether the VR depends on other elements.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        !matches!(self.choice, Choice::One)
    }

    /// The value multiplicity, as in `"1-n"`.
    #[must_use]
    pub fn vm(&self) -> &'static str {
        let vm = MULTIPLICITIES.get(usize::from(self.vm));
        vm.copied().unwrap_or_default()
    }

    /// The name, as in `"CSA Image Header Info"`; often `"Unknown"`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let line = usize::try_from(self.name).ok();
        let rest = line.and_then(|start| NAMES.get(start..));
        rest.and_then(|rest| rest.lines().next())
            .unwrap_or_default()
    }
}

/// Builds a row of the generated table.
pub(crate) const fn entry(
    form: Form,
    tag: u32,
    vr: Vr,
    choice: Choice,
    vm: u8,
    name: u32,
) -> PrivateEntry {
    PrivateEntry {
        tag,
        name,
        form,
        vr,
        choice,
        vm,
    }
}

/// Finds a private element by its creator (PS3.5 §7.8.1), the value of (gggg,00bb) without its
/// padding, and its tag (gggg,bbee); `None` when nothing is known about it. An entry for the very
/// tag comes before one for any block, as in pydicom. That the tag is private is the caller's
/// concern: old vendors used even groups, too.
#[must_use]
pub fn private(creator: &str, tag: Tag) -> Option<&'static PrivateEntry> {
    let entries = of_creator(creator)?;
    Form::ALL.iter().find_map(|&form| {
        let wanted = (form, tag.0 & form.mask());
        let found = entries.binary_search_by_key(&wanted, |entry| (entry.form, entry.tag));
        entries.get(found.ok()?)
    })
}

fn of_creator(creator: &str) -> Option<&'static [PrivateEntry]> {
    let found = CREATORS.binary_search_by_key(&creator, |(name, _)| name);
    let (_, start) = CREATORS.get(found.ok()?)?;
    let next = CREATORS.get(found.ok()?.checked_add(1)?);
    let end = next.map_or(ENTRIES.len(), |(_, start)| usize::from(*start));
    ENTRIES.get(usize::from(*start)..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_small() {
        assert!(CREATORS.is_sorted_by(|(a, first), (b, second)| a < b && first < second));
        for (creator, _) in &CREATORS {
            let entries = of_creator(creator).expect("a creator of the table");
            assert!(entries.is_sorted_by(|a, b| (a.form, a.tag) < (b.form, b.tag)));
        }
        assert_eq!(size_of::<PrivateEntry>(), 12);
    }

    #[test]
    fn every_entry_is_found_and_complete() {
        for (creator, _) in &CREATORS {
            for entry in of_creator(creator).expect("a creator of the table") {
                let in_some_block = entry.tag | (0x0000_7700 & !entry.form.mask());
                assert_eq!(private(creator, Tag(in_some_block)), Some(entry));
                assert!(!entry.vm().is_empty());
                let start = usize::try_from(entry.name).expect("a position");
                let is_line = start == 0 || NAMES.as_bytes()[start - 1] == b'\n';
                assert!(is_line, "{creator} {:?}", entry.name());
            }
        }
    }
}
