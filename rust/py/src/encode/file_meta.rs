//! Group 2 of a file, completed (PS3.10 §7.1).

use dicomwire_dataset::dict;
use dicomwire_dataset::tag::Tag;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::encode::data_set::Elements;
use crate::encode::element::Parts;
use crate::encode::names::Names;
use crate::encode::problem::{Problem, element_error};
use crate::encode::walk::Walk;

const GROUP_LENGTH: Tag = Tag::new(0x0002, 0x0000);
const VERSION: Tag = Tag::new(0x0002, 0x0001);
const MEDIA_STORAGE_SOP_CLASS_UID: Tag = Tag::new(0x0002, 0x0002);
const MEDIA_STORAGE_SOP_INSTANCE_UID: Tag = Tag::new(0x0002, 0x0003);
const TRANSFER_SYNTAX_UID: Tag = Tag::new(0x0002, 0x0010);
const IMPLEMENTATION_CLASS_UID: Tag = Tag::new(0x0002, 0x0012);
const IMPLEMENTATION_VERSION_NAME: Tag = Tag::new(0x0002, 0x0013);
const SOP_CLASS_UID: u32 = 0x0008_0016;
const SOP_INSTANCE_UID: u32 = 0x0008_0018;

/// What the file meta information is made of.
pub(crate) struct FileMeta<'a, 'py> {
    pub(crate) dataset: &'a Bound<'py, PyAny>,
    /// What there is already.
    pub(crate) stored: Option<&'a Bound<'py, PyAny>>,
    pub(crate) transfer_syntax: &'a str,
    pub(crate) implementation_class_uid: &'a str,
    pub(crate) implementation_version_name: &'a str,
}

/// A value for an element that is missing, empty or another one.
enum Filling<'py> {
    /// Whatever is there: the data set decides.
    Always(Bound<'py, PyAny>),
    /// When nothing or an empty value is there.
    WhenEmpty(Bound<'py, PyAny>),
    /// When nothing is there.
    WhenAbsent(Bound<'py, PyAny>),
    /// There is none: an element of the file must have a value.
    Demanded(&'static str),
}

impl<'py> FileMeta<'_, 'py> {
    /// Encodes group 2.
    pub(crate) fn encode(&self, walk: Walk<'py>) -> PyResult<Bound<'py, PyList>> {
        let py = walk.py;
        let mut walk = walk;
        let elements = match self.stored {
            Some(stored) => walk.elements(stored),
            None => Ok(Some(Vec::new())),
        };
        let elements = elements.map_err(|problem| problem.into_error(py, &walk.tag_path()))?;
        let elements = elements.unwrap_or_default();
        if let Some((tag, _)) = elements.iter().find(|(tag, _)| tag.group() != 2) {
            let text = "only elements of group 0002 belong in file_meta; move it to the data set";
            return Err(element_error(py, *tag, text));
        }
        let fillings = self.fillings(walk.names)?;
        self.write(&mut walk, elements, fillings)
            .map_err(|problem| problem.into_error(py, &walk.tag_path()))?;
        let length = u32::try_from(walk.out.len()).unwrap_or(u32::MAX);
        let (pieces, _) = walk.finish()?;
        let mut first = b"\x02\0\0\0UL\x04\0".to_vec();
        first.extend_from_slice(&length.to_le_bytes());
        pieces.insert(0, PyBytes::new(py, &first))?;
        Ok(pieces)
    }

    fn fillings(&self, names: &Names) -> PyResult<Vec<(Tag, Filling<'py>)>> {
        let py = self.dataset.py();
        let text = |text: &str| PyString::new(py, text).into_any();
        let demanded = |value: Option<Bound<'py, PyAny>>, advice| match value {
            Some(value) => Filling::Always(value),
            None => Filling::Demanded(advice),
        };
        let sop_class = identity(names, self.dataset, SOP_CLASS_UID)?;
        let sop_instance = identity(names, self.dataset, SOP_INSTANCE_UID)?;
        Ok(vec![
            (
                VERSION,
                Filling::WhenEmpty(PyBytes::new(py, &[0, 1]).into_any()),
            ),
            (
                MEDIA_STORAGE_SOP_CLASS_UID,
                demanded(sop_class, "set SOPClassUID in the data set"),
            ),
            (
                MEDIA_STORAGE_SOP_INSTANCE_UID,
                demanded(sop_instance, "set SOPInstanceUID in the data set"),
            ),
            (
                TRANSFER_SYNTAX_UID,
                Filling::Always(text(self.transfer_syntax)),
            ),
            (
                IMPLEMENTATION_CLASS_UID,
                Filling::WhenEmpty(text(self.implementation_class_uid)),
            ),
            (
                IMPLEMENTATION_VERSION_NAME,
                Filling::WhenAbsent(text(self.implementation_version_name)),
            ),
        ])
    }

    fn write(
        &self,
        walk: &mut Walk<'py>,
        elements: Elements<'py>,
        fillings: Vec<(Tag, Filling<'py>)>,
    ) -> Result<(), Problem> {
        let default = walk.default_encodings()?;
        let level = match self.stored {
            Some(stored) => walk.level(stored, &elements, &default)?,
            None => walk.empty_level(self.dataset, &default),
        };
        walk.levels.push(level);
        let mut fillings = fillings.into_iter().peekable();
        let mut elements = elements.into_iter().peekable();
        loop {
            let next_stored = elements.peek().map(|(tag, _)| *tag);
            let next_filled = fillings.peek().map(|(tag, _)| *tag);
            let Some(tag) = next_stored.into_iter().chain(next_filled).min() else {
                return Ok(());
            };
            let stored = elements.next_if(|(found, _)| *found == tag);
            let filling = fillings.next_if(|(found, _)| *found == tag);
            walk.path = vec![(tag, None)];
            match (stored, filling) {
                _ if tag == GROUP_LENGTH => {}
                (stored, Some((_, filling))) => fill(walk, tag, stored, filling)?,
                (Some((_, stored)), None) => walk.element(tag, &stored)?,
                (None, None) => return Ok(()),
            }
        }
    }
}

fn fill<'py>(
    walk: &mut Walk<'py>,
    tag: Tag,
    stored: Option<(Tag, Bound<'py, PyAny>)>,
    filling: Filling<'py>,
) -> Result<(), Problem> {
    let value = match (stored, filling) {
        (_, Filling::Always(value)) | (None, Filling::WhenAbsent(value)) => value,
        (Some((_, stored)), Filling::WhenAbsent(_)) => return walk.element(tag, &stored),
        (None, Filling::WhenEmpty(value)) => value,
        (Some((_, stored)), Filling::WhenEmpty(value)) => {
            if !is_empty(walk.names, &stored)? {
                return normalized(walk, tag, &stored);
            }
            value
        }
        (Some((_, stored)), Filling::Demanded(advice)) => {
            if !is_empty(walk.names, &stored)? {
                return normalized(walk, tag, &stored);
            }
            return Err(Problem::Here(format!("is required in a file; {advice}")));
        }
        (None, Filling::Demanded(advice)) => {
            return Err(Problem::Here(format!("is required in a file; {advice}")));
        }
    };
    let vr = dict::vr_of(tag);
    let parts = Parts {
        tag,
        letters: vr.bytes(),
        vr: Some(vr),
        value,
        is_undefined: false,
    };
    let element = parts.value.clone();
    walk.parts(&parts, &element)
}

/// Writes an element anew even when its bytes could be copied: pydicom looks at these.
fn normalized<'py>(
    walk: &mut Walk<'py>,
    tag: Tag,
    stored: &Bound<'py, PyAny>,
) -> Result<(), Problem> {
    let before = walk.set_converts(true);
    let written = walk.element(tag, stored);
    walk.set_converts(before);
    written
}

fn is_empty(names: &Names, element: &Bound<'_, PyAny>) -> PyResult<bool> {
    if element.get_type().is(&names.raw_data_element)
        && let Ok(fields) = element.cast::<PyTuple>()
    {
        let value = fields.get_item(3)?;
        return Ok(value.is_none() || value.len()? == 0);
    }
    let py = element.py();
    element
        .getattr(intern!(py, "is_empty"))
        .and_then(|empty| empty.is_truthy())
}

/// A UID of the data set, without having pydicom decode it; `None` when it has no value.
fn identity<'py>(
    names: &Names,
    dataset: &Bound<'py, PyAny>,
    tag: u32,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = dataset.py();
    let stored = dataset.getattr(intern!(py, "_dict"))?;
    let Some(element) = stored.cast::<PyDict>()?.get_item(tag)? else {
        return Ok(None);
    };
    if element.get_type().is(&names.raw_data_element)
        && let Ok(fields) = element.cast::<PyTuple>()
    {
        let value = fields.get_item(3)?;
        let Ok(bytes) = value.cast::<PyBytes>() else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(bytes.as_bytes());
        let text = text.trim_matches(['\0', ' ']);
        return Ok((!text.is_empty()).then(|| PyString::new(py, text).into_any()));
    }
    let value = element.getattr(intern!(py, "value"))?;
    let has_value = value.is_truthy()?;
    Ok(has_value.then_some(value))
}
