//! Rewriting: what is named changes, all else stays byte for byte, however the bytes arrive.

mod model;

use std::sync::Arc;

use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::rewrite::{Change, Changes, NewElement, NewValue, Rewriter, UidMap};
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Error, Limits, Tag, TransferSyntax, Vr, syntax};
use model::{Node, lengths, read, standard_data_set, uncompressed, write};
use proptest::prelude::*;

const PATIENT_NAME: Tag = Tag::new(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag::new(0x0010, 0x0020);
const CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
const REQUEST_ATTRIBUTES: Tag = Tag::new(0x0040, 0x0275);
const STEP_DESCRIPTION: Tag = Tag::new(0x0040, 0x0007);
const STUDY_UID: Tag = Tag::new(0x0020, 0x000D);

fn explicit() -> &'static TransferSyntax {
    uncompressed()[1]
}

fn text(value: &str) -> Change {
    Change::Set(None, NewValue::Text(value.to_owned()))
}

fn changes(list: impl IntoIterator<Item = (TagPath, Change)>) -> Changes {
    let mut changes = Changes::default();
    for (path, change) in list {
        changes.insert(&path, change).expect("an allowed change");
    }
    changes
}

fn one(tag: Tag, change: Change) -> Changes {
    changes([(TagPath::element(tag), change)])
}

fn rewrite_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    syntax: &TransferSyntax,
    changes: &Changes,
) -> Result<Vec<u8>, Error> {
    let mut rewriter = Rewriter::new(syntax, changes, &Limits::default());
    let mut output = Vec::new();
    for piece in pieces {
        rewriter.push(piece, &mut output)?;
    }
    rewriter.finish(&mut output)?;
    Ok(output)
}

/// Rewrites at once and byte by byte, which must be the same.
fn rewrite(input: &[u8], syntax: &TransferSyntax, changes: &Changes) -> Result<Vec<u8>, Error> {
    let whole = rewrite_pieces([input], syntax, changes);
    let pieces = rewrite_pieces(input.chunks(1), syntax, changes);
    assert_eq!(
        whole.as_ref().map_err(ToString::to_string),
        pieces.as_ref().map_err(ToString::to_string)
    );
    whole
}

/// What the changes should make of a tree of nodes: the model the machine is compared with.
#[derive(Clone, Debug)]
enum Wish {
    Set(Tag, String),
    Remove(Tag),
    Inside(Tag, Vec<Self>),
}

impl Wish {
    fn tag(&self) -> Tag {
        match self {
            Self::Set(tag, _) | Self::Remove(tag) | Self::Inside(tag, _) => *tag,
        }
    }

    fn add_to(&self, changes: &mut Changes, base: &TagPath) {
        let path = base.clone().child(self.tag());
        match self {
            Self::Set(_, value) => {
                let change = Change::Set(Some(Vr::LO), NewValue::Text(value.clone()));
                changes.insert(&path, change).expect("an allowed change");
            }
            Self::Remove(_) => changes.insert(&path, Change::Remove).expect("allowed"),
            Self::Inside(_, wishes) => {
                for wish in wishes {
                    wish.add_to(changes, &path);
                }
            }
        }
    }
}

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(b' ');
    }
    bytes
}

fn apply(nodes: &[Node], wishes: &[Wish]) -> Vec<Node> {
    let mut result: Vec<Node> = Vec::new();
    for node in nodes {
        let wish = wishes.iter().find(|wish| wish.tag() == node.tag());
        match (wish, node) {
            (None, _) => result.push(node.clone()),
            (Some(Wish::Inside(_, inner)), Node::Sequence(tag, items)) => {
                let items = items.iter().map(|item| apply(item, inner)).collect();
                result.push(Node::Sequence(*tag, items));
            }
            _ => {}
        }
    }
    for wish in wishes {
        if let Wish::Set(tag, value) = wish {
            result.push(Node::Value(*tag, Vr::LO, padded(value)));
        }
    }
    result.sort_by_key(Node::tag);
    result
}

/// Wishes for a data set: some of its own elements, and some it does not have.
fn wishes(nodes: Vec<Node>, depth: u32) -> BoxedStrategy<Vec<Wish>> {
    let mut strategies: Vec<BoxedStrategy<Option<Wish>>> = Vec::new();
    for node in nodes {
        let tag = node.tag();
        // Character sets have rules of their own; pixel data is never rewritten.
        if tag == CHARACTER_SET || tag.group() == 0x7FE0 {
            continue;
        }
        let plain = prop_oneof![
            Just(None),
            Just(Some(Wish::Remove(tag))),
            "[A-Z]{0,9}".prop_map(move |value| Some(Wish::Set(tag, value))),
        ];
        strategies.push(match node {
            Node::Sequence(_, items) if depth > 0 && !items.is_empty() => {
                let inner = items.into_iter().flatten().collect();
                let inside = wishes(inner, depth - 1).prop_map(move |mut inner| {
                    inner.sort_by_key(Wish::tag);
                    inner.dedup_by_key(|wish| wish.tag());
                    (!inner.is_empty()).then_some(Wish::Inside(tag, inner))
                });
                prop_oneof![1 => plain, 3 => inside].boxed()
            }
            _ => plain.boxed(),
        });
    }
    let private = (0x20_u16..0x30, "[a-z]{1,5}")
        .prop_map(|(element, value)| Some(Wish::Set(Tag::new(0x0029, element), value)));
    strategies.push(prop_oneof![Just(None), private].boxed());
    strategies
        .prop_map(|wishes| wishes.into_iter().flatten().collect())
        .boxed()
}

fn data_set_and_wishes() -> impl Strategy<Value = (Vec<Node>, Vec<Wish>)> {
    standard_data_set()
        .prop_flat_map(|nodes| wishes(nodes.clone(), 2).prop_map(move |w| (nodes.clone(), w)))
}

proptest! {
    #[test]
    fn what_is_named_changes_and_all_else_stays(
        (nodes, wishes) in data_set_and_wishes(),
        lengths in lengths(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut all = Changes::default();
        for wish in &wishes {
            wish.add_to(&mut all, &TagPath::root());
        }
        let expected = apply(&nodes, &wishes);
        for syntax in [uncompressed()[1], uncompressed()[2], uncompressed()[3]] {
            let input = model::encode(&nodes, syntax, lengths);
            let output = rewrite_pieces([&input[..]], syntax, &all).expect("whole");
            prop_assert_eq!(&read(&output, syntax).expect("whole"), &expected, "{}", syntax.name);
            if !syntax.deflated && lengths == Lengths::Undefined {
                prop_assert_eq!(&output, &write(&expected, syntax.encoding(), lengths));
            }
            let mut positions: Vec<_> =
                cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
            positions.sort_unstable();
            let mut rest = &input[..];
            let mut start = 0;
            let mut pieces = Vec::new();
            for position in positions {
                let (piece, after) = rest.split_at(position - start);
                pieces.push(piece);
                (rest, start) = (after, position);
            }
            pieces.push(rest);
            prop_assert_eq!(&rewrite_pieces(pieces, syntax, &all).expect("whole"), &output);
            prop_assert_eq!(&rewrite_pieces(input.chunks(1), syntax, &all).expect("whole"), &output);
        }
    }

    #[test]
    fn nothing_panics_whatever_comes(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let inside = TagPath::element(REQUEST_ATTRIBUTES).child(STEP_DESCRIPTION);
        let all = changes([(inside, text("x")), (TagPath::element(PATIENT_ID), text("y"))]);
        for syntax in uncompressed() {
            let _ = rewrite_pieces([&bytes[..]], syntax, &all);
        }
    }
}

fn name_and_id(syntax: &TransferSyntax) -> Vec<u8> {
    let nodes = [
        Node::Value(PATIENT_NAME, Vr::PN, b"DOE^JANE".to_vec()),
        Node::Value(PATIENT_ID, Vr::LO, b"42".to_vec()),
    ];
    model::encode(&nodes, syntax, Lengths::Undefined)
}

#[test]
fn implicit_data_sets_are_changed_too() {
    let implicit = uncompressed()[0];
    let output = rewrite(
        &name_and_id(implicit),
        implicit,
        &one(PATIENT_ID, text("4711")),
    )
    .expect("whole");
    let nodes = read(&output, implicit).expect("whole");
    assert_eq!(nodes[1], Node::Value(PATIENT_ID, Vr::LO, b"4711".to_vec()));
    assert_eq!(nodes.len(), 2);
}

#[test]
fn the_length_of_a_changed_group_is_left_out_and_others_stay() {
    let length = |group| Node::Value(Tag::new(group, 0), Vr::UL, vec![10, 0, 0, 0]);
    let nodes = [
        length(0x0008),
        Node::Value(Tag::new(0x0008, 0x0060), Vr::CS, b"CT".to_vec()),
        length(0x0010),
        Node::Value(PATIENT_ID, Vr::LO, b"42".to_vec()),
    ];
    let input = write(&nodes, explicit().encoding(), Lengths::Undefined);
    let output = rewrite(&input, explicit(), &one(PATIENT_ID, text("43"))).expect("whole");
    let tags: Vec<Tag> = read(&output, explicit())
        .expect("whole")
        .iter()
        .map(Node::tag)
        .collect();
    assert_eq!(
        tags,
        [Tag::new(8, 0), Tag::new(8, 0x60), PATIENT_ID],
        "{output:?}"
    );
}

#[test]
fn encapsulated_pixel_data_passes_through() {
    let syntax = syntax::lookup(syntax::JPEG_BASELINE_8BIT).expect("JPEG");
    let mut writer = Writer::new(syntax.encoding());
    writer.element(PATIENT_ID, Vr::LO, b"42").expect("short");
    let pixels = Tag::new(0x7FE0, 0x0010);
    // A fragment that looks like the end of the sequence must not end it.
    let fragments: [&[u8]; 3] = [b"", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xff\xd8\xff\xd9"];
    writer.fragments(pixels, Vr::OB, fragments).expect("short");
    let input = writer.into_bytes();
    let after = Tag::new(0xFFFC, 0xFFFC);
    let all = changes([
        (TagPath::element(PATIENT_ID), text("LONGER")),
        (
            TagPath::element(after),
            Change::Set(None, NewValue::Bytes(vec![0, 0])),
        ),
    ]);
    let output = rewrite(&input, syntax, &all).expect("whole");
    assert_eq!(&output[..14], b"\x10\0\x20\0LO\x06\0LONGER");
    assert_eq!(&output[14..14 + input.len() - 10], &input[10..]);
    assert_eq!(
        &output[output.len() - 14..],
        b"\xfc\xff\xfc\xffOB\0\0\x02\0\0\0\0\0"
    );
}

#[test]
fn some_items_can_be_changed_alone() {
    let item = || vec![Node::Value(STEP_DESCRIPTION, Vr::LO, b"head".to_vec())];
    let nodes = [Node::Sequence(
        REQUEST_ATTRIBUTES,
        vec![item(), item(), Vec::new()],
    )];
    for lengths in [Lengths::Defined, Lengths::Undefined] {
        let input = write(&nodes, explicit().encoding(), lengths);
        let at = |number| {
            TagPath::element(REQUEST_ATTRIBUTES)
                .item(number)
                .child(STEP_DESCRIPTION)
        };
        let all = changes([(at(1), text("feet")), (at(2), text("hand"))]);
        let output = rewrite(&input, explicit(), &all).expect("whole");
        let [Node::Sequence(_, items)] = &read(&output, explicit()).expect("whole")[..] else {
            panic!("one sequence")
        };
        let found: Vec<_> = items.iter().map(|item| format!("{item:?}")).collect();
        assert!(found[0].contains("104, 101, 97, 100"), "head: {found:?}");
        assert!(found[1].contains("102, 101, 101, 116"), "feet: {found:?}");
        assert!(found[2].contains("104, 97, 110, 100"), "hand: {found:?}");
    }
}

#[test]
fn a_sequence_of_unknown_vr_is_entered_when_it_is_named() {
    // Items in implicit VR, as PS3.5 §6.2.2 has them in UN elements.
    let item = b"\x40\0\x07\0\x04\0\0\0head";
    let mut value = b"\xfe\xff\0\xe0\x0c\0\0\0".to_vec();
    value.extend_from_slice(item);
    let mut input = b"\x40\0\x75\x02UN\0\0".to_vec();
    input.extend_from_slice(&20_u32.to_le_bytes());
    input.extend_from_slice(&value);
    let path = TagPath::element(REQUEST_ATTRIBUTES).child(STEP_DESCRIPTION);
    let output = rewrite(&input, explicit(), &changes([(path, text("feet!"))])).expect("whole");
    let mut expected =
        b"\x40\0\x75\x02UN\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff".to_vec();
    expected.extend_from_slice(b"\x40\0\x07\0\x06\0\0\0feet! ");
    expected.extend_from_slice(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0");
    assert_eq!(output, expected);
}

#[test]
fn elements_out_of_order_and_twice_are_all_changed() {
    let input = [
        &b"\x20\0\x10\0SH\x02\0S1"[..],
        b"\x10\0\x20\0LO\x02\x0042",
        b"\x10\0\x20\0LO\x02\x0043",
    ]
    .concat();
    let set = rewrite(&input, explicit(), &one(PATIENT_ID, text("X "))).expect("whole");
    assert_eq!(set, b"\x10\0\x20\0LO\x02\0X \x20\0\x10\0SH\x02\0S1");
    let removed = rewrite(&input, explicit(), &one(PATIENT_ID, Change::Remove)).expect("whole");
    assert_eq!(removed, b"\x20\0\x10\0SH\x02\0S1");
}

#[test]
fn padding_after_the_data_set_stays() {
    for zeros in [1_usize, 7, 8, 100] {
        let mut input = name_and_id(explicit());
        input.resize(input.len() + zeros, 0);
        let output = rewrite(&input, explicit(), &one(PATIENT_ID, Change::Remove)).expect("whole");
        assert_eq!(output, [&input[..16], &vec![0; zeros][..]].concat());
    }
}

#[test]
fn text_is_written_in_the_data_sets_own_character_set_or_not_at_all() {
    let with = |set: &str| {
        let nodes = [
            Node::Value(CHARACTER_SET, Vr::CS, padded(set)),
            Node::Value(PATIENT_NAME, Vr::PN, b"DOE".to_vec()),
        ];
        write(&nodes, explicit().encoding(), Lengths::Undefined)
    };
    let name = one(PATIENT_NAME, text("Müller"));
    let utf8 = rewrite(&with("ISO_IR 192"), explicit(), &name).expect("UTF-8 has it");
    assert!(utf8.ends_with("PN\x08\0Müller ".as_bytes()), "{utf8:?}");
    let error = rewrite(&with("ISO_IR 6"), explicit(), &name).expect_err("ASCII has no ü");
    assert_eq!(
        error.to_string(),
        "(0010,0010): the new text cannot be written in ISO_IR 6"
    );
    let error = rewrite(&name_and_id(explicit()), explicit(), &name).expect_err("no ü");
    assert!(
        error.to_string().contains("default character repertoire"),
        "{error}"
    );
    let code = one(Tag::new(0x0008, 0x0060), text("Ü"));
    assert!(
        rewrite(&with("ISO_IR 192"), explicit(), &code).is_err(),
        "CS is ASCII"
    );
}

#[test]
fn the_character_set_changes_only_where_no_text_can_be_hurt() {
    let utf8 = || (TagPath::element(CHARACTER_SET), text("ISO_IR 192"));
    let both = changes([utf8(), (TagPath::element(PATIENT_NAME), text("Müller"))]);
    let output = rewrite(&name_and_id(explicit()), explicit(), &both).expect("ASCII so far");
    assert!(output.starts_with(b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x10\0\x10\0PN\x08\0M\xc3\xbc"));
    let latin = [Node::Value(CHARACTER_SET, Vr::CS, b"ISO_IR 100".to_vec())];
    let latin = write(&latin, explicit().encoding(), Lengths::Undefined);
    assert!(matches!(
        rewrite(&latin, explicit(), &changes([utf8()])),
        Err(Error::CharacterSetInUse { .. })
    ));
    assert!(matches!(
        rewrite(&latin, explicit(), &one(CHARACTER_SET, Change::Remove)),
        Err(Error::CharacterSetInUse { .. })
    ));
}

#[test]
fn uids_are_mapped_where_they_are() {
    let map = Arc::new(UidMap::new(None, b"salt").expect("no root"));
    let study = map.map("1.2.3");
    let nodes = [Node::Value(STUDY_UID, Vr::UI, b"1.2.3\0".to_vec())];
    for syntax in uncompressed() {
        let input = model::encode(&nodes, syntax, Lengths::Undefined);
        let series = Tag::new(0x0020, 0x000E);
        let all = changes([
            (
                TagPath::element(STUDY_UID),
                Change::MapUid(Arc::clone(&map)),
            ),
            (TagPath::element(series), Change::MapUid(Arc::clone(&map))),
        ]);
        let output = rewrite(&input, syntax, &all).expect("whole");
        let read = read(&output, syntax).expect("whole");
        let [Node::Value(STUDY_UID, Vr::UI, value)] = &read[..] else {
            panic!("{read:?}")
        };
        assert_eq!(String::from_utf8_lossy(value).trim_end_matches('\0'), study);
    }
    let unknown = b"\x20\0\x0d\0UN\0\0\x06\0\0\x001.2.3\0";
    let output = rewrite(
        unknown,
        explicit(),
        &one(STUDY_UID, Change::MapUid(Arc::clone(&map))),
    );
    let output = output.expect("a UID all the same");
    assert_eq!(output[..8], unknown[..8]);
    assert_eq!(output[12..], padded(&study)[..]);
    let name = one(PATIENT_NAME, Change::MapUid(map));
    let broken = b"\x10\0\x10\0PN\x02\0\xff\xff";
    assert!(rewrite(broken, explicit(), &name).is_err(), "no UID");
}

#[test]
fn numbers_follow_vr_and_byte_order() {
    let smallest = Tag::new(0x0028, 0x0106);
    let representation = Tag::new(0x0028, 0x0103);
    let big = uncompressed()[2];
    let set = |number| {
        one(
            smallest,
            Change::Set(None, NewValue::Integers(vec![number])),
        )
    };
    let signed = [Node::Value(representation, Vr::US, vec![1, 0])];
    let input = write(&signed, big.encoding(), Lengths::Undefined);
    let output = rewrite(&input, big, &set(5)).expect("fits");
    assert!(
        output.ends_with(b"\0\x28\x01\x06SS\0\x02\0\x05"),
        "{output:?}"
    );
    let output = rewrite(b"", explicit(), &set(-5)).expect("fits");
    assert_eq!(output, b"\x28\0\x06\x01SS\x02\0\xfb\xff");
    let output = rewrite(b"", explicit(), &set(65535)).expect("fits");
    assert_eq!(output, b"\x28\0\x06\x01US\x02\0\xff\xff");
    let error = rewrite(b"", explicit(), &set(65536)).expect_err("17 bits");
    assert_eq!(error.to_string(), "(0028,0106): the new value is no US");
    let floats = |vr| {
        let large = NewValue::Floats(vec![1e300]);
        one(Tag::new(0x0009, 0x1001), Change::Set(Some(vr), large))
    };
    assert!(rewrite(b"", explicit(), &floats(Vr::FD)).is_ok());
    assert!(rewrite(b"", explicit(), &floats(Vr::FL)).is_err());
}

#[test]
fn the_padding_of_words_is_in_the_last_word() {
    let words = NewValue::Bytes(vec![1, 2, 3]);
    let set = one(Tag::new(0x0009, 0x1001), Change::Set(Some(Vr::OW), words));
    let output = rewrite(b"", uncompressed()[2], &set).expect("fits");
    assert!(output.ends_with(b"\0\x04\x02\x01\0\x03"), "{output:?}");
}

#[test]
fn new_sequences_are_written_with_their_items() {
    let element = |tag, value: &str| NewElement {
        tag,
        vr: None,
        value: NewValue::Text(value.to_owned()),
    };
    let items = NewValue::Items(vec![vec![
        element(CHARACTER_SET, "ISO_IR 192"),
        element(STEP_DESCRIPTION, "Schädel"),
    ]]);
    let output = rewrite(
        b"",
        explicit(),
        &one(REQUEST_ATTRIBUTES, Change::Set(None, items)),
    )
    .expect("the item has its own character set");
    let read = read(&output, explicit()).expect("whole");
    let Node::Sequence(_, items) = &read[0] else {
        panic!("{read:?}")
    };
    assert_eq!(items[0][1].tag(), STEP_DESCRIPTION);
}

#[test]
fn what_cannot_be_is_refused_when_it_is_asked_for() {
    let mut all = Changes::default();
    for tag in [
        Tag::new(0x0002, 0x0010),
        Tag::new(0x0010, 0x0000),
        Tag::new(0x7FE0, 0x0010),
        Tag::new(0xFFFE, 0xE000),
        Tag::new(0x0008, 0x0018),
    ] {
        let error = all.insert(&TagPath::element(tag), Change::Remove);
        assert!(matches!(error, Err(Error::NotRewritable { .. })), "{tag}");
    }
    let instance = TagPath::element(Tag::new(0x0008, 0x0018));
    assert!(all.insert(&instance, text("no UID")).is_err());
    assert!(all.insert(&instance, text("1.2.3")).is_ok());
    assert_eq!(all.sop_instance_uid("1.2").as_deref(), Some("1.2.3"));

    let sequence = TagPath::element(REQUEST_ATTRIBUTES);
    let inside = sequence.clone().child(STEP_DESCRIPTION);
    all.insert(&inside, text("x")).expect("a first rule");
    for path in [sequence.clone(), sequence.item(0).child(STEP_DESCRIPTION)] {
        let error = all.insert(&path, Change::Remove);
        assert!(
            matches!(error, Err(Error::ConflictingChanges { .. })),
            "{path}"
        );
    }
}

#[test]
fn a_damaged_data_set_is_an_error() {
    let whole = name_and_id(explicit());
    let all = one(PATIENT_ID, text("x"));
    for length in 1..whole.len() {
        if length != 16 {
            assert!(
                rewrite(&whole[..length], explicit(), &all).is_err(),
                "{length}"
            );
        }
    }
    let deep = b"\x40\0\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff".repeat(100);
    assert!(matches!(
        rewrite(&deep, explicit(), &all),
        Err(Error::TooDeep { .. })
    ));
}
