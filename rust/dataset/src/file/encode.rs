//! Writing the head of a file.

use crate::header;
use crate::syntax::Encoding;
use crate::tag::Tag;
use crate::vr::Vr;

/// Encodes preamble, prefix and group 2 (PS3.10 §7.1): what goes before a data set to make it a
/// file. Values are cut to the lengths the standard allows.
///
/// `source_ae` is the title of the application entity the object came from (0002,0016).
#[must_use]
pub fn encode_file_head(
    sop_class: &str,
    sop_instance: &str,
    transfer_syntax: &str,
    implementation_class_uid: &str,
    implementation_version_name: &str,
    source_ae: Option<&str>,
) -> Vec<u8> {
    let mut group = Vec::with_capacity(256);
    element(&mut group, 0x0001, Vr::OB, &[0, 1], 2);
    element(&mut group, 0x0002, Vr::UI, sop_class.as_bytes(), 64);
    element(&mut group, 0x0003, Vr::UI, sop_instance.as_bytes(), 64);
    element(&mut group, 0x0010, Vr::UI, transfer_syntax.as_bytes(), 64);
    element(
        &mut group,
        0x0012,
        Vr::UI,
        implementation_class_uid.as_bytes(),
        64,
    );
    if !implementation_version_name.is_empty() {
        element(
            &mut group,
            0x0013,
            Vr::SH,
            implementation_version_name.as_bytes(),
            16,
        );
    }
    if let Some(title) = source_ae.map(str::trim).filter(|title| !title.is_empty()) {
        element(&mut group, 0x0016, Vr::AE, title.as_bytes(), 16);
    }
    let group_length = u32::try_from(group.len()).unwrap_or(u32::MAX);
    let mut head = vec![0; 128];
    head.extend_from_slice(b"DICM");
    element(&mut head, 0x0000, Vr::UL, &group_length.to_le_bytes(), 4);
    head.append(&mut group);
    head
}

fn element(out: &mut Vec<u8>, number: u16, vr: Vr, value: &[u8], longest: usize) {
    let value = value.get(..longest).unwrap_or(value);
    let odd = value.len() % 2;
    let length = u32::try_from(value.len().saturating_add(odd)).unwrap_or(u32::MAX);
    let tag = Tag::new(0x0002, number);
    header::encode(out, Encoding::EXPLICIT_LITTLE, tag, vr.bytes(), length);
    out.extend_from_slice(value);
    if odd == 1 {
        out.push(vr.padding());
    }
}
