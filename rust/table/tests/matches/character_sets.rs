//! Text in the character sets of the responses.

use dicomwire_table::matches::MatchRows;
use serde_json::json;

use crate::common::{element, item, text};
use crate::{LITTLE, explicit, key, row, shown, table, text_and_error};

fn in_set(character_set: &str, name: &[u8]) -> Vec<Vec<u8>> {
    vec![
        element(LITTLE, "SpecificCharacterSet", character_set.as_bytes()),
        element(LITTLE, "PatientName", name),
        element(LITTLE, "PatientID", b"P1"),
    ]
}

#[test]
fn names_are_decoded_and_identifiers_one_after_the_other_may_differ() {
    let table = table(&[key("PatientName"), key("PatientID")]);
    let mut rows = MatchRows::new(&table);
    let cases: [(&str, &[u8], &str); 6] = [
        ("ISO_IR 100", b"M\xFCller^J\xF6rg= ", "Müller^Jörg"),
        ("ISO_IR 192", "Müller^Jörg".as_bytes(), "Müller^Jörg"),
        (
            "\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B",
            "Yamada^Tarou=山田^太郎",
        ),
        ("ISO_IR 144", b"\xBB\xEE\xDA ", "Люк"),
        ("ISO_IR 100", b"M\xFCller", "Müller"),
        ("ISO_IR 6", b"DOE^J=", "DOE^J"),
    ];
    for (character_set, name, _) in cases {
        let identifier = in_set(character_set, name).concat();
        rows.append(&identifier, explicit(), 0).unwrap();
    }
    let batch = rows.finish().unwrap();
    for (number, (character_set, _, name)) in cases.into_iter().enumerate() {
        let expected = json!({"PatientName": name, "PatientID": "P1"});
        assert_eq!(shown::row(&batch, number), expected, "{character_set}");
    }
}

#[test]
fn a_backslash_within_a_character_parts_no_values() {
    let query = [key("OtherPatientNames")];
    let identifier = [
        element(LITTLE, "SpecificCharacterSet", b"GB18030 "),
        // The second character ends with the byte 0x5C.
        element(LITTLE, "OtherPatientNames", b"A\\\x95\x5C"),
    ];
    let row = row(&query, &identifier);
    let expected = json!({"OtherPatientNames": ["A", "昞"]});
    assert_eq!(shown::row(&row, 0), expected);
}

#[test]
fn items_inherit_the_character_set_or_have_their_own() {
    let name = "RequestAttributesSequence";
    let keys = item(LITTLE, &[key("ScheduledProcedureStepDescription")]);
    let query = [
        element(LITTLE, name, &keys),
        key("RequestedProcedureComments"),
    ];
    let text = |text: &[u8]| element(LITTLE, "ScheduledProcedureStepDescription", text);
    let own = element(LITTLE, "SpecificCharacterSet", b"ISO_IR 192");
    let items = [
        item(LITTLE, &[text(b"\xE4 ")]),
        item(LITTLE, &[own, text("ä".as_bytes())]),
        item(LITTLE, &[text(b"\xF6 ")]),
    ];
    let identifier = [
        element(LITTLE, "SpecificCharacterSet", b"ISO_IR 100"),
        element(LITTLE, name, &items.concat()),
        element(LITTLE, "RequestedProcedureComments", b"\xFC "),
    ];
    let row = row(&query, &identifier);
    let item = |text: &str| json!({"ScheduledProcedureStepDescription": text});
    let expected = json!({
        name: [item("ä"), item("ä"), item("ö")],
        "RequestedProcedureComments": "ü",
    });
    assert_eq!(shown::row(&row, 0), expected);
}

#[test]
fn a_character_set_in_the_wrong_place_counts_all_the_same() {
    let mut identifier = in_set("ISO_IR 144", b"\xBB\xEE\xDA ");
    identifier.reverse();
    let row = row(&[key("PatientName")], &identifier);
    assert_eq!(text_and_error(&row, "PatientName"), (Some("Люк"), None));
}

#[test]
fn what_is_no_text_in_its_character_set_is_shown_and_named() {
    let query = [key("PatientName"), key("PatientID")];
    let without = element(LITTLE, "PatientName", b"M\xFCller");
    let row_without = row(&query, &[without]);
    let error = "PatientName: not all of it is text in its character set";
    let expected = (Some("Müller"), Some(error));
    assert_eq!(text_and_error(&row_without, "PatientName"), expected);
    let unknown = row(&query, &in_set("ISO_IR 999 ", b"M\xFCller"));
    let error = "PatientName: the character set \"ISO_IR 999\" is unknown";
    assert_eq!(text(&unknown, "error"), Some(error));
    assert_eq!(text(&unknown, "PatientID"), Some("P1"));
}
