//! Elements one after the other: the same ones as in an index, and the same data sets are damaged.

use dicomwire_dataset::header::Content;
use dicomwire_dataset::in_place::{Element, Elements, dictionary_vr};
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::{Error, Tag, Vr};

use crate::limits;

/// An element, wherever it was found.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    tag: Tag,
    content: Content,
    value: Vec<u8>,
    encoded: Vec<u8>,
    /// `None` when the sequence is damaged.
    items: Option<Vec<Level>>,
}

/// The elements of a data set or item.
#[derive(Debug, PartialEq, Eq)]
struct Level {
    elements: Vec<Found>,
    character_set: Vec<u8>,
}

/// Compares an index with the walk over the same bytes.
pub(crate) fn check_same(bytes: &[u8], encoding: Encoding, index: &Result<Index, Error>) {
    let limits = limits();
    let walked = of_elements(&mut Elements::new(bytes, encoding, &limits));
    let indexed = index.as_ref().ok().map(of_index);
    assert_eq!(walked, indexed, "{index:?}");
}

fn of_index(index: &Index) -> Level {
    let element = |entry: &Entry| Found {
        tag: entry.tag,
        content: entry.content,
        value: index.bytes(entry).to_vec(),
        encoded: index.encoded(entry).to_vec(),
        items: index
            .items(entry)
            .ok()
            .map(|items| items.iter().map(of_index).collect()),
    };
    Level {
        elements: index.entries().iter().map(element).collect(),
        character_set: index.character_set().to_vec(),
    }
}

/// The elements of a walk; `None` when it meets damage.
fn of_elements(elements: &mut Elements<'_>) -> Option<Level> {
    let mut found = Vec::new();
    while let Some(element) = elements.next_element().ok()? {
        let vr = element
            .written_vr()
            .unwrap_or_else(|| dictionary_vr(element.tag()));
        let is_plain = |byte: &u8| byte.is_ascii() && *byte != 0x1B;
        let text = str::from_utf8(element.bytes).ok();
        let text = text.filter(|_| element.bytes.iter().all(is_plain));
        assert_eq!(elements.ascii(&element), text);
        found.push(Found {
            tag: element.tag(),
            content: element.content(vr),
            value: element.bytes.to_vec(),
            encoded: elements.encoded(&element).to_vec(),
            items: of_items(elements, &element, vr),
        });
    }
    Some(Level {
        elements: found,
        character_set: elements.character_set().to_vec(),
    })
}

/// The items of what is a sequence, or may be one; `None` when one of them is damaged.
fn of_items<'a>(elements: &mut Elements<'a>, element: &Element<'a>, vr: Vr) -> Option<Vec<Level>> {
    let vr = if vr == Vr::UN { Vr::SQ } else { vr };
    let mut items = elements.items(element, vr).ok()?;
    let mut found = Vec::new();
    while let Some(mut item) = items.next_item().ok()? {
        found.push(of_elements(&mut item)?);
    }
    Some(found)
}
