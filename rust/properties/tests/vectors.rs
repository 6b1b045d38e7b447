//! Inputs that once violated a property, each named for what it is.

use std::fs;
use std::path::Path;

use dicomwire_properties::TARGETS;

/// Where the vectors are; `docs/fuzzing.md` says how a crash becomes one.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");

#[test]
fn every_vector_keeps_its_property() {
    let mut count = 0;
    for (name, property) in TARGETS {
        let directory = Path::new(VECTORS).join(name);
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable directory").path();
            let input = fs::read(&path).expect("a readable vector");
            println!("{}", path.display());
            property(&input);
            count += 1;
        }
    }
    assert!(count > 0, "no vectors under {VECTORS}");
}

#[test]
fn every_directory_of_vectors_has_a_property() {
    for entry in fs::read_dir(VECTORS).expect("a directory of vectors") {
        let name = entry.expect("a readable directory").file_name();
        let is_known = TARGETS.iter().any(|(target, _)| name == *target);
        assert!(is_known, "{} is no property", name.display());
    }
}

#[test]
fn every_property_is_fuzzed() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
    for (name, _) in TARGETS {
        let program = fuzz.join("fuzz_targets").join(name).with_extension("rs");
        let program = fs::read_to_string(program).expect("a program for each property");
        assert!(program.contains(&format!("dicomwire_properties::{name}(input)")));
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    let programs = fs::read_dir(fuzz.join("fuzz_targets")).expect("a directory of programs");
    assert_eq!(programs.count(), TARGETS.len());
}
