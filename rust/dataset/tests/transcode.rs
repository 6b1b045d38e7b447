//! Transcoding: the same elements in every syntax, however the bytes arrive.

mod model;

use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Error, Limits, Tag, TransferSyntax, Vr, syntax};
use model::{
    Node, explicit_data_set, lengths, read, standard_data_set, transcode, uncompressed, write,
};
use proptest::prelude::*;

fn implicit() -> &'static TransferSyntax {
    uncompressed()[0]
}

fn explicit() -> &'static TransferSyntax {
    uncompressed()[1]
}

fn big_endian() -> &'static TransferSyntax {
    uncompressed()[2]
}

fn number(group: u16, element: u16, vr: Vr, value: u16) -> Node {
    Node::Value(Tag::new(group, element), vr, value.to_le_bytes().to_vec())
}

/// Cuts input at sorted positions.
fn cut<'a>(input: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut positions: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
    positions.push(input.len());
    positions.sort_unstable();
    let mut start = 0;
    positions
        .into_iter()
        .map(|end| {
            let piece = &input[start..end];
            start = end;
            piece
        })
        .collect()
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_data_set(nodes in standard_data_set(), lengths in lengths()) {
        for from in uncompressed() {
            let original = model::encode(&nodes, from, lengths);
            for to in uncompressed() {
                let there = transcode(&original, from, to).expect("whole");
                prop_assert_eq!(read(&there, to).expect("whole"), nodes.clone(), "{} to {}", from.name, to.name);
                let back = transcode(&there, to, from).expect("whole");
                prop_assert_eq!(read(&back, from).expect("whole"), nodes.clone());
            }
        }
    }

    #[test]
    fn byte_orders_keep_every_vr_and_every_length(nodes in explicit_data_set(), lengths in lengths()) {
        let little = write(&nodes, explicit().encoding(), lengths);
        let big = transcode(&little, explicit(), big_endian()).expect("whole");
        prop_assert_eq!(&big, &write(&nodes, big_endian().encoding(), lengths));
        prop_assert_eq!(transcode(&big, big_endian(), explicit()).expect("whole"), little);
    }

    #[test]
    fn any_cut_of_the_input_gives_the_same_output(
        nodes in standard_data_set(),
        lengths in lengths(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        for from in uncompressed() {
            let input = model::encode(&nodes, from, lengths);
            for to in uncompressed() {
                let whole = transcode(&input, from, to).expect("whole");
                let pieces = model::transcode_pieces(cut(&input, &cuts), from, to).expect("whole");
                prop_assert_eq!(&pieces, &whole, "{} to {}", from.name, to.name);
                let bytes = model::transcode_pieces(input.chunks(1), from, to).expect("whole");
                prop_assert_eq!(&bytes, &whole, "{} to {}, byte by byte", from.name, to.name);
            }
        }
    }

    #[test]
    fn the_stream_and_the_index_convert_alike(nodes in standard_data_set()) {
        for from in [implicit(), explicit(), big_endian()] {
            let input = write(&nodes, from.encoding(), Lengths::Undefined);
            let index = Index::parse(Bytes::from(input.clone()), from, &Limits::default());
            let index = index.expect("whole");
            for to in [implicit(), explicit(), big_endian()] {
                let mut writer = Writer::new(to.encoding());
                writer.copy_all(&index).expect("can be written");
                let streamed = transcode(&input, from, to).expect("whole");
                prop_assert_eq!(streamed, writer.into_bytes());
            }
        }
    }
}

#[test]
fn us_or_ss_follows_a_pixel_representation_that_comes_later() {
    // Of three ambiguous elements, the first is decided by the item it is in, the second and third
    // by the data set around it.
    let nodes = |inner: Vr, outer: Vr| {
        let item = vec![
            number(0x0028, 0x0106, inner, 7),
            number(0x0028, 0x0103, Vr::US, 0),
        ];
        let mut item = item;
        item.sort_by_key(Node::tag);
        let early = vec![number(0x0018, 0x9810, outer, 5)];
        vec![
            Node::Sequence(Tag::new(0x0008, 0x1140), vec![item, early]),
            number(0x0018, 0x9810, outer, 9),
            number(0x0028, 0x0103, Vr::US, u16::from(outer == Vr::SS)),
        ]
    };
    for outer in [Vr::US, Vr::SS] {
        let expected = nodes(Vr::US, outer);
        let input = write(&expected, implicit().encoding(), Lengths::Undefined);
        for to in [explicit(), big_endian()] {
            let output = model::transcode_pieces(input.chunks(3), implicit(), to).expect("whole");
            assert_eq!(read(&output, to).expect("whole"), expected, "{outer}");
        }
    }
}

#[test]
fn us_or_ss_is_us_without_pixel_representation() {
    let nodes = [
        number(0x0018, 0x9810, Vr::US, 5),
        number(0x0028, 0x0120, Vr::US, 5),
    ];
    let input = write(&nodes, implicit().encoding(), Lengths::Undefined);
    let output = transcode(&input, implicit(), explicit()).expect("whole");
    assert_eq!(read(&output, explicit()).expect("whole"), nodes);
    let ends_early = write(&nodes[..1], implicit().encoding(), Lengths::Undefined);
    let output = transcode(&ends_early, implicit(), explicit()).expect("whole");
    assert_eq!(read(&output, explicit()).expect("whole"), nodes[..1]);
}

#[test]
fn waiting_for_pixel_representation_holds_little_back() {
    let large = vec![7; 1 << 20];
    let nodes = [
        number(0x0018, 0x9810, Vr::US, 5),
        Node::Value(Tag::new(0x0020, 0x9165), Vr::UN, large),
    ];
    let input = write(&nodes, implicit().encoding(), Lengths::Undefined);
    let mut transcoder =
        Transcoder::new(implicit(), explicit(), &Limits::default()).expect("uncompressed");
    let mut output = Vec::new();
    let (most, _) = input.split_at(input.len() - 1000);
    for piece in most.chunks(4096) {
        transcoder.push(piece, &mut output).expect("whole");
        assert!(output.capacity() < 4 << 20);
    }
    assert!(
        output.len() + (64 << 10) > most.len(),
        "{} of {}",
        output.len(),
        most.len()
    );
}

#[test]
fn lut_data_is_us_for_a_single_entry_only() {
    for (entries, vr) in [(1, Vr::US), (256, Vr::OW)] {
        let mut descriptor = u16::to_le_bytes(entries).to_vec();
        descriptor.extend_from_slice(&[0, 0, 16, 0]);
        let item = vec![
            Node::Value(Tag::new(0x0028, 0x3002), Vr::US, descriptor),
            Node::Value(Tag::new(0x0028, 0x3006), vr, vec![1, 2]),
        ];
        let nodes = [Node::Sequence(Tag::new(0x0028, 0x3010), vec![item])];
        let input = write(&nodes, implicit().encoding(), Lengths::Defined);
        assert_eq!(read(&input, implicit()).expect("whole"), nodes);
        let output = transcode(&input, implicit(), explicit()).expect("whole");
        assert_eq!(read(&output, explicit()).expect("whole"), nodes);
    }
}

#[test]
fn a_value_too_long_for_its_vr_becomes_un() {
    let long = vec![b'1'; 0x1_0002];
    let input = write(
        &[Node::Value(Tag::new(0x0028, 0x3010), Vr::DS, long.clone())],
        implicit().encoding(),
        Lengths::Undefined,
    );
    // The dictionary says SQ for (0028,3010), so take an element that is DS there.
    let input = [&[0x18, 0, 0x50, 0], &input[4..]].concat();
    for to in [explicit(), big_endian()] {
        let output = transcode(&input, implicit(), to).expect("whole");
        let expected = [Node::Value(Tag::new(0x0018, 0x0050), Vr::UN, long.clone())];
        assert_eq!(read(&output, to).expect("whole"), expected);
    }
}

#[test]
fn group_lengths_go_when_sizes_change_and_stay_when_not() {
    let nodes = [
        Node::Value(Tag::new(0x0008, 0x0000), Vr::UL, vec![10, 0, 0, 0]),
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
    ];
    let input = write(&nodes, explicit().encoding(), Lengths::Undefined);
    let output = transcode(&input, explicit(), implicit()).expect("whole");
    assert_eq!(read(&output, implicit()).expect("whole"), nodes[1..]);
    let output = transcode(&input, explicit(), big_endian()).expect("whole");
    assert_eq!(read(&output, big_endian()).expect("whole"), nodes);
}

#[test]
fn a_un_sequence_keeps_its_bytes_towards_explicit_vr() {
    // UN of undefined length, its item in implicit VR little endian (PS3.5 §6.2.2).
    let content = b"\xfe\xff\0\xe0\x0a\0\0\0\x09\0\x10\x10\x02\0\0\0ab\xfe\xff\xdd\xe0\0\0\0\0";
    let little = [b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff".as_slice(), content].concat();
    let big = [b"\0\x09\x10\x01UN\0\0\xff\xff\xff\xff".as_slice(), content].concat();
    let plain = [b"\x09\0\x01\x10\xff\xff\xff\xff".as_slice(), content].concat();
    assert_eq!(
        transcode(&little, explicit(), big_endian()).expect("whole"),
        big
    );
    assert_eq!(
        transcode(&big, big_endian(), explicit()).expect("whole"),
        little
    );
    assert_eq!(
        transcode(&little, explicit(), implicit()).expect("whole"),
        plain
    );
    assert_eq!(
        transcode(&big, big_endian(), implicit()).expect("whole"),
        plain
    );
}

#[test]
fn an_item_that_switches_to_implicit_vr_is_made_explicit() {
    let input = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0\x02\0\0\0CT\xfe\xff\xdd\xe0\0\0\0\0";
    let item = vec![Node::Value(
        Tag::new(0x0008, 0x0060),
        Vr::CS,
        b"CT".to_vec(),
    )];
    let expected = [Node::Sequence(Tag::new(0x0008, 0x1140), vec![item])];
    for to in [implicit(), big_endian()] {
        let output = model::transcode_pieces(input.chunks(5), explicit(), to).expect("whole");
        assert_eq!(read(&output, to).expect("whole"), expected);
    }
    // With a length around it that would change, there is nothing to be done.
    let fixed = b"\x08\0\x40\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0\x02\0\0\0CT";
    let error = transcode(fixed, explicit(), big_endian()).expect_err("lengths are kept");
    assert!(
        matches!(error, Error::MixedEncoding { offset: 20, .. }),
        "{error}"
    );
}

#[test]
fn equal_syntaxes_are_copied_and_images_are_refused() {
    let jpeg = syntax::lookup(syntax::JPEG_BASELINE_8BIT).expect("standard");
    let anything = b"\x01\x02\x03";
    assert_eq!(transcode(anything, jpeg, jpeg).expect("a copy"), anything);
    for (from, to) in [(jpeg, explicit()), (explicit(), jpeg)] {
        let refused = Transcoder::new(from, to, &Limits::default());
        assert!(matches!(refused, Err(Error::Unsupported { .. })));
    }
}

#[test]
fn padding_after_the_data_set_is_dropped() {
    for zeros in [1, 7, 8, 9, 100] {
        let mut input = b"\x08\0\x60\0CS\x02\0CT".to_vec();
        input.resize(input.len() + zeros, 0);
        let output = model::transcode_pieces(input.chunks(2), explicit(), implicit());
        assert_eq!(
            output.expect("whole"),
            b"\x08\0\x60\0\x02\0\0\0CT",
            "{zeros}"
        );
    }
}

#[test]
fn what_is_cut_short_is_an_error_at_the_end() {
    let item = vec![Node::Value(
        Tag::new(0x0008, 0x0060),
        Vr::CS,
        b"CT".to_vec(),
    )];
    let nodes = [Node::Sequence(Tag::new(0x0008, 0x1140), vec![item])];
    for lengths in [Lengths::Defined, Lengths::Undefined] {
        let whole = write(&nodes, explicit().encoding(), lengths);
        for end in 1..whole.len() {
            let error = transcode(&whole[..end], explicit(), implicit()).expect_err("cut short");
            let is_expected = matches!(
                error,
                Error::Truncated { .. }
                    | Error::TruncatedHeader { .. }
                    | Error::MissingDelimiter { .. }
            );
            assert!(is_expected, "{end}: {error}");
        }
    }
}

#[test]
fn numbers_are_turned_by_the_width_of_their_vr() {
    let little =
        b"\x08\0\x01\0AT\x04\0\x28\0\x10\x20\x08\0\x02\0FD\x08\0\x01\x02\x03\x04\x05\x06\x07\x08\
        \x08\0\x03\0UL\x04\0\x01\x02\x03\x04\x08\0\x04\0OB\0\0\x02\0\0\0\x01\x02";
    let big =
        b"\0\x08\0\x01AT\0\x04\0\x28\x20\x10\0\x08\0\x02FD\0\x08\x08\x07\x06\x05\x04\x03\x02\x01\
        \0\x08\0\x03UL\0\x04\x04\x03\x02\x01\0\x08\0\x04OB\0\0\0\0\0\x02\x01\x02";
    assert_eq!(
        transcode(little, explicit(), big_endian()).expect("whole"),
        big
    );
    assert_eq!(
        transcode(big, big_endian(), explicit()).expect("whole"),
        little
    );
}
