//! The structure check: whole files pass, cut ones are told where, values are not read.

mod model;

use std::cell::Cell;

use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{ReadAt, encode_file_head, read_head};
use dicomwire_dataset::header::PIXEL_DATA;
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Error, Limits, Tag, TransferSyntax, Vr, syntax};
use model::{Node, lengths, standard_data_set, uncompressed};
use proptest::prelude::*;

const SEQUENCE: Tag = Tag::new(0x0008, 0x1140);

fn meta(syntax: &TransferSyntax) -> Vec<u8> {
    encode_file_head(
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2.3",
        syntax.uid,
        "1.2.3.4",
        "",
        None,
    )
}

fn file(syntax: &TransferSyntax, body: &[u8]) -> Vec<u8> {
    [&meta(syntax), body].concat()
}

fn verify(source: &dyn ReadAt) -> Result<(), Error> {
    let limits = Limits::default();
    let head = read_head(source, &limits)?;
    verify_structure(source, &head, &limits)
}

fn explicit() -> &'static TransferSyntax {
    uncompressed()[1]
}

fn nested() -> Vec<Node> {
    let code = vec![Node::Value(
        Tag::new(0x0008, 0x0100),
        Vr::SH,
        b"T-1234".to_vec(),
    )];
    let item = vec![
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
        Node::Sequence(Tag::new(0x0040, 0xA730), vec![vec![], vec![], code]),
    ];
    vec![
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
        Node::Sequence(SEQUENCE, vec![vec![], item]),
    ]
}

proptest! {
    #[test]
    fn whole_files_pass(nodes in standard_data_set(), lengths in lengths()) {
        prop_assume!(!nodes.is_empty());
        for syntax in uncompressed() {
            let bytes = file(syntax, &model::encode(&nodes, syntax, lengths));
            let result = verify(&bytes);
            prop_assert!(result.is_ok(), "{}: {result:?}", syntax.name);
        }
    }

    #[test]
    fn a_file_that_lacks_its_last_bytes_fails(lacking in 1_usize..40) {
        let pixels = Node::Value(PIXEL_DATA, Vr::OW, vec![1; 40]);
        for syntax in uncompressed() {
            let bytes = file(syntax, &model::encode(std::slice::from_ref(&pixels), syntax, Lengths::Undefined));
            let lacking = if syntax.deflated { lacking % 8 + 2 } else { lacking };
            let result = verify(&&bytes[..bytes.len() - lacking]);
            let is_expected = matches!(result, Err(Error::Truncated { .. } | Error::TruncatedDeflate { .. } | Error::TruncatedHead { .. }));
            prop_assert!(is_expected, "{}: {result:?}", syntax.name);
        }
    }
}

#[test]
fn every_cut_inside_an_undefined_length_fails() {
    for syntax in uncompressed().into_iter().filter(|syntax| !syntax.deflated) {
        let whole = file(
            syntax,
            &model::encode(&nested(), syntax, Lengths::Undefined),
        );
        verify(&whole).expect("whole");
        // From the second byte of the sequence's tag on: a single zero could be padding.
        let sequence = meta(syntax).len() + 10;
        for end in sequence + 2..whole.len() {
            assert!(verify(&&whole[..end]).is_err(), "{}: {end}", syntax.name);
        }
    }
}

#[test]
fn errors_say_where() {
    let syntax = explicit();
    let mut whole = file(
        syntax,
        &model::encode(&nested(), syntax, Lengths::Undefined),
    );
    // Without the delimiters of the outer item and sequence.
    whole.truncate(whole.len() - 16);
    let error = verify(&whole).expect_err("an item without its end");
    let expected = format!(
        "(0008,1140)[1] of undefined length is not ended: (FFFE,E00D) is missing at offset {}",
        whole.len()
    );
    assert_eq!(error.to_string(), expected);
    // Into the code value: two delimiters and half of the value.
    whole.truncate(whole.len() - 16 - 3);
    let error = verify(&whole).expect_err("a value cut short");
    let expected = format!(
        "(0008,1140)[1].(0040,A730)[2].(0008,0100) at offset {} is cut short: its value has 6 bytes, 3 are left",
        whole.len() - 3
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn encapsulated_pixel_data_is_walked() {
    let jpeg = syntax::lookup(syntax::JPEG_BASELINE_8BIT).expect("standard");
    let mut writer = Writer::new(jpeg.encoding());
    let fragments: [&[u8]; 3] = [b"", &[1; 1000], &[2; 1000]];
    writer
        .element(Tag::new(0x0008, 0x0060), Vr::CS, b"CT")
        .expect("short");
    writer
        .fragments(PIXEL_DATA, Vr::OB, fragments)
        .expect("short");
    let whole = file(jpeg, &writer.into_bytes());
    verify(&whole).expect("whole");
    let error = verify(&&whole[..whole.len() - 8]).expect_err("no delimiter");
    assert!(matches!(error, Error::MissingDelimiter { .. }), "{error}");
    let error = verify(&&whole[..whole.len() - 9]).expect_err("a fragment cut short");
    assert!(
        error.to_string().starts_with("(7FE0,0010)[2] at offset "),
        "{error}"
    );
}

#[test]
fn what_pydicom_ignores_is_ignored() {
    let syntax = explicit();
    let odd = b"\x08\0\x60\0CS\x01\0C\x10\0\x20\0LO\x03\x00123";
    verify(&file(syntax, odd)).expect("odd lengths");
    let padding = b"\x08\0\x60\0CS\x02\0CT\xfc\xff\xfc\xffOB\0\0\x04\0\0\0\0\0\0\0";
    verify(&file(syntax, padding)).expect("trailing padding");
    for zeros in 1..20 {
        let mut bytes = file(syntax, b"\x08\0\x60\0CS\x02\0CT");
        bytes.resize(bytes.len() + zeros, 0);
        verify(&bytes).expect("trailing zeros");
    }
}

#[test]
fn stray_delimiters_are_found() {
    let stray = b"\x08\0\x60\0CS\x02\0CT\xfe\xff\xdd\xe0\0\0\0\0";
    let error = verify(&file(explicit(), stray)).expect_err("a stray delimiter");
    assert!(matches!(error, Error::UnexpectedTag { .. }), "{error}");
    let no_item = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\x08\0\x60\0CS\x02\0CT";
    let error = verify(&file(explicit(), no_item)).expect_err("an element for an item");
    assert!(error.to_string().contains("where an item"), "{error}");
}

#[test]
fn values_are_not_read() {
    struct Counted(Vec<u8>, Cell<usize>);
    impl ReadAt for Counted {
        fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
            let count = self.0.read_at(buf, offset)?;
            self.1.set(self.1.get() + count);
            Ok(count)
        }
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
    }
    let pixels = [
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
        Node::Value(PIXEL_DATA, Vr::OW, vec![1; 10 << 20]),
    ];
    let bytes = file(
        explicit(),
        &model::encode(&pixels, explicit(), Lengths::Undefined),
    );
    let source = Counted(bytes, Cell::new(0));
    let head = read_head(&source, &Limits::default()).expect("a head");
    source.1.set(0);
    verify_structure(&source, &head, &Limits::default()).expect("whole");
    assert!(source.1.get() <= 8192, "{} bytes", source.1.get());
}

#[test]
fn a_damaged_deflate_stream_is_found() {
    let deflated = uncompressed()[3];
    let mut bytes = file(
        deflated,
        &model::encode(&nested(), deflated, Lengths::Defined),
    );
    verify(&bytes).expect("whole");
    let body = meta(deflated).len();
    bytes[body] = 0xFF;
    let error = verify(&bytes).expect_err("damaged");
    assert!(matches!(error, Error::CorruptDeflate { .. }), "{error}");
}
