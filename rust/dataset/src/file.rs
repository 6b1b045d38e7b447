//! The head of a DICOM file (PS3.10 §7): preamble, prefix, group 2, and the identity of the object.
use crate::{Error, Limits};

/// Positioned reads.
pub trait ReadAt {
    /// Reads into `buf` from `offset`; fewer bytes only when that is all there is, 0 at the end.
    ///
    /// # Errors
    /// What the operating system reports.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize>;
    /// The size.
    fn size(&self) -> u64;
}

/// Identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// SOP Class UID: of the data set, or else of group 2.
    pub sop_class_uid: String,
    /// SOP Instance UID
    pub sop_instance_uid: String,
    /// Transfer syntax UID
    pub transfer_syntax_uid: String,
    /// offset of the data set
    pub data_set_offset: u64,
    /// preamble
    pub has_preamble: bool,
    /// group 2
    pub has_file_meta: bool,
    /// study
    pub study_instance_uid: Option<String>,
}
impl Head {
    /// Whether DICOMDIR.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.sop_class_uid == crate::uid::MEDIA_STORAGE_DIRECTORY
    }
}
/// Reads the head.
/// # Errors
/// stub
pub fn read_head(_source: &dyn ReadAt, _limits: &Limits) -> Result<Head, Error> {
    Err(Error::Empty)
}
/// Encodes the head.
#[must_use]
pub fn encode_file_head(
    _sop_class: &str,
    _sop_instance: &str,
    _transfer_syntax: &str,
    _implementation_class_uid: &str,
    _implementation_version_name: &str,
    _source_ae: Option<&str>,
) -> Vec<u8> {
    Vec::new()
}
