//! Golden files: every file of pydicom's and pydicom-data's corpora.
//!
//! `DICOMWIRE_CORPUS` names the directories, separated by `:`; `make test-rust` sets it.

mod model;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{Head, read_head};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::syntax::{Encoding, TransferSyntax};
use dicomwire_dataset::text::{CharacterSets, Fidelity};
use dicomwire_dataset::{Error, Limits, Vr};
use model::{Node, read, transcode, uncompressed};

/// Files of the corpora that are broken on purpose, and how.
const BROKEN: [(&str, &str); 10] = [
    (
        "DICOMDIR-nooffset",
        "its last directory record is longer than the sequence around it",
    ),
    ("MR_truncated.dcm", "cut short in the pixel data"),
    ("SC_rgb_jpeg.dcm", "implicit VR under a JPEG syntax"),
    ("crayons.icc", "a colour profile"),
    ("empty_charset_LEI.dcm", "no SOP class"),
    (
        "emri_small_jpeg_2k_lossless_too_short.dcm",
        "no sequence delimitation",
    ),
    ("meta_missing_tsyntax.dcm", "no SOP class"),
    ("nested_priv_SQ.dcm", "no SOP class"),
    ("no_meta.dcm", "begins in the middle of an element"),
    ("rtplan_truncated.dcm", "cut short in a sequence"),
];

/// Names that end with the escape sequence of ASCII, where none is needed or where that of JIS X
/// 0201, the first set, would be.
const WRITTEN_OTHERWISE: [&str; 6] = [
    "chrKoreanMulti.dcm (0008,1070)",
    "chrKoreanMulti.dcm (0010,0010)",
    "chrKoreanMulti.dcm (0010,1001)",
    "chrKoreanMulti.dcm (0010,21B0)",
    "chrSQEncoding.dcm (0032,1064)[0].(0010,0010)",
    "chrSQEncoding1.dcm (0032,1064)[0].(0010,0010)",
];

struct File {
    path: PathBuf,
    bytes: Bytes,
}

fn corpus() -> Vec<File> {
    let directories = std::env::var("DICOMWIRE_CORPUS").expect(
        "DICOMWIRE_CORPUS must list the directories of the corpora; run `make test-rust`, which sets it",
    );
    let mut files = Vec::new();
    for directory in directories
        .split(':')
        .filter(|directory| !directory.is_empty())
    {
        collect(Path::new(directory), &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        files.len() >= 100,
        "only {} files in {directories}",
        files.len()
    );
    files
}

fn collect(directory: &Path, files: &mut Vec<File>) {
    let entries = std::fs::read_dir(directory);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for entry in entries {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = std::fs::read(&path).expect("a readable file");
            files.push(File {
                path,
                bytes: Bytes::from(bytes),
            });
        }
    }
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// Whether a file claims to be DICOM by its name, so that an error is worth looking at.
fn is_dicom_by_name(path: &Path) -> bool {
    let is_code = matches!(
        path.extension().and_then(|extension| extension.to_str()),
        Some("py" | "pyc" | "json" | "md" | "txt" | "gz" | "dump" | "zip" | "tar")
    );
    !is_code && !name(path).starts_with("README")
}

/// The head and the data set of a file that is whole.
fn open(file: &File) -> Result<(Head, &'static TransferSyntax, Bytes), Error> {
    let limits = Limits::default();
    let head = read_head(&file.bytes.as_ref(), &limits)?;
    verify_structure(&file.bytes.as_ref(), &head, &limits)?;
    let syntax = head.transfer_syntax().expect("read_head knows the syntax");
    let start = usize::try_from(head.data_set_offset).expect("a short file");
    let body = file.bytes.slice(start..);
    Ok((head, syntax, body))
}

/// Goes down into every sequence and counts the elements.
fn exhaust(index: &Index) -> Result<usize, Error> {
    let mut count = index.entries().len();
    for entry in index.entries() {
        index.fragments(entry)?;
        if entry.vr == Vr::SQ {
            for item in index.items(entry)? {
                count += exhaust(&item)?;
            }
        }
    }
    Ok(count)
}

#[test]
fn exactly_the_broken_files_fail() {
    let mut failures = BTreeMap::new();
    let mut whole = 0;
    for file in corpus().iter().filter(|file| is_dicom_by_name(&file.path)) {
        let result = open(file).and_then(|(_, syntax, body)| {
            let count = exhaust(&Index::parse(body, syntax, &Limits::default())?)?;
            assert!(count > 0, "{}", file.path.display());
            Ok(())
        });
        match result {
            Ok(()) => whole += 1,
            Err(error) => {
                failures.insert(name(&file.path).to_owned(), error.to_string());
            }
        }
    }
    let names: Vec<_> = failures.keys().map(String::as_str).collect();
    let expected: Vec<_> = BROKEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected, "{failures:#?}");
    assert!(whole >= 100, "only {whole} whole files");
}

/// Texts of the corpora, and those of them that are written back otherwise.
#[derive(Default)]
struct Texts {
    count: usize,
    replaced: Vec<String>,
    rewritten: Vec<String>,
}

impl Texts {
    fn visit(&mut self, index: &Index, file: &str) {
        let (sets, _) = CharacterSets::parse(index.character_set());
        for entry in index.entries() {
            if entry.vr == Vr::SQ {
                for item in index.items(entry).expect("a whole file") {
                    self.visit(&item, file);
                }
            } else if entry.vr.uses_character_set() {
                let bytes = index.value(entry).as_bytes();
                self.text(
                    &sets,
                    bytes,
                    entry.vr,
                    &format!("{file} {}", index.path(entry)),
                );
            }
        }
    }

    fn text(&mut self, sets: &CharacterSets, bytes: &[u8], vr: Vr, place: &str) {
        self.count += 1;
        let decoded = sets.decode(bytes, vr);
        match decoded.fidelity {
            Fidelity::Replaced => self.replaced.push(place.to_owned()),
            Fidelity::Assumed => {}
            _ => {
                let encoded = sets.encode(&decoded.text, vr);
                let encoded = encoded.unwrap_or_else(|error| panic!("{place}: {error}"));
                let again = sets.decode(&encoded, vr);
                assert_eq!(again.text, decoded.text, "{place}");
                if *encoded != *bytes {
                    self.rewritten.push(place.to_owned());
                }
            }
        }
    }
}

#[test]
fn text_is_read_and_written_as_it_was() {
    let mut texts = Texts::default();
    for file in &corpus() {
        let Ok((_, syntax, body)) = open(file) else {
            continue;
        };
        if let Ok(index) = Index::parse(body, syntax, &Limits::default())
            && exhaust(&index).is_ok()
        {
            texts.visit(&index, name(&file.path));
        }
    }
    assert!(texts.count > 4000, "only {} texts", texts.count);
    assert_eq!(texts.replaced, [""; 0]);
    assert_eq!(texts.rewritten, WRITTEN_OTHERWISE);
}

#[test]
fn no_file_is_read_wrongly_into_a_panic() {
    for file in &corpus() {
        for syntax in uncompressed() {
            // Right or wrong, an answer must come.
            let _ = Index::parse(file.bytes.clone(), syntax, &Limits::default())
                .and_then(|index| exhaust(&index));
            let _ = transcode(&file.bytes, syntax, uncompressed()[0]);
        }
    }
}

/// A data set as both sides of a conversion must show it: group lengths may go, trailing padding
/// stays, UN and the VR the dictionary has are the same element, and only the bytes count.
fn comparable(nodes: Vec<Node>) -> Vec<(String, Vec<u8>)> {
    let mut flat = Vec::new();
    flatten("", nodes, &mut flat);
    flat
}

fn flatten(path: &str, nodes: Vec<Node>, flat: &mut Vec<(String, Vec<u8>)>) {
    for node in nodes.into_iter().filter(|node| node.tag().element() != 0) {
        match node {
            Node::Value(tag, _, value) => flat.push((format!("{path}{tag}"), value)),
            Node::Sequence(tag, items) => {
                flat.push((format!("{path}{tag}"), Vec::new()));
                for (number, item) in items.into_iter().enumerate() {
                    flatten(&format!("{path}{tag}[{number}]."), item, flat);
                }
            }
        }
    }
}

#[test]
fn uncompressed_files_survive_every_conversion() {
    let mut conversions = 0;
    for file in &corpus() {
        let Ok((_, from, body)) = open(file) else {
            continue;
        };
        if !from.is_uncompressed() || BROKEN.iter().any(|(broken, _)| *broken == name(&file.path)) {
            continue;
        }
        let place = file.path.display();
        let original = read(&body, from).unwrap_or_else(|error| panic!("{place}: {error}"));
        for to in uncompressed() {
            let step = format!("{place} to {}", to.name);
            let there =
                transcode(&body, from, to).unwrap_or_else(|error| panic!("{step}: {error}"));
            let back =
                transcode(&there, to, from).unwrap_or_else(|error| panic!("{step}, back: {error}"));
            let returned =
                read(&back, from).unwrap_or_else(|error| panic!("{step}, back: {error}"));
            // Towards implicit VR the letters are lost, and with them how a private value or an
            // OB would have to be swapped; then only little endian bytes can be compared.
            if from.encoding() == Encoding::EXPLICIT_BIG && to.implicit {
                assert_eq!(tags(&original), tags(&returned), "{step}");
            } else {
                assert!(
                    comparable(original.clone()) == comparable(returned),
                    "{step}"
                );
            }
            conversions += 1;
        }
    }
    assert!(conversions >= 200, "only {conversions} conversions");
}

fn tags(nodes: &[Node]) -> Vec<String> {
    comparable(nodes.to_vec())
        .into_iter()
        .map(|(path, _)| path)
        .collect()
}
