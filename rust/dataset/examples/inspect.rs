//! throw-away
use dicomwire_dataset::*;
fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let limits = Limits::default();
        match file::read_head(&bytes, &limits) {
            Err(e) => println!("{path}: HEAD {e}"),
            Ok(h) => match check::verify_structure(&bytes, &h, &limits) {
                Err(e) => println!("{path}: CHECK {} {e}", h.transfer_syntax_uid),
                Ok(()) => println!(
                    "{path}: ok {} {}",
                    h.transfer_syntax_uid,
                    h.study_instance_uid.is_some()
                ),
            },
        }
    }
}
