//! The VRs of private elements in implicit data sets, and of what is written as UN.

use crate::ambiguous::{TagVr, tag_vr, unsigned_or_signed};
use crate::dict;
use crate::header::Content;
use crate::index::{Entry, Index};
use crate::tag::Tag;
use crate::value::Value;
use crate::vr::Vr;

impl Index {
    /// Gives private elements without a VR, here and in the items, the one that the
    /// [private dictionary](dict::private()) of their creator has (PS3.5 §7.8.1).
    ///
    /// Not every writer keeps to what its vendor once published: a value may turn out not to be of
    /// its VR, or a sequence none. Whoever only copies values has no need of this.
    #[must_use]
    pub fn with_private_dictionary(mut self) -> Self {
        self.inherited.knows_private = true;
        let known: Vec<Option<Vr>> = self.entries.iter().map(|e| self.private_vr(e)).collect();
        for (entry, vr) in self.entries.iter_mut().zip(known) {
            let Some(vr) = vr else {
                continue;
            };
            entry.vr = vr;
            if vr == Vr::SQ && !entry.is_undefined() {
                entry.content = Content::Sequence;
            }
        }
        self
    }

    /// The VR to read an element with: its own, but for UN, which says nothing (PS3.5 §6.2.2), the
    /// one of the dictionary, or of the [private dictionary](dict::private()) of its creator.
    #[must_use]
    pub fn readable_vr(&self, entry: &Entry) -> Vr {
        if entry.vr != Vr::UN {
            return entry.vr;
        }
        match tag_vr(entry.tag) {
            TagVr::Known(Vr::UN) => self.vr_of_creator(entry.tag).unwrap_or(Vr::UN),
            TagVr::Known(vr) => vr,
            TagVr::UnsignedOrSigned => self.unsigned_or_signed(),
            TagVr::LutData => Vr::OW,
        }
    }

    /// The value of an element, read with its [readable VR](Self::readable_vr).
    #[must_use]
    pub fn readable_value<'a>(&'a self, entry: &'a Entry) -> Value<'a> {
        let bytes = self.value(entry).as_bytes();
        let vr = self.readable_vr(entry);
        Value::new(entry.tag, vr, bytes, self.encoding().big_endian)
    }

    /// What the private dictionary tells; `None` for elements it does not matter to. What has an
    /// undefined length is a sequence, whatever it was meant to be.
    fn private_vr(&self, entry: &Entry) -> Option<Vr> {
        if entry.header.vr.is_some() || !entry.tag.is_private() || entry.is_undefined() {
            return None;
        }
        self.vr_of_creator(entry.tag)
    }

    fn vr_of_creator(&self, tag: Tag) -> Option<Vr> {
        let known = dict::private(self.private_creator(tag)?, tag)?;
        Some(match known.vrs() {
            "US or SS" => self.unsigned_or_signed(),
            _ => known.vr(),
        })
    }

    fn unsigned_or_signed(&self) -> Vr {
        unsigned_or_signed(self.inherited.pixel_representation.unwrap_or(0))
    }

    /// The private creator of an element (PS3.5 §7.8.1): the value of (gggg,00bb) for (gggg,bbee),
    /// without padding. `None` for elements in no block, and for names that are not UTF-8: none
    /// of those is in the private dictionary.
    #[must_use]
    pub fn private_creator(&self, tag: Tag) -> Option<&str> {
        let block = tag.element() >> 8;
        if !tag.is_private() || block == 0 {
            return None;
        }
        let creator = self.get(Tag::new(tag.group(), block))?;
        let name = str::from_utf8(self.bytes.get(creator.value.clone())?).ok()?;
        Some(name.trim_end_matches(['\0', ' ']))
    }
}
