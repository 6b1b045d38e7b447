//! What is wrong with the row that is being made.

use std::fmt::{self, Display, Write as _};

use dicomwire_dataset::Error;

/// The longest text about one row, about: a hostile identifier must not make it grow.
const MAX_TEXT: usize = 4096;

/// An item of a sequence, and where that is.
pub(super) struct Place<'a> {
    pub(super) around: Option<&'a Self>,
    pub(super) sequence: &'a str,
    pub(super) item: usize,
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(around) = self.around {
            write!(f, "{around}.")?;
        }
        write!(f, "{}[{}]", self.sequence, self.item)
    }
}

/// Gathers what is wrong with a row.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: String,
    /// Why the identifier could not be decoded to its end.
    undecodable: Option<Error>,
}

impl Report {
    /// A value that the row lacks.
    #[cold]
    pub(super) fn unreadable(
        &mut self,
        place: Option<&Place<'_>>,
        column: &str,
        error: &dyn Display,
    ) {
        let dot = place.map_or("", |_| ".");
        let place = place.map_or(&"" as &dyn Display, |place| place);
        self.add(format_args!("{place}{dot}{column}: {error}"));
    }

    /// Damage of the identifier itself. What is behind it is lost.
    #[cold]
    pub(super) fn undecodable(&mut self, place: Option<&Place<'_>>, error: Error) {
        match place {
            Some(place) => self.add(format_args!("{place}: {error}")),
            None => self.add(format_args!("{error}")),
        }
        self.undecodable.get_or_insert(error);
    }

    /// Something else that is wrong.
    #[cold]
    pub(super) fn add(&mut self, text: fmt::Arguments<'_>) {
        if self.text.len() >= MAX_TEXT {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("; ");
        }
        let _ = self.text.write_fmt(text);
    }

    /// All of it; empty for most rows.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Begins with the next row; tells why the last one is not whole.
    pub(super) fn next_row(&mut self) -> Option<Error> {
        self.text.clear();
        self.undecodable.take()
    }
}
