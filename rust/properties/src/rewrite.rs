//! Rewriting: what is named is changed, wherever it hides, and nothing else is.

use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::rewrite::{Change, Changes, NewValue, Rewriter};
use dicomwire_dataset::{Error, Tag, TransferSyntax, Vr};

use crate::data_set::choose;
use crate::elements::{Element, Value, elements};
use crate::limits;
use crate::script::Script;

const PATIENT_NAME: Tag = Tag::new(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag::new(0x0010, 0x0020);
const REFERENCED_IMAGES: Tag = Tag::new(0x0008, 0x1140);
const REFERENCED_INSTANCE: Tag = Tag::new(0x0008, 0x1155);

/// The input is a byte that chooses an encoding, one that says how the rest is cut, and a data set.
///
/// - Without changes it comes out as it is.
/// - With changes the output, or the error, is the same whole and in pieces.
/// - What was to be removed is gone, in items too; what was to be set is there, once; everything
///   else is as it was.
/// - Changed again it stays the same.
///
/// # Panics
/// When that does not hold.
pub fn rewrite(input: &[u8]) {
    let mut script = Script::new(input);
    let syntax = choose(script.byte() % 3);
    let step = usize::from(script.byte() % 61).saturating_add(1);
    let body = script.rest();
    if let Ok(same) = convert([body], syntax, &Changes::default()) {
        assert!(same == body, "changed without changes");
    }
    let changes = changes();
    let whole = convert([body], syntax, &changes);
    let pieces = convert(body.chunks(step), syntax, &changes);
    let rewritten = match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(pieces, whole);
            whole
        }
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            return;
        }
        (one, other) => panic!("whole {one:?}, in pieces {other:?}"),
    };
    let again = convert([rewritten.as_slice()], syntax, &changes);
    assert_eq!(again.expect("once changed, always changed"), rewritten);
    // What is not entered is passed on unread, so it need not be readable.
    let Ok(before) = read(body, syntax) else {
        return;
    };
    let after = read(&rewritten, syntax);
    check(&before, &after.expect("readable as before"));
}

fn changes() -> Changes {
    let mut changes = Changes::default();
    let id = Change::Set(None, NewValue::Text("NEW".to_owned()));
    let inner = TagPath::element(REFERENCED_IMAGES).child(REFERENCED_INSTANCE);
    for (path, change) in [
        (TagPath::element(PATIENT_NAME), Change::Remove),
        (TagPath::element(PATIENT_ID), id),
        (inner, Change::Remove),
    ] {
        changes.insert(&path, change).expect("may be changed");
    }
    changes
}

fn convert<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    syntax: &TransferSyntax,
    changes: &Changes,
) -> Result<Vec<u8>, Error> {
    let mut rewriter = Rewriter::new(syntax, changes, &limits());
    let mut output = Vec::new();
    for piece in pieces {
        rewriter.push(piece, &mut output)?;
    }
    rewriter.finish(&mut output)?;
    Ok(output)
}

fn read(body: &[u8], syntax: &TransferSyntax) -> Result<Vec<Element>, Error> {
    let index = Index::parse(Bytes::copy_from_slice(body), syntax, &limits())?;
    elements(&index)
}

fn check(before: &[Element], after: &[Element]) {
    assert!(after.iter().all(|element| element.tag != PATIENT_NAME));
    let mut ids = after.iter().filter(|element| element.tag == PATIENT_ID);
    let id = ids.next().expect("set");
    assert_eq!(id.value, Value::Bytes(b"NEW ".to_vec()));
    assert_eq!(ids.next(), None, "set once");
    let is_other = |element: &&Element| {
        element.tag != PATIENT_NAME && element.tag != PATIENT_ID && element.tag.element() != 0
    };
    let before = before.iter().filter(is_other).map(without_instances);
    let after = after.iter().filter(is_other).map(without_instances);
    assert!(before.eq(after), "something else changed");
}

/// An element as it should be; of UN elements that were entered only the tag.
fn without_instances(element: &Element) -> Element {
    let mut element = element.clone();
    if element.tag != REFERENCED_IMAGES {
        return element;
    }
    if element.vr == Vr::UN {
        element.value = Value::Bytes(Vec::new());
    }
    if let Value::Items(items) = &mut element.value {
        for item in items {
            item.retain(|inner| inner.tag != REFERENCED_INSTANCE && inner.tag.element() != 0);
        }
    }
    element
}
