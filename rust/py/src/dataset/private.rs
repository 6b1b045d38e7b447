//! Private elements and who reserved them (PS3.5 §7.8.1).

use dicomwire_dataset::index::Index;
use dicomwire_dataset::tag::Tag;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::dataset::convert::is_raw;
use crate::dataset::pydicom::Pydicom;

/// The tag of the element that names the creator of a private element; `None` for elements which
/// have none.
pub(crate) fn creator_tag(tag: Tag) -> Option<Tag> {
    let block = tag.element() >> 8;
    (tag.is_private() && block >= 0x10).then(|| Tag::new(tag.group(), block))
}

/// The creator of a private element, as far as it is plain text.
pub(crate) fn creator_in_index(index: &Index, tag: Tag) -> Option<String> {
    let entry = index.get(creator_tag(tag)?)?;
    plain(index.value(entry).as_bytes()).map(str::to_owned)
}

/// What is known of the creator of an element.
pub(crate) enum Creator<'py> {
    /// None is there.
    Missing,
    /// Its name.
    Known(Bound<'py, PyAny>),
    /// It is there, but it takes pydicom to read it.
    Unclear,
}

/// The creator of a private element among the elements of a data set.
pub(crate) fn creator<'py>(
    py: Python<'py>,
    names: &Pydicom,
    elements: &Bound<'py, PyDict>,
    tag: Tag,
) -> PyResult<Creator<'py>> {
    let Some(tag) = creator_tag(tag) else {
        return Ok(Creator::Missing);
    };
    let Some(element) = elements.get_item(names.base_tag(py, tag)?)? else {
        return Ok(Creator::Missing);
    };
    let Some(raw) = is_raw(names, &element) else {
        return Ok(Creator::Known(element.getattr(intern!(py, "value"))?));
    };
    let value = raw.get_borrowed_item(3)?;
    let bytes = value.cast::<PyBytes>().ok();
    let text = bytes.as_ref().and_then(|bytes| plain(bytes.as_bytes()));
    Ok(match text {
        Some(text) => Creator::Known(text.into_pyobject(py)?.into_any()),
        None => Creator::Unclear,
    })
}

fn plain(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_end_matches(['\0', ' ']);
    let is_plain = |byte| (b' '..=b'~').contains(&byte) && byte != b'\\';
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(is_plain)).then_some(text)
}
