//! The data dictionary (PS3.6): what an element is called and which VR it has.

pub(crate) mod private;

pub use private::{PrivateEntry, private};

use crate::dict_table::{BY_KEYWORD, ENTRIES, REPEATING, TAGS};
use crate::tag::Tag;
use crate::vr::Vr;

/// What the standard says about a data element.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The tag; for repeating groups, with zeros where the number repeats.
    pub tag: Tag,
    /// The VR, or of several possible ones the one to take when nothing else is known.
    pub vr: Vr,
    /// All possible VRs, as in `"OB or OW"`.
    pub vrs: &'static str,
    /// The value multiplicity, as in `"1-n"`.
    pub vm: &'static str,
    /// The keyword, as in `"PatientName"`.
    pub keyword: &'static str,
    /// The name, as in `"Patient's Name"`.
    pub name: &'static str,
    /// No longer part of the standard.
    pub retired: bool,
}

impl Entry {
    /// Whether the VR depends on other elements.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        self.vrs.len() > 2
    }
}

/// Builds a row of the generated table.
pub(crate) const fn entry(
    tag: u32,
    vr: Vr,
    vrs: &'static str,
    vm: &'static str,
    keyword: &'static str,
    name: &'static str,
    retired: bool,
) -> Entry {
    Entry {
        tag: Tag(tag),
        vr,
        vrs,
        vm,
        keyword,
        name,
        retired,
    }
}

/// Finds a data element by tag, repeating groups (50xx, 60xx, …) included; `None` for unknown
/// elements and private ones, for which [`private()`] has the dictionary of their creator.
#[must_use]
pub fn lookup(tag: Tag) -> Option<&'static Entry> {
    if tag.is_private() {
        return None;
    }
    if let Ok(position) = TAGS.binary_search(&tag.0) {
        return ENTRIES.get(position);
    }
    REPEATING
        .iter()
        .find(|(mask, entry)| tag.0 & mask == entry.tag.0)
        .map(|(_, entry)| entry)
}

/// What decides how an element without a VR is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) vr: Vr,
    /// Whether the VR depends on other elements.
    pub(crate) is_ambiguous: bool,
}

const UNKNOWN: Brief = Brief {
    vr: Vr::UN,
    is_ambiguous: false,
};

/// The same order as `TAGS`, a fraction of the size of `ENTRIES`: it stays in the cache.
static BRIEFS: [Brief; TAGS.len()] = briefs();

// Both tables have one length; were a position out of range, the build would fail.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn briefs() -> [Brief; TAGS.len()] {
    let mut briefs = [UNKNOWN; TAGS.len()];
    let mut position = 0;
    while position < ENTRIES.len() {
        briefs[position] = Brief {
            vr: ENTRIES[position].vr,
            is_ambiguous: ENTRIES[position].is_ambiguous(),
        };
        position += 1;
    }
    briefs
}

/// Looks elements up one after the other. In a data set each one comes soon after the one before,
/// and so it does in the dictionary: the search begins there.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Where the next tag is expected.
    position: usize,
}

impl Reader {
    /// Finds a data element by tag, as [`lookup`] does.
    #[inline]
    pub(crate) fn lookup(&mut self, tag: Tag) -> Option<Brief> {
        let mut start = self.position;
        let ahead = TAGS.get(start..).unwrap_or_default();
        let tags = match ahead.first() {
            Some(first) if *first <= tag.0 => {
                let mut reach = 8_usize;
                while ahead.get(reach).is_some_and(|last| *last < tag.0) {
                    reach = reach.saturating_mul(4);
                }
                ahead.get(..=reach).unwrap_or(ahead)
            }
            _ => {
                start = 0;
                TAGS.as_slice()
            }
        };
        match tags.binary_search(&tag.0) {
            Ok(found) => {
                self.position = start.saturating_add(found);
                BRIEFS.get(self.position).copied()
            }
            Err(_) => lookup(tag).map(|entry| Brief {
                vr: entry.vr,
                is_ambiguous: entry.is_ambiguous(),
            }),
        }
    }
}

/// Finds a data element by keyword, as in `PatientName`.
#[must_use]
pub fn by_keyword(keyword: &str) -> Option<&'static Entry> {
    let keyword_at = |position: &u16| ENTRIES.get(usize::from(*position)).map(|e| e.keyword);
    let found = BY_KEYWORD
        .binary_search_by(|position| keyword_at(position).cmp(&Some(keyword)))
        .ok()?;
    ENTRIES.get(usize::from(*BY_KEYWORD.get(found)?))
}

/// All data elements of the standard with a tag of their own (repeating groups have none), sorted
/// by tag.
#[must_use]
pub fn all() -> &'static [Entry] {
    &ENTRIES
}

/// The VR of an element when nothing but its tag is known (PS3.5 §7.1.3, §6.2.2): from the
/// dictionary, LO for private creators (PS3.5 §7.8.1), UL for group lengths, UN for the rest.
#[must_use]
pub fn vr_of(tag: Tag) -> Vr {
    if tag.element() == 0 {
        return Vr::UL;
    }
    if tag.is_private() {
        let is_creator = (0x0010..=0x00FF).contains(&tag.element());
        return if is_creator { Vr::LO } else { Vr::UN };
    }
    lookup(tag).map_or(Vr::UN, |entry| entry.vr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_of_one_length() {
        assert!(TAGS.is_sorted());
        assert!(
            TAGS.iter()
                .zip(&ENTRIES)
                .all(|(tag, entry)| *tag == entry.tag.0)
        );
        assert_eq!(TAGS.len(), ENTRIES.len());
    }

    #[test]
    fn every_keyword_is_found() {
        for entry in ENTRIES.iter().filter(|entry| !entry.keyword.is_empty()) {
            let found = by_keyword(entry.keyword).map(|found| found.keyword);
            assert_eq!(found, Some(entry.keyword));
        }
        assert_eq!(by_keyword("NoSuchKeyword"), None);
        assert_eq!(by_keyword(""), None);
    }

    #[test]
    fn repeating_groups_are_found() {
        let overlay = lookup(Tag::new(0x6002, 0x3000)).expect("overlay data");
        assert_eq!((overlay.keyword, overlay.vrs), ("OverlayData", "OB or OW"));
        assert!(overlay.is_ambiguous());
        assert_eq!(lookup(Tag::new(0x6003, 0x3000)), None);
    }

    #[test]
    fn a_reader_finds_what_lookup_finds() {
        let brief = |tag| {
            lookup(tag).map(|entry| Brief {
                vr: entry.vr,
                is_ambiguous: entry.is_ambiguous(),
            })
        };
        for step in [1, 2, 7, 100, 1000] {
            let mut reader = Reader::default();
            for entry in ENTRIES.iter().step_by(step) {
                assert_eq!(reader.lookup(entry.tag), brief(entry.tag));
            }
        }
        let mut reader = Reader::default();
        let unsorted = [
            0x7FE0_0010,
            0x0008_0016,
            0x0010_FFFF,
            0x6002_3000,
            0x0028_0106,
        ];
        for tag in unsorted.map(Tag) {
            assert_eq!(reader.lookup(tag), brief(tag), "{tag}");
        }
    }

    #[test]
    fn unknown_and_private_elements() {
        assert_eq!(vr_of(Tag::new(0x0009, 0x0010)), Vr::LO);
        assert_eq!(vr_of(Tag::new(0x0009, 0x1010)), Vr::UN);
        assert_eq!(vr_of(Tag::new(0x0009, 0x0000)), Vr::UL);
        assert_eq!(vr_of(Tag::new(0x0010, 0x0010)), Vr::PN);
        assert_eq!(vr_of(Tag::new(0x0010, 0xFFFF)), Vr::UN);
    }
}
