//! Storage SOP classes: what can be sent with C-STORE (PS3.4 §B.5).

use crate::sop_table::STORAGE_CLASSES;

/// A storage SOP class.
#[derive(Debug, PartialEq, Eq)]
pub struct SopClass {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6.
    pub name: &'static str,
    /// Its keyword in PS3.6.
    pub keyword: &'static str,
    /// No longer part of the standard.
    pub retired: bool,
}

/// Whether a UID names a storage SOP class of the standard. Private ones exist too.
#[must_use]
pub fn is_storage(uid: &str) -> bool {
    lookup(uid).is_some()
}

/// Finds a storage SOP class by its UID.
#[must_use]
pub fn lookup(uid: &str) -> Option<&'static SopClass> {
    let found = STORAGE_CLASSES
        .binary_search_by(|class| class.uid.cmp(uid))
        .ok()?;
    STORAGE_CLASSES.get(found)
}

/// All storage SOP classes of the standard, retired ones included, sorted by UID.
#[must_use]
pub fn storage_classes() -> &'static [SopClass] {
    &STORAGE_CLASSES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_storage_from_other_classes() {
        assert!(is_storage("1.2.840.10008.5.1.4.1.1.2"), "CT");
        assert!(is_storage("1.2.840.10008.5.1.4.1.1.88.67"), "dose report");
        assert!(!is_storage("1.2.840.10008.1.1"), "verification");
        assert!(!is_storage("1.2.840.10008.1.20.1"), "storage commitment");
        assert!(!is_storage("1.2.840.10008.1.3.10"), "DICOMDIR");
        assert!(storage_classes().is_sorted_by(|a, b| a.uid < b.uid));
    }
}
