//! The answers: identifiers of studies that never were (PS3.4 Table C.6-5).

use dicomwire_dataset::syntax::Encoding;
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Error, Tag, Vr};

/// How many different answers there are; more are these again.
pub const VARIETY: usize = 1024;

const FAMILY_NAMES: [&str; 16] = [
    "Abe",
    "Bianchi",
    "Chen",
    "Dupont",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanov",
    "Johansson",
    "Kowalski",
    "Lindberg",
    "Müller",
    "Nguyen",
    "Okafor",
    "Papadopoulos",
];
const GIVEN_NAMES: [&str; 11] = [
    "Ada", "Bruno", "Clara", "David", "Esther", "Fiona", "Grace", "Hugo", "Ines", "João", "Katrin",
];
const DESCRIPTIONS: [&str; 7] = [
    "CT Thorax/Abdomen/Pelvis KM",
    "MR Brain w/o contrast",
    "XR Chest PA and lateral",
    "US Abdomen",
    "CT Kopf nativ",
    "PET-CT whole body FDG",
    "MG Screening bilateral",
];
const MODALITIES: [&str; 5] = ["CT\\SR", "MR", "CR", "US", "CT\\PT\\SR"];

/// Encodes the identifier of the study with this number: about 300 bytes, eighteen elements, text in Latin-1 and
/// now and then beyond ASCII. The study ID (0020,0010) is the caller's.
///
/// # Errors
/// None; those of [`Writer::element`] if a value were too long.
pub fn identifier(number: usize, study_id: &str, encoding: Encoding) -> Result<Vec<u8>, Error> {
    let family = pick(&FAMILY_NAMES, number);
    let given = pick(&GIVEN_NAMES, number / 3);
    let physician = pick(&FAMILY_NAMES, number / 5);
    let (year, month, day) = (2001 + number % 24, 1 + number % 12, 1 + number % 28);
    let (hour, minute, second) = (7 + number % 12, number % 60, number * 7 % 60);
    let birth = 1930 + number % 80;
    let series = 1 + number % 9;
    let values: [(u16, u16, Vr, String); 18] = [
        (0x0008, 0x0005, Vr::CS, "ISO_IR 100".to_owned()),
        (0x0008, 0x0020, Vr::DA, format!("{year}{month:02}{day:02}")),
        (
            0x0008,
            0x0030,
            Vr::TM,
            format!("{hour:02}{minute:02}{second:02}"),
        ),
        (0x0008, 0x0050, Vr::SH, format!("A{number:07}")),
        (0x0008, 0x0052, Vr::CS, "STUDY".to_owned()),
        (0x0008, 0x0054, Vr::AE, "BENCH".to_owned()),
        (0x0008, 0x0061, Vr::CS, pick(&MODALITIES, number).to_owned()),
        (0x0008, 0x0090, Vr::PN, format!("{physician}^Dr")),
        (
            0x0008,
            0x1030,
            Vr::LO,
            pick(&DESCRIPTIONS, number).to_owned(),
        ),
        (0x0010, 0x0010, Vr::PN, format!("{family}^{given}")),
        (0x0010, 0x0020, Vr::LO, format!("PID-{number:06}")),
        (0x0010, 0x0030, Vr::DA, format!("{birth}{month:02}{day:02}")),
        (
            0x0010,
            0x0040,
            Vr::CS,
            pick(&["F", "M", "O"], number).to_owned(),
        ),
        (
            0x0020,
            0x000D,
            Vr::UI,
            format!("2.25.3028174033911930{:020}", number + 1),
        ),
        (0x0020, 0x0010, Vr::SH, study_id.to_owned()),
        (0x0020, 0x1206, Vr::IS, format!("{series}")),
        (
            0x0020,
            0x1208,
            Vr::IS,
            format!("{}", series * (20 + number % 300)),
        ),
        (0x0032, 0x1032, Vr::PN, format!("{physician}^{given}")),
    ];
    let mut writer = Writer::new(encoding);
    for (group, element, vr, text) in values {
        writer.element(Tag::new(group, element), vr, &latin_1(&text))?;
    }
    Ok(writer.into_bytes())
}

fn pick<'a>(choices: &[&'a str], number: usize) -> &'a str {
    choices[number % choices.len()]
}

/// Every character above is below U+0100.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use dicomwire_dataset::index::Index;
    use dicomwire_dataset::{Limits, syntax};

    use super::*;

    #[test]
    fn answers_are_about_300_bytes_and_differ() {
        for encoding in [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE] {
            let all: HashSet<_> = (0..VARIETY)
                .map(|number| identifier(number, "1", encoding).expect("short values"))
                .collect();
            assert_eq!(all.len(), VARIETY);
            let bytes: usize = all.iter().map(Vec::len).sum();
            assert!(
                (280..=340).contains(&(bytes / VARIETY)),
                "{}",
                bytes / VARIETY
            );
        }
    }

    #[test]
    fn tags_ascend() {
        let bytes = identifier(7, "1", Encoding::EXPLICIT_LITTLE).expect("short values");
        let syntax = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).expect("a syntax");
        let index = Index::parse(bytes.into(), syntax, &Limits::default()).expect("a data set");
        let tags: Vec<_> = index.entries().iter().map(|entry| entry.tag).collect();
        assert_eq!(tags.len(), 18);
        assert!(tags.is_sorted());
    }
}
