//! A data set as a plain tree, to be compared.

use bytes::Bytes;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::{Error, Tag, Vr};

/// An element; its numbers are little endian here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) tag: Tag,
    pub(crate) vr: Vr,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Bytes(Vec<u8>),
    Items(Vec<Vec<Element>>),
    Fragments(Vec<Bytes>),
}

/// Everything an index holds.
pub(crate) fn elements(index: &Index) -> Result<Vec<Element>, Error> {
    index
        .entries()
        .iter()
        .map(|entry| element(index, entry))
        .collect()
}

fn element(index: &Index, entry: &Entry) -> Result<Element, Error> {
    let value = match entry.content {
        Content::Value => Value::Bytes(ordered(index, entry)),
        Content::Fragments => Value::Fragments(index.fragments(entry)?),
        Content::Sequence | Content::UnknownSequence => {
            let items = index.items(entry)?;
            Value::Items(items.iter().map(elements).collect::<Result<_, _>>()?)
        }
    };
    Ok(Element {
        tag: entry.tag,
        vr: entry.vr,
        value,
    })
}

/// A value in little endian; what is left of a number at the end stays as it is.
fn ordered(index: &Index, entry: &Entry) -> Vec<u8> {
    let mut bytes = index.bytes(entry).to_vec();
    if index.encoding().big_endian {
        let width = entry.vr.swap_width();
        bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }
    bytes
}

/// Compares the elements of a data set before and after it was encoded anew.
///
/// May differ: group lengths, which are left out when they would be wrong; the VR, where implicit
/// VR has none or a long value became UN; a padding byte that makes an odd length even; and a UN
/// element that proves to be a sequence.
pub(crate) fn check_same(before: &[Element], after: &[Element]) {
    let mut after = after.iter().peekable();
    for element in before {
        let is_bytes = |element: &Element| matches!(element.value, Value::Bytes(_));
        let is_group_length = element.tag.element() == 0 && is_bytes(element);
        let other = after
            .next_if(|other| other.tag == element.tag && (!is_group_length || is_bytes(other)));
        let Some(other) = other else {
            assert!(element.tag.element() == 0, "{} is missing", element.tag);
            continue;
        };
        check_same_value(element, other);
    }
    assert_eq!(after.next(), None, "an element too many");
}

fn check_same_value(one: &Element, other: &Element) {
    match (&one.value, &other.value) {
        (Value::Bytes(one_bytes), Value::Bytes(other_bytes)) => {
            let is_padded = other_bytes.len() == one_bytes.len() + 1 && one_bytes.len() % 2 == 1;
            let is_as_long = is_padded || other_bytes.len() == one_bytes.len();
            assert!(is_as_long, "{} has another length", one.tag);
            let width = one.vr.swap_width();
            // A byte of padding may make a number of what was none.
            let whole = one_bytes.len() / width * width;
            // What is swapped by different widths cannot be compared.
            if width == other.vr.swap_width() {
                assert_eq!(one_bytes[..whole], other_bytes[..whole], "{}", one.tag);
            }
        }
        (Value::Items(one_items), Value::Items(other_items)) => {
            assert_eq!(one_items.len(), other_items.len(), "items of {}", one.tag);
            for (one, other) in one_items.iter().zip(other_items) {
                check_same(one, other);
            }
        }
        (Value::Fragments(one_fragments), Value::Fragments(other_fragments)) => {
            assert_eq!(
                one_fragments.len(),
                other_fragments.len(),
                "fragments of {}",
                one.tag
            );
            for (one, other) in one_fragments.iter().zip(other_fragments) {
                assert_eq!(one, &other.slice(..one.len().min(other.len())));
            }
        }
        (Value::Bytes(_), Value::Items(_)) if one.vr == Vr::UN => {}
        (Value::Items(items), Value::Bytes(bytes)) | (Value::Bytes(bytes), Value::Items(items))
            if items.is_empty() && bytes.is_empty() => {}
        (one_value, other_value) => {
            panic!("{} was {one_value:?} and is {other_value:?}", one.tag);
        }
    }
}
