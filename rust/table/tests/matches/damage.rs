//! Identifiers that cannot be decoded.

use dicomwire_dataset::header::{ITEM, UNDEFINED_LENGTH, encode};
use dicomwire_dataset::syntax::{self, lookup};
use dicomwire_dataset::{Error, Limits, dict};
use dicomwire_table::matches::{MatchRows, MatchTable, RowProblem};
use proptest::prelude::*;
use serde_json::json;

use crate::common::{DEFLATED, element, item, text};
use crate::{LITTLE, explicit, key, row_of, shown, table};

const STEPS: &str = "ScheduledProcedureStepSequence";

fn worklist_query() -> Vec<Vec<u8>> {
    let keys = item(LITTLE, &[key("Modality"), key("ScheduledProcedureStepID")]);
    vec![
        key("StudyDate"),
        key("ModalitiesInStudy"),
        key("ReferencedStudySequence"),
        key("PatientName"),
        key("PatientSize"),
        key("NumberOfStudyRelatedInstances"),
        element(LITTLE, STEPS, &keys),
    ]
}

#[test]
fn what_comes_before_the_damage_is_shown() {
    let table = table(&worklist_query());
    let identifier = [
        element(LITTLE, "StudyDate", b"19700101"),
        element(LITTLE, "PatientName", b"DOE^JOHN")[..12].to_vec(),
    ];
    let (row, done) = row_of(&table, &identifier.concat(), explicit());
    let error = "(0010,0010) at offset 24 is cut short: its value has 8 bytes, 4 are left";
    let damage = done.unwrap_err();
    assert!(matches!(
        damage,
        RowProblem::Undecodable(Error::Truncated { offset: 24, .. })
    ));
    assert_eq!(damage.to_string(), error);
    assert_eq!(shown::row(&row, 0), json!({"StudyDate": 0, "error": error}));
}

#[test]
fn the_next_identifier_is_not_concerned() {
    let mut rows = MatchRows::new(&table(&worklist_query()));
    assert!(rows.append(b"\x08", explicit(), 0).is_err());
    let identifier = element(LITTLE, "PatientName", b"DOE ");
    rows.append(&identifier, explicit(), 0).unwrap();
    assert_eq!(rows.len(), 2);
    let batch = rows.finish().unwrap();
    assert_eq!(shown::row(&batch, 1), json!({"PatientName": "DOE"}));
}

#[test]
fn damage_of_an_item_costs_no_more_than_the_items_behind_it() {
    let table = table(&worklist_query());
    let good = item(LITTLE, &[element(LITTLE, "Modality", b"CT")]);
    let cut = item(
        LITTLE,
        &[
            element(LITTLE, "Modality", b"MR"),
            element(LITTLE, "ScheduledProcedureStepID", b"S1")[..9].to_vec(),
        ],
    );
    let identifier = [
        element(LITTLE, "PatientName", b"DOE "),
        element(LITTLE, STEPS, &[good.clone(), cut, good].concat()),
        element(LITTLE, "ScheduledProcedureStepID", b"XX"),
    ];
    let (row, done) = row_of(&table, &identifier.concat(), explicit());
    assert!(matches!(done, Err(RowProblem::Undecodable(_))));
    let shown = shown::row(&row, 0);
    assert_eq!(shown["PatientName"], "DOE");
    let steps = json!([{"Modality": "CT"}, {"Modality": "MR"}, {"Modality": "CT"}]);
    assert_eq!(shown[STEPS], steps);
    let error = shown["error"].as_str().unwrap();
    assert!(error.starts_with(&format!("{STEPS}[1]: ")), "{error}");
}

#[test]
fn damage_of_a_sequence_shown_as_json_is_damage_too() {
    let name = "ReferencedStudySequence";
    let cut = element(LITTLE, "ReferencedSOPClassUID", b"1.2\0")[..10].to_vec();
    let identifier = [
        element(LITTLE, name, &item(LITTLE, &[cut])),
        element(LITTLE, "PatientName", b"DOE "),
    ];
    let (row, done) = row_of(&table(&worklist_query()), &identifier.concat(), explicit());
    assert!(matches!(done, Err(RowProblem::Undecodable(_))));
    assert_eq!(text(&row, name), None);
    assert_eq!(text(&row, "PatientName"), Some("DOE"));
    assert!(text(&row, "error").is_some());
}

#[test]
fn deflated_identifiers_are_not_read() {
    let (row, done) = row_of(
        &table(&worklist_query()),
        b"\x03\0",
        lookup(DEFLATED).unwrap(),
    );
    assert!(matches!(done, Err(RowProblem::Deflated { .. })));
    let error = "identifiers are not read in Deflated Explicit VR Little Endian";
    assert_eq!(shown::row(&row, 0), json!({"error": error}));
}

#[test]
fn sequences_that_nest_too_deep_are_damage() {
    let tag = dict::by_keyword(STEPS).unwrap().tag;
    let mut deep = Vec::new();
    for _ in 0..100 {
        encode(&mut deep, LITTLE, tag, *b"SQ", UNDEFINED_LENGTH);
        encode(&mut deep, LITTLE, ITEM, [0, 0], UNDEFINED_LENGTH);
    }
    let (_, done) = row_of(&table(&worklist_query()), &deep, explicit());
    let damage = RowProblem::to_string(&done.unwrap_err());
    assert!(damage.contains("nests deeper than 64 levels"), "{damage}");
}

#[test]
fn what_is_wrong_with_a_row_is_told_at_some_length_only() {
    let bad = item(LITTLE, &[element(LITTLE, "Modality", &[0xE4; 2])]);
    let identifier = element(LITTLE, STEPS, &bad.repeat(3000));
    let (row, done) = row_of(&table(&worklist_query()), &identifier, explicit());
    done.unwrap();
    let length = text(&row, "error").unwrap().len();
    assert!((4096..5000).contains(&length), "{length}");
}

/// An identifier that answers the query, with a few bytes changed and perhaps cut.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let step = item(
        LITTLE,
        &[
            element(LITTLE, "Modality", b"CT"),
            element(LITTLE, "ScheduledProcedureStepID", b"S1"),
        ],
    );
    let study = element(LITTLE, "ReferencedSOPClassUID", b"1.2\0");
    let whole = [
        element(LITTLE, "SpecificCharacterSet", b"\\ISO 2022 IR 87"),
        element(LITTLE, "StudyDate", b"20240229"),
        element(LITTLE, "ModalitiesInStudy", b"CT\\SR "),
        element(LITTLE, "ReferencedStudySequence", &item(LITTLE, &[study])),
        element(LITTLE, "PatientName", b"A=\x1B$B;3ED\x1B(B"),
        element(LITTLE, "PatientSize", b"1.75"),
        element(LITTLE, "NumberOfStudyRelatedInstances", b"12"),
        element(LITTLE, STEPS, &step.repeat(2)),
    ]
    .concat();
    let length = whole.len();
    let changes = prop::collection::vec((0..length, any::<u8>()), 0..6);
    (changes, 0..=length).prop_map(move |(changes, cut)| {
        let mut bytes = whole.clone();
        for (position, byte) in changes {
            bytes[position] = byte;
        }
        bytes.truncate(if cut % 3 == 0 { cut } else { length });
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_exactly_one_row(
        identifiers in prop::collection::vec(
            prop_oneof![prop::collection::vec(any::<u8>(), 0..80), damaged()],
            1..8,
        ),
        choice in 0..syntax::all().len(),
        has_query_number: bool,
    ) {
        let query = worklist_query().concat();
        let table = MatchTable::of_query(&query, explicit(), &Limits::default()).unwrap();
        let table = if has_query_number { table.with_query_number() } else { table };
        let mut rows = MatchRows::new(&table);
        let mut failed = Vec::new();
        let syntax = if choice % 2 == 0 { explicit() } else { &syntax::all()[choice] };
        for (number, identifier) in identifiers.iter().enumerate() {
            failed.push(rows.append(identifier, syntax, number as u64).is_err());
            prop_assert_eq!(rows.len(), number + 1);
        }
        let batch = rows.finish().unwrap();
        prop_assert_eq!(batch.num_rows(), identifiers.len());
        for (number, failed) in failed.into_iter().enumerate() {
            // Whoever reads only the table learns of everything that is lost.
            let row = shown::row(&batch, number);
            prop_assert!(!failed || row.get("error").is_some());
        }
    }
}
