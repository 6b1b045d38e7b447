//! What the protocol costs without a network: framing and assembling of what arrives, heads of what is sent.
#![allow(clippy::expect_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::time::Instant;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dicomwire_proto::{
    AcceptPolicy, AssociateRq, Association, AsynchronousOperations, BodyLength, CommandSet, Event,
    Priority, ProposedContext, Settings, Transmit,
};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const INSTANCE: &str = "1.2.826.0.1.3680043.8.498.45787841905188114249811138063542";
const STORE: u8 = 1;
const QUERY: u8 = 3;
const CT_LENGTH: usize = 526_000;
const MATCHES: usize = 100_000;

/// An established requestor and acceptor without operations window, the acceptor taking PDUs of this length.
fn pair(acceptor_max: u32) -> (Association, Association) {
    let now = Instant::now();
    let context = |id, abstract_syntax: &str| ProposedContext {
        id,
        abstract_syntax: abstract_syntax.to_owned(),
        transfer_syntaxes: vec![EXPLICIT.to_owned()],
    };
    let window = AsynchronousOperations {
        invoked: 0,
        performed: 0,
    };
    let mut rq = AssociateRq {
        called_ae_title: "PACS".to_owned(),
        calling_ae_title: "DICOMWIRE".to_owned(),
        presentation_contexts: vec![context(STORE, CT), context(QUERY, FIND)],
        ..AssociateRq::default()
    };
    rq.user_information.asynchronous_operations = Some(window);
    let settings = Settings {
        max_pdu_length: acceptor_max,
        ..Settings::default()
    };
    let mut requestor =
        Association::request(rq, Settings::default(), now).expect("a valid request");
    let mut acceptor = Association::accept(settings, now);
    carry(&mut requestor, &mut acceptor, now);
    let policy = AcceptPolicy {
        asynchronous_operations: window,
        ..AcceptPolicy::default()
    };
    let ac = policy
        .decide(acceptor.associate_rq().expect("a request"))
        .expect("acceptance");
    acceptor.accept_request(ac, now).expect("a valid answer");
    carry(&mut acceptor, &mut requestor, now);
    assert!(requestor.is_established() && acceptor.is_established());
    (requestor, acceptor)
}

fn carry(from: &mut Association, to: &mut Association, now: Instant) {
    let bytes = transmit(from, now);
    receive(to, &bytes, now);
}

/// Everything to be written, zeros for bodies.
fn transmit(association: &mut Association, now: Instant) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(transmit) = association.poll_transmit(&mut out, now) {
        if let Transmit::Body { take } = transmit {
            out.resize(out.len() + take, 0);
        }
    }
    out
}

/// Number of body bytes received.
fn receive(association: &mut Association, bytes: &[u8], now: Instant) -> usize {
    let mut input = bytes;
    let mut received = 0;
    while let Some(event) = association
        .next_event(&mut input, now)
        .expect("a peer in order")
    {
        if let Event::BodyChunk { bytes, .. } = black_box(event) {
            received += bytes.len();
        }
    }
    received
}

fn store(message_id: u16) -> CommandSet {
    CommandSet::c_store_rq(message_id, CT, INSTANCE, Priority::Medium)
}

fn receive_store(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receive_store");
    group.throughput(Throughput::Bytes(CT_LENGTH as u64));
    for kib in [128, 16] {
        let now = Instant::now();
        let (mut requestor, mut acceptor) = pair(kib * 1024);
        let body = BodyLength::Known(CT_LENGTH as u64);
        requestor
            .send(STORE, &store(1), body, now)
            .expect("a valid message");
        let bytes = transmit(&mut requestor, now);
        group.bench_function(format!("{kib}_kib_pdus"), |bencher| {
            bencher.iter(|| {
                // As a receiver with a 256 KiB buffer gets them.
                let received: usize = bytes
                    .chunks(256 * 1024)
                    .map(|piece| receive(&mut acceptor, black_box(piece), now))
                    .sum();
                assert_eq!(received, CT_LENGTH);
            });
        });
    }
    group.finish();
}

fn receive_matches(criterion: &mut Criterion) {
    let now = Instant::now();
    let (mut requestor, mut acceptor) = pair(16384);
    let rq = CommandSet::c_find_rq(1, FIND, Priority::Medium);
    requestor
        .send(QUERY, &rq, BodyLength::Known(100), now)
        .expect("a valid message");
    carry(&mut requestor, &mut acceptor, now);
    let response = CommandSet {
        has_data_set: true,
        ..rq.response_to(0xFF00)
    };
    acceptor
        .send(QUERY, &response, BodyLength::Known(250), now)
        .expect("a valid message");
    let bytes = transmit(&mut acceptor, now).repeat(MATCHES);

    let mut group = criterion.benchmark_group("receive_matches");
    group.sample_size(20);
    group.throughput(Throughput::Elements(MATCHES as u64));
    group.bench_function("command_and_identifier", |bencher| {
        bencher.iter(|| {
            let received: usize = bytes
                .chunks(256 * 1024)
                .map(|piece| receive(&mut requestor, black_box(piece), now))
                .sum();
            assert_eq!(received, MATCHES * 250);
        });
    });
    group.finish();
}

fn send_store(criterion: &mut Criterion) {
    let now = Instant::now();
    let mut group = criterion.benchmark_group("send_store");
    group.bench_function("encode_command_set", |bencher| {
        let command = store(1);
        let mut out = Vec::with_capacity(1024);
        bencher.iter(|| {
            out.clear();
            black_box(&command).encode(&mut out);
            black_box(out.len())
        });
    });
    group.bench_function("message_head_and_16_kib_fragments", |bencher| {
        bencher.iter_batched_ref(
            || (pair(16384).0, Vec::with_capacity(1024), store(1)),
            |(requestor, out, command)| {
                let body = BodyLength::Known(CT_LENGTH as u64);
                requestor
                    .send(STORE, command, body, now)
                    .expect("a valid message");
                while requestor.poll_transmit(out, now).is_some() {
                    black_box(&out);
                    out.clear();
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, receive_store, receive_matches, send_store);
criterion_main!(benches);
