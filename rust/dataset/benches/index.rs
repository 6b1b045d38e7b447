//! What a file costs before its first byte is sent, and what random access and transcoding cost.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{encode_file_head, read_head};
use dicomwire_dataset::header::PIXEL_DATA;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::syntax::{self, Encoding, TransferSyntax};
use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Limits, Tag, Vr, dict};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

fn standard(uid: &str) -> &'static TransferSyntax {
    syntax::lookup(uid).expect("a standard syntax")
}

/// A data set like a CT image's: UIDs, some sequences, `elements` elements in all, then pixels.
fn ct(encoding: Encoding, elements: usize, pixels: usize) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    let known = dict::all().iter().filter(|entry| {
        entry.tag.group() >= 8 && entry.tag.group() < 0x7FE0 && entry.tag.element() != 0
    });
    for entry in known.step_by(12).take(elements) {
        let written = match entry.vr {
            Vr::SQ => writer.sequence(entry.tag, |items| {
                items.item(|item| item.element(Tag::new(0x0008, 0x0100), Vr::SH, b"T-1234"))
            }),
            vr => writer.element(entry.tag, vr, &[b'1'; 16]),
        };
        written.expect("short values");
    }
    writer
        .element(PIXEL_DATA, Vr::OW, &vec![7; pixels])
        .expect("short pixels");
    writer.into_bytes()
}

fn head_and_check(criterion: &mut Criterion) {
    let uid = syntax::EXPLICIT_VR_LITTLE_ENDIAN;
    let head = encode_file_head(CT, "1.2.3", uid, "1.2.3.4", "BENCH", None);
    let file = [head, ct(Encoding::EXPLICIT_LITTLE, 200, 512 * 1024)].concat();
    let limits = Limits::default();
    criterion.bench_function("read_head of a CT file", |bencher| {
        bencher.iter(|| read_head(black_box(&file), &limits).expect("whole"));
    });
    let head = read_head(&file, &limits).expect("whole");
    criterion.bench_function("verify_structure of a CT file", |bencher| {
        bencher.iter(|| verify_structure(black_box(&file), &head, &limits).expect("whole"));
    });
}

fn parse(criterion: &mut Criterion) {
    let limits = Limits::default();
    for uid in [
        syntax::IMPLICIT_VR_LITTLE_ENDIAN,
        syntax::EXPLICIT_VR_LITTLE_ENDIAN,
    ] {
        let syntax = standard(uid);
        let bytes = Bytes::from(ct(syntax.encoding(), 300, 512 * 1024));
        let count = Index::parse(bytes.clone(), syntax, &limits).expect("whole");
        let count = count.entries().len();
        let name = format!("Index::parse of {count} elements, {}", syntax.name);
        criterion.bench_function(&name, |bencher| {
            bencher
                .iter(|| Index::parse(black_box(bytes.clone()), syntax, &limits).expect("whole"));
        });
    }
}

fn transcode(criterion: &mut Criterion) {
    let limits = Limits::default();
    let [implicit, explicit, big] = [
        syntax::IMPLICIT_VR_LITTLE_ENDIAN,
        syntax::EXPLICIT_VR_LITTLE_ENDIAN,
        syntax::EXPLICIT_VR_BIG_ENDIAN,
    ]
    .map(standard);
    let mut group = criterion.benchmark_group("transcode 0.5 MB");
    for (from, to) in [(implicit, explicit), (explicit, implicit), (explicit, big)] {
        let input = ct(from.encoding(), 200, 512 * 1024);
        group.throughput(Throughput::Bytes(input.len() as u64));
        group.bench_function(format!("{} to {}", from.name, to.name), |bencher| {
            let mut output = Vec::with_capacity(input.len() * 2);
            bencher.iter(|| {
                output.clear();
                let mut transcoder = Transcoder::new(from, to, &limits).expect("uncompressed");
                for piece in black_box(&input).chunks(64 * 1024) {
                    transcoder.push(piece, &mut output).expect("whole");
                }
                transcoder.finish(&mut output).expect("whole");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, head_and_check, parse, transcode);
criterion_main!(benches);
