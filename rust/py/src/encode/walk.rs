//! The state of writing one data set.

use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::pieces::{Gap, Pieces};
use dicomwire_dataset::tag::Tag;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyType};

use crate::encode::character_set::{CharacterSets, Encodings};
use crate::encode::names::Names;
use crate::encode::syntax::Target;

/// Values from this size on are not copied into the buffer.
pub(crate) const LARGE: usize = 64 * 1024;

/// A data set that is being written: the one at the top, or an item.
pub(crate) struct Level<'py> {
    pub(crate) dataset: Bound<'py, PyAny>,
    /// The character sets of its text.
    pub(crate) encodings: Encodings<'py>,
    /// Whether stored values must be decoded and encoded anew, because the encoding or the
    /// character set is another one than they were read in.
    pub(crate) converts: bool,
    /// Whether ASCII bytes without escapes were ASCII characters when it was read.
    pub(crate) read_as_ascii: bool,
    /// Whether stored binary values are big endian.
    pub(crate) is_big_endian: bool,
    /// The stored private creators met so far (PS3.5 §7.8.1), as far as they are plain text.
    pub(crate) creators: Vec<(Tag, String)>,
}

/// Writes a data set.
pub(crate) struct Walk<'py> {
    pub(crate) py: Python<'py>,
    pub(crate) names: &'static Names,
    pub(crate) target: Target,
    /// Whether the data set is that of a file.
    pub(crate) is_file: bool,
    pub(crate) out: Pieces,
    /// The bytes for the gaps of `out`, in their order.
    pub(crate) large: Vec<Bound<'py, PyBytes>>,
    /// From the top down.
    pub(crate) levels: Vec<Level<'py>>,
    pub(crate) max_depth: u16,
    pub(crate) character_sets: CharacterSets<'py>,
    /// Element, and item, for each step of the path to where we are.
    pub(crate) path: Vec<(Tag, Option<u32>)>,
    /// How many elements went to pydicom's writer.
    pub(crate) fallbacks: u32,
    /// A class of data sets which was found to be like `Dataset`.
    pub(crate) known_class: Option<Bound<'py, PyType>>,
    /// Whether pydicom decodes stored values as it does by default; asked when first needed.
    decodes_plainly: Option<bool>,
}

impl<'py> Walk<'py> {
    pub(crate) fn new(py: Python<'py>, target: &Target, max_depth: u16) -> PyResult<Self> {
        Ok(Self {
            py,
            names: Names::get(py)?,
            target: target.clone(),
            is_file: false,
            out: Pieces::new(target.encoding),
            large: Vec::new(),
            levels: Vec::new(),
            max_depth,
            character_sets: CharacterSets::default(),
            path: Vec::new(),
            fallbacks: 0,
            known_class: None,
            decodes_plainly: None,
        })
    }

    /// Where we are.
    pub(crate) fn tag_path(&self) -> TagPath {
        self.path.iter().fold(TagPath::root(), |path, (tag, item)| {
            let path = path.child(*tag);
            item.map_or_else(|| path.clone(), |item| path.clone().item(item))
        })
    }

    /// Whether this is the top level.
    pub(crate) fn is_root(&self) -> bool {
        self.levels.len() == 1
    }

    /// Appends bytes to a value: large ones by reference.
    pub(crate) fn push_bytes(&mut self, bytes: &Bound<'py, PyBytes>) {
        let content = bytes.as_bytes();
        if content.len() < LARGE {
            self.out.push(content);
        } else {
            self.out.leave(content.len() as u64);
            self.large.push(bytes.clone());
        }
    }

    /// Chooses whether the stored values of the innermost data set are decoded, and tells what was
    /// chosen before.
    pub(crate) fn set_converts(&mut self, converts: bool) -> bool {
        let level = self.levels.last_mut();
        level.is_some_and(|level| std::mem::replace(&mut level.converts, converts))
    }

    /// What was written, as bytes objects.
    pub(crate) fn finish(self) -> PyResult<(Bound<'py, PyList>, u32)> {
        let (bytes, gaps) = self.out.finish();
        let list = PyList::empty(self.py);
        let mut start = 0;
        let mut append = |end: usize| -> PyResult<()> {
            let piece = bytes.get(start..end).unwrap_or_default();
            start = end;
            if piece.is_empty() {
                return Ok(());
            }
            list.append(PyBytes::new(self.py, piece))
        };
        for (Gap { position, .. }, large) in gaps.iter().zip(&self.large) {
            append(*position)?;
            list.append(large)?;
        }
        append(bytes.len())?;
        Ok((list, self.fallbacks))
    }

    /// Whether pydicom would decode stored values in the way known here: no hooks, no callback,
    /// no special types, no raising on what is invalid.
    pub(crate) fn decodes_plainly(&mut self) -> PyResult<bool> {
        if let Some(known) = self.decodes_plainly {
            return Ok(known);
        }
        let py = self.py;
        let config = self.names.config.bind(py);
        let is_off = |name: &str| -> PyResult<bool> { Ok(!config.getattr(name)?.is_truthy()?) };
        let hooks = self.names.hooks.bind(py);
        let settings = config.getattr("settings")?;
        let mode = settings.getattr(intern!(py, "reading_validation_mode"))?;
        let known = is_off("data_element_callback")?
            && is_off("use_DS_numpy")?
            && is_off("use_IS_numpy")?
            && is_off("datetime_conversion")?
            && is_off("use_none_as_empty_text_VR_value")?
            && !is_off("replace_un_with_known_vr")?
            && !mode.eq(config.getattr("RAISE")?)?
            && hooks
                .getattr("raw_element_vr")?
                .is(&self.names.default_vr_hook)
            && hooks
                .getattr("raw_element_value")?
                .is(&self.names.default_value_hook);
        self.decodes_plainly = Some(known);
        Ok(known)
    }
}
