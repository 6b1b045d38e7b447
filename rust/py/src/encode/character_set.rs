//! Text in the character sets that Specific Character Set (0008,0005) puts in force.

use dicomwire_dataset::text::CharacterSets as KnownSets;
use dicomwire_dataset::vr::Vr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::encode::names::Names;
use crate::encode::problem::Problem;
use crate::encode::walk::Walk;

/// Names of Python's codecs under which ASCII text without escapes is itself.
const ASCII_COMPATIBLE: [&str; 19] = [
    "iso8859",
    "latin_1",
    "iso8859_2",
    "iso8859_3",
    "iso8859_4",
    "iso_ir_126",
    "iso_ir_127",
    "iso_ir_138",
    "iso_ir_144",
    "iso_ir_148",
    "iso_ir_166",
    "iso_ir_58",
    "iso_ir_203",
    "iso8859_15",
    "UTF8",
    "GB18030",
    "GBK",
    "GB2312",
    "euc_kr",
];

/// The character sets of a data set, as pydicom has them: a list of names of Python's codecs.
#[derive(Clone)]
pub(crate) struct Encodings<'py> {
    pub(crate) list: Bound<'py, PyList>,
    /// Whether ASCII text need not be encoded.
    pub(crate) keeps_ascii: bool,
    /// Whether Latin-1 is the only one.
    is_latin1: bool,
    /// The only one, if it is known to Rust. Several are left to pydicom, which chooses between
    /// them in a way of its own.
    single: Option<KnownSets>,
}

impl<'py> Encodings<'py> {
    fn new(list: Bound<'py, PyList>) -> PyResult<Self> {
        let first = list.get_item(0)?.cast_into::<PyString>()?;
        let first = first.to_str()?;
        let is_single = list.len() == 1;
        Ok(Self {
            keeps_ascii: ASCII_COMPATIBLE.contains(&first),
            is_latin1: is_single && matches!(first, "iso8859" | "latin_1"),
            single: KnownSets::from_python_encodings(&[first]).filter(|_| is_single),
            list,
        })
    }
}

/// Whether ASCII bytes are ASCII characters in character sets as pydicom has them: a name of a
/// codec, or a list of such.
pub(crate) fn keeps_ascii(encodings: &Bound<'_, PyAny>) -> bool {
    let first = match encodings.cast::<PyList>() {
        Ok(list) => list.get_item(0).ok(),
        Err(_) => Some(encodings.clone()),
    };
    first.is_some_and(|first| {
        first.cast::<PyString>().is_ok_and(|name| {
            name.to_str()
                .is_ok_and(|name| ASCII_COMPATIBLE.contains(&name))
        })
    })
}

/// Remembers what the values of (0008,0005) mean.
#[derive(Default)]
pub(crate) struct CharacterSets<'py> {
    known: Vec<(String, Encodings<'py>)>,
}

impl<'py> CharacterSets<'py> {
    /// What a value of (0008,0005) means: text, several texts, or nothing.
    pub(crate) fn of(
        &mut self,
        names: &Names,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Encodings<'py>> {
        let py = value.py();
        let Ok(text) = value.cast::<PyString>() else {
            return Self::convert(py, names, value);
        };
        let text = text.to_str()?;
        if let Some((_, encodings)) = self.known.iter().find(|(known, _)| known == text) {
            return Ok(encodings.clone());
        }
        let encodings = Self::convert(py, names, value)?;
        self.known.push((text.to_owned(), encodings.clone()));
        Ok(encodings)
    }

    /// What a stored value of (0008,0005) means.
    pub(crate) fn of_stored(
        &mut self,
        py: Python<'py>,
        names: &Names,
        stored: &[u8],
    ) -> PyResult<Encodings<'py>> {
        let end = stored.iter().rposition(|byte| !matches!(byte, 0 | b' '));
        let trimmed = stored.get(..end.map_or(0, |last| last + 1));
        let text = String::from_utf8_lossy(trimmed.unwrap_or_default());
        if text.contains('\\') {
            let terms: Vec<&str> = text.split('\\').collect();
            return Self::convert(py, names, PyList::new(py, terms)?.as_any());
        }
        self.of(names, PyString::new(py, &text).as_any())
    }

    fn convert(
        py: Python<'py>,
        names: &Names,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Encodings<'py>> {
        let list = names.convert_encodings.bind(py).call1((value,))?;
        Encodings::new(list.cast_into::<PyList>()?)
    }
}

impl<'py> Walk<'py> {
    /// The character sets in force where we are.
    pub(crate) fn encodings(&self) -> Option<&Encodings<'py>> {
        self.levels.last().map(|level| &level.encodings)
    }

    /// Appends text in the character sets in force.
    pub(crate) fn push_text(&mut self, text: &Bound<'py, PyString>) -> Result<(), Problem> {
        let (py, names) = (self.py, self.names);
        let Some(encodings) = self.levels.last().map(|level| &level.encodings) else {
            return Ok(());
        };
        if let Ok(utf8) = text.to_str() {
            if encodings.keeps_ascii && utf8.is_ascii() {
                self.out.push(utf8.as_bytes());
                return Ok(());
            }
            if encodings.is_latin1 && self.out.push_latin1(utf8) {
                return Ok(());
            }
            // What cannot be encoded is pydicom's to replace, or to refuse.
            if let Some(set) = &encodings.single
                && let Ok(encoded) = set.encode(utf8, Vr::UT)
            {
                self.out.push(&encoded);
                return Ok(());
            }
        }
        let encode = names.encode_string.bind(py);
        let list = encodings.list.clone();
        // The first set is in force again after these (PS3.5 §6.1.2.5.3); pydicom encodes the whole
        // text as if it were one line.
        let is_end = |letter| matches!(letter, '\n' | '\r' | '\x0c' | '\t');
        match text.to_str() {
            Ok(utf8) if list.len() > 1 && utf8.contains(is_end) => {
                for line in utf8.split_inclusive(is_end) {
                    let (line, end) = match line.strip_suffix(is_end) {
                        Some(rest) => (rest, &line.as_bytes()[rest.len()..]),
                        None => (line, &[][..]),
                    };
                    let encoded = encode.call1((line, &list))?;
                    self.push_encoded(&encoded)?;
                    self.out.push(end);
                }
                Ok(())
            }
            _ => {
                let encoded = encode.call1((text, &list))?;
                self.push_encoded(&encoded)
            }
        }
    }

    /// Appends a person name in the character sets in force. Names that were read in them are
    /// written as they were read.
    pub(crate) fn push_person_name(&mut self, name: &Bound<'py, PyAny>) -> Result<(), Problem> {
        let (py, names) = (self.py, self.names);
        let Some(encodings) = self.levels.last().map(|level| level.encodings.clone()) else {
            return Ok(());
        };
        let own = name.getattr(intern!(py, "encodings"))?;
        if own.is_none() || own.eq(encodings.list.to_tuple())? {
            let original = name.getattr(intern!(py, "original_string"))?;
            if !original.is_none() {
                return self.push_encoded(&original);
            }
        }
        let components = name.getattr(intern!(py, "components"))?;
        if encodings.keeps_ascii
            && let Ok(groups) = components.extract::<Vec<String>>()
            && groups.iter().all(|group| group.is_ascii())
        {
            let used = groups.iter().rposition(|group| !group.is_empty());
            let groups = groups.get(..used.map_or(0, |last| last + 1));
            self.out
                .push(groups.unwrap_or_default().join("=").as_bytes());
            return Ok(());
        }
        let encode = names.encode_person_name.bind(py);
        let encoded = encode.call1((components, &encodings.list))?;
        self.push_encoded(&encoded)
    }

    fn push_encoded(&mut self, encoded: &Bound<'py, PyAny>) -> Result<(), Problem> {
        match encoded.cast::<PyBytes>() {
            Ok(bytes) => {
                self.out.push(bytes.as_bytes());
                Ok(())
            }
            Err(error) => Err(Problem::Raised(error.into())),
        }
    }
}
