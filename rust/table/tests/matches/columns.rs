//! Which columns a query gives.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, Field};
use dicomwire_dataset::header::encode;
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_dataset::{Limits, Tag};
use dicomwire_table::matches::{MatchRows, MatchTable};

use crate::common::{BIG, EXPLICIT, IMPLICIT, element, item, raw};
use crate::{LITTLE, explicit, key, table};

fn names(table: &MatchTable) -> Vec<String> {
    let schema = table.schema();
    schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

fn data_type(table: &MatchTable, name: &str) -> DataType {
    let schema = table.schema();
    schema.field_with_name(name).unwrap().data_type().clone()
}

#[test]
fn keys_are_columns_in_the_order_of_their_tags_whatever_the_encoding() {
    for syntax in [IMPLICIT, EXPLICIT, BIG] {
        let syntax = lookup(syntax).unwrap();
        let encoding = syntax.encoding();
        let query = [
            element(encoding, "PatientName", b"DOE*"),
            element(encoding, "SpecificCharacterSet", b"ISO_IR 192"),
            element(encoding, "QueryRetrieveLevel", b"STUDY "),
            raw(encoding, Tag::new(0x0010, 0), *b"UL", &[0; 4]),
            element(encoding, "StudyInstanceUID", b""),
            element(encoding, "StudyDate", b"20240101-"),
        ];
        let limits = Limits::default();
        let table = MatchTable::of_query(&query.concat(), syntax, &limits).unwrap();
        let expected = [
            "StudyDate",
            "QueryRetrieveLevel",
            "PatientName",
            "StudyInstanceUID",
            "error",
        ];
        assert_eq!(names(&table), expected);
    }
}

#[test]
fn types_are_those_of_the_dictionary() {
    let table = table(&[
        key("StudyDate"),
        key("StudyTime"),
        key("ModalitiesInStudy"),
        key("NumberOfStudyRelatedInstances"),
        key("PatientSize"),
        key("Rows"),
    ]);
    let texts = DataType::new_list(DataType::Utf8, true);
    for (name, expected) in [
        ("StudyDate", DataType::Date32),
        ("StudyTime", DataType::Utf8),
        ("ModalitiesInStudy", texts),
        ("NumberOfStudyRelatedInstances", DataType::Int64),
        ("PatientSize", DataType::Float64),
        ("Rows", DataType::Int64),
        ("error", DataType::Utf8),
    ] {
        assert_eq!(data_type(&table, name), expected, "{name}");
    }
}

#[test]
fn items_with_keys_are_structs_and_several_items_are_one() {
    let code = item(LITTLE, &[key("CodeValue"), key("SpecificCharacterSet")]);
    let first = item(
        LITTLE,
        &[
            key("Modality"),
            element(LITTLE, "ScheduledProtocolCodeSequence", &code),
        ],
    );
    let code = item(LITTLE, &[key("CodeMeaning")]);
    let second = item(
        LITTLE,
        &[
            key("ScheduledProcedureStepStartDate"),
            element(LITTLE, "ScheduledProtocolCodeSequence", &code),
        ],
    );
    let steps = [first, second].concat();
    let table = table(&[element(LITTLE, "ScheduledProcedureStepSequence", &steps)]);
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    let codes = vec![
        field("CodeValue", DataType::Utf8),
        field("CodeMeaning", DataType::Utf8),
    ];
    let codes = DataType::new_list(DataType::Struct(codes.into()), true);
    let steps = vec![
        field("Modality", DataType::Utf8),
        field("ScheduledProcedureStepStartDate", DataType::Date32),
        field("ScheduledProtocolCodeSequence", codes),
    ];
    let expected = DataType::new_list(DataType::Struct(steps.into()), true);
    let name = "ScheduledProcedureStepSequence";
    assert_eq!(data_type(&table, name), expected);
}

#[test]
fn sequences_without_keys_are_text() {
    let empty = item(LITTLE, &[]);
    let only_character_set = item(LITTLE, &[key("SpecificCharacterSet")]);
    for items in [vec![], empty, only_character_set] {
        let name = "RequestAttributesSequence";
        let table = table(&[element(LITTLE, name, &items)]);
        assert_eq!(data_type(&table, name), DataType::Utf8);
    }
}

#[test]
fn private_keys_are_columns_of_text_and_private_sequences_are_structs() {
    let creator = raw(LITTLE, Tag::new(0x0009, 0x0010), *b"LO", b"ACME");
    let number = raw(LITTLE, Tag::new(0x0009, 0x1001), *b"US", b"");
    let mut items = Vec::new();
    encode(&mut items, LITTLE, Tag::new(0x0009, 0x1002), *b"SQ", 0);
    let keys = item(LITTLE, &[key("PatientID")]);
    let with_keys = raw(LITTLE, Tag::new(0x0009, 0x1003), *b"SQ", &keys);
    let table = table(&[creator, number, items, with_keys]);
    let expected = ["0009_0010", "0009_1001", "0009_1002", "0009_1003", "error"];
    assert_eq!(names(&table), expected);
    for name in &expected[..3] {
        assert_eq!(data_type(&table, name), DataType::Utf8);
    }
    assert!(matches!(data_type(&table, "0009_1003"), DataType::List(_)));
}

#[test]
fn the_number_of_the_query_comes_first_where_it_is_asked_for() {
    let table = table(&[key("PatientID")]).with_query_number();
    assert_eq!(names(&table), ["query", "PatientID", "error"]);
    assert!(!table.schema().field(0).is_nullable());
    let mut rows = MatchRows::new(&table);
    for number in [7, 0, u64::MAX] {
        rows.append(b"", explicit(), number).unwrap();
    }
    let batch = rows.finish().unwrap();
    let numbers = batch.column(0).as_primitive::<Int64Type>();
    assert_eq!(numbers.values(), &[7, 0, i64::MAX]);
}

#[test]
fn a_query_that_cannot_be_read_is_an_error() {
    let limits = Limits::default();
    let cut = &element(Encoding::EXPLICIT_LITTLE, "PatientID", b"1234")[..10];
    assert!(MatchTable::of_query(cut, explicit(), &limits).is_err());
    let overrun = item(LITTLE, &[key("Modality")[..6].to_vec()]);
    let steps = element(LITTLE, "ScheduledProcedureStepSequence", &overrun);
    assert!(MatchTable::of_query(&steps, explicit(), &limits).is_err());
}
