//! Values that are character strings, as the Python values pydicom gives.
//!
//! Only what is valid is converted here: pydicom itself converts (and warns of) everything else,
//! so that what it says about a bad value is the same whoever read the file.

use dicomwire_dataset::value::{parse_decimal, parse_integer, validate_one};
use dicomwire_dataset::vr::Vr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::dataset::convert::Converter;

/// What Python's `str.strip` removes, of ASCII.
const fn is_python_space(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | '\x1c'..='\x1f' | ' ')
}

/// What pads a value (PS3.5 §6.2).
const PADDING: [char; 2] = ['\0', ' '];

impl<'py> Converter<'_, 'py> {
    /// A value of a character string VR that has been decoded; `None` when pydicom must look at it.
    pub(super) fn text(&self, vr: Vr, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        match vr {
            Vr::AE => self.strings(
                text.split('\\')
                    .map(|part| part.trim_matches(is_python_space)),
            ),
            Vr::AS | Vr::CS | Vr::DA | Vr::DT | Vr::TM => {
                self.strings(text.trim_end_matches(PADDING).split('\\'))
            }
            Vr::LO | Vr::SH | Vr::UC => self.limited(vr, text),
            Vr::LT | Vr::ST | Vr::UT => self.single(vr, text),
            Vr::UR => {
                let text = text.trim_end_matches(is_python_space);
                Ok(Some(PyString::new(self.py, text).into_any()))
            }
            Vr::UI => self.uids(text.trim_end_matches(PADDING)),
            Vr::DS => self.decimal_strings(text),
            Vr::IS => self.integer_strings(text.trim_end_matches(PADDING)),
            Vr::PN => self.person_names(text.trim_end_matches(PADDING)),
            _ => Ok(None),
        }
    }

    /// One string, or a multi-value of them.
    fn strings<'t>(
        &self,
        parts: impl Iterator<Item = &'t str>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let constructor = self.names().str_type.bind(self.py).as_any().clone();
        let parts = parts.map(|part| Ok(Some(PyString::new(self.py, part).into_any())));
        self.one_or_many(parts, || Ok(constructor))
    }

    /// Strings of which each may have so many characters.
    fn limited(&self, vr: Vr, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if text.split('\\').any(|part| validate_one(vr, part).is_err()) {
            return Ok(None);
        }
        self.strings(text.split('\\').map(|part| part.trim_end_matches(PADDING)))
    }

    fn single(&self, vr: Vr, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if validate_one(vr, text).is_err() {
            return Ok(None);
        }
        let text = text.trim_end_matches(PADDING);
        Ok(Some(PyString::new(self.py, text).into_any()))
    }

    fn uids(&self, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let constructor = || Ok(self.names().uid.bind(self.py).as_any().clone());
        let parts = text.split('\\').map(|part| {
            if validate_one(Vr::UI, part).is_err() {
                return Ok(None);
            }
            self.names().new_uid(self.py, part).map(Some)
        });
        self.one_or_many(parts, constructor)
    }

    fn decimal_strings(&self, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let text = text.trim_matches(is_python_space).trim_end_matches(PADDING);
        let constructor = || Ok(self.names().ds_float.bind(self.py).as_any().clone());
        let parts = text.split('\\').map(|part| self.decimal_string(part));
        self.one_or_many(parts, constructor)
    }

    fn decimal_string(&self, part: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if part.is_empty() {
            return Ok(Some(PyString::new(self.py, "").into_any()));
        }
        // Only on request does pydicom mind how long it is.
        if self.raises() && validate_one(Vr::DS, part).is_err() {
            return Ok(None);
        }
        let Some(number) = parse_decimal(part) else {
            return Ok(None);
        };
        let original = part.trim_matches(' ');
        let value = self.names().float(self.py, number)?;
        value.setattr(intern!(self.py, "original_string"), original)?;
        value.setattr(intern!(self.py, "auto_format"), false)?;
        Ok(Some(value))
    }

    fn integer_strings(&self, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let constructor = || Ok(self.names().integer_string.bind(self.py).as_any().clone());
        let parts = text.split('\\').map(|part| self.integer_string(part));
        self.one_or_many(parts, constructor)
    }

    fn integer_string(&self, part: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if part.is_empty() {
            return Ok(Some(PyString::new(self.py, "").into_any()));
        }
        if validate_one(Vr::IS, part).is_err() {
            return Ok(None);
        }
        let Some(number) = parse_integer(part) else {
            return Ok(None);
        };
        let original = part.trim_matches(' ');
        if self.raises() && i32::try_from(number).is_err() {
            return Ok(None);
        }
        let value = self.names().integer(self.py, number)?;
        value.setattr(intern!(self.py, "original_string"), original)?;
        Ok(Some(value))
    }

    fn person_names(&self, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let constructor = || {
            let make = self.names().person_name_constructor.bind(self.py);
            make.call1((self.encodings(),))
        };
        let parts = text.split('\\').map(|part| self.person_name(part));
        self.one_or_many(parts, constructor)
    }

    /// A name of up to three groups (PS3.5 §6.2.1.2).
    fn person_name(&self, part: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if validate_one(Vr::PN, part).is_err() {
            return Ok(None);
        }
        let part = part.trim_end_matches('=');
        let Some(encoded) = self.encoded(part) else {
            return Ok(None);
        };
        let groups = part.split('=').filter(|_| !part.is_empty());
        let groups = PyTuple::new(self.py, groups.collect::<Vec<_>>())?;
        let name = self.names().instance(self.py, &self.names().person_name)?;
        name.setattr(
            intern!(self.py, "original_string"),
            PyBytes::new(self.py, &encoded),
        )?;
        name.setattr(intern!(self.py, "_components"), groups)?;
        name.setattr(intern!(self.py, "validation_mode"), self.validation_mode())?;
        name.setattr(intern!(self.py, "encodings"), self.encodings_tuple()?)?;
        Ok(Some(name))
    }

    /// A value as it is, or several as pydicom's `MultiValue`; `None` when one of them is not clear.
    pub(super) fn one_or_many(
        &self,
        mut parts: impl Iterator<Item = PyResult<Option<Bound<'py, PyAny>>>>,
        constructor: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(first) = parts.next().transpose()?.flatten() else {
            return Ok(None);
        };
        let Some(second) = parts.next() else {
            return Ok(Some(first));
        };
        let Some(second) = second? else {
            return Ok(None);
        };
        let list = PyList::new(self.py, [first, second])?;
        for part in parts {
            let Some(part) = part? else {
                return Ok(None);
            };
            list.append(part)?;
        }
        let multi = self.names().instance(self.py, &self.names().multi_value)?;
        multi.setattr(intern!(self.py, "_constructor"), constructor()?)?;
        multi.setattr(intern!(self.py, "_list"), list)?;
        Ok(Some(multi))
    }
}
