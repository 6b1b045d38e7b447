//! Chosen elements of a file: in sequences of either length form, and with what items inherit.

use dicomwire_dataset::file::elements::{Element, ElementReader, Selection, Visitor};
use dicomwire_dataset::file::encode_file_head;
use dicomwire_dataset::header::{
    ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED_LENGTH, encode,
};
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::syntax::{EXPLICIT_VR_LITTLE_ENDIAN, Encoding};
use dicomwire_dataset::{Error, Limits, Tag};

const LITTLE: Encoding = Encoding::EXPLICIT_LITTLE;
const SEQUENCE: Tag = Tag::new(0x0040, 0x0275);
const IDENTIFIER: Tag = Tag::new(0x0040, 0x0009);
const CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
const PATIENT_NAME: Tag = Tag::new(0x0010, 0x0010);

fn element(tag: Tag, letters: [u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let length = u32::try_from(value.len()).expect("short");
    encode(&mut out, LITTLE, tag, letters, length);
    out.extend_from_slice(value);
    out
}

fn undefined(tag: Tag, letters: [u8; 2], content: &[u8], end: Tag) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, LITTLE, tag, letters, UNDEFINED_LENGTH);
    out.extend_from_slice(content);
    encode(&mut out, LITTLE, end, [0, 0], 0);
    out
}

fn file(elements: &[Vec<u8>]) -> Vec<u8> {
    let syntax = EXPLICIT_VR_LITTLE_ENDIAN;
    let mut out = encode_file_head("1.2.840.10008.5.1.4.1.1.2", "1.2", syntax, "1.2", "T", None);
    out.extend(elements.concat());
    out
}

/// Remembers number, value and character set of each element, and what was not read.
#[derive(Default)]
struct Seen {
    elements: Vec<(usize, Vec<u8>, Vec<u8>)>,
    unread: Vec<(usize, u64)>,
}

impl Visitor for Seen {
    fn element(&mut self, number: usize, element: &Element<'_>) {
        let value = element.value.as_bytes().to_vec();
        self.elements
            .push((number, value, element.character_set.to_vec()));
    }

    fn unread(&mut self, number: usize, _tag: Tag, length: u64) {
        self.unread.push((number, length));
    }
}

fn read(file: &[u8], paths: &[TagPath], limits: Limits) -> (Seen, Result<(), Error>) {
    let mut seen = Seen::default();
    let done = ElementReader::new(limits).read(&file, &Selection::new(paths), &mut seen);
    (seen, done)
}

fn in_sequence(item: u32, tag: Tag) -> TagPath {
    TagPath::element(SEQUENCE).item(item).child(tag)
}

#[test]
fn items_of_either_length_form_are_found() {
    let first = element(IDENTIFIER, *b"SH", b"A1");
    let second = [
        element(CHARACTER_SET, *b"CS", b"ISO_IR 192"),
        element(PATIENT_NAME, *b"PN", b"A^B "),
        element(IDENTIFIER, *b"SH", b"B2"),
    ]
    .concat();
    let defined = [
        element(ITEM, [0, 0], &first),
        element(ITEM, [0, 0], &second),
    ]
    .concat();
    let open = [
        undefined(ITEM, [0, 0], &first, ITEM_DELIMITATION),
        undefined(ITEM, [0, 0], &second, ITEM_DELIMITATION),
    ]
    .concat();
    let paths = [
        in_sequence(1, IDENTIFIER),
        in_sequence(0, IDENTIFIER),
        in_sequence(7, IDENTIFIER),
        in_sequence(1, PATIENT_NAME),
    ];
    for sequence in [
        element(SEQUENCE, *b"SQ", &defined),
        undefined(SEQUENCE, *b"SQ", &defined, SEQUENCE_DELIMITATION),
        undefined(SEQUENCE, *b"SQ", &open, SEQUENCE_DELIMITATION),
    ] {
        let outer = element(CHARACTER_SET, *b"CS", b"ISO_IR 100");
        let (seen, done) = read(&file(&[outer, sequence]), &paths, Limits::default());
        done.expect("a sound file");
        let (own, inherited) = (b"ISO_IR 192".to_vec(), b"ISO_IR 100".to_vec());
        let expected = [
            (1, b"A1".to_vec(), inherited),
            (3, b"A^B ".to_vec(), own.clone()),
            (0, b"B2".to_vec(), own),
        ];
        assert_eq!(seen.elements, expected);
    }
}

#[test]
fn a_whole_sequence_is_shown_with_its_items() {
    let item = element(ITEM, [0, 0], &element(IDENTIFIER, *b"SH", b"A1"));
    let sequence = element(SEQUENCE, *b"SQ", &item);
    let paths = [TagPath::element(SEQUENCE), in_sequence(0, IDENTIFIER)];
    let (seen, done) = read(&file(&[sequence]), &paths, Limits::default());
    done.expect("a sound file");
    let none = Vec::new();
    assert_eq!(
        seen.elements,
        [(0, item, none.clone()), (1, b"A1".to_vec(), none)]
    );
}

#[test]
fn long_values_and_fragments_are_told_and_not_read() {
    let fragments = element(ITEM, [0, 0], &[1; 16]);
    let bytes = file(&[
        element(PATIENT_NAME, *b"PN", b"A^LONG^NAME "),
        undefined(
            Tag::new(0x7FE0, 0x0010),
            *b"OB",
            &fragments,
            SEQUENCE_DELIMITATION,
        ),
    ]);
    let paths = [
        TagPath::element(PATIENT_NAME),
        TagPath::element(Tag::new(0x7FE0, 0x0010)),
    ];
    let mut limits = Limits::default();
    limits.max_element_length = 11;
    let (seen, done) = read(&bytes, &paths, limits);
    done.expect("a sound file");
    assert_eq!(seen.elements, []);
    assert_eq!(seen.unread, [(0, 12), (1, 24)]);
}

#[test]
fn what_was_found_before_an_error_was_shown() {
    let mut bytes = file(&[element(PATIENT_NAME, *b"PN", b"A^B ")]);
    bytes.extend_from_slice(&element(IDENTIFIER, *b"SH", b"cut short")[..12]);
    let paths = [TagPath::element(PATIENT_NAME), TagPath::element(IDENTIFIER)];
    let (seen, done) = read(&bytes, &paths, Limits::default());
    assert_eq!(seen.elements.len(), 1);
    assert!(matches!(done, Err(Error::Truncated { .. })), "{done:?}");
}

#[test]
fn nesting_is_limited() {
    let mut content = element(IDENTIFIER, *b"SH", b"A1");
    let mut path = TagPath::root();
    for _ in 0..5 {
        let item = undefined(ITEM, [0, 0], &content, ITEM_DELIMITATION);
        content = undefined(SEQUENCE, *b"SQ", &item, SEQUENCE_DELIMITATION);
        path = path.child(SEQUENCE).item(0);
    }
    let bytes = file(&[content]);
    let path = path.child(IDENTIFIER);
    let (seen, done) = read(&bytes, std::slice::from_ref(&path), Limits::default());
    done.expect("not too deep");
    assert_eq!(seen.elements.len(), 1);
    let mut limits = Limits::default();
    limits.max_depth = 4;
    let (_, done) = read(&bytes, &[path], limits);
    assert!(matches!(done, Err(Error::TooDeep { .. })), "{done:?}");
}
