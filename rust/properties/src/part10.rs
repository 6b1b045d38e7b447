//! Files: the head, the structure and the index agree, however the file is read.

use bytes::Bytes;
use dicomwire_dataset::check::verify_structure;
use dicomwire_dataset::file::{Head, ReadAt, encode_file_head, read_head};
use dicomwire_dataset::index::Index;
use dicomwire_dataset::syntax::{self, TransferSyntax};

use crate::{data_set, limits};

/// The input is a file. Its head and the check of its structure are the same whether a read gives
/// much or little; the data set lies within the file; what has a sound structure can be indexed;
/// and a head written anew says the same.
///
/// # Panics
/// When that does not hold.
pub fn part10(input: &[u8]) {
    let head = read_head(&input.to_vec(), &limits());
    let dribbled = read_head(&Dribble(input), &limits());
    let (head, mut dribbled) = match (head, dribbled) {
        (Ok(head), Ok(dribbled)) => (head, dribbled),
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            return;
        }
        (one, other) => panic!("much a read gives {one:?}, little {other:?}"),
    };
    // The Study Instance UID is given only when it happens to be in memory.
    dribbled
        .study_instance_uid
        .clone_from(&head.study_instance_uid);
    assert_eq!(head, dribbled);
    let start = usize::try_from(head.data_set_offset).expect("64 bits");
    assert!(start <= input.len(), "the data set begins behind the end");
    let body = &input[start..];
    let verified = verify_structure(&input.to_vec(), &head, &limits());
    let dribbled = verify_structure(&Dribble(input), &head, &limits());
    if head.transfer_syntax().is_some_and(|syntax| syntax.deflated) {
        // Where a deflated stream is damaged is noticed sooner or later.
        assert_eq!(verified.is_ok(), dribbled.is_ok());
    } else {
        assert_eq!(text(&verified), text(&dribbled));
    }
    if let Some(syntax) = head.transfer_syntax() {
        check_index(body, syntax, verified.is_ok());
        check_new_head(&head, body);
    }
}

fn text(result: &Result<(), dicomwire_dataset::Error>) -> String {
    result
        .as_ref()
        .map_or_else(ToString::to_string, |()| "sound".to_owned())
}

/// A sound structure can be indexed. Inside a deflated data set the check does not look.
fn check_index(body: &[u8], syntax: &'static TransferSyntax, is_sound: bool) {
    match Index::parse(Bytes::copy_from_slice(body), syntax, &limits()) {
        Ok(index) => data_set::read(&index),
        Err(error) => assert!(!is_sound || syntax.deflated, "sound, and yet {error}"),
    }
}

fn check_new_head(head: &Head, body: &[u8]) {
    if head.is_directory() {
        return;
    }
    let (class, instance) = (&head.sop_class_uid, &head.sop_instance_uid);
    let uid = &head.transfer_syntax_uid;
    let mut file = encode_file_head(class, instance, uid, "1.2.3", "", None);
    let length = file.len();
    file.extend_from_slice(body);
    let again = match read_head(&file, &limits()) {
        Ok(again) => again,
        // What was guessed in a file without transfer syntax may be doubted when it is declared.
        Err(error) => {
            assert!(!head.declares_transfer_syntax, "with a new head: {error}");
            return;
        }
    };
    assert_eq!(again.data_set_offset, length as u64);
    assert_eq!(again.transfer_syntax_uid, head.transfer_syntax_uid);
    if class.len() <= 64 && instance.len() <= 64 {
        assert_eq!(&again.sop_class_uid, class);
        assert_eq!(&again.sop_instance_uid, instance);
    }
    assert!(syntax::lookup(&again.transfer_syntax_uid).is_some());
}

/// A source that gives a few bytes a read.
pub(crate) struct Dribble<'a>(pub(crate) &'a [u8]);

impl ReadAt for Dribble<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let most = buf.len().min(29);
        self.0.read_at(&mut buf[..most], offset)
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }
}
