//! VRs that depend on other elements (PS3.6 lists them as "US or SS", "OB or OW" and the like).
//!
//! Implicit VR encodings leave the VR out, so whoever writes explicit VR must decide. The rules are
//! those pydicom applies, so that both agree on every file:
//! - "OB or OW" from an implicit data set is OW (PS3.5 §A.1), but OB when encapsulated;
//! - "US or SS" is SS when Pixel Representation is 1, of this data set or of the nearest one around
//!   it that has the element, and else US;
//! - LUT Data is US when its LUT has a single entry (PS3.3 §C.11.1.1.1), and else OW.

use crate::dict;
use crate::tag::Tag;
use crate::vr::Vr;

/// Decides about "US or SS".
pub(crate) const PIXEL_REPRESENTATION: Tag = Tag::new(0x0028, 0x0103);
/// Its first number decides about LUT Data.
pub(crate) const LUT_DESCRIPTOR: Tag = Tag::new(0x0028, 0x3002);
const LUT_DATA: Tag = Tag::new(0x0028, 0x3006);

/// What the tag alone tells about the VR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagVr {
    /// This one.
    Known(Vr),
    /// US or SS, by Pixel Representation.
    UnsignedOrSigned,
    /// US or OW, by the LUT Descriptor.
    LutData,
}

/// Values of a data set that decide about VRs in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) pixel_representation: Option<u16>,
    pub(crate) lut_entries: Option<u16>,
}

impl Facts {
    /// Whether an element's first number is one of the facts.
    pub(crate) const fn are_in(tag: Tag) -> bool {
        matches!(tag, PIXEL_REPRESENTATION | LUT_DESCRIPTOR)
    }

    /// Notes the first number of an element.
    pub(crate) fn note(&mut self, tag: Tag, number: u16) {
        match tag {
            PIXEL_REPRESENTATION => self.pixel_representation = Some(number),
            LUT_DESCRIPTOR => self.lut_entries = Some(number),
            _ => {}
        }
    }

    /// The VR of LUT Data.
    pub(crate) const fn lut_data(self) -> Vr {
        match self.lut_entries {
            Some(1) => Vr::US,
            _ => Vr::OW,
        }
    }
}

/// US or SS, as Pixel Representation says.
pub(crate) const fn unsigned_or_signed(pixel_representation: u16) -> Vr {
    if pixel_representation == 0 {
        Vr::US
    } else {
        Vr::SS
    }
}

/// What the tag of an implicit element tells about its VR.
pub(crate) fn tag_vr(tag: Tag) -> TagVr {
    tag_vr_in(&mut dict::Reader::default(), tag)
}

/// The same for one of many elements that come in order.
pub(crate) fn tag_vr_in(dictionary: &mut dict::Reader, tag: Tag) -> TagVr {
    if tag == LUT_DATA {
        return TagVr::LutData;
    }
    if tag.is_private() || tag.element() == 0 {
        return TagVr::Known(dict::vr_of(tag));
    }
    match dictionary.lookup(tag) {
        Some(dict::Brief {
            vr: Vr::US,
            is_ambiguous: true,
        }) => TagVr::UnsignedOrSigned,
        Some(brief) => TagVr::Known(brief.vr),
        None => TagVr::Known(Vr::UN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_decide() {
        let mut facts = Facts::default();
        assert_eq!(facts.lut_data(), Vr::OW);
        facts.note(LUT_DESCRIPTOR, 1);
        assert_eq!(facts.lut_data(), Vr::US);
        facts.note(Tag::new(0x0028, 0x0100), 16);
        assert_eq!(facts.pixel_representation, None);
        assert_eq!(unsigned_or_signed(1), Vr::SS);
    }

    #[test]
    fn tags_tell_what_they_can() {
        assert_eq!(tag_vr(Tag::new(0x7FE0, 0x0010)), TagVr::Known(Vr::OW));
        assert_eq!(tag_vr(Tag::new(0x0028, 0x0106)), TagVr::UnsignedOrSigned);
        assert_eq!(tag_vr(LUT_DATA), TagVr::LutData);
        assert_eq!(tag_vr(Tag::new(0x6000, 0x3000)), TagVr::Known(Vr::OW));
    }
}
