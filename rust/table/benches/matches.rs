//! What a match of a query costs on its way into a table.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicomwire_dataset::syntax::{
    self, EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN, TransferSyntax,
};
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Limits, dict};
use dicomwire_table::matches::{MatchRows, MatchTable};

/// A batch as large as one that is handed on.
const ROWS: usize = 4096;

/// A match of a study as archives give them.
const STUDY: [(&str, &str); 14] = [
    ("SpecificCharacterSet", "ISO_IR 100"),
    ("StudyDate", "20240229"),
    ("StudyTime", "101112"),
    ("AccessionNumber", "A1234567"),
    ("QueryRetrieveLevel", "STUDY"),
    ("RetrieveAETitle", "ARCHIVE"),
    ("ModalitiesInStudy", "CT\\SR"),
    ("StudyDescription", "CT of the chest with contrast"),
    ("PatientName", "DOE^JANE^^^"),
    ("PatientID", "P-0001234567"),
    ("PatientBirthDate", "19710203"),
    (
        "StudyInstanceUID",
        "1.2.826.0.1.3680043.8.498.123456789012345678901234567890",
    ),
    ("StudyID", "4711"),
    ("NumberOfStudyRelatedInstances", "1234"),
];

const STEP: [(&str, &str); 4] = [
    ("Modality", "MR"),
    ("ScheduledStationAETitle", "MR1"),
    ("ScheduledProcedureStepStartDate", "20240229"),
    ("ScheduledProcedureStepID", "SPS1"),
];

fn elements(writer: &mut Writer, values: &[(&str, &str)]) {
    for (keyword, value) in values {
        let entry = dict::by_keyword(keyword).expect("a keyword");
        writer
            .element(entry.tag, entry.vr, value.as_bytes())
            .expect("a short value");
    }
}

fn study(encoding: Encoding, name: &str) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    let values = STUDY.map(|(keyword, value)| match keyword {
        "PatientName" => (keyword, name),
        _ => (keyword, value),
    });
    elements(&mut writer, &values);
    writer.into_bytes()
}

/// The match as Latin-1 has it.
fn latin(encoding: Encoding) -> Vec<u8> {
    let bytes = study(encoding, "M~LLER^J~RG");
    let latin = bytes.iter().map(|byte| match byte {
        b'~' => 0xFC,
        byte => *byte,
    });
    latin.collect()
}

/// A match of a worklist.
fn worklist(encoding: Encoding) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    elements(&mut writer, &STUDY);
    let steps = dict::by_keyword("ScheduledProcedureStepSequence").expect("a keyword");
    writer
        .sequence(steps.tag, |items| {
            items.item(|item| {
                elements(item, &STEP);
                Ok(())
            })
        })
        .expect("a short sequence");
    writer.into_bytes()
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(ROWS as u64));
    for uid in [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN] {
        let syntax = syntax::lookup(uid).expect("a standard syntax");
        let encoding = syntax.encoding();
        let identifiers = [
            ("a study", study(encoding, "DOE^JANE^^^")),
            ("a study in Latin-1", latin(encoding)),
            ("a worklist entry", worklist(encoding)),
        ];
        for (name, identifier) in identifiers {
            let name = format!("{name} of {} bytes, {}", identifier.len(), syntax.name);
            group.bench_function(name, |bencher| {
                let mut rows = rows_of(&identifier, syntax);
                bencher.iter(|| {
                    for _ in 0..ROWS {
                        rows.append(black_box(&identifier), syntax, 0)
                            .expect("whole");
                    }
                    rows.finish().expect("columns")
                });
            });
        }
    }
    group.finish();
}

fn rows_of(query: &[u8], syntax: &TransferSyntax) -> MatchRows {
    let table = MatchTable::of_query(query, syntax, &Limits::default()).expect("a query");
    MatchRows::new(&table)
}

criterion_group!(benches, append);
criterion_main!(benches);
