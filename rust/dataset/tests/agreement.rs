//! Check, index, transcoder and writer are of one mind about sloppy data sets. What is tested here
//! was found by fuzzing; `rust/properties` states the properties.

mod model;

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{encode_file_head, read_head};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Error, Limits, Tag, TransferSyntax, Vr};
use model::{Node, read, transcode, uncompressed};

const MANUFACTURER: &[u8] = b"\x08\0\x70\0LO\x04\0ABCD";
const PATIENT_ID: &[u8] = b"\x10\0\x20\0LO\x02\x0042";
const DELIMITATION: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0";

fn implicit() -> &'static TransferSyntax {
    uncompressed()[0]
}

fn explicit() -> &'static TransferSyntax {
    uncompressed()[1]
}

fn big_endian() -> &'static TransferSyntax {
    uncompressed()[2]
}

fn check(body: &[u8]) -> Result<(), Error> {
    let head = encode_file_head("1.2.3", "1.2.3.4", explicit().uid, "1.2", "", None);
    let file = [&head, body].concat();
    let head = read_head(&file, &Limits::default())?;
    verify_structure(&file, &head, &Limits::default())
}

fn both() -> Vec<Node> {
    vec![
        Node::Value(Tag::new(0x0008, 0x0070), Vr::LO, b"ABCD".to_vec()),
        Node::Value(Tag::new(0x0010, 0x0020), Vr::LO, b"42".to_vec()),
    ]
}

#[test]
fn elements_after_zeros_are_not_lost() {
    for zeros in [8, 16, 80] {
        let body = [MANUFACTURER, &vec![0; zeros], PATIENT_ID, &[0; 13]].concat();
        check(&body).expect("sound");
        assert_eq!(read(&body, explicit()).expect("readable"), both());
        for to in [implicit(), big_endian()] {
            let output = transcode(&body, explicit(), to).expect("sound");
            assert_eq!(read(&output, to).expect("readable"), both());
        }
    }
}

#[test]
fn an_item_delimitation_outside_of_items_may_only_come_last() {
    let last = [MANUFACTURER, DELIMITATION].concat();
    check(&last).expect("sound");
    let output = transcode(&last, explicit(), implicit()).expect("sound");
    assert_eq!(
        read(&output, implicit()).expect("readable"),
        both()[..1].to_vec()
    );
    let between = [MANUFACTURER, DELIMITATION, PATIENT_ID].concat();
    for error in [
        check(&between).expect_err("what follows would be lost"),
        transcode(&between, explicit(), implicit()).expect_err("what follows would be lost"),
    ] {
        assert!(matches!(error, Error::UnexpectedTag { .. }), "{error}");
    }
}

#[test]
fn implicit_vr_is_not_made_to_say_what_it_cannot() {
    let cases: [(&[u8], Vr); 3] = [
        // (3008,0060) is a sequence in the dictionary, (0010,0010) text, (5400,1010) bytes.
        (b"\x08\x30\x60\0CS\x02\0OT", Vr::CS),
        (
            b"\x10\0\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x02\0\0\0ab\xfe\xff\xdd\xe0\0\0\0\0",
            Vr::OB,
        ),
        (
            b"\0\x54\x10\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0",
            Vr::SQ,
        ),
    ];
    for (body, expected) in cases {
        check(body).expect("sound");
        let streamed = transcode(body, explicit(), implicit()).expect_err("would be misread");
        let index = Index::parse(Bytes::copy_from_slice(body), explicit(), &Limits::default());
        let mut writer = Writer::new(implicit().encoding());
        let copied = writer.copy_all(&index.expect("readable"));
        for error in [streamed, copied.expect_err("would be misread")] {
            assert!(
                matches!(error, Error::LostInImplicit { vr, .. } if vr == expected),
                "{error}"
            );
        }
        transcode(body, explicit(), big_endian()).expect("explicit VR can say it");
    }
}

#[test]
fn undefined_length_in_implicit_vr_is_a_sequence_whatever_the_dictionary_says() {
    let item = b"\xfe\xff\0\xe0\x0a\0\0\0\x10\0\x20\0\x02\0\0\x0042\xfe\xff\xdd\xe0\0\0\0\0";
    let body = [b"\x10\0\x10\0\xff\xff\xff\xff".as_slice(), item].concat();
    let expected = [Node::Sequence(
        Tag::new(0x0010, 0x0010),
        vec![both()[1..].to_vec()],
    )];
    assert_eq!(read(&body, implicit()).expect("readable"), expected);
    let output = transcode(&body, implicit(), explicit()).expect("sound");
    assert_eq!(read(&output, explicit()).expect("readable"), expected);
}

#[test]
fn a_sequence_without_its_delimiters_is_copied_with_them() {
    let open = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff";
    let body = [open.as_slice(), PATIENT_ID].concat();
    let index = Index::parse(Bytes::from(body), explicit(), &Limits::default());
    let mut writer = Writer::new(explicit().encoding());
    writer.copy_all(&index.expect("leniently")).expect("whole");
    writer
        .element(Tag::new(0x0010, 0x0030), Vr::DA, b"20010101")
        .expect("short");
    let written = writer.into_bytes();
    check(&written).expect("sound");
    assert_eq!(read(&written, explicit()).expect("readable").len(), 2);
}
