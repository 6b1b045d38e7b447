//! A raw element made into one with a Python value.
//!
//! The result is what pydicom's `convert_raw_data_element` gives, without its detours. Whatever is
//! invalid, unknown, or configured otherwise than by default is left to pydicom.

use std::borrow::Cow;
use std::cell::OnceCell;

use dicomwire_dataset::dict;
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::text::CharacterSets;
use dicomwire_dataset::vr::Vr;
use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::dataset::elements::{Elements, NewElement};
use crate::dataset::private::{self, Creator};
use crate::dataset::pydicom::{Pydicom, Settings};

const PIXEL_REPRESENTATION: Tag = Tag::new(0x0028, 0x0103);
const PIXEL_DATA: Tag = Tag::new(0x7FE0, 0x0010);
const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
/// Begins an escape sequence (PS3.5 §6.1.2.5.2).
const ESCAPE: u8 = 0x1B;
/// Whose first value pydicom takes as unsigned even where it is signed.
const LUT_DESCRIPTORS: [Tag; 4] = [
    Tag::new(0x0028, 0x1101),
    Tag::new(0x0028, 0x1102),
    Tag::new(0x0028, 0x1103),
    Tag::new(0x0028, 0x3002),
];

/// Converts elements of one data set.
pub(crate) struct Converter<'a, 'py> {
    pub(super) py: Python<'py>,
    names: &'static Pydicom,
    settings: Settings<'py>,
    source: &'a Elements,
    elements: &'a Bound<'py, PyDict>,
    encodings: &'a Bound<'py, PyAny>,
    encodings_tuple: OnceCell<Bound<'py, PyTuple>>,
    /// The character sets in force; `None` when they are not known here.
    character_sets: OnceCell<Option<CharacterSets>>,
}

/// The fields of a `RawDataElement` that matter here.
struct Raw<'py> {
    tag: Tag,
    vr: Option<Vr>,
    length: u32,
    value: Bound<'py, PyAny>,
    is_little: bool,
}

/// What is found out about an element before its value is looked at.
struct Meaning<'py> {
    vr: Vr,
    creator: Option<Bound<'py, PyAny>>,
}

/// The element as a tuple, if it is a `RawDataElement`.
pub(crate) fn is_raw<'a, 'py>(
    names: &Pydicom,
    element: &'a Bound<'py, PyAny>,
) -> Option<&'a Bound<'py, PyTuple>> {
    let raw = names.raw_data_element.bind(element.py());
    element
        .get_type()
        .is(raw)
        .then(|| element.cast::<PyTuple>().ok())?
}

fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' '));
    &bytes[..end.map_or(0, |last| last + 1)]
}

/// The VR of a private element of a creator; `None` when it depends on other elements, or pydicom
/// may have been taught what is not known here (`add_private_dict_entry`).
fn vr_of_private(names: &Pydicom, creator: &Bound<'_, PyAny>, tag: Tag) -> PyResult<Option<Vr>> {
    let Ok(name) = creator.cast::<PyString>() else {
        return Ok(None);
    };
    Ok(match dict::private(&name.to_cow()?, tag) {
        Some(entry) if entry.is_ambiguous() => None,
        Some(entry) => Some(entry.vr()),
        None => {
            let dictionaries = names.private_dictionaries.bind(creator.py());
            (!dictionaries.contains(name)?).then_some(Vr::UN)
        }
    })
}

impl<'a, 'py> Converter<'a, 'py> {
    pub(crate) fn new(
        py: Python<'py>,
        source: &'a Elements,
        elements: &'a Bound<'py, PyDict>,
        encodings: &'a Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let names = Pydicom::get(py)?;
        Ok(Self {
            py,
            names,
            settings: names.settings(py)?,
            source,
            elements,
            encodings,
            encodings_tuple: OnceCell::new(),
            character_sets: OnceCell::new(),
        })
    }

    pub(super) fn names(&self) -> &'static Pydicom {
        self.names
    }

    pub(super) fn raises(&self) -> bool {
        self.settings.raises
    }

    pub(super) fn validation_mode(&self) -> &Bound<'py, PyAny> {
        &self.settings.validation_mode
    }

    pub(super) fn encodings(&self) -> &Bound<'py, PyAny> {
        self.encodings
    }

    pub(super) fn encodings_tuple(&self) -> PyResult<Bound<'py, PyTuple>> {
        if let Some(known) = self.encodings_tuple.get() {
            return Ok(known.clone());
        }
        let made = match self.encodings.cast::<PyList>() {
            Ok(list) => list.to_tuple(),
            Err(_) => PyTuple::new(self.py, [self.encodings])?,
        };
        Ok(self.encodings_tuple.get_or_init(|| made).clone())
    }

    fn character_sets(&self) -> Option<&CharacterSets> {
        let parse = || {
            let names: Vec<String> = match self.encodings.extract::<String>() {
                Ok(single) => vec![single],
                Err(_) => self.encodings.extract().ok()?,
            };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            CharacterSets::from_python_encodings(&names)
        };
        self.character_sets.get_or_init(parse).as_ref()
    }

    /// A name in the character sets of the data set, as pydicom writes it.
    pub(super) fn encoded<'t>(&self, text: &'t str) -> Option<Cow<'t, [u8]>> {
        if text.is_ascii() {
            return Some(Cow::Borrowed(text.as_bytes()));
        }
        let sets = self.character_sets()?;
        // Of several sets pydicom also names the first one, where that is not needed.
        if sets.terms().count() > 1 {
            return None;
        }
        sets.encode(text, Vr::PN).ok()
    }

    /// Text that is more than ASCII; `None` when pydicom would warn of it.
    fn decoded<'t>(&self, tag: Tag, vr: Vr, bytes: &'t [u8]) -> Option<Cow<'t, str>> {
        if !vr.uses_character_set() || tag == SPECIFIC_CHARACTER_SET {
            return None;
        }
        // pydicom removes the padding of names, and of names only, before it decodes.
        let bytes = match vr {
            Vr::PN => without_padding(bytes),
            _ => bytes,
        };
        let decoded = self.character_sets()?.decode(bytes, vr);
        decoded.fidelity.is_pydicoms().then_some(decoded.text)
    }

    /// Converts an element; `None` when pydicom has to.
    pub(crate) fn convert(&self, raw: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if !self.settings.is_default {
            return Ok(None);
        }
        let Some(fields) = self.fields(raw)? else {
            return Ok(None);
        };
        let Some(meaning) = self.meaning(&fields)? else {
            return Ok(None);
        };
        let Some(value) = self.value(&fields, meaning.vr)? else {
            return Ok(None);
        };
        let vr = if fields.vr == Some(meaning.vr) {
            raw.get_item(1)?
        } else {
            self.names.vr(self.py, meaning.vr)
        };
        let element = NewElement {
            tag: raw.get_item(0)?,
            vr,
            value,
            offset: raw.get_item(4)?,
            is_undefined: fields.length == u32::MAX,
            private_creator: meaning
                .creator
                .unwrap_or_else(|| self.py.None().into_bound(self.py)),
        };
        element
            .make(self.py, self.names, &self.settings.validation_mode)
            .map(Some)
    }

    fn fields(&self, raw: &Bound<'py, PyTuple>) -> PyResult<Option<Raw<'py>>> {
        let tag = Tag(raw.get_borrowed_item(0)?.extract()?);
        let written = raw.get_borrowed_item(1)?;
        let vr = if written.is_none() {
            None
        } else {
            let text = written.cast::<PyString>()?;
            let letters = text.to_cow()?;
            let known = letters.as_bytes().try_into().ok().and_then(Vr::from_bytes);
            if known.is_none() {
                return Ok(None);
            }
            known
        };
        Ok(Some(Raw {
            tag,
            vr,
            length: raw.get_borrowed_item(2)?.extract()?,
            value: raw.get_item(3)?,
            is_little: raw.get_borrowed_item(6)?.extract()?,
        }))
    }

    /// The VR by which the value is to be read; `None` when pydicom has to tell.
    fn meaning(&self, raw: &Raw<'py>) -> PyResult<Option<Meaning<'py>>> {
        if raw.tag.is_private() {
            return self.private_meaning(raw);
        }
        let plain = |vr| Some(Meaning { vr, creator: None });
        let is_short = raw.length < 0xFFFF;
        Ok(match raw.vr {
            Some(Vr::UN) if self.settings.replaces_unknown && is_short => {
                // Mostly a sequence, or a value of a newer standard than the writer knew.
                let added = self.names.dictionary.bind(self.py);
                match dict::lookup(raw.tag) {
                    None if !added.contains(raw.tag.0)? => plain(Vr::UN),
                    _ => None,
                }
            }
            Some(vr) => plain(vr),
            None => match dict::lookup(raw.tag) {
                Some(entry) if entry.is_ambiguous() => {
                    self.ambiguous(raw, entry.vrs)?.and_then(plain)
                }
                Some(entry) => plain(entry.vr),
                None if raw.tag.element() == 0 => plain(Vr::UL),
                None => None,
            },
        })
    }

    fn private_meaning(&self, raw: &Raw<'py>) -> PyResult<Option<Meaning<'py>>> {
        let is_creator = (0x10..0x100).contains(&raw.tag.element());
        if is_creator {
            let vr = match raw.vr {
                None => Vr::LO,
                Some(Vr::UN) if self.settings.replaces_unknown => Vr::LO,
                Some(vr) => vr,
            };
            return Ok(Some(Meaning { vr, creator: None }));
        }
        let creator = match private::creator(self.py, self.names, self.elements, raw.tag)? {
            Creator::Missing => None,
            Creator::Known(name) => Some(name),
            Creator::Unclear => return Ok(None),
        };
        let vr = match raw.vr {
            Some(vr) if vr != Vr::UN || !self.settings.replaces_unknown => Some(vr),
            _ => match &creator {
                Some(name) => vr_of_private(self.names, name, raw.tag)?,
                None => Some(Vr::UN),
            },
        };
        Ok(vr.map(|vr| Meaning { vr, creator }))
    }

    /// VRs that other elements decide about (PS3.5 §A.1, PS3.3 §C.7.6.3.1.1).
    fn ambiguous(&self, raw: &Raw<'py>, vrs: &str) -> PyResult<Option<Vr>> {
        let is_undefined = raw.length == u32::MAX;
        // A VR missing in an explicit data set is another matter.
        if !self.source.index.encoding().implicit {
            return Ok(None);
        }
        Ok(match vrs {
            "OB or OW" if raw.tag == PIXEL_DATA && is_undefined => Some(Vr::OB),
            "OB or OW" if raw.tag == PIXEL_DATA => Some(Vr::OW),
            "OB or OW" if raw.tag.group() & 0xFF00 == 0x6000 => Some(Vr::OW),
            "US or SS" if raw.length == 2 => match self.pixel_representation()? {
                Some(0) => Some(Vr::US),
                Some(_) => Some(Vr::SS),
                None => None,
            },
            _ => None,
        })
    }

    fn pixel_representation(&self) -> PyResult<Option<u16>> {
        let tag = self.names.base_tag(self.py, PIXEL_REPRESENTATION)?;
        let Some(element) = self.elements.get_item(tag)? else {
            return Ok(self.source.index.pixel_representation());
        };
        if is_raw(self.names, &element).is_some() {
            return Ok(self.source.index.pixel_representation());
        }
        let value = element.getattr(intern!(self.py, "value"))?;
        Ok(value.extract().ok())
    }

    /// The Python value; `None` when pydicom has to convert it.
    fn value(&self, raw: &Raw<'py>, vr: Vr) -> PyResult<Option<Bound<'py, PyAny>>> {
        if raw.length == 0 {
            return self.empty(vr);
        }
        let Ok(value) = raw.value.cast::<PyBytes>() else {
            return Ok(None);
        };
        let bytes = value.as_bytes();
        match vr {
            Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => {
                Ok(Some(raw.value.clone()))
            }
            Vr::SQ => Ok(None),
            Vr::AT => self.tags(raw, bytes),
            _ if vr.is_text() => {
                let is_plain = bytes.is_ascii() && !bytes.contains(&ESCAPE);
                let text = match std::str::from_utf8(bytes) {
                    Ok(text) if is_plain => Some(Cow::Borrowed(text)),
                    _ => self.decoded(raw.tag, vr, bytes),
                };
                text.map_or(Ok(None), |text| self.text(vr, &text))
            }
            _ => self.numbers(raw, vr, bytes),
        }
    }

    fn empty(&self, vr: Vr) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(match vr {
            Vr::PN => {
                let class = self.names.person_name.bind(self.py);
                Some(class.call1((intern!(self.py, ""),))?)
            }
            Vr::SQ => None,
            Vr::DS | Vr::IS => Some(self.py.None().into_bound(self.py)),
            _ if vr.is_text() => Some(intern!(self.py, "").clone().into_any()),
            _ => Some(self.py.None().into_bound(self.py)),
        })
    }

    fn tags(&self, raw: &Raw<'py>, bytes: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (tags, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Ok(None);
        }
        let number = |pair: [u8; 2]| {
            if raw.is_little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }
        };
        let constructor = || Ok(self.names.tag.bind(self.py).clone());
        let tags = tags.iter().map(|&[a, b, c, d]| {
            let tag = Tag::new(number([a, b]), number([c, d]));
            self.names.base_tag(self.py, tag).map(Some)
        });
        self.one_or_many(tags, constructor)
    }

    fn numbers(&self, raw: &Raw<'py>, vr: Vr, bytes: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
        macro_rules! numbers {
            ($type:ty) => {
                self.number_list(bytes, |number| {
                    if raw.is_little {
                        <$type>::from_le_bytes(number)
                    } else {
                        <$type>::from_be_bytes(number)
                    }
                })
            };
        }
        if vr == Vr::SS && LUT_DESCRIPTORS.contains(&raw.tag) {
            return Ok(None);
        }
        match vr {
            Vr::US => numbers!(u16),
            Vr::SS => numbers!(i16),
            Vr::UL => numbers!(u32),
            Vr::SL => numbers!(i32),
            Vr::UV => numbers!(u64),
            Vr::SV => numbers!(i64),
            Vr::FL => numbers!(f32),
            Vr::FD => numbers!(f64),
            _ => Ok(None),
        }
    }

    fn number_list<const N: usize, T: IntoPyObject<'py>>(
        &self,
        bytes: &[u8],
        read: impl Fn([u8; N]) -> T,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (numbers, rest) = bytes.as_chunks::<N>();
        if !rest.is_empty() {
            return Ok(None);
        }
        let convert = |number: &[u8; N]| -> PyResult<Bound<'py, PyAny>> {
            read(*number).into_bound_py_any(self.py)
        };
        if let [number] = numbers {
            return convert(number).map(Some);
        }
        let list = PyList::empty(self.py);
        for number in numbers {
            list.append(convert(number)?)?;
        }
        Ok(Some(list.into_any()))
    }
}
