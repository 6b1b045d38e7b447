//! Rewriting: independent of cuts, nothing changed that is not named, done after one time.

use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::rewrite::{Change, Changes, NewValue, Rewriter};
use dicomwire_dataset::{Error, Tag, TransferSyntax};

use crate::data_set::choose;
use crate::limits;
use crate::script::Script;

const PATIENT_ID: Tag = Tag::new(0x0010, 0x0020);
const REMOVED: Tag = Tag::new(0x0018, 0x9810);
const SEQUENCE: Tag = Tag::new(0x0008, 0x1140);
const REFERENCED_INSTANCE: Tag = Tag::new(0x0008, 0x1155);

/// The input is a byte that chooses one of the four uncompressed syntaxes, a byte that says how
/// the rest is cut, and a data set in it.
///
/// - Without changes the data set comes out as it went in.
/// - With changes the output, or the error, is the same whole and in pieces, what is to be there is
///   there once, what is not is not, and a second time changes nothing more.
///
/// # Panics
/// When that does not hold.
pub fn rewrite(input: &[u8]) {
    let mut script = Script::new(input);
    let syntax = choose(script.byte() % 4);
    let step = usize::from(script.byte() % 61).saturating_add(1);
    let body = script.rest();
    if let Ok(unchanged) = run([body], syntax, &Changes::default())
        && !syntax.deflated
    {
        assert_eq!(unchanged, body, "without changes");
    }
    let changes = changes();
    let whole = run([body], syntax, &changes);
    let pieces = run(body.chunks(step), syntax, &changes);
    let rewritten = match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(pieces, whole, "in pieces");
            whole
        }
        (Err(one), Err(other)) => {
            // Where a deflated stream is damaged is noticed sooner or later.
            let is_same = one.to_string() == other.to_string();
            assert!(syntax.deflated || is_same, "{one}, {other}");
            return;
        }
        (one, other) => panic!("whole {one:?}, in pieces {other:?}"),
    };
    check_elements(&rewritten, syntax);
    let again = run([rewritten.as_slice()], syntax, &changes)
        .unwrap_or_else(|error| panic!("rewritten, but not again: {error}"));
    assert_eq!(again, rewritten, "a second time");
}

fn changes() -> Changes {
    let text = |value: &str| Change::Set(None, NewValue::Text(value.to_owned()));
    let inside = TagPath::element(SEQUENCE).child(REFERENCED_INSTANCE);
    let mut changes = Changes::default();
    for (path, change) in [
        (TagPath::element(PATIENT_ID), text("B-4")),
        (TagPath::element(REMOVED), Change::Remove),
        (inside, text("1.2.3")),
    ] {
        changes.insert(&path, change).expect("an allowed change");
    }
    changes
}

fn check_elements(rewritten: &[u8], syntax: &TransferSyntax) {
    let bytes = Bytes::copy_from_slice(rewritten);
    // The index is of another mind about some limits; that is its own property.
    let Ok(index) = Index::parse(bytes, syntax, &limits()) else {
        return;
    };
    let count = |tag| {
        index
            .entries()
            .iter()
            .filter(|entry| entry.tag == tag)
            .count()
    };
    assert_eq!((count(PATIENT_ID), count(REMOVED)), (1, 0));
}

fn run<'a>(
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
