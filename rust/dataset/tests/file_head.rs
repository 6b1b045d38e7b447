//! Heads of files: what the field produces is read, what is broken is told apart.

mod model;

use std::cell::Cell;

use dicomwire_dataset::file::{Head, ReadAt, encode_file_head, read_head};
use dicomwire_dataset::syntax::{self, Encoding};
use dicomwire_dataset::write::Writer;
use dicomwire_dataset::{Error, Limits, Tag, Vr};
use model::{transcode, uncompressed};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
const STUDY: Tag = Tag::new(0x0020, 0x000D);

fn head_of(bytes: &[u8]) -> Result<Head, Error> {
    read_head(&bytes, &Limits::default())
}

fn meta(class: &str, instance: &str, syntax: &str) -> Vec<u8> {
    encode_file_head(
        class,
        instance,
        syntax,
        "1.2.3.4",
        "VERSION",
        Some("SOURCE"),
    )
}

fn data_set(encoding: Encoding, class: &str, instance: &str) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    let elements = [
        (Tag::new(0x0008, 0x0008), Vr::CS, "ORIGINAL\\PRIMARY"),
        (Tag::new(0x0008, 0x0016), Vr::UI, class),
        (Tag::new(0x0008, 0x0018), Vr::UI, instance),
        (Tag::new(0x0008, 0x0060), Vr::CS, "CT"),
        (STUDY, Vr::UI, "1.2.9"),
    ];
    for (tag, vr, value) in elements {
        writer
            .element(tag, vr, value.as_bytes())
            .expect("short values");
    }
    writer.into_bytes()
}

fn file(syntax: &str) -> Vec<u8> {
    let encoding = syntax::lookup(syntax).expect("standard").encoding();
    [meta(CT, "1.2.3", syntax), data_set(encoding, CT, "1.2.3")].concat()
}

/// Counts reads and bytes.
struct Counted<'a>(&'a [u8], Cell<(u32, usize)>);

impl ReadAt for Counted<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let count = self.0.read_at(buf, offset)?;
        let (reads, bytes) = self.1.get();
        self.1.set((reads + 1, bytes + count));
        Ok(count)
    }
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

#[test]
fn an_ordinary_file_takes_one_read() {
    let mut bytes = file(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    bytes.resize(1 << 20, 0);
    let source = Counted(&bytes, Cell::default());
    let head = read_head(&source, &Limits::default()).expect("a whole head");
    assert_eq!(head.sop_class_uid, CT);
    assert_eq!(head.sop_instance_uid, "1.2.3");
    assert_eq!(head.transfer_syntax_uid, syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    assert_eq!(head.study_instance_uid.as_deref(), Some("1.2.9"));
    assert!(head.has_preamble && head.has_file_meta && head.declares_transfer_syntax);
    assert!(!head.is_directory());
    assert_eq!(
        head.data_set_offset,
        meta(CT, "1.2.3", syntax::EXPLICIT_VR_LITTLE_ENDIAN).len() as u64
    );
    assert_eq!(source.1.get(), (1, 4096));
}

#[test]
fn every_uncompressed_syntax_is_read() {
    for syntax in uncompressed().into_iter().filter(|syntax| !syntax.deflated) {
        let head = head_of(&file(syntax.uid)).expect("a whole head");
        assert_eq!(head.transfer_syntax(), Some(syntax));
        assert_eq!(
            head.study_instance_uid.as_deref(),
            Some("1.2.9"),
            "{}",
            syntax.name
        );
    }
}

#[test]
fn a_deflated_data_set_is_looked_into() {
    let [_, explicit, _, deflated] = uncompressed();
    let plain = data_set(Encoding::EXPLICIT_LITTLE, MR, "1.2.4");
    let body = transcode(&plain, explicit, deflated).expect("whole");
    let bytes = [meta(CT, "1.2.3", deflated.uid), body].concat();
    let head = head_of(&bytes).expect("a whole head");
    assert_eq!(
        (head.sop_class_uid.as_str(), head.sop_instance_uid.as_str()),
        (MR, "1.2.4")
    );
}

#[test]
fn the_data_set_wins_over_group_2_and_group_2_helps_out() {
    let body = data_set(Encoding::EXPLICIT_LITTLE, MR, "1.2.4");
    let explicit = syntax::EXPLICIT_VR_LITTLE_ENDIAN;
    let head = head_of(&[meta(CT, "1.2.3", explicit), body].concat()).expect("a whole head");
    assert_eq!(
        (head.sop_class_uid.as_str(), head.sop_instance_uid.as_str()),
        (MR, "1.2.4")
    );
    let bare = b"\x08\0\x60\0CS\x02\0CT";
    let head = head_of(&[&meta(CT, "1.2.3", explicit), &bare[..]].concat()).expect("a whole head");
    assert_eq!(
        (head.sop_class_uid.as_str(), head.sop_instance_uid.as_str()),
        (CT, "1.2.3")
    );
}

#[test]
fn missing_preamble_and_missing_group_2_are_tolerated() {
    let whole = file(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    let head = head_of(&whole[132..]).expect("group 2 alone");
    assert!(!head.has_preamble && head.has_file_meta);
    for syntax in uncompressed().into_iter().filter(|syntax| !syntax.deflated) {
        let bare = data_set(syntax.encoding(), CT, "1.2.3");
        let head = head_of(&bare).expect("a bare data set");
        assert_eq!(head.transfer_syntax(), Some(syntax));
        assert_eq!((head.data_set_offset, head.has_file_meta), (0, false));
        assert!(!head.declares_transfer_syntax);
        let prefixed = [&whole[..132], &bare].concat();
        let head = head_of(&prefixed).expect("a preamble and a data set");
        assert_eq!(
            (head.data_set_offset, head.transfer_syntax()),
            (132, Some(syntax))
        );
    }
}

#[test]
fn a_group_length_at_the_beginning_tells_the_byte_order() {
    for syntax in uncompressed().into_iter().filter(|syntax| !syntax.deflated) {
        let mut writer = Writer::new(syntax.encoding());
        let group_length = Tag::new(0x0008, 0x0000);
        writer
            .element(group_length, Vr::UL, &[0; 4])
            .expect("short");
        let body = data_set(syntax.encoding(), CT, "1.2.3");
        let head = head_of(&[writer.into_bytes(), body].concat()).expect("a bare data set");
        assert_eq!(head.transfer_syntax(), Some(syntax));
    }
}

#[test]
fn group_2_with_a_wrong_length_or_in_implicit_vr_is_tolerated() {
    let mut wrong = file(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    wrong[140..144].copy_from_slice(&7_u32.to_le_bytes());
    assert_eq!(
        head_of(&wrong).expect("a whole head").sop_instance_uid,
        "1.2.3"
    );

    let mut group = Writer::new(Encoding::IMPLICIT_LITTLE);
    for (element, value) in [
        (2, CT),
        (3, "1.2.3"),
        (0x10, syntax::IMPLICIT_VR_LITTLE_ENDIAN),
    ] {
        group
            .element(Tag::new(2, element), Vr::UI, value.as_bytes())
            .expect("short");
    }
    let body = data_set(Encoding::IMPLICIT_LITTLE, CT, "1.2.3");
    let implicit = [&wrong[..132], &group.into_bytes(), &body].concat();
    let head = head_of(&implicit).expect("a whole head");
    assert_eq!(head.transfer_syntax_uid, syntax::IMPLICIT_VR_LITTLE_ENDIAN);
    assert!(head.declares_transfer_syntax);
}

#[test]
fn a_long_way_to_the_sop_instance_is_gone() {
    let mut writer = Writer::new(Encoding::EXPLICIT_LITTLE);
    writer
        .sequence(Tag::new(0x0008, 0x0006), |items| {
            (0..2000).try_for_each(|_| {
                items.item(|item| item.element(Tag::new(0x0008, 0x0119), Vr::UC, b"LANGUAGE"))
            })
        })
        .expect("short values");
    let language = writer.into_bytes();
    let body = data_set(Encoding::EXPLICIT_LITTLE, CT, "1.2.3");
    let bytes = [
        &meta(CT, "", syntax::EXPLICIT_VR_LITTLE_ENDIAN),
        &language[..],
        &body,
    ]
    .concat();
    assert_eq!(
        head_of(&bytes).expect("a whole head").sop_instance_uid,
        "1.2.3"
    );
}

#[test]
fn a_dicomdir_is_recognised() {
    let directory = "1.2.840.10008.1.3.10";
    let body = b"\x04\0\x30\x11CS\x02\0FS";
    let head = meta(directory, "", syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    assert!(
        head_of(&[&head, &body[..]].concat())
            .expect("a directory")
            .is_directory()
    );
}

#[test]
fn what_is_no_dicom_file_is_told_apart() {
    assert!(matches!(head_of(b""), Err(Error::Empty)));
    let text = b"Just some text, long enough to be looked at.".repeat(10);
    assert!(matches!(head_of(&text), Err(Error::NotDicom { offset: 0 })));
    assert!(matches!(
        head_of(&[0; 1000]),
        Err(Error::NotDicom { offset: 0 })
    ));
    assert!(matches!(
        head_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        Err(Error::NotDicom { .. })
    ));
    let mut prefixed = vec![0; 128];
    prefixed.extend_from_slice(b"DICM");
    let nothing_else = head_of(&prefixed);
    assert!(matches!(
        nothing_else,
        Err(Error::TruncatedHead { offset: 132, .. })
    ));
}

#[test]
fn every_cut_of_a_head_is_an_error_or_still_whole() {
    let whole = file(syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    let group_2 = meta(CT, "1.2.3", syntax::EXPLICIT_VR_LITTLE_ENDIAN).len();
    for end in 133..whole.len() {
        match head_of(&whole[..end]) {
            Ok(head) => assert!(end > group_2, "{end}: {head:?}"),
            Err(Error::TruncatedHead { offset, .. }) => assert!(offset <= end as u64),
            Err(other) => panic!("{end}: {other}"),
        }
    }
}

#[test]
fn missing_uids_name_what_to_set() {
    let explicit = syntax::EXPLICIT_VR_LITTLE_ENDIAN;
    let body = b"\x08\0\x60\0CS\x02\0CT";
    let no_class = head_of(&[&meta("", "1.2.3", explicit), &body[..]].concat());
    let message = no_class.expect_err("no class").to_string();
    assert!(
        message.contains("(0008,0016)") && message.contains("SOPClassUID"),
        "{message}"
    );
    let no_instance = head_of(&[&meta(CT, "", explicit), &body[..]].concat());
    assert!(matches!(no_instance, Err(Error::MissingSopInstance { .. })));
    let garbage = head_of(
        &[
            &meta(CT, "1.2.3", explicit),
            &b"\x08\0\x18\0UI\x04\x001\x01\x02\x03"[..],
        ]
        .concat(),
    );
    let message = garbage.expect_err("no UID").to_string();
    assert!(message.starts_with("(0008,0018) at offset "), "{message}");
}

#[test]
fn a_wrong_transfer_syntax_is_told_apart() {
    let unknown = [
        meta(CT, "1.2.3", "1.2.840.10008.1.2.99"),
        data_set(Encoding::EXPLICIT_LITTLE, CT, "1"),
    ];
    let error = head_of(&unknown.concat()).expect_err("unknown");
    assert!(matches!(error, Error::UnknownTransferSyntax { uid } if uid == "1.2.840.10008.1.2.99"));

    // What a private syntax does to the data set nobody knows: group 2 has the say.
    let private = [meta(CT, "1.2.3", "1.2.3.4.5"), b"anything".to_vec()].concat();
    let head = head_of(&private).expect("sendable as it is");
    assert_eq!(
        (head.sop_class_uid.as_str(), head.sop_instance_uid.as_str()),
        (CT, "1.2.3")
    );
    assert_eq!(head.transfer_syntax(), None);

    let [implicit, explicit, big, deflated] = uncompressed();
    let jpeg = syntax::lookup(syntax::JPEG_BASELINE_8BIT).expect("standard");
    for declared in [implicit, explicit, big, deflated, jpeg] {
        for actual in [implicit, explicit, big] {
            let body = data_set(actual.encoding(), CT, "1.2.3");
            let result = head_of(&[meta(CT, "1.2.3", declared.uid), body].concat());
            if !declared.deflated && declared.encoding() == actual.encoding() {
                assert!(result.is_ok(), "{} as {}", actual.name, declared.name);
                continue;
            }
            match result {
                Err(Error::SyntaxMismatch {
                    declared: uid,
                    looks_like,
                    ..
                }) => {
                    assert_eq!(
                        (uid.as_str(), looks_like),
                        (declared.uid, actual.encoding().name())
                    );
                }
                // An implicit element as a deflate stream is merely damaged, which the check finds.
                Ok(_) if declared.deflated && actual.implicit => {}
                other => panic!("{} as {}: {other:?}", actual.name, declared.name),
            }
        }
    }
}

#[test]
fn read_errors_are_passed_on() {
    struct Broken;
    impl ReadAt for Broken {
        fn read_at(&self, _: &mut [u8], _: u64) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
        fn size(&self) -> u64 {
            1000
        }
    }
    let error = read_head(&Broken, &Limits::default()).expect_err("unreadable");
    assert!(matches!(error, Error::Io { offset: 0, .. }), "{error}");
}

#[test]
fn the_encoded_head_has_the_right_group_length() {
    let head = meta(CT, "1.2.3", syntax::EXPLICIT_VR_LITTLE_ENDIAN);
    let length = u32::from_le_bytes(head[140..144].try_into().expect("four bytes"));
    assert_eq!(head.len(), 144 + length as usize);
    let group = model::read(&head[132..], uncompressed()[1]).expect("group 2");
    let expected = [
        model::Node::Value(Tag::new(2, 0), Vr::UL, length.to_le_bytes().to_vec()),
        model::Node::Value(Tag::new(2, 1), Vr::OB, vec![0, 1]),
        model::Node::Value(Tag::new(2, 2), Vr::UI, format!("{CT}\0").into_bytes()),
        model::Node::Value(Tag::new(2, 3), Vr::UI, b"1.2.3\0".to_vec()),
        model::Node::Value(Tag::new(2, 0x10), Vr::UI, b"1.2.840.10008.1.2.1\0".to_vec()),
        model::Node::Value(Tag::new(2, 0x12), Vr::UI, b"1.2.3.4\0".to_vec()),
        model::Node::Value(Tag::new(2, 0x13), Vr::SH, b"VERSION ".to_vec()),
        model::Node::Value(Tag::new(2, 0x16), Vr::AE, b"SOURCE".to_vec()),
    ];
    assert_eq!(group, expected);
}
