//! The private dictionary gives the answers pydicom's gives, and an index uses it when asked to.

mod model;

use bytes::Bytes;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Limits, Tag, Vr, dict};
use model::Node;

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

const UNKNOWN: Tag = Tag::new(0x0019, 0x10FF);
const CHANNEL: Tag = Tag::new(0x0019, 0x1002);
const SEQUENCE: Tag = Tag::new(0x0021, 0x1100);

/// Private elements of two vendors, the second with a sequence of the first's.
fn nodes() -> Vec<Node> {
    let text = |group, element, value: &[u8]| {
        Node::Value(Tag::new(group, element), Vr::LO, value.to_vec())
    };
    let acquisition = || {
        vec![
            text(0x0019, 0x0010, b"GEMS_ACQU_01"),
            Node::Value(CHANNEL, Vr::SL, vec![1, 0, 0, 0]),
            Node::Value(UNKNOWN, Vr::UN, vec![7, 7]),
            Node::Value(Tag::new(0x0019, 0x1102), Vr::UN, vec![1, 0, 0, 0]),
        ]
    };
    let mut nodes = acquisition();
    nodes.push(text(0x0021, 0x0011, b"BRIT Systems, Inc."));
    nodes.push(Node::Sequence(SEQUENCE, vec![acquisition()]));
    nodes
}

fn implicit_index(lengths: Lengths) -> Index {
    let [implicit, ..] = model::uncompressed();
    let bytes = model::write(&nodes(), implicit.encoding(), lengths);
    Index::parse(Bytes::from(bytes), implicit, &Limits::default()).expect("whole")
}

#[test]
fn elements_have_their_vr_when_the_caller_wants_it() {
    let index = implicit_index(Lengths::Undefined);
    assert_eq!(index.get(CHANNEL).expect("there").vr, Vr::UN);
    let index = index.with_private_dictionary();
    assert_eq!(model::read_index(&index).expect("whole"), nodes());
    let index = implicit_index(Lengths::Defined).with_private_dictionary();
    assert_eq!(
        index.get(SEQUENCE).expect("there").content,
        Content::Sequence
    );
    assert_eq!(model::read_index(&index).expect("whole"), nodes());
}

#[test]
fn known_elements_survive_every_conversion() {
    let [implicit, explicit, big_endian, _] = model::uncompressed();
    for lengths in [Lengths::Defined, Lengths::Undefined] {
        let index = implicit_index(lengths).with_private_dictionary();
        for to in [explicit, big_endian] {
            let mut there = Writer::new(to.encoding()).with_lengths(lengths);
            there.copy_all(&index).expect("can be written");
            let there = Bytes::from(there.into_bytes());
            assert_eq!(model::read(&there, to).expect("whole"), nodes());
            let there = Index::parse(there, to, &Limits::default()).expect("whole");
            let mut back = Writer::new(implicit.encoding()).with_lengths(lengths);
            back.copy_all(&there).expect("can be written");
            assert_eq!(
                back.into_bytes(),
                model::write(&nodes(), implicit.encoding(), lengths)
            );
        }
    }
}

#[test]
fn the_creator_is_the_one_of_the_block() {
    let index = implicit_index(Lengths::Undefined);
    assert_eq!(index.private_creator(CHANNEL), Some("GEMS_ACQU_01"));
    assert_eq!(index.private_creator(SEQUENCE), Some("BRIT Systems, Inc."));
    assert_eq!(index.private_creator(Tag::new(0x0019, 0x1102)), None);
    assert_eq!(index.private_creator(Tag::new(0x0019, 0x0010)), None);
    assert_eq!(index.private_creator(Tag::new(0x0018, 0x1002)), None);
}

#[test]
fn two_possible_vrs_follow_pixel_representation() {
    let [implicit, ..] = model::uncompressed();
    for (representation, expected) in [(0, Vr::US), (1, Vr::SS)] {
        let raw = Tag::new(0x0027, 0x10A3);
        let nodes = [
            Node::Value(Tag::new(0x0027, 0x0010), Vr::LO, b"FDMS 1.0".to_vec()),
            Node::Value(raw, Vr::US, vec![1, 0]),
            Node::Value(Tag::new(0x0028, 0x0103), Vr::US, vec![representation, 0]),
        ];
        let bytes = model::write(&nodes, implicit.encoding(), Lengths::Undefined);
        let index = Index::parse(Bytes::from(bytes), implicit, &Limits::default());
        let index = index.expect("whole").with_private_dictionary();
        assert_eq!(index.get(raw).expect("there").vr, expected);
    }
}
