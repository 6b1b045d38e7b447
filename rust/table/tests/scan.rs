//! Many files: the order of the rows, what becomes of other files, and ending early.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatchReader};
use common::{EXPLICIT, element, file};
use dicomwire_dataset::syntax::Encoding;
use dicomwire_table::head::Table;
use dicomwire_table::scan::{Next, Scan};
use dicomwire_table::schema::columns;
use dicomwire_table::stream::Stream;

fn write_instance(folder: &Path, number: usize) {
    let digits = format!("{number:04}");
    let number = element(
        Encoding::EXPLICIT_LITTLE,
        "InstanceNumber",
        digits.as_bytes(),
    );
    fs::write(
        folder.join(format!("{digits}.dcm")),
        file(EXPLICIT, &[number]),
    )
    .unwrap();
}

fn scan(folder: &Path, workers: usize) -> Scan {
    let table = Table::new(columns(&["InstanceNumber"]).unwrap(), 1 << 16);
    Scan::new(vec![folder.into()], table, workers)
}

#[test]
fn rows_are_in_the_order_of_the_files_however_many_work() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1500 {
        write_instance(folder.path(), number);
    }
    for workers in [1, 3, 0] {
        let stream = Stream::new(scan(folder.path(), workers), |_| Ok(()));
        assert_eq!(stream.schema().fields().len(), 3);
        let mut numbers = Vec::new();
        for batch in stream {
            let batch = batch.unwrap();
            assert!(batch.num_rows() <= 256);
            let column = batch.column(1).as_primitive::<Int64Type>();
            numbers.extend_from_slice(column.values());
        }
        assert_eq!(numbers, (0..1500).collect::<Vec<i64>>());
    }
}

#[test]
fn what_is_no_dicom_file_is_a_row_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_instance(folder.path(), 1);
    fs::write(folder.path().join("notes.txt"), "no image, just some words").unwrap();
    let mut scan = scan(folder.path(), 2);
    let Next::Batch(batch) = scan.next_batch(Duration::from_secs(20)) else {
        panic!("no rows");
    };
    let errors = batch.column(2).as_string::<i32>();
    assert!(errors.is_null(0));
    assert!(errors.value(1).starts_with("not a DICOM file"));
    assert_eq!(scan.counters().get(), (2, 1));
    assert!(matches!(
        scan.next_batch(Duration::from_secs(20)),
        Next::End
    ));
}

#[test]
fn a_missing_file_is_a_row_too() {
    let mut scan = scan(Path::new("/nowhere/at/all.dcm"), 1);
    let Next::Batch(batch) = scan.next_batch(Duration::from_secs(20)) else {
        panic!("no rows");
    };
    let errors = batch.column(2).as_string::<i32>();
    assert_eq!(errors.value(0), "cannot be read: No such file or directory");
}

#[test]
fn a_scan_can_be_left_alone_half_way() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3000 {
        write_instance(folder.path(), number);
    }
    let mut half = scan(folder.path(), 1);
    assert!(matches!(
        half.next_batch(Duration::from_secs(20)),
        Next::Batch(_)
    ));
    // Its worker is waiting for us by now, or will be; dropping joins it.
    drop(half);
    drop(scan(folder.path(), 2));
}

#[test]
fn whoever_is_asked_can_end_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    write_instance(folder.path(), 1);
    let refuse = |_: &Scan| Err(arrow_schema::ArrowError::ComputeError("enough".into()));
    let mut stream = Stream::new(scan(folder.path(), 1), refuse);
    assert!(stream.next().unwrap().is_err());
    assert!(stream.next().is_none());
}
