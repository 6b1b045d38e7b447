//! Values that are text: strings of the default repertoire, text in character sets, numbers and
//! dates written as text.

use dicomwire_dataset::vr::Vr;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString};

use crate::encode::problem::Problem;
use crate::encode::value::{Known, Shape};
use crate::encode::walk::Walk;

impl<'py> Walk<'py> {
    /// AE, AS, CS, UI and UR: the default repertoire, of which Latin-1 is let through.
    pub(crate) fn strings(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        self.joined(value, Self::string)
    }

    /// LO, LT, SH, ST, UC and UT: the character sets of the data set.
    pub(crate) fn texts(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        self.joined(value, |walk, text| {
            if let Ok(bytes) = text.cast::<PyBytes>() {
                walk.out.push(bytes.as_bytes());
                return Ok(Known::Written);
            }
            let Ok(text) = text.cast::<PyString>() else {
                return Ok(Known::No);
            };
            walk.push_text(text)?;
            Ok(Known::Written)
        })
    }

    /// PN.
    pub(crate) fn person_names(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        self.joined(value, |walk, name| {
            if !name.get_type().is(&walk.names.person_name) {
                return Ok(Known::No);
            }
            walk.push_person_name(name)?;
            Ok(Known::Written)
        })
    }

    /// DS and IS: as they were read, if they were.
    pub(crate) fn number_strings(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        self.joined(value, |walk, number| {
            if number.is_instance_of::<PyString>() {
                return walk.string(number);
            }
            if let Some(text) = walk.original_string(number)? {
                return walk.string(&text);
            }
            let is_number = number.is_instance_of::<PyInt>()
                || number.is_instance_of::<PyFloat>()
                || number.hasattr(intern!(walk.py, "auto_format"))?;
            if !is_number {
                return Ok(Known::No);
            }
            walk.string(number.str()?.as_any())
        })
    }

    /// DA, DT and TM: as they were read, or as the standard writes them.
    pub(crate) fn dates(&mut self, vr: Vr, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        self.joined(value, |walk, date| {
            if date.is_instance_of::<PyString>() {
                return walk.string(date);
            }
            if let Some(text) = walk.original_string(date)? {
                return walk.string(&text);
            }
            let format = match vr {
                Vr::DA => &walk.names.format_date,
                Vr::TM => &walk.names.format_time,
                _ => &walk.names.format_date_time,
            };
            let text = format.bind(walk.py).call1((date,))?;
            walk.string(&text)
        })
    }

    /// Appends values with backslashes between them.
    fn joined(
        &mut self,
        value: &Bound<'py, PyAny>,
        mut push: impl FnMut(&mut Self, &Bound<'py, PyAny>) -> Result<Known, Problem>,
    ) -> Result<Known, Problem> {
        match self.shape(value)? {
            Shape::None => Ok(Known::Written),
            Shape::One(value) => push(self, &value),
            Shape::Many(values) => {
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        self.out.push(b"\\");
                    }
                    if push(self, &value)? == Known::No {
                        return Ok(Known::No);
                    }
                }
                Ok(Known::Written)
            }
        }
    }

    fn string(&mut self, text: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        let Ok(text) = text.cast::<PyString>() else {
            return Ok(Known::No);
        };
        let Ok(utf8) = text.to_str() else {
            return Ok(Known::No);
        };
        if utf8.is_ascii() {
            self.out.push(utf8.as_bytes());
        } else if !self.out.push_latin1(utf8) {
            return Err(Problem::Here(format!(
                "{utf8:?} has characters outside the default repertoire (PS3.5 section 6.1.1), \
                 whatever the Specific Character Set; replace them"
            )));
        }
        Ok(Known::Written)
    }

    /// The text a number or date was made of.
    fn original_string(&self, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match value.getattr(intern!(self.py, "original_string")) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_instance_of::<PyAttributeError>(self.py) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
