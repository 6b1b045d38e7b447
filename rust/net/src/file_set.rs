//! The files of a file-set, as its DICOMDIR lists them (PS3.3 §F.3.2.2).

use std::path::{Path, PathBuf};

use bytes::Bytes;
use dicomwire_dataset::file::{Head, ReadAt};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::syntax;
use dicomwire_dataset::tag::Tag;

const DIRECTORY_RECORD_SEQUENCE: Tag = Tag::new(0x0004, 0x1220);
const REFERENCED_FILE_ID: Tag = Tag::new(0x0004, 0x1500);
/// A DICOMDIR is read whole; a million records are about this much.
const MAX_DICOMDIR: u64 = 1 << 30;

/// Reads the Referenced File IDs (0004,1500) of all directory records, as paths.
///
/// # Errors
/// Words for the caller: the DICOMDIR cannot be read, or names a file outside the file-set.
pub(crate) fn referenced_files(
    path: &Path,
    source: &dyn ReadAt,
    head: &Head,
    limits: &Limits,
) -> Result<Vec<PathBuf>, String> {
    let length = source.size().saturating_sub(head.data_set_offset);
    if length > MAX_DICOMDIR {
        return Err(format!(
            "it has {length} bytes, more than the limit of {MAX_DICOMDIR}"
        ));
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|error| error.to_string())?];
    let mut filled = 0;
    while filled < bytes.len() {
        match source.read_at(&mut bytes[filled..], head.data_set_offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) => return Err(error.to_string()),
        }
    }
    bytes.truncate(filled);
    let syntax = syntax::lookup(&head.transfer_syntax_uid).ok_or("unknown transfer syntax")?;
    let index =
        Index::parse(Bytes::from(bytes), syntax, limits).map_err(|error| error.to_string())?;
    let root = path.parent().unwrap_or_else(|| Path::new(""));
    let mut files = Vec::new();
    let Some(records) = index.get(DIRECTORY_RECORD_SEQUENCE) else {
        return Ok(files);
    };
    for record in index.items(records).map_err(|error| error.to_string())? {
        let Some(entry) = record.get(REFERENCED_FILE_ID) else {
            continue;
        };
        let value = record.bytes(entry);
        let text = String::from_utf8_lossy(&value);
        let parts: Vec<&str> = text
            .trim_end_matches(['\0', ' '])
            .split('\\')
            .map(str::trim)
            .collect();
        // A file ID names components below the file-set's root; anything else could lead out of it.
        if parts
            .iter()
            .any(|part| part.is_empty() || *part == ".." || *part == "." || part.contains('/'))
        {
            return Err(format!(
                "Referenced File ID {text:?} is not a path below the DICOMDIR"
            ));
        }
        files.push(
            parts
                .iter()
                .fold(root.to_path_buf(), |whole, part| whole.join(part)),
        );
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An explicit VR DICOMDIR with one record that refers to `file_id`.
    fn dicomdir(file_id: &[u8]) -> Vec<u8> {
        let mut item = vec![0x04, 0x00, 0x00, 0x15, b'C', b'S'];
        item.extend_from_slice(&u16::try_from(file_id.len()).unwrap().to_le_bytes());
        item.extend_from_slice(file_id);
        let mut out = vec![0x04, 0x00, 0x20, 0x12, b'S', b'Q', 0, 0];
        out.extend_from_slice(&u32::try_from(item.len() + 8).unwrap().to_le_bytes());
        out.extend_from_slice(&[0xFE, 0xFF, 0x00, 0xE0]);
        out.extend_from_slice(&u32::try_from(item.len()).unwrap().to_le_bytes());
        out.extend_from_slice(&item);
        out
    }

    fn files(file_id: &[u8]) -> Result<Vec<PathBuf>, String> {
        let mut file = dicomwire_dataset::file::encode_file_head(
            "1.2.840.10008.1.3.10",
            "1.2.3",
            syntax::EXPLICIT_VR_LITTLE_ENDIAN,
            "1.2.3",
            "TEST",
            None,
        );
        file.extend_from_slice(&dicomdir(file_id));
        let head = dicomwire_dataset::file::read_head(&&file[..], &Limits::default()).unwrap();
        referenced_files(
            Path::new("/media/DICOMDIR"),
            &&file[..],
            &head,
            &Limits::default(),
        )
    }

    #[test]
    fn file_ids_are_paths_below_the_dicomdir() {
        assert_eq!(
            files(b"IMAGES\\CT1 ").unwrap(),
            [Path::new("/media/IMAGES/CT1")]
        );
    }

    #[test]
    fn a_file_id_cannot_lead_out_of_the_file_set() {
        for hostile in [
            &b"..\\ETC\\PASSWD "[..],
            b"/ETC/PASSWD ",
            b"A\\\\B",
            b"A\\. ",
        ] {
            assert!(
                files(hostile).unwrap_err().contains("not a path below"),
                "{hostile:?}"
            );
        }
    }
}
