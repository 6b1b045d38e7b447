//! Data sets in memory: everything in an index can be asked for, and written again.

use bytes::Bytes;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::{self, Encoding};
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Tag, TransferSyntax, text};

use crate::elements::elements;
use crate::in_place;
use crate::limits;
use crate::script::Script;

/// The input is one byte that chooses a transfer syntax, and a data set in it. Whatever an index
/// was made of can be read by every accessor without a panic; entries lie within the bytes, in
/// order, each behind the one before; a walk without an index finds the same ones; and what is
/// written of it reads as the same elements.
///
/// # Panics
/// When that does not hold.
pub fn data_set(input: &[u8]) {
    let mut script = Script::new(input);
    let choice = script.byte();
    let syntax = choose(choice);
    let bytes = Bytes::copy_from_slice(script.rest());
    let index = Index::parse(bytes.clone(), syntax, &limits());
    if !syntax.deflated {
        in_place::check_same(&bytes, syntax.encoding(), &index);
    }
    let Ok(index) = index else {
        return;
    };
    read(&index);
    read(&index.clone().with_private_dictionary());
    for encoding in [
        Encoding::IMPLICIT_LITTLE,
        Encoding::EXPLICIT_LITTLE,
        Encoding::EXPLICIT_BIG,
    ] {
        rewrite(&index, encoding);
    }
}

/// The four uncompressed syntaxes by small numbers, all others by large ones.
pub(crate) fn choose(choice: u8) -> &'static TransferSyntax {
    let all = syntax::all();
    let uid = match choice {
        0 => syntax::IMPLICIT_VR_LITTLE_ENDIAN,
        1 => syntax::EXPLICIT_VR_LITTLE_ENDIAN,
        2 => syntax::EXPLICIT_VR_BIG_ENDIAN,
        3 => syntax::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        other => all[usize::from(other) % all.len()].uid,
    };
    syntax::lookup(uid).expect("a syntax of the standard")
}

/// Asks an index for everything it has.
pub(crate) fn read(index: &Index) {
    let mut position = None;
    for entry in index.entries() {
        let header = entry.header_offset;
        // Between elements there may be zeros.
        assert!(position.is_none_or(|end| end <= header), "{entry:?}");
        assert!(header < entry.value.start, "{entry:?}");
        assert!(entry.value.start <= entry.value.end, "{entry:?}");
        assert!(entry.value.end <= entry.end, "{entry:?}");
        position = Some(entry.end);
        read_entry(index, entry);
    }
    for tag in [Tag::new(0x0008, 0x0005), Tag::new(0x0010, 0x0010)] {
        let last = index.entries().iter().rfind(|entry| entry.tag == tag);
        assert_eq!(index.get(tag), last);
    }
}

fn read_entry(index: &Index, entry: &Entry) {
    let bytes = index.bytes(entry);
    assert_eq!(bytes.len(), entry.value.len());
    assert_eq!(index.encoded(entry).len(), entry.end - entry.header_offset);
    let value = index.value(entry);
    assert_eq!(value.as_bytes(), bytes);
    assert!(value.trimmed().len() <= bytes.len());
    let _ = value.uid();
    let _ = value.tags();
    let numbers = [
        value.u16s().map(Iterator::count).map(|count| count * 2),
        value.i16s().map(Iterator::count).map(|count| count * 2),
        value.u32s().map(Iterator::count).map(|count| count * 4),
        value.i32s().map(Iterator::count).map(|count| count * 4),
        value.f32s().map(Iterator::count).map(|count| count * 4),
        value.u64s().map(Iterator::count).map(|count| count * 8),
        value.i64s().map(Iterator::count).map(|count| count * 8),
        value.f64s().map(Iterator::count).map(|count| count * 8),
    ];
    for length in numbers.into_iter().flatten() {
        assert_eq!(length, bytes.len());
    }
    let _ = text::decode(value, index.character_set());
    let _ = index.path(entry).to_string();
    let _ = index.fragments(entry);
    if let Ok(items) = index.items(entry) {
        items.iter().for_each(read);
    }
}

/// What was written in any encoding reads as what it was written from, group lengths apart. (What
/// the reader takes from sloppy writers the writer may refuse to write.)
fn rewrite(index: &Index, encoding: Encoding) {
    let mut writer = Writer::new(encoding);
    if writer.copy_all(index).is_err() {
        return;
    }
    let written = writer.into_bytes();
    let syntax = syntax::all()
        .iter()
        .find(|syntax| syntax.encoding() == encoding && !syntax.deflated)
        .expect("one for every encoding");
    let again =
        Index::parse(Bytes::from(written.clone()), syntax, &limits()).unwrap_or_else(|error| {
            panic!(
                "what was written as {} cannot be read: {error}",
                syntax.name
            )
        });
    let mut second = Writer::new(encoding);
    second.copy_all(&again).expect("what was written once");
    assert_eq!(second.into_bytes(), written, "{}", syntax.name);
    let (Ok(before), Ok(after)) = (elements(index), elements(&again)) else {
        return;
    };
    crate::elements::check_same(&before, &after);
}
