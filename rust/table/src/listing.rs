//! The files to scan, listed bit by bit: directories recursively, sorted by name.

use std::path::PathBuf;

use walkdir::WalkDir;

use crate::source::plain;

/// Something that becomes a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// A file.
    File(PathBuf),
    /// What could not be listed, and why.
    Failed(PathBuf, String),
}

/// An iterator over the files of paths and directories.
#[derive(Debug)]
pub(crate) struct Listing {
    paths: std::vec::IntoIter<PathBuf>,
    walk: Option<walkdir::IntoIter>,
}

impl Listing {
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths: paths.into_iter(),
            walk: None,
        }
    }
}

impl Iterator for Listing {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            match self.walk.as_mut().map(Iterator::next) {
                // Links are followed as sending does; other things than files are no concern of ours.
                Some(Some(Ok(entry))) if entry.file_type().is_file() => {
                    return Some(Listed::File(entry.into_path()));
                }
                Some(Some(Ok(_))) => {}
                Some(Some(Err(error))) => return Some(failed(&error)),
                Some(None) => self.walk = None,
                None => {
                    let path = self.paths.next()?;
                    if !path.is_dir() {
                        return Some(Listed::File(path));
                    }
                    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
                    self.walk = Some(walk.into_iter());
                }
            }
        }
    }
}

fn failed(error: &walkdir::Error) -> Listed {
    let path = error.path().map(PathBuf::from).unwrap_or_default();
    let reason = error.io_error().map_or_else(|| error.to_string(), plain);
    Listed::Failed(path, format!("cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_come_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().expect("a directory");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/c")).expect("directories");
        for name in ["z", "b/2", "b/c/3", "b/10", "a"] {
            fs::write(at(name), "").expect("a file");
        }
        let listed: Vec<_> =
            Listing::new(vec![at("z"), folder.path().into(), at("none")]).collect();
        let expected = ["z", "a", "b/10", "b/2", "b/c/3", "z", "none"];
        assert_eq!(listed, expected.map(|name| Listed::File(at(name))));
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_is_a_row_and_not_the_end() {
        let folder = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a")).expect("a link");
        fs::write(folder.path().join("b"), "").expect("a file");
        let listed: Vec<_> = Listing::new(vec![folder.path().into()]).collect();
        assert!(matches!(&listed[0], Listed::Failed(path, _) if path.ends_with("a")));
        assert_eq!(listed[1..], [Listed::File(folder.path().join("b"))]);
    }
}
