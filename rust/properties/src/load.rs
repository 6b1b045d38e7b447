//! Loading a file: the same elements whatever is left in the file and however it is read.

use bytes::Bytes;
use dicomwire_dataset::file::{LoadOptions, Loaded, ReadAt, encode_file_head, load as load_file};
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Error, Tag, Vr};

use crate::data_set::{choose, read};
use crate::limits;
use crate::part10::Dribble;

/// Longer values are left in the file.
const LARGE: u64 = 100;
/// More than is read of a large file at first.
const BEFORE: usize = 20 << 10;
/// With it a file is large.
const AFTER: usize = 64 << 10;

const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
const PIXELS: [Tag; 3] = [
    Tag::new(0x7FE0, 0x0008),
    Tag::new(0x7FE0, 0x0009),
    Tag::new(0x7FE0, 0x0010),
];

/// The input is taken as a file, and once more, behind a byte that chooses an encoding, as a part
/// of the data set of a file too large to be read at once. Its elements are the same
///
/// - whether a read gives much or little,
/// - whether large values are left in the file or not,
/// - whether all are asked for, some, or those before the pixel data,
/// - and, where nothing is wrong with the file, when strictness was asked for.
///
/// # Panics
/// When that does not hold.
pub fn load(input: &[u8]) {
    check(input);
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    check(&stretched(choice % 3, body));
}

/// A file in which bytes lie between two large values.
fn stretched(choice: u8, body: &[u8]) -> Vec<u8> {
    let syntax = choose(choice);
    let mut file = encode_file_head("1.2.3", "1.2.3.4", syntax.uid, "1.2", "", None);
    file.extend_from_slice(&element(
        syntax.encoding(),
        Tag::new(0x0009, 0x1001),
        BEFORE,
    ));
    file.extend_from_slice(body);
    file.extend_from_slice(&element(syntax.encoding(), Tag::new(0x7FE0, 0x0010), AFTER));
    file
}

fn element(encoding: Encoding, tag: Tag, length: usize) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    writer
        .element(tag, Vr::OW, &vec![7; length])
        .expect("a long VR");
    writer.into_bytes()
}

fn check(file: &[u8]) {
    let file = file.to_vec();
    let mut options = LoadOptions::default();
    options.limits = limits();
    let loaded = load_file(&file, &options);
    let dribbled = load_file(&Dribble(&file), &options);
    let (loaded, dribbled) = match (loaded, dribbled) {
        (Ok(loaded), Ok(dribbled)) => (loaded, dribbled),
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            return;
        }
        (one, other) => panic!("much a read gives {one:?}, little {other:?}"),
    };
    read(&loaded.file_meta);
    read(&loaded.command_set);
    let all = entries(&file, &loaded, |_| true);
    assert_eq!(entries(&file, &dribbled, |_| true), all, "little a read");
    assert_eq!(texts(&loaded.problems), texts(&dribbled.problems));

    let mut left = options.clone();
    left.large = LARGE;
    let left = load_file(&file, &left).expect("the same with values left in the file");
    assert_eq!(entries(&file, &left, |_| true), all, "large values left");

    let tags: Vec<Tag> = all.iter().step_by(3).map(|(tag, ..)| *tag).collect();
    let is_chosen = |tag: Tag| tag == SPECIFIC_CHARACTER_SET || tags.contains(&tag);
    let mut some = options.clone();
    some.tags = Some(&tags);
    let some = load_file(&file, &some).expect("the same with few elements");
    let expected = entries(&file, &loaded, is_chosen);
    assert_same_values(&entries(&file, &some, |_| true), &expected);

    let mut head = options.clone();
    head.stop_before_pixels = true;
    let head = load_file(&file, &head).expect("the same without pixels");
    let before = all.iter().take_while(|(tag, ..)| !PIXELS.contains(tag));
    let before: Vec<_> = before.cloned().collect();
    assert_same_values(&entries(&file, &head, |_| true), &before);

    let mut strict = options;
    strict.strict = true;
    if let Ok(strict) = load_file(&file, &strict) {
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        assert_eq!(entries(&file, &strict, |_| true), all, "strict");
    }
}

type Element = (Tag, Vr, Bytes);

/// The elements of a data set with their values, wherever these are.
fn entries(file: &[u8], loaded: &Loaded, is_wanted: impl Fn(Tag) -> bool) -> Vec<Element> {
    let index = &loaded.data_set;
    index
        .entries()
        .iter()
        .filter(|entry| is_wanted(entry.tag))
        .map(|entry| (entry.tag, entry.vr, value(file, index, entry)))
        .collect()
}

fn value(file: &[u8], index: &Index, entry: &Entry) -> Bytes {
    let Some(range) = entry.elsewhere.clone() else {
        return index.bytes(entry);
    };
    assert!(range.end - range.start >= LARGE, "{range:?} is not large");
    let mut value = vec![0; usize::try_from(range.end - range.start).expect("64 bits")];
    let count = file.read_at(&mut value, range.start).expect("memory");
    assert_eq!(count, value.len(), "{range:?} is not in the file");
    Bytes::from(value)
}

/// What decides about a VR may be left out, so VRs are not compared.
fn assert_same_values(some: &[Element], expected: &[Element]) {
    assert_eq!(some.len(), expected.len());
    for ((tag, _, value), (expected_tag, _, expected_value)) in some.iter().zip(expected) {
        assert_eq!((tag, value), (expected_tag, expected_value));
    }
}

fn texts(problems: &[Error]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
