//! Changes to instances on their way, as Python asks for them.

use std::borrow::Cow;
use std::sync::Arc;

use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::rewrite::{Change, Changes, NewElement, NewValue, UidMap};
use dicomwire_dataset::text::{CharacterSets, Fidelity};
use dicomwire_dataset::{Error, Tag, Vr, dict};
use dicomwire_net::rewriting::{Functions, Obstacle, Rewriting};
use dicomwire_net::scan::Item;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::errors::make;
use crate::observer::Watch;

/// The tag of each element on the way, and of sequences the item, or `None` for every item.
type Path = Vec<(u32, Option<u32>)>;
/// (path, kind, VR, value); what the value is depends on the kind.
type ChangeTuple<'py> = (Path, String, Option<String>, Bound<'py, PyAny>);
/// (tag, kind, VR, value)
type ElementTuple<'py> = (u32, String, Option<String>, Bound<'py, PyAny>);

fn refused(py: Python<'_>, error: &Error) -> PyErr {
    make(py, "ConfigError", &error.to_string(), &[])
}

/// The changes that are the same for every instance.
#[pyclass(frozen, module = "dicomwire._core", name = "Changes")]
pub(crate) struct PyChanges(Arc<Changes>);

#[pymethods]
impl PyChanges {
    #[new]
    fn new(py: Python<'_>, changes: Vec<ChangeTuple<'_>>) -> PyResult<Self> {
        let mut all = Changes::default();
        for change in changes {
            let (path, change) = to_change(change)?;
            all.insert(&path, change)
                .map_err(|error| refused(py, &error))?;
        }
        Ok(Self(Arc::new(all)))
    }
}

/// What to change, read from `dicomwire.rewriting.Rewrite`.
#[derive(FromPyObject)]
pub(crate) struct RewriteSpec {
    changes: Py<PyChanges>,
    decide: Option<Py<PyAny>>,
}

impl RewriteSpec {
    pub(crate) fn into_rewriting(self, watch: &Arc<Watch>) -> Rewriting {
        let functions = self.decide.map(|decide| -> Arc<dyn Functions> {
            Arc::new(PyFunctions {
                decide,
                watch: Arc::clone(watch),
            })
        });
        Rewriting {
            fixed: Arc::clone(&self.changes.get().0),
            functions,
        }
    }
}

/// `decide(head, path, SOP class, SOP instance, transfer syntax)` gives a list of changes.
struct PyFunctions {
    decide: Py<PyAny>,
    watch: Arc<Watch>,
}

impl Functions for PyFunctions {
    fn decide(&self, item: &Item, head: Index) -> Result<Vec<(TagPath, Change)>, Obstacle> {
        let decide = |py: Python<'_>| -> PyResult<Vec<(TagPath, Change)>> {
            let arguments = (
                HeadElements(head),
                item.path.as_deref(),
                item.head.sop_class_uid.as_str(),
                item.head.sop_instance_uid.as_str(),
                item.head.transfer_syntax_uid.as_str(),
            );
            let decided = self.decide.bind(py).call1(arguments)?;
            let decided: Vec<ChangeTuple<'_>> = decided.extract()?;
            let mut check = Changes::default();
            let mut changes = Vec::with_capacity(decided.len());
            for change in decided {
                let (path, change) = to_change(change)?;
                // A value that no instance can have is the function's mistake.
                check
                    .insert(&path, change.clone())
                    .map_err(|error| refused(py, &error))?;
                changes.push((path, change));
            }
            Ok(changes)
        };
        Python::attach(|py| {
            decide(py).map_err(|error| {
                if is_decode_error(py, &error) {
                    // A value of this instance that cannot be read, and no mistake of the function.
                    let reason = error.value(py).to_string();
                    return Obstacle::Instance(format!("cannot be rewritten: {reason}"));
                }
                self.watch.keep(error);
                Obstacle::Handler
            })
        })
    }
}

fn is_decode_error(py: Python<'_>, error: &PyErr) -> bool {
    py.import("dicomwire.errors")
        .and_then(|errors| errors.getattr("DecodeError"))
        .is_ok_and(|class| error.is_instance(py, &class))
}

fn to_change((path, kind, vr, value): ChangeTuple<'_>) -> PyResult<(TagPath, Change)> {
    let mut steps = TagPath::root();
    for (tag, item) in path {
        steps = steps.child(Tag(tag));
        if let Some(item) = item {
            steps = steps.item(item);
        }
    }
    let change = match kind.as_str() {
        "remove" => Change::Remove,
        "map" => Change::MapUid(Arc::clone(&value.cast::<PyUidMap>()?.get().0)),
        _ => Change::Set(to_vr(vr.as_deref()), to_value(&kind, &value)?),
    };
    Ok((steps, change))
}

fn to_vr(letters: Option<&str>) -> Option<Vr> {
    let letters = letters?.as_bytes().first_chunk()?;
    Vr::from_bytes(*letters)
}

fn to_value(kind: &str, value: &Bound<'_, PyAny>) -> PyResult<NewValue> {
    Ok(match kind {
        "text" => NewValue::Text(value.extract()?),
        "integers" => NewValue::Integers(value.extract()?),
        "floats" => NewValue::Floats(value.extract()?),
        "tags" => {
            let tags: Vec<u32> = value.extract()?;
            NewValue::Tags(tags.into_iter().map(Tag).collect())
        }
        "items" => {
            let items: Vec<Vec<ElementTuple<'_>>> = value.extract()?;
            let items = items
                .into_iter()
                .map(|item| item.into_iter().map(to_element).collect())
                .collect::<PyResult<_>>()?;
            NewValue::Items(items)
        }
        _ => NewValue::Bytes(value.extract()?),
    })
}

fn to_element((tag, kind, vr, value): ElementTuple<'_>) -> PyResult<NewElement> {
    Ok(NewElement {
        tag: Tag(tag),
        vr: to_vr(vr.as_deref()),
        value: to_value(&kind, &value)?,
    })
}

/// A stable mapping of UIDs.
#[pyclass(frozen, module = "dicomwire._core", name = "UidMap")]
pub(crate) struct PyUidMap(Arc<UidMap>);

#[pymethods]
impl PyUidMap {
    #[new]
    fn new(py: Python<'_>, root: Option<&str>, salt: &[u8]) -> PyResult<Self> {
        UidMap::new(root, salt)
            .map(|map| Self(Arc::new(map)))
            .map_err(|error| make(py, "ConfigError", &error.to_string(), &[]))
    }

    /// The new UID for an old one.
    fn map(&self, uid: &str) -> String {
        self.0.map(uid)
    }
}

/// The tag of an element of the dictionary, or `None`.
#[pyfunction]
pub(crate) fn tag_of(keyword: &str) -> Option<u32> {
    dict::by_keyword(keyword).map(|entry| entry.tag.0)
}

/// The VRs of an element of the dictionary, as in `"US or SS"`, or `None`.
#[pyfunction]
pub(crate) fn vrs_of(tag: u32) -> Option<&'static str> {
    dict::lookup(Tag(tag)).map(|entry| entry.vrs)
}

/// The elements of an instance before its pixel data, or of an item in it.
#[pyclass(frozen, module = "dicomwire._core")]
pub(crate) struct HeadElements(Index);

#[pymethods]
impl HeadElements {
    fn __contains__(&self, tag: u32) -> bool {
        self.0.get(Tag(tag)).is_some()
    }

    /// The value of an element: text, numbers, bytes, or the items of a sequence. Several values
    /// are a list. `None` when it has no value.
    fn value<'py>(&self, py: Python<'py>, tag: u32) -> PyResult<Bound<'py, PyAny>> {
        let Some(entry) = self.0.get(Tag(tag)) else {
            return Ok(py.None().into_bound(py));
        };
        let broken = |error: Error| make(py, "DecodeError", &error.to_string(), &[]);
        let vr = self.0.readable_vr(entry);
        if vr == Vr::SQ || entry.content != Content::Value {
            let items = self.0.items(entry).map_err(broken)?;
            let items: Vec<Self> = items.into_iter().map(Self).collect();
            return items.into_bound_py_any(py);
        }
        if vr.is_text() {
            let value = self.0.readable_value(entry);
            let (sets, _) = CharacterSets::parse(self.0.character_set());
            let decoded = sets.decode(value.trimmed(), vr);
            if decoded.fidelity == Fidelity::Replaced {
                return Err(broken(Error::InvalidValue {
                    path: self.0.path(entry),
                    length: value.as_bytes().len() as u64,
                    expected: "text in its character set",
                }));
            }
            let text = decoded.text;
            return text_value(py, vr, &text);
        }
        numbers(py, &self.0, entry).map_err(broken)?
    }
}

fn text_value<'py>(py: Python<'py>, vr: Vr, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let is_one = matches!(vr, Vr::LT | Vr::ST | Vr::UT | Vr::UR) || !text.contains('\\');
    if is_one {
        return one_text(py, vr, text);
    }
    let values = text
        .split('\\')
        .map(|part| one_text(py, vr, part.trim_matches(' ')))
        .collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, values).map(Bound::into_any)
}

/// DS and IS are numbers where they can be.
fn one_text<'py>(py: Python<'py>, vr: Vr, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match vr {
        Vr::IS => match text.trim().parse::<i64>() {
            Ok(number) => number.into_bound_py_any(py),
            Err(_) => text.into_bound_py_any(py),
        },
        Vr::DS => match text.trim().parse::<f64>() {
            Ok(number) => number.into_bound_py_any(py),
            Err(_) => text.into_bound_py_any(py),
        },
        _ => text.into_bound_py_any(py),
    }
}

fn numbers<'py>(
    py: Python<'py>,
    index: &Index,
    entry: &Entry,
) -> Result<PyResult<Bound<'py, PyAny>>, Error> {
    let value = index.readable_value(entry);
    Ok(match value.vr() {
        Vr::US => several(py, value.u16s()?),
        Vr::SS => several(py, value.i16s()?),
        Vr::UL => several(py, value.u32s()?),
        Vr::SL => several(py, value.i32s()?),
        Vr::UV => several(py, value.u64s()?),
        Vr::SV => several(py, value.i64s()?),
        Vr::FL => several(py, value.f32s()?),
        Vr::FD => several(py, value.f64s()?),
        Vr::AT => several(py, value.tags()?.into_iter().map(|tag| tag.0)),
        _ if value.as_bytes().is_empty() => Ok(py.None().into_bound(py)),
        vr => {
            let mut bytes = Cow::Borrowed(value.as_bytes());
            if index.encoding().big_endian && vr.swap_width() > 1 {
                bytes
                    .to_mut()
                    .chunks_exact_mut(vr.swap_width())
                    .for_each(<[u8]>::reverse);
            }
            Ok(PyBytes::new(py, &bytes).into_any())
        }
    })
}

/// Nothing, one value, or a list.
fn several<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    numbers: impl Iterator<Item = T>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut values = numbers
        .map(|number| number.into_bound_py_any(py))
        .collect::<PyResult<Vec<_>>>()?;
    if values.len() > 1 {
        return PyList::new(py, values).map(Bound::into_any);
    }
    Ok(values.pop().unwrap_or_else(|| py.None().into_bound(py)))
}
