//! Rows agree with what an index of the same identifier tells.

use std::borrow::Cow;

use bytes::Bytes;
use dicomwire_dataset::header::{
    ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED_LENGTH, encode,
};
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_dataset::text::CharacterSets;
use dicomwire_dataset::{Limits, Tag, Vr, dict};
use dicomwire_table::matches::MatchTable;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::common::{BIG, EXPLICIT, IMPLICIT, raw};
use crate::{row_of, shown};

const KEYWORDS: [&str; 12] = [
    "StudyDate",
    "AccessionNumber",
    "ModalitiesInStudy",
    "StudyDescription",
    "PatientName",
    "PatientID",
    "OtherPatientNames",
    "PatientSize",
    "StudyInstanceUID",
    "NumberOfStudyRelatedInstances",
    "Rows",
    "PixelSpacing",
];
const SEQUENCES: [&str; 2] = [
    "RequestAttributesSequence",
    "ScheduledProcedureStepSequence",
];
const DAYS: [(&str, i32); 3] = [("19700101", 0), ("20240229", 19782), ("19691231", -1)];

/// An element of an identifier, not encoded yet.
#[derive(Clone, Debug)]
enum Node {
    Value(Tag, Vr, Vec<u8>),
    Sequence(Tag, Vec<Vec<Self>>),
}

fn encoded(nodes: &[Node], encoding: Encoding, is_undefined: bool) -> Vec<u8> {
    let delimited = |out: &mut Vec<u8>, tag, end, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap();
        let length = if is_undefined {
            UNDEFINED_LENGTH
        } else {
            length
        };
        encode(out, encoding, tag, *b"SQ", length);
        out.extend_from_slice(content);
        if is_undefined {
            encode(out, encoding, end, [0, 0], 0);
        }
    };
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Value(tag, Vr::US, value) if encoding.big_endian => {
                let swapped: Vec<u8> = value.iter().rev().copied().collect();
                out.extend(raw(encoding, *tag, *b"US", &swapped));
            }
            Node::Value(tag, vr, value) => out.extend(raw(encoding, *tag, vr.bytes(), value)),
            Node::Sequence(tag, items) => {
                let mut content = Vec::new();
                for item in items {
                    let elements = encoded(item, encoding, is_undefined);
                    delimited(&mut content, ITEM, ITEM_DELIMITATION, &elements);
                }
                delimited(&mut out, *tag, SEQUENCE_DELIMITATION, &content);
            }
        }
    }
    out
}

/// A value of the VR, of even length.
fn value_of(vr: Vr) -> BoxedStrategy<Vec<u8>> {
    let texts: &[&str] = match vr {
        Vr::DA => &["19700101", "20240229", "19691231", ""],
        Vr::IS => &["1 ", " 12 ", "-5", "+7", ""],
        Vr::DS => &["1.75", "-.5 ", "1e3 ", "1.5\\2.25", ""],
        Vr::UI => &["1.2.3\0", "1.2.840.10008", ""],
        Vr::CS => &["CT", "CT\\SR ", "\\", "A\\\\B", ""],
        _ => &["DOE^J ", "A=B== ", " x  ", "\\y", "a\\b ", "", "z\u{1B}(B"],
    };
    let ascii = prop::sample::select(texts.to_vec());
    let ascii = ascii.prop_map(|text| text.as_bytes().to_vec());
    match vr {
        Vr::US => any::<u16>().prop_map(|n| n.to_le_bytes().to_vec()).boxed(),
        Vr::LO | Vr::SH | Vr::PN => {
            let other = prop::sample::select(vec![
                b"M\xFCller".to_vec(),
                "Jörg\\Lü".as_bytes().to_vec(),
                b"\x1B$B;3ED\x1B(B".to_vec(),
            ]);
            prop_oneof![2 => ascii, 1 => other].boxed()
        }
        _ => ascii.boxed(),
    }
    .prop_map(move |mut value| {
        if value.len() % 2 == 1 {
            value.push(vr.padding());
        }
        value
    })
    .boxed()
}

/// Some of the elements, each once, in any order.
fn values() -> impl Strategy<Value = Vec<Node>> {
    let keywords = prop::sample::subsequence(KEYWORDS.to_vec(), 0..KEYWORDS.len());
    let nodes = keywords.prop_flat_map(|keywords| {
        let node = |keyword| {
            let entry = dict::by_keyword(keyword).unwrap();
            value_of(entry.vr).prop_map(move |value| Node::Value(entry.tag, entry.vr, value))
        };
        keywords.into_iter().map(node).collect::<Vec<_>>()
    });
    let sets = ["ISO_IR 100", "ISO_IR 192", "\\ISO 2022 IR 87", ""];
    let sets = prop::option::of(prop::sample::select(sets.to_vec()));
    (nodes, sets, any::<bool>())
        .prop_map(|(mut nodes, set, is_sorted)| {
            if let Some(set) = set {
                let tag = Tag::new(0x0008, 0x0005);
                nodes.push(Node::Value(tag, Vr::CS, set.as_bytes().to_vec()));
            }
            (nodes, is_sorted)
        })
        .prop_flat_map(|(nodes, is_sorted)| (Just(nodes).prop_shuffle(), Just(is_sorted)))
        .prop_map(|(mut nodes, is_sorted)| {
            if is_sorted {
                nodes.sort_by_key(tag_of);
            }
            nodes
        })
}

fn identifier() -> impl Strategy<Value = Vec<Node>> {
    let sequence = |keyword: &'static str| {
        let tag = dict::by_keyword(keyword).unwrap().tag;
        let items = prop::collection::vec(values(), 0..3);
        prop::option::of(items.prop_map(move |items| Node::Sequence(tag, items)))
    };
    let sequences = (sequence(SEQUENCES[0]), sequence(SEQUENCES[1]));
    (values(), sequences).prop_map(|(mut nodes, (first, second))| {
        nodes.splice(0..0, first);
        nodes.extend(second);
        nodes
    })
}

fn tag_of(node: &Node) -> Tag {
    match node {
        Node::Value(tag, ..) | Node::Sequence(tag, _) => *tag,
    }
}

/// What an index of the identifier has for the keys of a query, or of an item of it.
fn expected(keys: &[Index], identifier: &Index) -> Value {
    let mut object = Map::new();
    for key in keys.iter().flat_map(Index::entries) {
        let entry = dict::lookup(key.tag).unwrap();
        let found = identifier.get(key.tag);
        let Some(found) = found.filter(|_| entry.keyword != "SpecificCharacterSet") else {
            continue;
        };
        let value = match entry.vr {
            Vr::SQ => expected_items(keys, identifier, found),
            _ => expected_value(identifier, found, entry.vm != "1"),
        };
        if !value.is_null() {
            object.insert(entry.keyword.to_owned(), value);
        }
    }
    Value::Object(object)
}

fn expected_items(keys: &[Index], identifier: &Index, found: &Entry) -> Value {
    let keys = keys
        .iter()
        .filter_map(|keys| Some((keys, keys.get(found.tag)?)));
    let keys = keys.flat_map(|(keys, key)| keys.items(key).unwrap());
    let keys: Vec<Index> = keys.collect();
    let is_key = |entry: &Entry| entry.tag != Tag::new(0x0008, 0x0005);
    if !keys.iter().flat_map(Index::entries).any(is_key) {
        return json!("JSON");
    }
    let items = identifier.items(found).unwrap();
    items.iter().map(|item| expected(&keys, item)).collect()
}

fn expected_value(index: &Index, entry: &Entry, is_list: bool) -> Value {
    let value = index.value(entry);
    if value.as_bytes().is_empty() {
        return Value::Null;
    }
    let list: Vec<Value> = match value.vr() {
        Vr::US => value.u16s().unwrap().map(Value::from).collect(),
        Vr::IS => {
            let numbers = value.integers().unwrap();
            numbers.into_iter().map(Value::from).collect()
        }
        Vr::DS => {
            let numbers = value.decimals().unwrap();
            numbers.into_iter().map(Value::from).collect()
        }
        Vr::DA => {
            let days = |text| DAYS.iter().find(|(day, _)| *day == text).unwrap().1;
            value
                .strings()
                .unwrap()
                .map(days)
                .map(Value::from)
                .collect()
        }
        vr => return expected_text(&decoded(index, value), vr, is_list),
    };
    match (is_list, list.as_slice()) {
        (true, _) => Value::Array(list),
        (false, [one]) => one.clone(),
        (false, _) => Value::Null,
    }
}

fn decoded<'a>(index: &Index, value: dicomwire_dataset::value::Value<'a>) -> Cow<'a, str> {
    let sets = if value.vr().uses_character_set() {
        CharacterSets::parse(index.character_set()).0
    } else {
        CharacterSets::default()
    };
    sets.decode(value.trimmed(), value.vr()).text
}

fn expected_text(text: &str, vr: Vr, is_list: bool) -> Value {
    let text = match vr {
        Vr::PN => text.trim_end_matches('='),
        _ => text,
    };
    match text {
        "" => Value::Null,
        text if is_list => text
            .split('\\')
            .map(|part| json!(part.trim_matches(' ')))
            .collect(),
        text => json!(text),
    }
}

proptest! {
    #[test]
    fn rows_are_what_an_index_tells(
        query in identifier(),
        answer in identifier(),
        syntax in prop::sample::select(vec![IMPLICIT, EXPLICIT, BIG]),
        is_undefined: bool,
    ) {
        let syntax = lookup(syntax).unwrap();
        let query = encoded(&query, syntax.encoding(), is_undefined);
        let answer = encoded(&answer, syntax.encoding(), is_undefined);
        let limits = Limits::default();
        let table = MatchTable::of_query(&query, syntax, &limits).unwrap();
        let (batch, done) = row_of(&table, &answer, syntax);
        prop_assert!(done.is_ok());
        let parse = |bytes| Index::parse(Bytes::from(bytes), syntax, &limits).unwrap();
        let mut row = shown::row(&batch, 0);
        let error = row.as_object_mut().unwrap().remove("error");
        for sequence in SEQUENCES {
            // Of sequences without keys the items are not compared.
            if let Some(Value::String(text)) = row.get_mut(sequence) {
                *text = "JSON".to_owned();
            }
        }
        let expected = expected(&[parse(query)], &parse(answer));
        prop_assert_eq!(row, expected, "{:?}", error);
    }
}
