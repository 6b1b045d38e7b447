//! Unique identifiers (PS3.5 §9): their form, their padding, and the ones this crate names.

/// The longest UID the standard allows (PS3.5 §9.1).
pub const MAX_LENGTH: usize = 64;

/// SOP class of a DICOMDIR (PS3.10 §8).
pub const MEDIA_STORAGE_DIRECTORY: &str = "1.2.840.10008.1.3.10";
/// SOP class of C-ECHO (PS3.4 Annex A).
pub const VERIFICATION: &str = "1.2.840.10008.1.1";
/// The DICOM application context (PS3.7 §A.2.1).
pub const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";

/// Removes the NUL that pads a UID to even length, and the spaces some writers use instead.
#[must_use]
pub fn trim(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [head @ .., 0 | b' '] = rest {
        rest = head;
    }
    while let [b' ', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

/// Reads a UID value: padding removed, as text. `None` when it holds anything but printable ASCII
/// or is longer than any UID can be; digits and dots are not insisted on, because what a peer or a
/// file calls its objects must be passed on as it is.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<&str> {
    let trimmed = trim(bytes);
    let readable = trimmed.len() <= MAX_LENGTH && trimmed.iter().all(u8::is_ascii_graphic);
    readable.then(|| std::str::from_utf8(trimmed).ok())?
}

/// Whether a UID obeys PS3.5 §9.1: 1 to 64 characters, components of digits joined by dots, no
/// component with a leading zero unless it is zero.
#[must_use]
pub fn is_valid(uid: &str) -> bool {
    !uid.is_empty()
        && uid.len() <= MAX_LENGTH
        && uid.split('.').all(|component| {
            component.bytes().all(|byte| byte.is_ascii_digit())
                && (component == "0" || (!component.is_empty() && !component.starts_with('0')))
        })
}

/// Whether a text can pass for a UID: 1 to 64 digits and dots, a digit first. Archives hold many that break
/// the finer rules of PS3.5 §9.1 and have to be passed on as they are; this much makes a safe file name.
#[must_use]
pub fn is_plausible(uid: &str) -> bool {
    uid.len() <= MAX_LENGTH
        && uid.starts_with(|first: char| first.is_ascii_digit())
        && uid
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_uids_are_digits_and_dots() {
        for uid in ["1.2.3", "1..2", "1.02.", "7"] {
            assert!(is_plausible(uid), "{uid}");
        }
        for uid in ["", ".", "..", ".1", "1.2/3", "x", "1 2", &"1".repeat(65)] {
            assert!(!is_plausible(uid), "{uid}");
        }
    }

    #[test]
    fn padding_is_removed() {
        assert_eq!(trim(b"1.2\0"), b"1.2");
        assert_eq!(trim(b"1.2 \0 "), b"1.2");
        assert_eq!(trim(b"\0\0"), b"");
        assert_eq!(parse(b"1.2\0"), Some("1.2"));
        assert_eq!(parse(b"1.\x012"), None);
        assert_eq!(parse(&[b'1'; 65]), None);
    }

    #[test]
    fn validity_follows_the_standard() {
        for good in ["1", "0.0", "1.2.840.10008.1.1"] {
            assert!(is_valid(good), "{good}");
        }
        let long = "1".repeat(65);
        for bad in ["", "1.", ".1", "1..2", "1.02", "1.a", "1 2", long.as_str()] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
