//! A stable mapping of unique identifiers.

use sha2::{Digest, Sha256};

use crate::uid;

/// The root of UIDs made of a UUID (PS3.5 §B.2).
const UUID_ROOT: &str = "2.25";
/// The root of the standard's own UIDs, which name things and must stay.
const STANDARD_ROOT: &str = "1.2.840.10008.";
/// How long a root may be, so that what follows it has at least 100 bits.
pub const MAX_ROOT: usize = 32;

/// Maps each UID to another one: the same to the same, in every run, on every machine.
///
/// The new UID is a cryptographic hash of salt and old UID: nobody can find the old one from it
/// without knowing the salt, and two old ones do not meet in a new one.
///
/// ```
/// use dicomwire_dataset::rewrite::UidMap;
///
/// let map = UidMap::new(None, b"hospital A")?;
/// assert_eq!(map.map("1.2.3"), map.map("1.2.3"));
/// assert!(map.map("1.2.3").starts_with("2.25."));
/// assert_eq!(map.map("1.2.840.10008.1.2"), "1.2.840.10008.1.2");
/// # Ok::<(), dicomwire_dataset::rewrite::InvalidRoot>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidMap {
    root: Option<String>,
    salt: Vec<u8>,
}

/// A root under which no UID can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the root {root:?} must be a valid UID of at most {MAX_ROOT} characters (PS3.5 section 9)")]
pub struct InvalidRoot {
    /// The root.
    pub root: String,
}

impl UidMap {
    /// A mapping to UIDs under `root`, or without one to UIDs made of a UUID (PS3.5 §B.2).
    ///
    /// # Errors
    /// [`InvalidRoot`] when it is no UID or leaves too few characters.
    pub fn new(root: Option<&str>, salt: &[u8]) -> Result<Self, InvalidRoot> {
        if let Some(root) = root
            && (!uid::is_valid(root) || root.len() > MAX_ROOT)
        {
            let root = root.to_owned();
            return Err(InvalidRoot { root });
        }
        Ok(Self {
            root: root.map(str::to_owned),
            salt: salt.to_vec(),
        })
    }

    /// The new UID. An empty one stays empty, and those of the standard stay as they are.
    #[must_use]
    pub fn map(&self, old: &str) -> String {
        if old.is_empty() || old.starts_with(STANDARD_ROOT) {
            return old.to_owned();
        }
        let mut hash = Sha256::new();
        hash.update((self.salt.len() as u64).to_be_bytes());
        hash.update(&self.salt);
        hash.update(old.as_bytes());
        let digest = hash.finalize();
        let number = u128::from_be_bytes(*digest.first_chunk().unwrap_or(&[0; 16]));
        match &self.root {
            None => format!("{UUID_ROOT}.{}", as_uuid(number)),
            Some(root) => {
                let room = uid::MAX_LENGTH.saturating_sub(root.len()).saturating_sub(1);
                let room = u32::try_from(room).unwrap_or(0);
                // Beyond 38 digits the whole number fits.
                let fitting = 10_u128
                    .checked_pow(room)
                    .and_then(|limit| number.checked_rem(limit))
                    .unwrap_or(number);
                format!("{root}.{fitting}")
            }
        }
    }

    /// Maps each of the UIDs of a value, which backslashes part; the padding is removed.
    pub(crate) fn map_value(&self, value: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(uid::trim(value)).ok()?;
        let mapped: Option<Vec<_>> = text
            .split('\\')
            .map(|part| uid::parse(part.as_bytes()).map(|old| self.map(old)))
            .collect();
        Some(mapped?.join("\\"))
    }
}

/// Sets version 8 (of one's own making) and the variant of RFC 9562.
const fn as_uuid(number: u128) -> u128 {
    const VERSION: u128 = 0xF << 76;
    const VARIANT: u128 = 0b11 << 62;
    (number & !VERSION & !VARIANT) | (8 << 76) | (0b10 << 62)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_every_run() {
        // Fixed for ever: a migration that is continued must find the same UIDs.
        let map = UidMap::new(None, b"salt").expect("no root");
        assert_eq!(
            map.map("1.2.3"),
            "2.25.220455407499040345505794598849013105426"
        );
        let rooted = UidMap::new(Some("1.2.826.0.1"), b"salt").expect("a root");
        assert_eq!(
            rooted.map("1.2.3"),
            "1.2.826.0.1.220455407499040194394678833038793655058"
        );
        let longest = UidMap::new(Some(&"1".repeat(MAX_ROOT)), b"salt").expect("a root");
        assert_eq!(
            longest.map("1.2.3"),
            "11111111111111111111111111111111.7499040194394678833038793655058"
        );
        assert_ne!(map.map("1.2.3"), map.map("1.2.4"));
        let other = UidMap::new(None, b"pepper").expect("no root");
        assert_ne!(map.map("1.2.3"), other.map("1.2.3"));
    }

    #[test]
    fn results_are_valid_whatever_the_root() {
        for length in 1..=MAX_ROOT {
            let root = "1".repeat(length);
            let map = UidMap::new(Some(&root), b"").expect("a root");
            for number in 0..200 {
                let mapped = map.map(&format!("1.2.{number}"));
                assert!(uid::is_valid(&mapped), "{mapped}");
            }
        }
        for bad in ["", "1.", "1.02", &"1".repeat(MAX_ROOT + 1)] {
            assert!(UidMap::new(Some(bad), b"").is_err(), "{bad}");
        }
    }

    #[test]
    fn values_of_several_uids_are_mapped_one_by_one() {
        let map = UidMap::new(None, b"").expect("no root");
        let (one, two) = (map.map("1.2"), map.map("1.3"));
        assert_eq!(map.map_value(b"1.2\\1.3\0"), Some(format!("{one}\\{two}")));
        assert_eq!(map.map_value(b"\0"), Some(String::new()));
        assert_eq!(map.map_value(b"\xff"), None);
    }
}
