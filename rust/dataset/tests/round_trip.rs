//! What is written is what is read, in every encoding.

mod model;

use bytes::Bytes;
use dicomwire_dataset::edit::Edit;
use dicomwire_dataset::header::{Content, PIXEL_DATA};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Error, Limits, Tag, Vr, syntax, text};
use model::{Node, explicit_data_set, lengths, read, standard_data_set, uncompressed, write};
use proptest::prelude::*;

fn explicit_index(bytes: Vec<u8>) -> Index {
    let syntax = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).expect("standard");
    Index::parse(Bytes::from(bytes), syntax, &Limits::default()).expect("a whole data set")
}

proptest! {
    #[test]
    fn standard_data_sets_survive_every_syntax(nodes in standard_data_set(), lengths in lengths()) {
        for syntax in uncompressed() {
            let bytes = model::encode(&nodes, syntax, lengths);
            prop_assert_eq!(read(&bytes, syntax).expect("whole"), nodes.clone(), "{}", syntax.name);
            prop_assert_eq!(bytes.len() % 2, 0);
        }
    }

    #[test]
    fn every_vr_survives_explicit_syntaxes(nodes in explicit_data_set(), lengths in lengths()) {
        for syntax in uncompressed().into_iter().filter(|syntax| !syntax.implicit) {
            let bytes = model::encode(&nodes, syntax, lengths);
            prop_assert_eq!(read(&bytes, syntax).expect("whole"), nodes.clone(), "{}", syntax.name);
        }
    }

    #[test]
    fn copying_an_index_converts_it(nodes in standard_data_set(), lengths in lengths()) {
        for from in uncompressed() {
            let bytes = model::encode(&nodes, from, lengths);
            let index = Index::parse(Bytes::from(bytes), from, &Limits::default()).expect("whole");
            for to in uncompressed().into_iter().filter(|syntax| !syntax.deflated) {
                let mut writer = Writer::new(to.encoding());
                writer.copy_all(&index).expect("can be written");
                prop_assert_eq!(read(&writer.into_bytes(), to).expect("whole"), nodes.clone());
            }
        }
    }

    #[test]
    fn an_edit_changes_nothing_else(nodes in explicit_data_set(), picked in any::<prop::sample::Index>()) {
        prop_assume!(!nodes.is_empty());
        let tag = nodes[picked.index(nodes.len())].tag();
        let index = explicit_index(write(&nodes, Encoding::EXPLICIT_LITTLE, Lengths::Undefined));
        let mut edit = Edit::default();
        edit.set(tag, Vr::LO, "changed!");
        let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
        edit.write(&index, &mut writer).expect("can be written");
        let expected: Vec<_> = nodes
            .into_iter()
            .map(|node| match node.tag() == tag {
                true => Node::Value(tag, Vr::LO, b"changed!".to_vec()),
                false => node,
            })
            .collect();
        let [_, explicit, ..] = uncompressed();
        prop_assert_eq!(read(&writer.into_bytes(), explicit).expect("whole"), expected);
    }
}

#[test]
fn edits_insert_in_order_and_drop_stale_group_lengths() {
    let nodes = [
        Node::Value(Tag::new(0x0008, 0x0000), Vr::UL, vec![12, 0, 0, 0]),
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
        Node::Value(Tag::new(0x0010, 0x0000), Vr::UL, vec![10, 0, 0, 0]),
        Node::Value(Tag::new(0x0010, 0x0020), Vr::LO, b"42".to_vec()),
    ];
    let index = explicit_index(write(&nodes, Encoding::EXPLICIT_LITTLE, Lengths::Undefined));
    let mut edit = Edit::default();
    edit.set(Tag::new(0x0010, 0x0010), Vr::PN, "DOE");
    edit.set(Tag::new(0x0020, 0x0010), Vr::SH, "1");
    let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
    edit.write(&index, &mut writer).expect("can be written");
    let tags: Vec<_> = explicit_index(writer.into_bytes())
        .entries()
        .iter()
        .map(|entry| entry.tag.to_string())
        .collect();
    let expected = [
        "(0008,0000)",
        "(0008,0060)",
        "(0010,0010)",
        "(0010,0020)",
        "(0020,0010)",
    ];
    assert_eq!(tags, expected);
}

#[test]
fn fragments_are_listed() {
    let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
    let fragments: [&[u8]; 3] = [b"", b"first!", b"second"];
    writer
        .fragments(PIXEL_DATA, Vr::OB, fragments)
        .expect("short fragments");
    writer
        .element(Tag::new(0xFFFC, 0xFFFC), Vr::OB, &[0; 4])
        .expect("padding");
    let index = explicit_index(writer.into_bytes());
    let entry = index.get(PIXEL_DATA).expect("pixel data");
    assert_eq!(entry.content, Content::Fragments);
    assert_eq!(index.fragments(entry).expect("whole"), fragments);
    assert!(index.items(entry).expect("no sequence").is_empty());
    assert_eq!(index.entries().len(), 2);
}

#[test]
fn items_inherit_character_set_and_pixel_representation() {
    let utf8 = "MÜLLER".as_bytes().to_vec();
    let nodes = [
        Node::Value(Tag::new(0x0008, 0x0005), Vr::CS, b"ISO_IR 192".to_vec()),
        Node::Value(Tag::new(0x0028, 0x0103), Vr::US, vec![1, 0]),
        Node::Sequence(
            Tag::new(0x0040, 0x9096),
            vec![vec![
                Node::Value(Tag::new(0x0010, 0x0010), Vr::PN, utf8),
                Node::Value(Tag::new(0x0040, 0x9216), Vr::SS, vec![0xFF, 0xFF]),
            ]],
        ),
    ];
    let [implicit, ..] = uncompressed();
    let bytes = write(&nodes, implicit.encoding(), Lengths::Defined);
    let index = Index::parse(Bytes::from(bytes), implicit, &Limits::default()).expect("whole");
    let sequence = index.get(Tag::new(0x0040, 0x9096)).expect("the sequence");
    let items = index.items(sequence).expect("one item");
    let name = items[0].get(Tag::new(0x0010, 0x0010)).expect("a name");
    let name = text::decode(items[0].value(name), items[0].character_set());
    assert_eq!(name.expect("UTF-8"), "MÜLLER");
    let mapped = items[0].get(Tag::new(0x0040, 0x9216)).expect("a number");
    assert_eq!(mapped.vr, Vr::SS);
    assert_eq!(
        items[0].path(mapped).to_string(),
        "(0040,9096)[0].(0040,9216)"
    );
}

#[test]
fn reading_forgives_what_the_field_does() {
    // A sequence without its delimiters at the end, then (elsewhere) zeros after the last element.
    let open_end =
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x60\0CS\x02\0CT";
    let index = explicit_index(open_end.to_vec());
    let items = index.items(&index.entries()[0]).expect("one item");
    assert_eq!(items[0].entries().len(), 1);
    let padded = b"\x08\0\x60\0CS\x02\0CT\0\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(explicit_index(padded.to_vec()).entries().len(), 1);
    // Tags out of order, and one twice.
    let unsorted = b"\x10\0\x20\0LO\x02\x0042\x08\0\x60\0CS\x02\0CT\x10\0\x20\0LO\x02\x0043";
    let index = explicit_index(unsorted.to_vec());
    let id = index.get(Tag::new(0x0010, 0x0020)).expect("an ID");
    assert_eq!(index.value(id).as_bytes(), b"43");
}

#[test]
fn writing_is_strict() {
    let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
    let long = vec![b'1'; 0x1_0000];
    let error = writer.element(Tag::new(0x0028, 0x3010), Vr::DS, &long);
    assert!(matches!(
        error,
        Err(Error::ValueTooLong {
            length: 0x1_0000,
            limit: 0xFFFE,
            ..
        })
    ));
    writer
        .element(Tag::new(0x0010, 0x4000), Vr::LT, b"odd")
        .expect("short");
    assert_eq!(writer.into_bytes(), b"\x10\0\0\x40LT\x04\0odd ");
}
