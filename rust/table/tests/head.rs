//! One row: what is in it, in every encoding, and what is read of the file for it.
#![allow(clippy::unwrap_used)]

mod common;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use common::{
    BIG, DEFLATED, EXPLICIT, IMPLICIT, Watched, element, file, item, raw, table_of, text,
};
use dicomwire_dataset::Tag;
use dicomwire_dataset::header::encode;
use dicomwire_dataset::syntax::{Encoding, lookup};
use proptest::prelude::*;

const LITTLE: Encoding = Encoding::EXPLICIT_LITTLE;
const TAGS: [&str; 9] = [
    "PatientName",
    "StudyDate",
    "ImageType",
    "SliceThickness",
    "InstanceNumber",
    "PixelSpacing",
    "Rows",
    "SmallestImagePixelValue",
    "RequestAttributesSequence[1].ScheduledProcedureStepID",
];

fn elements(encoding: Encoding) -> Vec<Vec<u8>> {
    let number = |number: u16| {
        if encoding.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let step = |id: &[u8]| {
        item(
            encoding,
            &[element(encoding, "ScheduledProcedureStepID", id)],
        )
    };
    vec![
        element(encoding, "SpecificCharacterSet", b"ISO_IR 192"),
        element(encoding, "ImageType", b"ORIGINAL\\PRIMARY\\AXIAL "),
        element(encoding, "StudyDate", b"20240229"),
        element(encoding, "PatientName", "Müller^J=".as_bytes()),
        element(encoding, "SliceThickness", b"1.25"),
        element(encoding, "InstanceNumber", b"12"),
        element(encoding, "Rows", &number(512)),
        element(encoding, "PixelSpacing", b"0.5\\0.25"),
        element(encoding, "PixelRepresentation", &number(1)),
        // In implicit VR only Pixel Representation tells that this is a signed number.
        raw(encoding, Tag::new(0x0028, 0x0106), *b"SS", &number(0xFFFE)),
        element(
            encoding,
            "RequestAttributesSequence",
            &[step(b"A1"), step(b"B2")].concat(),
        ),
    ]
}

#[test]
fn every_encoding_gives_the_same_row() {
    for syntax in [IMPLICIT, EXPLICIT, BIG, DEFLATED] {
        let bytes = file(syntax, &elements(lookup(syntax).unwrap().encoding()));
        let row = table_of(&bytes, &TAGS);
        assert_eq!(text(&row, "error"), None, "{syntax}");
        assert_eq!(text(&row, "PatientName"), Some("Müller^J"));
        let step = "RequestAttributesSequence[1].ScheduledProcedureStepID";
        assert_eq!(text(&row, step), Some("B2"));
        let column = |name: &str| row.column_by_name(name).unwrap();
        let dates = column("StudyDate").as_primitive::<Date32Type>();
        assert_eq!(dates.value(0), 19782);
        let integer = |name: &str| column(name).as_primitive::<Int64Type>().value(0);
        assert_eq!((integer("InstanceNumber"), integer("Rows")), (12, 512));
        assert_eq!(integer("SmallestImagePixelValue"), -2, "{syntax}");
        let spacing = column("PixelSpacing").as_list::<i32>().value(0);
        assert_eq!(spacing.as_primitive::<Float64Type>().values(), &[0.5, 0.25]);
        let image_type = column("ImageType").as_list::<i32>().value(0);
        let parts: Vec<_> = image_type.as_string::<i32>().iter().flatten().collect();
        assert_eq!(parts, ["ORIGINAL", "PRIMARY", "AXIAL"]);
    }
}

#[test]
fn an_ordinary_head_takes_one_read_and_pixels_none() {
    let mut bytes = file(EXPLICIT, &elements(LITTLE));
    let size = 1 << 40;
    encode(
        &mut bytes,
        LITTLE,
        Tag::new(0x7FE0, 0x0010),
        *b"OW",
        0xFFFF_FFFE,
    );
    let source = Watched::new(&bytes, size);
    let row = table_of(&source, &TAGS);
    assert_eq!(text(&row, "error"), None);
    assert_eq!((source.reads.get(), source.furthest()), (1, 8192));
}

#[test]
fn long_values_are_stepped_over() {
    let mut bytes = file(
        EXPLICIT,
        &[
            element(LITTLE, "PatientName", b"A^B "),
            raw(LITTLE, Tag::new(0x0011, 0x1010), *b"OB", &vec![7; 1 << 20]),
            element(LITTLE, "StudyInstanceUID", b"1.2.3.4."),
        ],
    );
    bytes.extend(raw(
        LITTLE,
        Tag::new(0x7FE0, 0x0010),
        *b"OW",
        &vec![1; 1 << 20],
    ));
    let source = Watched::new(&bytes, bytes.len() as u64);
    let row = table_of(
        &source,
        &["PatientName", "PatientComments", "SeriesInstanceUID"],
    );
    assert_eq!(text(&row, "PatientName"), Some("A^B"));
    assert_eq!(text(&row, "error"), None);
    assert_eq!(source.reads.get(), 2, "{:?}", source.ranges);
    // Beyond the pixel data, too.
    let source = Watched::new(&bytes, bytes.len() as u64);
    let row = table_of(&source, &["PatientName", "DataSetTrailingPadding"]);
    assert_eq!(text(&row, "error"), None);
    assert_eq!(source.reads.get(), 2, "{:?}", source.ranges);
}

#[test]
fn what_is_too_long_is_null_and_named() {
    let long = vec![b'x'; (1 << 16) + 2];
    let bytes = file(
        IMPLICIT,
        &[
            element(Encoding::IMPLICIT_LITTLE, "PatientID", b"P1"),
            element(Encoding::IMPLICIT_LITTLE, "PatientComments", &long),
        ],
    );
    let row = table_of(&bytes, &["PatientID", "PatientComments"]);
    assert_eq!(text(&row, "PatientID"), Some("P1"));
    assert_eq!(text(&row, "PatientComments"), None);
    assert_eq!(
        text(&row, "error"),
        Some("PatientComments: 65538 bytes are more than is read for a table")
    );
}

#[test]
fn what_cannot_be_read_as_its_type_is_null_and_named() {
    let bytes = file(
        EXPLICIT,
        &[
            element(LITTLE, "StudyDate", b"20241399"),
            raw(LITTLE, Tag::new(0x0010, 0x0010), *b"OB", b"\x01\x02"),
            element(LITTLE, "SliceThickness", b"1\\2 "),
            element(LITTLE, "Rows", b"abc "),
            element(LITTLE, "PixelSpacing", b"0.5\\half "),
        ],
    );
    let tags = [
        "StudyDate",
        "PatientName",
        "SliceThickness",
        "Rows",
        "PixelSpacing",
    ];
    let row = table_of(&bytes, &tags);
    for tag in &tags[..4] {
        assert!(row.column_by_name(tag).unwrap().is_null(0), "{tag}");
    }
    let spacing = row.column_by_name("PixelSpacing").unwrap();
    let spacing = spacing.as_list::<i32>().value(0);
    let spacing: Vec<_> = spacing.as_primitive::<Float64Type>().iter().collect();
    assert_eq!(spacing, [Some(0.5), None]);
    assert_eq!(
        text(&row, "error"),
        Some(
            "StudyDate: \"20241399\" is not a date (YYYYMMDD); \
             PatientName: VR OB of 2 bytes is not text; \
             SliceThickness: 2 values, where the dictionary has one; \
             Rows: 2 values, where the dictionary has one; \
             PixelSpacing: \"half\" is not a number"
        )
    );
}

#[test]
fn sequences_are_dicom_json() {
    let image = |uid: &[u8]| {
        item(
            LITTLE,
            &[
                element(LITTLE, "ReferencedSOPInstanceUID", uid),
                element(LITTLE, "PatientName", "É^B=C ".as_bytes()),
                element(LITTLE, "ReferencedFrameNumber", b"1\\2 "),
                raw(LITTLE, Tag::new(0x0011, 0x1001), *b"OB", &[1, 2]),
            ],
        )
    };
    let bytes = file(
        EXPLICIT,
        &[
            element(LITTLE, "SpecificCharacterSet", b"ISO_IR 192"),
            element(
                LITTLE,
                "ReferencedImageSequence",
                &[image(b"1.2\0"), image(b"1.3\0")].concat(),
            ),
        ],
    );
    let row = table_of(&bytes, &["ReferencedImageSequence"]);
    assert_eq!(text(&row, "error"), None);
    let item = |uid: &str| {
        format!(
            r#"{{"00081155":{{"Value":["{uid}"],"vr":"UI"}},"00081160":{{"Value":[1,2],"vr":"IS"}},"00100010":{{"Value":[{{"Alphabetic":"É^B","Ideographic":"C"}}],"vr":"PN"}},"00111001":{{"InlineBinary":"AQI=","vr":"OB"}}}}"#
        )
    };
    let expected = format!("[{},{}]", item("1.2"), item("1.3"));
    assert_eq!(
        text(&row, "ReferencedImageSequence"),
        Some(expected.as_str())
    );
}

#[test]
fn private_elements_have_the_vr_of_their_creator() {
    let implicit = Encoding::IMPLICIT_LITTLE;
    let private = |element, value: &[u8]| raw(implicit, Tag::new(0x0009, element), *b"UN", value);
    // GEMS_ACQU_01 says that (0009,xx25) is a US; nobody knows the other creator.
    let elements = [
        private(0x0010, b"GEMS_ACQU_01"),
        private(0x0011, b"SOMEBODY"),
        private(0x1025, &[5, 0]),
        private(0x1026, b"text"),
        private(0x1125, &[5, 0]),
    ];
    let tags = ["0009,1025", "0009,1026", "0009,1125", "0009,0010"];
    let row = table_of(&file(IMPLICIT, &elements), &tags);
    assert_eq!(text(&row, "0009_1025"), Some("5"));
    assert_eq!(text(&row, "0009_1026"), Some("text"));
    assert_eq!(text(&row, "0009_1125"), None);
    assert_eq!(text(&row, "0009_0010"), Some("GEMS_ACQU_01"));
    let error = "0009_1125: VR UN of 2 bytes is not text";
    assert_eq!(text(&row, "error"), Some(error));
}

#[test]
fn text_follows_its_character_set_and_flaws_are_named() {
    let row = |set: &[u8], name: &[u8]| {
        let elements = [
            element(LITTLE, "SpecificCharacterSet", set),
            element(LITTLE, "PatientName", name),
        ];
        let row = table_of(&file(EXPLICIT, &elements), &["PatientName"]);
        let owned = |column| text(&row, column).map(str::to_owned);
        (owned("PatientName"), owned("error"))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(row(b"ISO_IR 100", b"M\xFCller"), (some("Müller"), None));
    let japanese = b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B ";
    let sets = b"\\ISO 2022 IR 87 ";
    assert_eq!(row(sets, japanese), (some("Yamada^Tarou=山田^太郎"), None));
    let flaw = "PatientName: not all of it is text in its character set";
    assert_eq!(row(b"ISO_IR 192", b"M\xFCller").1, some(flaw));
    let unknown = "PatientName: the character set \"ISO_IR 99\" is unknown";
    assert_eq!(row(b"ISO_IR 99 ", b"M\xFCller").1, some(unknown));
    assert_eq!(row(b"ISO_IR 99 ", b"Muller"), (some("Muller"), None));
}

#[test]
fn a_wrong_declaration_is_put_right_and_reported() {
    let mut bytes = file(IMPLICIT, &[]);
    bytes.extend(element(LITTLE, "PatientID", b"P1"));
    let row = table_of(&bytes, &["PatientID", "TransferSyntaxUID"]);
    assert_eq!(text(&row, "PatientID"), Some("P1"));
    assert_eq!(text(&row, "TransferSyntaxUID"), Some(IMPLICIT));
    let error = text(&row, "error").unwrap();
    assert!(
        error.contains("looks like explicit VR little endian"),
        "{error}"
    );
}

#[test]
fn a_file_cut_short_keeps_what_was_there() {
    let whole = file(EXPLICIT, &elements(LITTLE));
    let row = table_of(&whole[..whole.len() - 30].to_vec(), &TAGS);
    assert_eq!(text(&row, "PatientName"), Some("Müller^J"));
    assert!(text(&row, "error").unwrap().contains("cut short"));
    for (bytes, reason) in [
        (&b""[..], "the file is empty"),
        (
            b"just some text, and no DICOM in it at all",
            "not a DICOM file",
        ),
        (&whole[..200], "cut short in its head"),
    ] {
        let row = table_of(&bytes, &TAGS);
        let error = text(&row, "error").unwrap();
        assert!(error.contains(reason), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        syntax in prop::sample::select(vec![IMPLICIT, EXPLICIT, BIG, DEFLATED]),
    ) {
        let mut bytes = file(syntax, &elements(lookup(syntax).unwrap().encoding()));
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let mut tags = TAGS.to_vec();
        tags.extend(["RequestAttributesSequence", "TransferSyntaxUID", "0009,1001"]);
        let row = table_of(&bytes, &tags);
        prop_assert_eq!(row.num_rows(), 1);
    }

    #[test]
    fn no_noise_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(table_of(&bytes, &TAGS).num_rows(), 1);
    }
}
