//! Sequences: lists of structs, and JSON text.

use dicomwire_dataset::header::{
    ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED_LENGTH, encode,
};
use dicomwire_dataset::syntax::{Encoding, lookup};
use dicomwire_dataset::{Tag, dict};
use dicomwire_table::matches::{MatchRows, MatchTable};
use serde_json::json;

use crate::common::{BIG, EXPLICIT, IMPLICIT, element, item, raw};
use crate::{LITTLE, explicit, key, row_of, shown, table};

const STEPS: &str = "ScheduledProcedureStepSequence";
const CODES: &str = "ScheduledProtocolCodeSequence";

/// Puts the sequence or item of undefined length around what is in it.
fn undefined(encoding: Encoding, tag: Tag, content: &[u8]) -> Vec<u8> {
    let end = if tag == ITEM {
        ITEM_DELIMITATION
    } else {
        SEQUENCE_DELIMITATION
    };
    let mut out = Vec::new();
    encode(&mut out, encoding, tag, *b"SQ", UNDEFINED_LENGTH);
    out.extend_from_slice(content);
    encode(&mut out, encoding, end, [0, 0], 0);
    out
}

fn tag(keyword: &str) -> Tag {
    dict::by_keyword(keyword).unwrap().tag
}

fn worklist_table() -> MatchTable {
    let code = item(LITTLE, &[key("CodeValue"), key("CodeMeaning")]);
    let step = item(
        LITTLE,
        &[
            key("Modality"),
            key("ScheduledProcedureStepStartDate"),
            element(LITTLE, CODES, &code),
        ],
    );
    table(&[
        key("PatientName"),
        element(LITTLE, STEPS, &step),
        key("RequestedProcedureID"),
    ])
}

/// A match with two steps, the first of which has two codes.
fn worklist_match(encoding: Encoding, is_undefined: bool) -> Vec<u8> {
    let sequence = |keyword: &str, items: &[Vec<u8>]| {
        let items = items.concat();
        if is_undefined {
            undefined(encoding, tag(keyword), &items)
        } else {
            element(encoding, keyword, &items)
        }
    };
    let in_item = |elements: &[Vec<u8>]| {
        if is_undefined {
            undefined(encoding, ITEM, &elements.concat())
        } else {
            item(encoding, elements)
        }
    };
    let code = |value: &[u8]| in_item(&[element(encoding, "CodeValue", value)]);
    let first = in_item(&[
        element(encoding, "Modality", b"CT"),
        element(encoding, "ScheduledStationAETitle", b"CT01"),
        element(encoding, "ScheduledProcedureStepStartDate", b"19700103"),
        sequence(CODES, &[code(b"A1"), code(b"B2")]),
    ]);
    let second = in_item(&[element(encoding, "Modality", b"MR"), sequence(CODES, &[])]);
    let elements = [
        element(encoding, "PatientName", b"DOE "),
        sequence(STEPS, &[first, second]),
        element(encoding, "RequestedProcedureID", b"R1"),
    ];
    elements.concat()
}

#[test]
fn items_are_structs_in_every_encoding_and_with_every_kind_of_length() {
    let table = worklist_table();
    let expected = json!({
        "PatientName": "DOE",
        STEPS: [
            {
                "Modality": "CT",
                "ScheduledProcedureStepStartDate": 2,
                CODES: [{"CodeValue": "A1"}, {"CodeValue": "B2"}],
            },
            {"Modality": "MR", CODES: []},
        ],
        "RequestedProcedureID": "R1",
    });
    for syntax in [IMPLICIT, EXPLICIT, BIG] {
        let syntax = lookup(syntax).unwrap();
        for is_undefined in [false, true] {
            let identifier = worklist_match(syntax.encoding(), is_undefined);
            let (row, done) = row_of(&table, &identifier, syntax);
            done.unwrap();
            assert_eq!(shown::row(&row, 0), expected, "{}", syntax.name);
        }
    }
}

#[test]
fn rows_with_and_without_items_keep_their_own() {
    let table = worklist_table();
    let mut rows = MatchRows::new(&table);
    let whole = worklist_match(LITTLE, true);
    let without = element(LITTLE, "PatientName", b"ROE ");
    let empty = element(LITTLE, STEPS, b"");
    for _ in 0..2 {
        for identifier in [&without, &whole, &empty] {
            rows.append(identifier, explicit(), 0).unwrap();
        }
        let batch = rows.finish().unwrap();
        assert_eq!(shown::row(&batch, 0), json!({"PatientName": "ROE"}));
        assert_eq!(shown::row(&batch, 1)[STEPS][0]["Modality"], "CT");
        assert_eq!(shown::row(&batch, 1)[STEPS].as_array().unwrap().len(), 2);
        assert_eq!(shown::row(&batch, 2), json!({STEPS: []}));
    }
}

#[test]
fn a_sequence_without_keys_is_json() {
    let table = table(&[key(STEPS)]);
    let identifier = worklist_match(LITTLE, true);
    let (row, done) = row_of(&table, &identifier, explicit());
    done.unwrap();
    let shown = shown::row(&row, 0);
    let steps: serde_json::Value = serde_json::from_str(shown[STEPS].as_str().unwrap()).unwrap();
    assert_eq!(steps[1]["00080060"], json!({"vr": "CS", "Value": ["MR"]}));
    let codes = &steps[0]["00400008"]["Value"];
    let code = json!({"vr": "SH", "Value": ["B2"]});
    assert_eq!(codes[1]["00080100"], code);
}

#[test]
fn a_sequence_in_un_is_read_as_implicit() {
    let implicit = Encoding::IMPLICIT_LITTLE;
    let step = item(implicit, &[element(implicit, "Modality", b"CT")]);
    let unknown = raw(LITTLE, tag(STEPS), *b"UN", &step);
    let mut endless = Vec::new();
    encode(&mut endless, LITTLE, tag(STEPS), *b"UN", UNDEFINED_LENGTH);
    endless.extend_from_slice(&step);
    encode(&mut endless, LITTLE, SEQUENCE_DELIMITATION, [0, 0], 0);
    for identifier in [unknown, endless] {
        let (row, done) = row_of(&worklist_table(), &identifier, explicit());
        done.unwrap();
        let expected = json!({STEPS: [{"Modality": "CT"}]});
        assert_eq!(shown::row(&row, 0), expected);
    }
}

#[test]
fn what_is_wrong_in_an_item_is_named_with_its_place() {
    let code = item(LITTLE, &[element(LITTLE, "CodeMeaning", b"\xE4 ")]);
    let step = item(
        LITTLE,
        &[
            element(LITTLE, "ScheduledProcedureStepStartDate", b"TODAY "),
            element(LITTLE, CODES, &code),
        ],
    );
    let steps = [item(LITTLE, &[]), step].concat();
    let identifier = element(LITTLE, STEPS, &steps);
    let (row, done) = row_of(&worklist_table(), &identifier, explicit());
    done.unwrap();
    let date =
        format!("{STEPS}[1].ScheduledProcedureStepStartDate: \"TODAY\" is not a date (YYYYMMDD)");
    let meaning =
        format!("{STEPS}[1].{CODES}[0].CodeMeaning: not all of it is text in its character set");
    let shown = shown::row(&row, 0);
    assert_eq!(shown["error"], format!("{date}; {meaning}"));
    assert_eq!(shown[STEPS][0], json!({}));
    assert_eq!(shown[STEPS][1][CODES][0]["CodeMeaning"], "ä");
}

#[test]
fn of_two_sequences_with_one_tag_the_first_one_counts() {
    let step = |modality| item(LITTLE, &[element(LITTLE, "Modality", modality)]);
    let steps = [b"CT", b"MR"].map(|modality| element(LITTLE, STEPS, &step(modality)));
    let (row, done) = row_of(&worklist_table(), &steps.concat(), explicit());
    done.unwrap();
    let expected = json!({STEPS: [{"Modality": "CT"}]});
    assert_eq!(shown::row(&row, 0), expected);
}

#[test]
fn what_is_no_sequence_is_null_and_named() {
    let identifier = raw(LITTLE, tag(STEPS), *b"LO", b"none");
    let (row, done) = row_of(&worklist_table(), &identifier, explicit());
    done.unwrap();
    let error = format!("{STEPS}: VR LO of 4 bytes is not a sequence");
    assert_eq!(shown::row(&row, 0), json!({"error": error}));
}
