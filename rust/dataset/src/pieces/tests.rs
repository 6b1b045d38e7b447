//! Elements, items and gaps must come out as the writer and the reader of this crate have them.

use super::*;
use crate::vr::Vr;
use crate::write::Writer;

const NAME: Tag = Tag::new(0x0010, 0x0010);
const ITEMS: Tag = Tag::new(0x0040, 0x0275);
const PIXELS: Tag = Tag::new(0x7FE0, 0x0010);

fn encodings() -> [Encoding; 3] {
    [
        Encoding::IMPLICIT_LITTLE,
        Encoding::EXPLICIT_LITTLE,
        Encoding::EXPLICIT_BIG,
    ]
}

#[test]
fn agrees_with_the_writer() {
    for encoding in encodings() {
        let mut writer = Writer::new(encoding);
        let mut pieces = Pieces::new(encoding);
        for &vr in Vr::ALL.iter().filter(|vr| **vr != Vr::SQ) {
            writer.element(NAME, vr, b"abc").expect("fits");
            let open = pieces.open(NAME, vr.bytes());
            pieces.push(b"abc");
            pieces.pad(&open, vr.padding());
            assert_eq!(pieces.close(open).expect("fits"), Closed::AsOpened);
        }
        assert_eq!(
            pieces.finish().0,
            writer.into_bytes(),
            "{}",
            encoding.name()
        );
    }
}

#[test]
fn sequences_have_lengths_or_delimiters() {
    let mut pieces = Pieces::new(Encoding::EXPLICIT_LITTLE);
    for is_undefined in [false, true] {
        let sequence = if is_undefined {
            pieces.open_undefined(ITEMS, *b"SQ")
        } else {
            pieces.open(ITEMS, *b"SQ")
        };
        let item = pieces.open_item(is_undefined);
        let element = pieces.open(NAME, *b"PN");
        pieces.push(b"A^");
        pieces.close(element).expect("fits");
        pieces.close_item(item).expect("fits");
        pieces.close(sequence).expect("fits");
    }
    let (bytes, _) = pieces.finish();
    let defined = b"\x40\0\x75\x02SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x10\0\x10\0PN\x02\0A^";
    let undefined = b"\x40\0\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\
        \x10\0\x10\0PN\x02\0A^\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
    assert_eq!(bytes, [&defined[..], &undefined[..]].concat());
}

#[test]
fn a_gap_counts_in_every_length_around_it() {
    let mut pieces = Pieces::new(Encoding::IMPLICIT_LITTLE);
    let sequence = pieces.open(ITEMS, *b"SQ");
    let item = pieces.open_item(false);
    let pixels = pieces.open(PIXELS, *b"OB");
    pieces.leave(99_999);
    pieces.pad(&pixels, 0);
    pieces.close(pixels).expect("fits");
    pieces.close_item(item).expect("fits");
    pieces.close(sequence).expect("fits");
    assert_eq!(pieces.len(), 24 + 100_000);
    let (bytes, gaps) = pieces.finish();
    assert_eq!(bytes[4..8], 100_016_u32.to_le_bytes());
    assert_eq!(bytes[12..16], 100_008_u32.to_le_bytes());
    assert_eq!(bytes[20..24], 100_000_u32.to_le_bytes());
    let expected = Gap {
        position: 24,
        length: 99_999,
    };
    assert_eq!(gaps, [expected]);
}

#[test]
fn long_values_of_short_vrs_become_unknown() {
    let mut pieces = Pieces::new(Encoding::EXPLICIT_LITTLE);
    let first = pieces.open(NAME, *b"PN");
    pieces.push(&[b'A'; 0x1_0000]);
    assert_eq!(pieces.close(first).expect("fits"), Closed::AsUnknown);
    let second = pieces.open(ITEMS, *b"LO");
    pieces.leave(0x1_0000);
    assert_eq!(pieces.close(second).expect("fits"), Closed::AsUnknown);
    let (bytes, gaps) = pieces.finish();
    assert_eq!(bytes[..12], *b"\x10\0\x10\0UN\0\0\0\0\x01\0");
    assert_eq!(bytes.len(), 12 + 0x1_0000 + 12);
    assert_eq!(gaps[0].position, bytes.len());
}

#[test]
fn four_gibibytes_are_too_much() {
    let mut pieces = Pieces::new(Encoding::EXPLICIT_LITTLE);
    let pixels = pieces.open(PIXELS, *b"OW");
    pieces.leave(u64::from(u32::MAX));
    assert!(matches!(
        pieces.close(pixels),
        Err(Error::ValueTooLong { .. })
    ));
}

#[test]
fn numbers_fit_or_are_refused() {
    let mut pieces = Pieces::new(Encoding::EXPLICIT_BIG);
    assert!(pieces.push_number(Vr::US, Number::Signed(0x1234)));
    assert!(pieces.push_number(Vr::SS, Number::Signed(-2)));
    assert!(pieces.push_number(Vr::UV, Number::Unsigned(u64::MAX)));
    assert!(pieces.push_number(Vr::FL, Number::Float(f64::INFINITY)));
    assert!(pieces.push_number(Vr::FD, Number::Signed(1)));
    for (vr, number) in [
        (Vr::US, Number::Signed(-1)),
        (Vr::SS, Number::Signed(0x8000)),
        (Vr::SV, Number::Unsigned(u64::MAX)),
        (Vr::UL, Number::Float(1.0)),
        (Vr::FL, Number::Float(1e300)),
        (Vr::LO, Number::Signed(1)),
    ] {
        assert!(!pieces.push_number(vr, number), "{vr} {number:?}");
    }
    let expected =
        b"\x12\x34\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x80\0\0\x3f\xf0\0\0\0\0\0\0";
    assert_eq!(pieces.finish().0, expected);
}

#[test]
fn latin1_or_nothing() {
    let mut pieces = Pieces::new(Encoding::EXPLICIT_LITTLE);
    assert!(pieces.push_latin1("M\u{dc}LLER"));
    assert!(!pieces.push_latin1("A\u{3a9}"));
    assert_eq!(pieces.finish().0, b"M\xdcLLER");
}

#[test]
fn stored_values_are_trimmed_or_left_to_the_decoder() {
    let text = |vr, value: &'static [u8]| {
        stored_value(vr, value, Repertoire::Ascii).map(|stored| stored.bytes)
    };
    assert_eq!(text(Vr::LO, b"A\\B "), Some(&b"A\\B"[..]));
    assert_eq!(text(Vr::LO, b"A \\B"), None);
    assert_eq!(text(Vr::LO, b"\x1b$B"), None);
    assert_eq!(text(Vr::UI, b"1.2.3\0"), Some(&b"1.2.3"[..]));
    assert_eq!(text(Vr::UI, b"1.2 \\3"), None);
    assert_eq!(text(Vr::IS, b"12\\-3 "), Some(&b"12\\-3"[..]));
    assert_eq!(text(Vr::IS, b"1.0 "), None);
    assert_eq!(text(Vr::DS, b"1e-3\\.5 "), Some(&b"1e-3\\.5"[..]));
    assert_eq!(text(Vr::DS, b"one "), None);
    assert_eq!(text(Vr::PN, b"A^B= "), None);
    assert_eq!(text(Vr::US, b"\x01"), None);
    assert_eq!(text(Vr::FL, &[0, 0, 0xC0, 0x7F]), None);
    assert_eq!(text(Vr::SQ, b""), None);
    assert_eq!(stored_value(Vr::LO, b"A ", Repertoire::Unknown), None);
    let words = stored_value(Vr::OW, &[1, 2], Repertoire::Unknown).expect("plain");
    assert_eq!(words.swap_width, 2);
}

#[test]
fn deflates_over_pieces() {
    let deflated = deflate([&b"abc"[..], &b"def"[..]]).expect("deflates");
    let limits = crate::Limits::default();
    assert_eq!(
        crate::deflate::inflate(&deflated, &limits).expect("whole"),
        b"abcdef"
    );
    assert_eq!(deflated.len() % 2, 0);
}
