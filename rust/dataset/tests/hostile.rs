//! Hostile input: no panic, no unbounded memory, a typed error.

mod model;

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{encode_file_head, read_head};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::{Error, Limits, TransferSyntax, syntax};
use model::{lengths, standard_data_set, transcode, uncompressed};
use proptest::prelude::*;

fn small() -> Limits {
    let mut limits = Limits::default();
    limits.max_depth = 8;
    limits.max_elements = 10_000;
    limits.max_inflated = 1 << 20;
    limits
}

fn file(syntax: &TransferSyntax, body: &[u8]) -> Vec<u8> {
    let class = "1.2.840.10008.5.1.4.1.1.2";
    let head = encode_file_head(class, "1.2.3", syntax.uid, "1.2.3.4", "", None);
    [&head, body].concat()
}

fn check(syntax: &TransferSyntax, body: &[u8]) -> Result<(), Error> {
    let bytes = file(syntax, body);
    let head = read_head(&bytes, &small())?;
    verify_structure(&bytes, &head, &small())
}

/// Asks an index for everything it has.
fn exhaust(index: &Index) -> Result<usize, Error> {
    let mut count = 0;
    for entry in index.entries() {
        count += index.bytes(entry).len() + index.fragments(entry)?.len();
        for item in index.items(entry)? {
            count += exhaust(&item)?;
        }
    }
    Ok(count)
}

/// Runs everything that reads bytes; returns how much a transcoder wrote at most.
fn run_all(body: &[u8]) -> usize {
    let mut most = 0;
    for from in syntax::all() {
        let _ = check(from, body);
        if let Ok(index) = Index::parse(Bytes::copy_from_slice(body), from, &small()) {
            let _ = exhaust(&index);
        }
    }
    for from in uncompressed() {
        for to in uncompressed() {
            let mut transcoder = Transcoder::new(from, to, &small()).expect("uncompressed");
            let mut output = Vec::new();
            let pieces = body
                .chunks(7)
                .try_for_each(|piece| transcoder.push(piece, &mut output));
            if pieces.is_ok() {
                let _ = transcoder.finish(&mut output);
            }
            if !from.deflated {
                most = most.max(output.len());
            }
        }
    }
    let _ = read_head(&body, &small());
    most
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..300)) {
        // Headers grow by four bytes at most, delimiters add eight each, deflate a few.
        prop_assert!(run_all(&body) <= body.len() * 3 + 64);
    }

    #[test]
    fn bytes_like_elements_are_survived(
        words in prop::collection::vec(
            prop::sample::select(vec![
                b"\x08\0\x40\x11".as_slice(), b"\xfe\xff\0\xe0", b"\xfe\xff\x0d\xe0",
                b"\xfe\xff\xdd\xe0", b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\0\0\0\0",
                b"\x08\0\0\0", b"SQ\0\0", b"OW\0\0", b"UN\0\0", b"US\x02\0", b"\xe0\x7f\x10\0",
                b"\x18\0\x10\x98", b"\x28\0\x03\x01", b"\x09\0\x10\0", b"\0\x08\x11\x40",
            ]),
            0..60,
        ),
    ) {
        let body = words.concat();
        prop_assert!(run_all(&body) <= body.len() * 3 + 64);
    }

    #[test]
    fn damaged_data_sets_are_survived(
        nodes in standard_data_set(),
        lengths in lengths(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for syntax in uncompressed() {
            let mut body = model::encode(&nodes, syntax, lengths);
            prop_assume!(!body.is_empty());
            for (place, byte) in &damage {
                let place = place.index(body.len());
                body[place] = *byte;
            }
            run_all(&body);
        }
    }

    #[test]
    fn files_damaged_in_the_head_are_survived(
        damage in prop::collection::vec((0_usize..420, any::<u8>()), 1..6),
        end in 0_usize..420,
    ) {
        let mut bytes = file(uncompressed()[1], b"\x08\0\x16\0UI\x04\x001.2\0\x08\0\x18\0UI\x04\x001.3\0");
        for (place, byte) in damage {
            if let Some(slot) = bytes.get_mut(place) {
                *slot = byte;
            }
        }
        bytes.truncate(end);
        if let Ok(head) = read_head(&bytes, &small()) {
            let _ = verify_structure(&bytes, &head, &small());
        }
    }
}

#[test]
fn lengths_of_four_gigabytes_reserve_nothing() {
    for length in [0xFFFF_FFFE_u32, 0x8000_0000, 0x7FFF_FFFF] {
        let mut body = b"\xe0\x7f\x10\0OW\0\0".to_vec();
        body.extend_from_slice(&length.to_le_bytes());
        body.extend_from_slice(&[1; 100]);
        let explicit = uncompressed()[1];
        assert!(matches!(
            check(explicit, &body),
            Err(Error::Truncated { .. })
        ));
        let index = Index::parse(Bytes::from(body.clone()), explicit, &small());
        assert!(matches!(index, Err(Error::Truncated { .. })));
        for to in [uncompressed()[0], uncompressed()[2]] {
            let error = transcode(&body, explicit, to).expect_err("cut short");
            assert!(matches!(error, Error::Truncated { .. }), "{error}");
        }
    }
}

#[test]
fn nesting_is_limited() {
    let levels = 100_000;
    let explicit =
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff".repeat(levels);
    let implicit = b"\x08\0\x40\x11\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff".repeat(levels);
    let [implicit_syntax, explicit_syntax, big, _] = uncompressed();
    let cases = [
        (explicit_syntax, explicit, big),
        (implicit_syntax, implicit, explicit_syntax),
    ];
    for (from, body, to) in cases {
        assert!(matches!(
            check(from, &body),
            Err(Error::TooDeep { limit: 8, .. })
        ));
        let index = Index::parse(Bytes::from(body.clone()), from, &small());
        assert!(matches!(index, Err(Error::TooDeep { limit: 8, .. })));
        let mut transcoder = Transcoder::new(from, to, &small()).expect("uncompressed");
        let error = transcoder
            .push(&body, &mut Vec::new())
            .expect_err("too deep");
        assert!(matches!(error, Error::TooDeep { limit: 8, .. }), "{error}");
    }
}

#[test]
fn nesting_by_defined_lengths_is_limited_too() {
    let mut body = Vec::new();
    for _ in 0..20 {
        let length = |more: usize| {
            u32::try_from(body.len() + more)
                .expect("short")
                .to_le_bytes()
        };
        let sequence = [b"\x08\0\x40\x11SQ\0\0".as_slice(), &length(8)].concat();
        let item = [b"\xfe\xff\0\xe0".as_slice(), &length(0)].concat();
        body = [sequence, item, body].concat();
    }
    let explicit = uncompressed()[1];
    // Indexing goes one level at a time, so the limit is met on the way down.
    let index = Index::parse(Bytes::from(body.clone()), explicit, &small()).expect("one element");
    assert!(matches!(exhaust(&index), Err(Error::TooDeep { .. })));
    let mut transcoder = Transcoder::new(explicit, uncompressed()[0], &small()).expect("fine");
    let error = transcoder
        .push(&body, &mut Vec::new())
        .expect_err("too deep");
    assert!(matches!(error, Error::TooDeep { limit: 8, .. }), "{error}");
}

#[test]
fn the_number_of_elements_is_limited() {
    let body = b"\x08\0\x60\0CS\0\0".repeat(10_001);
    let explicit = uncompressed()[1];
    assert!(matches!(
        check(explicit, &body),
        Err(Error::TooManyElements { .. })
    ));
    let index = Index::parse(Bytes::from(body), explicit, &small());
    assert!(matches!(
        index,
        Err(Error::TooManyElements { limit: 10_000, .. })
    ));
}

#[test]
fn the_length_of_a_held_value_is_limited() {
    let mut limits = small();
    limits.max_element_length = 3;
    let body = Bytes::from_static(b"\x08\0\x60\0CS\x04\0CTCT");
    let error = Index::parse(body, uncompressed()[1], &limits).expect_err("too long");
    assert!(
        matches!(
            error,
            Error::ElementTooLong {
                length: 4,
                limit: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_deflate_bomb_is_defused() {
    let [_, explicit, _, deflated] = uncompressed();
    let header = b"\xe0\x7f\x10\0OW\0\0\0\0\0\x04";
    let plain = [header.as_slice(), &vec![0; 64 << 20]].concat();
    let bomb = transcode(&plain, explicit, deflated).expect("whole");
    assert!(bomb.len() < 100_000);
    let is_defused = |error: Error| matches!(error, Error::InflatedTooLarge { limit: 0x10_0000 });
    assert!(is_defused(check(deflated, &bomb).expect_err("a bomb")));
    let index = Index::parse(Bytes::from(bomb.clone()), deflated, &small());
    assert!(is_defused(index.expect_err("a bomb")));
    let mut transcoder = Transcoder::new(deflated, explicit, &small()).expect("uncompressed");
    let mut output = Vec::new();
    let error = transcoder.push(&bomb, &mut output).expect_err("a bomb");
    assert!(is_defused(error));
    assert!(output.len() <= 2 << 20, "{}", output.len());
}
