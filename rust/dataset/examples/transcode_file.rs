//! Converts a DICOM file to another uncompressed transfer syntax:
//! `cargo run --example transcode_file -- IN OUT SYNTAX-UID`.

use std::error::Error;
use std::fs;

use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::{Limits, check, file, syntax};

const USAGE: &str = "usage: transcode_file IN OUT SYNTAX-UID";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let input = arguments.next().ok_or(USAGE)?;
    let output = arguments.next().ok_or(USAGE)?;
    let target = arguments.next().ok_or(USAGE)?;

    let limits = Limits::default();
    let source = fs::read(input)?;
    let head = file::read_head(&source, &limits)?;
    check::verify_structure(&source, &head, &limits)?;
    let from = head.transfer_syntax().ok_or("unknown transfer syntax")?;
    let to = syntax::lookup(&target).ok_or("unknown target syntax")?;

    let mut converted = file::encode_file_head(
        &head.sop_class_uid,
        &head.sop_instance_uid,
        to.uid,
        "1.2.826.0.1.3680043.8.498.1",
        "TRANSCODE_FILE",
        None,
    );
    let mut transcoder = Transcoder::new(from, to, &limits)?;
    let start = usize::try_from(head.data_set_offset)?;
    for piece in source.get(start..).unwrap_or_default().chunks(64 * 1024) {
        transcoder.push(piece, &mut converted)?;
    }
    transcoder.finish(&mut converted)?;
    fs::write(output, converted)?;
    Ok(())
}
