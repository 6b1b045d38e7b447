//! The private dictionary gives the answers pydicom's gives.

use dicomwire_dataset::{Tag, Vr, dict};

fn found(creator: &str, tag: u32) -> Option<(&'static str, &'static str, &'static str)> {
    let entry = dict::private(creator, Tag(tag))?;
    Some((entry.vrs(), entry.vm(), entry.name()))
}

#[test]
fn a_block_may_lie_anywhere() {
    let image_header = Some(("OB", "1", "CSA Image Header Info"));
    assert_eq!(found("SIEMENS CSA HEADER", 0x0029_1010), image_header);
    assert_eq!(found("SIEMENS CSA HEADER", 0x0029_FF10), image_header);
    assert_eq!(found("SIEMENS CSA HEADER", 0x0029_10FE), None);
    assert_eq!(found("SIEMENS CSA HEADER", 0x0031_1010), None);
}

#[test]
fn an_entry_for_one_tag_comes_first() {
    assert_eq!(found("ELSCINT1", 0x00E1_1021), Some(("DS", "1", "DLP")));
    assert_eq!(found("ELSCINT1", 0x00E1_1121), Some(("DS", "1", "Unknown")));
    let scale = Some(("DS", "4", "FOV"));
    assert_eq!(found("CANON_MEC_MR3", 0x700D_0005), scale);
    assert_eq!(found("CANON_MEC_MR3", 0x700D_1005), None);
}

#[test]
fn a_group_may_repeat() {
    let font = Some(("LO", "1", "Overlay Font"));
    assert_eq!(found("PAPYRUS 3.0", 0x6003_AA70), font);
    assert_eq!(found("PAPYRUS 3.0", 0x6103_AA70), None);
    assert_eq!(found("PAPYRUS 3.0", 0x6003_1122), None);
}

#[test]
fn a_vr_may_depend_on_other_elements() {
    let raw = dict::private("FDMS 1.0", Tag::new(0x0027, 0x10A3)).expect("a known element");
    assert!(raw.is_ambiguous());
    assert_eq!((raw.vr(), raw.vrs(), raw.vm()), (Vr::US, "US or SS", "1-n"));
    let area = dict::private("TOSHIBA_MEC_OT3", Tag::new(0x7019, 0x1080)).expect("known");
    assert_eq!((area.vr(), area.vrs()), (Vr::OW, "OB or OW"));
}

#[test]
fn nothing_is_known_about_others() {
    assert_eq!(found("", 0x0029_1010), None);
    assert_eq!(found("NO SUCH VENDOR", 0x0029_1010), None);
    // A pattern with x in the last digits matches no element, as in pydicom.
    assert_eq!(found("GEMS_IDEN_01", 0x0009_1010), None);
}
