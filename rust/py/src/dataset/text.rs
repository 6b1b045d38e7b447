//! Values that are character strings, as the Python values pydicom gives.
//!
//! Only what is valid is converted here: pydicom itself converts (and warns of) everything else,
//! so that what it says about a bad value is the same whoever read the file.

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
            Vr::LO => self.limited(text, 64),
            Vr::SH => self.limited(text, 16),
            Vr::UC => self.limited(text, usize::MAX),
            Vr::ST => self.single(text, 1024),
            Vr::LT => self.single(text, 10_240),
            Vr::UT => self.single(text, usize::MAX),
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

    /// Strings of at most so many characters each (PS3.5 Table 6.2-1).
    fn limited(&self, text: &str, most: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let is_valid = |part: &str| part.len() <= most || part.chars().count() <= most;
        if !text.split('\\').all(is_valid) {
            return Ok(None);
        }
        self.strings(text.split('\\').map(|part| part.trim_end_matches(PADDING)))
    }

    fn single(&self, text: &str, most: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if text.len() > most && text.chars().count() > most {
            return Ok(None);
        }
        let text = text.trim_end_matches(PADDING);
        Ok(Some(PyString::new(self.py, text).into_any()))
    }

    fn uids(&self, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let constructor = || Ok(self.names().uid.bind(self.py).as_any().clone());
        let parts = text.split('\\').map(|part| {
            if !part.is_empty() && !dicomwire_dataset::uid::is_valid(part) {
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
        let original = part.trim_matches(is_python_space);
        if part.is_empty() {
            return Ok(Some(PyString::new(self.py, "").into_any()));
        }
        // `float` takes fewer characters for space than `str.strip` does.
        let is_odd = part.contains(|letter| matches!(letter, '\x1c'..='\x1f'));
        if is_odd || !is_decimal(original) || (self.raises() && part.len() > 16) {
            return Ok(None);
        }
        let Ok(number) = original.parse::<f64>() else {
            return Ok(None);
        };
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
        let original = part.trim_matches(' ');
        let digits = original.strip_prefix(['+', '-']).unwrap_or(original);
        let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // PS3.5 Table 6.2-1: at most 12 characters, and a number of 32 bits.
        if !is_integer || part.len() > 12 {
            return Ok(None);
        }
        let Ok(number) = original.parse::<i64>() else {
            return Ok(None);
        };
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
        let is_group = |group: &str| group.len() <= 64 || group.chars().count() <= 64;
        if part.split('=').count() > 3 || !part.split('=').all(is_group) {
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

/// Whether a text is a decimal string as PS3.5 Table 6.2-1 describes it.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    has_digits && is_digits(whole) && is_digits(fraction) && is_exponent
}
