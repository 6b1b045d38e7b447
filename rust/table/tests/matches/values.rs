//! What the cells hold.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use dicomwire_dataset::Tag;
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_table::matches::MatchRows;

use crate::common::{BIG, EXPLICIT, IMPLICIT, element, raw, text};
use crate::{LITTLE, explicit, key, row, row_of, table, text_and_error};

fn number(encoding: Encoding, number: u16) -> [u8; 2] {
    if encoding.big_endian {
        number.to_be_bytes()
    } else {
        number.to_le_bytes()
    }
}

#[test]
fn every_encoding_gives_the_same_row() {
    let table = table(&[
        key("StudyDate"),
        key("ModalitiesInStudy"),
        key("PatientName"),
        key("PatientSize"),
        key("StudyInstanceUID"),
        key("NumberOfStudyRelatedInstances"),
        key("Rows"),
        key("SmallestImagePixelValue"),
    ]);
    for syntax in [IMPLICIT, EXPLICIT, BIG] {
        let syntax = lookup(syntax).unwrap();
        let encoding = syntax.encoding();
        let smallest = number(encoding, 0xFFFE);
        let identifier = [
            element(encoding, "StudyDate", b"20240229"),
            element(encoding, "ModalitiesInStudy", b"CT\\SR "),
            element(encoding, "PatientName", b"DOE^J== "),
            element(encoding, "PatientSize", b"1.75"),
            element(encoding, "StudyInstanceUID", b"1.2.3.4\0"),
            element(encoding, "NumberOfStudyRelatedInstances", b" 12 "),
            element(encoding, "Rows", &number(encoding, 512)),
            element(encoding, "PixelRepresentation", &number(encoding, 1)),
            // In implicit VR only Pixel Representation tells that this is a signed number.
            raw(encoding, Tag::new(0x0028, 0x0106), *b"SS", &smallest),
        ];
        let (row, done) = row_of(&table, &identifier.concat(), syntax);
        done.unwrap();
        assert_eq!(text_and_error(&row, "PatientName"), (Some("DOE^J"), None));
        assert_eq!(text(&row, "StudyInstanceUID"), Some("1.2.3.4"));
        let column = |name: &str| row.column_by_name(name).unwrap();
        let dates = column("StudyDate").as_primitive::<Date32Type>();
        assert_eq!(dates.values(), &[19782]);
        let sizes = column("PatientSize").as_primitive::<Float64Type>();
        assert_eq!(sizes.values(), &[1.75]);
        let integer = |name: &str| column(name).as_primitive::<Int64Type>().value(0);
        assert_eq!(integer("NumberOfStudyRelatedInstances"), 12);
        assert_eq!(integer("Rows"), 512);
        assert_eq!(integer("SmallestImagePixelValue"), -2);
        let modalities = column("ModalitiesInStudy").as_list::<i32>().value(0);
        let modalities: Vec<_> = modalities.as_string::<i32>().iter().flatten().collect();
        assert_eq!(modalities, ["CT", "SR"]);
    }
}

#[test]
fn what_is_missing_or_empty_is_null_and_what_nobody_asked_for_is_passed_over() {
    let query = [key("AccessionNumber"), key("PatientID"), key("StudyID")];
    let identifier = [
        element(LITTLE, "AccessionNumber", b""),
        element(LITTLE, "Modality", b"CT"),
        element(LITTLE, "StudyID", b"  "),
        element(LITTLE, "Rows", &[0, 2]),
    ];
    let row = row(&query, &identifier);
    for column in row.columns() {
        assert!(column.is_null(0));
    }
}

#[test]
fn elements_in_any_order_find_their_columns_and_of_two_the_first_one_counts() {
    let query = [key("StudyDate"), key("PatientName"), key("PatientID")];
    let identifier = [
        element(LITTLE, "PatientID", b"P1"),
        element(LITTLE, "PatientName", b"DOE "),
        element(LITTLE, "PatientID", b"P2"),
        element(LITTLE, "Modality", b"CT"),
        element(LITTLE, "StudyDate", b"19700102"),
        element(LITTLE, "StudyID", b"S1"),
    ];
    let row = row(&query, &identifier);
    assert_eq!(text(&row, "PatientID"), Some("P1"));
    assert_eq!(text(&row, "PatientName"), Some("DOE"));
    let dates = row.column(0).as_primitive::<Date32Type>();
    assert_eq!(dates.values(), &[1]);
}

#[test]
fn what_is_not_of_the_columns_type_is_null_and_named() {
    let query = [
        key("StudyDate"),
        key("PatientID"),
        key("NumberOfStudyRelatedInstances"),
        key("Rows"),
    ];
    let identifier = [
        element(LITTLE, "StudyDate", b"20240230"),
        element(LITTLE, "PatientID", b"P1"),
        element(LITTLE, "NumberOfStudyRelatedInstances", b"1\\2 "),
        element(LITTLE, "Rows", &[1, 2, 3]),
    ];
    let row = row(&query, &identifier);
    let error = text(&row, "error").unwrap();
    let expected = [
        "StudyDate: \"20240230\" is not a date (YYYYMMDD)",
        "NumberOfStudyRelatedInstances: 2 values, where the dictionary has one",
        "Rows: (0028,0010) of 3 bytes is not a list of u16 numbers",
    ];
    assert_eq!(error, expected.join("; "));
    assert_eq!(text(&row, "PatientID"), Some("P1"));
    for column in [0, 2, 3] {
        assert!(row.column(column).is_null(0));
    }
}

#[test]
fn an_answer_in_another_vr_is_read_by_that_vr_and_one_in_un_by_the_dictionary() {
    let query = [key("PatientID"), key("Rows"), key("StudyID")];
    let identifier = [
        raw(LITTLE, Tag::new(0x0010, 0x0020), *b"US", &[7, 0]),
        raw(LITTLE, Tag::new(0x0020, 0x0010), *b"UN", b"S1"),
        raw(LITTLE, Tag::new(0x0028, 0x0010), *b"UN", &[0, 2]),
    ];
    let row = row(&query, &identifier);
    assert_eq!(text_and_error(&row, "PatientID"), (Some("7"), None));
    assert_eq!(text(&row, "StudyID"), Some("S1"));
    let rows = row.column_by_name("Rows").unwrap();
    assert_eq!(rows.as_primitive::<Int64Type>().values(), &[512]);
}

#[test]
fn private_answers_are_text_by_the_vr_the_query_has() {
    let creator = raw(LITTLE, Tag::new(0x0009, 0x0010), *b"LO", b"ACME");
    let number = raw(LITTLE, Tag::new(0x0009, 0x1001), *b"US", b"");
    let table = table(&[creator, number]);
    let implicit = Encoding::IMPLICIT_LITTLE;
    let answer = [
        raw(implicit, Tag::new(0x0009, 0x0010), *b"LO", b"ACME"),
        raw(implicit, Tag::new(0x0009, 0x1001), *b"US", &[7, 0]),
    ];
    let (row, done) = row_of(&table, &answer.concat(), lookup(IMPLICIT).unwrap());
    done.unwrap();
    assert_eq!(text_and_error(&row, "0009_1001"), (Some("7"), None));
    assert_eq!(text(&row, "0009_0010"), Some("ACME"));
}

#[test]
fn rows_come_one_after_the_other_and_batches_too() {
    let table = table(&[key("PatientID"), key("StudyID")]);
    let mut rows = MatchRows::new(&table);
    assert!(rows.is_empty());
    for batch in 0..3 {
        for row in 0..5 {
            let id = format!("{batch}-{row} ");
            let identifier = element(LITTLE, "PatientID", id.as_bytes());
            rows.append(&identifier, explicit(), 0).unwrap();
        }
        assert_eq!(rows.len(), 5);
        assert!(rows.bytes() >= 5 * 12);
        let batch_of_rows = rows.finish().unwrap();
        assert_eq!((rows.len(), rows.bytes()), (0, 0));
        let ids = batch_of_rows.column(0).as_string::<i32>();
        let ids: Vec<_> = ids.iter().flatten().collect();
        let expected = [0, 1, 2, 3, 4].map(|row| format!("{batch}-{row}"));
        assert_eq!(ids, expected);
    }
}

#[test]
fn values_longer_than_the_limit_are_not_read() {
    let mut limits = dicomwire_dataset::Limits::default();
    limits.max_element_length = 16;
    let query = [key("PatientID"), key("PatientComments")].concat();
    let table =
        dicomwire_table::matches::MatchTable::of_query(&query, explicit(), &limits).unwrap();
    let identifier = [
        element(LITTLE, "PatientID", b"P1"),
        element(LITTLE, "PatientComments", &[b'x'; 18]),
    ];
    let (row, done) = row_of(&table, &identifier.concat(), explicit());
    done.unwrap();
    let error = "PatientComments: 18 bytes are more than is read for a table";
    assert_eq!(text_and_error(&row, "PatientComments"), (None, Some(error)));
    assert_eq!(text(&row, "PatientID"), Some("P1"));
}
