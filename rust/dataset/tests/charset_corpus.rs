//! The text of pydicom's and pydicom-data's corpora: it decodes, and encodes to the same bytes.
//!
//! `DICOMWIRE_CORPUS` names the directories, separated by `:`; `make test-rust` sets it.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use dicomwire_dataset::file::read_head;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::text::{CharacterSets, Fidelity};
use dicomwire_dataset::{Limits, Vr};

/// Files whose text encodes to other bytes that mean the same, and why.
const REDUNDANT: [(&str, &str); 3] = [
    (
        "chrKoreanMulti.dcm",
        "ASCII is invoked after Korean, which never took its place",
    ),
    (
        "chrSQEncoding.dcm",
        "ASCII is invoked after kanji, not JIS X 0201 romaji",
    ),
    (
        "chrSQEncoding1.dcm",
        "ASCII is invoked after kanji, not JIS X 0201 romaji",
    ),
];

/// How many texts a file has, and those that are not exact or encode to other bytes.
#[derive(Default)]
struct Tally {
    texts: usize,
    inexact: Vec<(Fidelity, String)>,
    changed: Vec<String>,
}

fn directories() -> String {
    std::env::var("DICOMWIRE_CORPUS").expect(
        "DICOMWIRE_CORPUS must list the directories of the corpora; run `make test-rust`, which sets it",
    )
}

fn visit(directory: &Path, look: &mut impl FnMut(&Path, Bytes)) {
    let entries = std::fs::read_dir(directory).expect("a directory of the corpora");
    for entry in entries {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            visit(&path, look);
        } else {
            look(
                &path,
                Bytes::from(std::fs::read(&path).expect("a readable file")),
            );
        }
    }
}

/// The data set of a file, if it is one that can be read.
fn data_set(bytes: &Bytes) -> Option<Index> {
    let limits = Limits::default();
    let head = read_head(&bytes.as_ref(), &limits).ok()?;
    let start = usize::try_from(head.data_set_offset).ok()?;
    Index::parse(bytes.slice(start..), head.transfer_syntax()?, &limits).ok()
}

fn tally(index: &Index, result: &mut Tally) {
    let (sets, problems) = CharacterSets::parse(index.character_set());
    assert_eq!(problems, []);
    for entry in index.entries() {
        if entry.vr == Vr::SQ {
            for item in index.items(entry).unwrap_or_default() {
                tally(&item, result);
            }
        }
        if !entry.vr.is_text() {
            continue;
        }
        let bytes = index.bytes(entry);
        let decoded = sets.decode(&bytes, entry.vr);
        result.texts += 1;
        if decoded.fidelity != Fidelity::Exact {
            result
                .inexact
                .push((decoded.fidelity, decoded.text.into_owned()));
            continue;
        }
        let encoded = sets
            .encode(&decoded.text, entry.vr)
            .expect("what was decoded");
        if encoded != bytes.as_ref() {
            result.changed.push(decoded.text.into_owned());
        }
    }
}

#[test]
fn the_corpora_decode_and_encode_to_the_same() {
    let mut all = BTreeMap::new();
    let mut look = |path: &Path, bytes: Bytes| {
        let Some(index) = data_set(&bytes) else {
            return;
        };
        let mut result = Tally::default();
        tally(&index, &mut result);
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        all.insert(name, result);
    };
    for directory in directories().split(':').filter(|name| !name.is_empty()) {
        visit(Path::new(directory), &mut look);
    }
    let texts: usize = all.values().map(|tally| tally.texts).sum();
    assert!(texts > 5000, "only {texts} texts");
    for (name, tally) in &all {
        assert_eq!(tally.inexact, [], "{name}");
        let is_redundant = REDUNDANT.iter().any(|(redundant, _)| redundant == name);
        assert_eq!(
            !tally.changed.is_empty(),
            is_redundant,
            "{name}: {:?}",
            tally.changed
        );
    }
}
