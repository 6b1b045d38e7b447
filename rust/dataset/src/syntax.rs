//! Transfer syntaxes (PS3.5 §10, PS3.6 Table A-1): how a data set is encoded.

use crate::syntax_table::SYNTAXES;

/// Implicit VR Little Endian, the default every application entity accepts (PS3.5 §A.1).
pub const IMPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian (PS3.5 §A.2).
pub const EXPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Deflated Explicit VR Little Endian (PS3.5 §A.5).
pub const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1.99";
/// Explicit VR Big Endian, retired but still on disks (PS3.5-2016b §A.3).
pub const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// JPEG Baseline (Process 1).
pub const JPEG_BASELINE_8BIT: &str = "1.2.840.10008.1.2.4.50";
/// JPEG Lossless, first-order prediction.
pub const JPEG_LOSSLESS_SV1: &str = "1.2.840.10008.1.2.4.70";
/// JPEG 2000, lossless only.
pub const JPEG_2000_LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
/// RLE Lossless (PS3.5 Annex G).
pub const RLE_LOSSLESS: &str = "1.2.840.10008.1.2.5";

/// How the elements of a data set are laid out: all that matters for finding and rewriting them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// Whether the VR is left out and must come from the dictionary (PS3.5 §7.1.3).
    pub implicit: bool,
    /// Whether numbers have their most significant byte first (PS3.5 §7.3).
    pub big_endian: bool,
}

impl Encoding {
    /// Implicit VR, little endian.
    pub const IMPLICIT_LITTLE: Self = Self {
        implicit: true,
        big_endian: false,
    };
    /// Explicit VR, little endian: also the encoding of every encapsulated syntax.
    pub const EXPLICIT_LITTLE: Self = Self {
        implicit: false,
        big_endian: false,
    };
    /// Explicit VR, big endian.
    pub const EXPLICIT_BIG: Self = Self {
        implicit: false,
        big_endian: true,
    };

    /// A short name for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.implicit, self.big_endian) {
            (true, false) => "implicit VR little endian",
            (true, true) => "implicit VR big endian",
            (false, false) => "explicit VR little endian",
            (false, true) => "explicit VR big endian",
        }
    }
}

/// A transfer syntax of the standard.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferSyntax {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6.
    pub name: &'static str,
    /// Its keyword in PS3.6.
    pub keyword: &'static str,
    /// VR left out of the element headers.
    pub implicit: bool,
    /// Most significant byte first.
    pub big_endian: bool,
    /// The data set after group 2 is a raw deflate stream (RFC 1951).
    pub deflated: bool,
    /// Pixel data is a sequence of fragments (PS3.5 §A.4).
    pub encapsulated: bool,
    /// The pixel data (or everything) is carried by other means: JPIP, SMPTE ST 2110, XML, MIME.
    pub referenced: bool,
    /// No longer part of the standard.
    pub retired: bool,
}

impl TransferSyntax {
    /// Whether pixel data is stored as plain numbers, so that the data set can be transcoded
    /// without an image codec: implicit or explicit VR of either byte order, deflated or not.
    #[must_use]
    pub const fn is_uncompressed(&self) -> bool {
        !self.encapsulated && !self.referenced
    }

    /// The element layout (inside the deflate stream, if there is one).
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        Encoding {
            implicit: self.implicit,
            big_endian: self.big_endian,
        }
    }
}

/// Finds a transfer syntax by its UID (without padding).
#[must_use]
pub fn lookup(uid: &str) -> Option<&'static TransferSyntax> {
    let found = SYNTAXES
        .binary_search_by(|syntax| syntax.uid.cmp(uid))
        .ok()?;
    SYNTAXES.get(found)
}

/// All transfer syntaxes of the standard, retired ones included, sorted by UID.
#[must_use]
pub const fn all() -> &'static [TransferSyntax] {
    SYNTAXES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syntax_is_found_by_its_uid() {
        for syntax in all() {
            assert_eq!(lookup(syntax.uid), Some(syntax));
        }
        assert_eq!(lookup("1.2.3"), None);
    }

    #[test]
    fn exactly_four_are_uncompressed() {
        let uids: Vec<_> = all()
            .iter()
            .filter(|syntax| syntax.is_uncompressed())
            .map(|syntax| syntax.uid)
            .collect();
        assert_eq!(
            uids,
            [
                IMPLICIT_VR_LITTLE_ENDIAN,
                EXPLICIT_VR_LITTLE_ENDIAN,
                DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
                EXPLICIT_VR_BIG_ENDIAN,
            ]
        );
    }

    #[test]
    fn encapsulated_syntaxes_are_explicit_little_endian() {
        for syntax in all().iter().filter(|syntax| syntax.encapsulated) {
            assert_eq!(
                syntax.encoding(),
                Encoding::EXPLICIT_LITTLE,
                "{}",
                syntax.uid
            );
        }
        let jpeg_xl = lookup("1.2.840.10008.1.2.4.110").expect("JPEG XL");
        assert!(jpeg_xl.encapsulated);
    }
}
