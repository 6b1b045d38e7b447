//! Values: what they stand for, and whether their VR allows them.

use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::value::{
    Date, Time, Violation, parse_decimal, parse_integer, validate_all, validate_one, values,
};
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Error, Limits, Tag, Vr, syntax};
use proptest::prelude::*;

const TAG: Tag = Tag::new(0x0009, 0x1001);

/// What pydicom said, by tools/generate_validity_vectors.py.
static VERDICTS: &str = include_str!("vectors/validity.tsv");

/// An index of one element.
fn element(vr: Vr, value: &[u8]) -> Index {
    let explicit = syntax::lookup(syntax::EXPLICIT_VR_LITTLE_ENDIAN).expect("a standard syntax");
    let mut writer = Writer::new(explicit.encoding());
    writer.element(TAG, vr, value).expect("fits");
    let bytes = Bytes::from(writer.into_bytes());
    Index::parse(bytes, explicit, &Limits::default()).expect("whole")
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split(r"\u{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape that ends");
        let code = u32::from_str_radix(code, 16).expect("a number");
        whole.push(char::from_u32(code).expect("a character"));
        whole.push_str(rest);
    }
    whole
}

fn vr(letters: &str) -> Vr {
    let letters = letters.as_bytes().try_into().expect("two letters");
    Vr::from_bytes(letters).expect("a VR")
}

#[test]
fn verdicts_are_those_of_pydicom() {
    let mut counts = [0, 0];
    for line in VERDICTS.lines() {
        let [letters, verdict, value] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}");
        };
        let is_valid = validate_one(vr(letters), &unescaped(value)).is_ok();
        assert_eq!(is_valid, verdict == "valid", "{line}");
        counts[usize::from(is_valid)] += 1;
    }
    assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
}

#[test]
fn a_violation_tells_the_rule() {
    let limit = 16;
    let long = Violation::TooLong {
        vr: Vr::SH,
        length: 17,
        limit,
    };
    assert_eq!(validate_one(Vr::SH, &"ü".repeat(17)), Err(long));
    assert_eq!(
        validate_one(Vr::CS, "low"),
        Err(Violation::Form { vr: Vr::CS })
    );
    let groups = Violation::TooManyGroups { groups: 4 };
    assert_eq!(validate_one(Vr::PN, "a=b=c=d"), Err(groups));
    let cut = element(Vr::UL, &[1, 2]);
    let error = cut
        .value(&cut.entries()[0])
        .validate("")
        .expect_err("two bytes");
    assert_eq!(
        error.to_string(),
        "(0009,1001): 2 bytes, of which UL takes 4 each"
    );
    assert!(matches!(error, Error::Violation { .. }));
    assert!(error.path().is_some());
}

#[test]
fn each_value_is_checked_by_itself() {
    for (vr, text) in [
        (Vr::CS, "DERIVED\\SECONDARY "),
        (Vr::UI, "1.2\\1.3\0"),
        (Vr::DS, " 1.5 \\\\-2 "),
        (Vr::IS, "   "),
        (Vr::DA, "20240229\\20240301 "),
        (Vr::PN, "Doe^Jane\\Roe^Richard "),
        (Vr::UR, "https://example.org "),
        (Vr::UT, "a\\b"),
    ] {
        assert_eq!(validate_all(vr, text), Ok(()), "{vr} {text:?}");
        let index = element(vr, text.as_bytes());
        index
            .value(&index.entries()[0])
            .validate(text)
            .expect("valid");
    }
    for (vr, text) in [
        (Vr::CS, "DERIVED\\secondary"),
        (Vr::UI, "1.2\\1.03"),
        (Vr::DS, "1\\x"),
        (Vr::UR, "back\\slash"),
        // Padding in between is none.
        (Vr::UI, "1.2 \\1.3"),
        (Vr::IS, "       123456\\1"),
    ] {
        assert!(validate_all(vr, text).is_err(), "{vr} {text:?}");
    }
    // pydicom counts the padding of these, and so do we.
    assert!(validate_all(Vr::SH, "0123456789ABCDEF ").is_err());
    assert!(validate_all(Vr::ST, &format!("{:1025}", "")).is_err());
    assert_eq!(
        validate_all(Vr::LO, &["x".repeat(64), "y".repeat(64)].join("\\")),
        Ok(())
    );
}

#[test]
fn a_text_is_split_where_its_vr_has_several_values() {
    let split = |vr, text| values(vr, text).collect::<Vec<_>>();
    assert_eq!(split(Vr::LO, " a \\\\b "), ["a", "", "b"]);
    assert_eq!(split(Vr::UC, " a\\ b "), [" a", " b"]);
    assert_eq!(split(Vr::LT, " a\\b "), [" a\\b"]);
    assert_eq!(split(Vr::UI, "1.2\0"), ["1.2"]);
    assert_eq!(split(Vr::LO, "\\"), ["", ""]);
    assert!(split(Vr::LO, "  ").is_empty());
}

#[test]
fn strings_are_read_as_what_they_stand_for() {
    let index = element(Vr::DS, b"1.5\\ -2e3 \\\\.25 ");
    let decimals = index
        .value(&index.entries()[0])
        .decimals()
        .expect("decimals");
    assert_eq!(decimals, [Some(1.5), Some(-2000.0), None, Some(0.25)]);
    let index = element(Vr::IS, b"+12\\-3");
    let integers = index
        .value(&index.entries()[0])
        .integers()
        .expect("integers");
    assert_eq!(integers, [Some(12), Some(-3)]);
    let index = element(Vr::DA, b"20240229");
    let dates = index.value(&index.entries()[0]).dates().expect("dates");
    assert_eq!(dates, [Date::parse("20240229")]);
    let index = element(Vr::TM, b"07\\0809");
    let times = index.value(&index.entries()[0]).times().expect("times");
    assert_eq!(times, [Time::parse("07"), Time::parse("0809")]);
    let index = element(Vr::DT, b"2024+0100");
    let moments = index
        .value(&index.entries()[0])
        .date_times()
        .expect("dates");
    assert_eq!(moments[0].and_then(|moment| moment.utc_offset), Some(60));
}

#[test]
fn what_is_no_number_is_an_error() {
    for bad in ["x", "1,5", "inf", "NaN", "1e999", "0x10", "1 2"] {
        assert_eq!(parse_decimal(bad), None, "{bad}");
    }
    for bad in ["", "1.0", "--1", "99999999999999999999"] {
        assert_eq!(parse_integer(bad), None, "{bad}");
    }
    let index = element(Vr::DS, b"1\\x ");
    let error = index.value(&index.entries()[0]).decimals().expect_err("x");
    assert!(
        matches!(error, Error::InvalidValue { length: 4, .. }),
        "{error}"
    );
    let index = element(Vr::LO, b"\xff ");
    assert!(index.value(&index.entries()[0]).strings().is_err());
}

proptest! {
    #[test]
    fn nothing_panics(position in 0..Vr::ALL.len(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let vr = Vr::ALL[position];
        let index = element(vr, &bytes);
        let value = index.value(&index.entries()[0]);
        let text = String::from_utf8_lossy(&bytes);
        let _ = (value.validate(&text), value.decimals(), value.integers());
        let _ = (value.dates(), value.times(), value.date_times());
    }

    #[test]
    fn what_is_read_is_valid(text in "[0-9+\\-.eE ]{0,18}") {
        let is_short = text.len() <= 12;
        if is_short && parse_integer(&text).is_some() {
            prop_assert_eq!(validate_one(Vr::IS, &text), Ok(()));
        }
        if text.len() <= 16 && parse_decimal(&text).is_some() {
            prop_assert_eq!(validate_one(Vr::DS, &text), Ok(()));
        }
        if !text.contains(' ') && dicomwire_dataset::value::DateTime::parse(&text).is_some() {
            prop_assert_eq!(validate_one(Vr::DT, &text), Ok(()));
        }
    }
}
