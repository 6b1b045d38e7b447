//! A little of what `make fuzz` does, in every run of the tests: noise and words of DICOM.

use dicomwire_properties::TARGETS;
use proptest::prelude::*;

/// Words that get further than noise.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        b"\x08\0\x40\x11".as_slice(),
        b"\xfe\xff\0\xe0",
        b"\xfe\xff\x0d\xe0",
        b"\xfe\xff\xdd\xe0",
        b"\xff\xff\xff\xff",
        b"\xfe\xff\xff\xff",
        b"\0\0\0\0",
        b"\x02\0\0\0",
        b"\x08\0\0\0",
        b"SQ\0\0",
        b"OW\0\0",
        b"UN\0\0",
        b"US\x02\0",
        b"LO\x02\0",
        b"\xe0\x7f\x10\0",
        b"\x18\0\x10\x98",
        b"\x28\0\x03\x01",
        b"\x09\0\x10\0",
        b"\0\x08\x11\x40",
        b"\x01\0\0\0\0\x10",
        b"\x04\0\0\0\0\x08\0\0\0\x04\x01\x03",
        b"\x05\0\0\0\0\x04\0\0\0\0",
        b"\0\0\0\x01\x02\0\0\0\x30\0",
        b"\0\0\0\x08\x02\0\0\0\x01\x01",
        b"\x50\0\0\x08",
        b"\x51\0\0\x04\0\0\x40\0",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..40);
    (prop::collection::vec(0_u8..16, 1..3), noise, words()).prop_map(|(start, noise, words)| {
        let half = noise.len() / 2;
        [&start[..], &words, &noise[..half]].concat()
    })
}

proptest! {
    #[test]
    fn every_property_holds_for_words_and_noise(input in plausible()) {
        for (_, property) in TARGETS {
            property(&input);
        }
    }
}
