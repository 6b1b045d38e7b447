//! Value representations (PS3.5 §6.2): how the bytes of a value are to be read.

use std::fmt;

macro_rules! value_representations {
    ($($name:ident $doc:literal),+ $(,)?) => {
        /// A value representation: all 34 of PS3.5 Table 6.2-1.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(clippy::upper_case_acronyms)]
        pub enum Vr { $(#[doc = $doc] $name),+ }

        impl Vr {
            /// All value representations, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The two letters that stand for it in explicit VR encodings.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

value_representations! {
    AE "Application Entity", AS "Age String", AT "Attribute Tag", CS "Code String", DA "Date",
    DS "Decimal String", DT "Date Time", FD "Floating Point Double", FL "Floating Point Single",
    IS "Integer String", LO "Long String", LT "Long Text", OB "Other Byte", OD "Other Double",
    OF "Other Float", OL "Other Long", OV "Other 64-bit Very Long", OW "Other Word",
    PN "Person Name", SH "Short String", SL "Signed Long", SQ "Sequence of Items",
    SS "Signed Short", ST "Short Text", SV "Signed 64-bit Very Long", TM "Time",
    UC "Unlimited Characters", UI "Unique Identifier", UL "Unsigned Long", UN "Unknown",
    UR "Universal Resource Identifier or Locator", US "Unsigned Short", UT "Unlimited Text",
    UV "Unsigned 64-bit Very Long",
}

/// The VR for each pair of letters: five bits for each. A table, because VRs come in no order that a
/// processor could predict.
static BY_LETTERS: [Option<Vr>; 1024] = by_letters();

// The positions have ten bits; were one out of range, the build would fail.
#[allow(clippy::indexing_slicing)]
const fn by_letters() -> [Option<Vr>; 1024] {
    let mut table = [None; 1024];
    let mut rest = Vr::ALL;
    while let [vr, tail @ ..] = rest {
        table[letters_position(vr.bytes())] = Some(*vr);
        rest = tail;
    }
    table
}

const fn letters_position([first, second]: [u8; 2]) -> usize {
    ((first & 0x1F) as usize) << 5 | (second & 0x1F) as usize
}

const fn two_letters(name: &str) -> u16 {
    match name.as_bytes() {
        [first, second] => u16::from_be_bytes([*first, *second]),
        _ => 0,
    }
}

impl Vr {
    /// Recognises the two letters; `None` when no such VR is defined.
    #[must_use]
    #[inline]
    pub fn from_bytes(letters: [u8; 2]) -> Option<Self> {
        if !letters.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        BY_LETTERS.get(letters_position(letters)).copied().flatten()
    }

    /// The two letters as bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 2] {
        two_letters(self.as_str()).to_be_bytes()
    }

    /// Whether explicit VR encodings write two reserved bytes and a 32-bit length (PS3.5 §7.1.2).
    #[must_use]
    pub const fn has_long_length(self) -> bool {
        matches!(
            self,
            Self::OB
                | Self::OD
                | Self::OF
                | Self::OL
                | Self::OV
                | Self::OW
                | Self::SQ
                | Self::SV
                | Self::UC
                | Self::UN
                | Self::UR
                | Self::UT
                | Self::UV
        )
    }

    /// How many bytes change places together between the byte orders (PS3.5 §7.3); 1 means that
    /// byte order does not matter. An AT value is two numbers of 16 bits, not one of 32.
    #[must_use]
    pub const fn swap_width(self) -> usize {
        match self {
            Self::AT | Self::OW | Self::SS | Self::US => 2,
            Self::FL | Self::OF | Self::OL | Self::SL | Self::UL => 4,
            Self::FD | Self::OD | Self::OV | Self::SV | Self::UV => 8,
            _ => 1,
        }
    }

    /// Whether the value is a character string.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Self::AE
                | Self::AS
                | Self::CS
                | Self::DA
                | Self::DS
                | Self::DT
                | Self::IS
                | Self::LO
                | Self::LT
                | Self::PN
                | Self::SH
                | Self::ST
                | Self::TM
                | Self::UC
                | Self::UI
                | Self::UR
                | Self::UT
        )
    }

    /// Whether Specific Character Set (0008,0005) decides how the string is read (PS3.5 §6.1.2.3).
    #[must_use]
    pub const fn uses_character_set(self) -> bool {
        matches!(
            self,
            Self::LO | Self::LT | Self::PN | Self::SH | Self::ST | Self::UC | Self::UT
        )
    }

    /// The byte that makes a value of odd length even (PS3.5 §6.2): NUL for UIDs and binary
    /// values, space for the other strings.
    #[must_use]
    pub const fn padding(self) -> u8 {
        if self.is_text() && !matches!(self, Self::UI) {
            b' '
        } else {
            0
        }
    }
}

impl fmt::Display for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_both_ways() {
        assert_eq!(Vr::ALL.len(), 34);
        for &vr in Vr::ALL {
            assert_eq!(Vr::from_bytes(vr.bytes()), Some(vr));
        }
        assert_eq!(Vr::from_bytes(*b"ZZ"), None);
        assert_eq!(Vr::from_bytes([0, 0]), None);
    }

    #[test]
    fn long_length_vrs_are_those_of_the_standard() {
        let long: Vec<_> = Vr::ALL.iter().filter(|vr| vr.has_long_length()).collect();
        assert_eq!(long.len(), 13);
        assert!(!Vr::AT.has_long_length());
        assert_eq!(Vr::UI.padding(), 0);
        assert_eq!(Vr::LO.padding(), b' ');
    }

    #[test]
    fn swap_widths_are_those_of_the_standard() {
        use Vr::{AT, FD, FL, OD, OF, OL, OV, OW, SL, SS, SV, UL, US, UV};
        let widths = [
            (2, vec![AT, OW, SS, US]),
            (4, vec![FL, OF, OL, SL, UL]),
            (8, vec![FD, OD, OV, SV, UV]),
        ];
        for (width, expected) in widths {
            let found = Vr::ALL
                .iter()
                .copied()
                .filter(|vr| vr.swap_width() == width);
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}
