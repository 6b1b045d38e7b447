//! Values by VR: which kinds of Python objects are known, and how they come into the element.

use dicomwire_dataset::pieces::Open;
use dicomwire_dataset::vr::Vr;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::encode::element::Parts;
use crate::encode::problem::Problem;
use crate::encode::walk::Walk;

/// Whether a value was written, or is of a kind that is left to pydicom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Written,
    No,
}

/// How many values a value is.
pub(crate) enum Shape<'py> {
    None,
    One(Bound<'py, PyAny>),
    Many(Bound<'py, PyList>),
}

impl<'py> Walk<'py> {
    /// Appends a value, padding included.
    pub(crate) fn value(
        &mut self,
        vr: Vr,
        parts: &Parts<'py>,
        open: &Open,
    ) -> Result<Known, Problem> {
        let value = &parts.value;
        let known = match vr {
            Vr::AE | Vr::AS | Vr::CS | Vr::UI | Vr::UR => self.strings(value)?,
            Vr::LO | Vr::LT | Vr::SH | Vr::ST | Vr::UC | Vr::UT => self.texts(value)?,
            Vr::PN => self.person_names(value)?,
            Vr::DS | Vr::IS => self.number_strings(value)?,
            Vr::DA | Vr::DT | Vr::TM => self.dates(vr, value)?,
            Vr::AT => self.tags(value)?,
            Vr::UN => return self.unknown(value),
            Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW => self.binary(vr, value)?,
            Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
                self.numbers(parts.tag, vr, value)?
            }
            Vr::SQ => Known::No,
        };
        self.out.pad(open, vr.padding());
        Ok(known)
    }

    /// Tells one value from several and from none, as `DataElement.VM` does.
    pub(crate) fn shape(&self, value: &Bound<'py, PyAny>) -> PyResult<Shape<'py>> {
        let py = self.py;
        if value.is_none() {
            return Ok(Shape::None);
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(if text.is_empty()? {
                Shape::None
            } else {
                Shape::One(value.clone())
            });
        }
        let list = if value.get_type().is(&self.names.multi_value) {
            value.getattr(intern!(py, "_list"))?.cast_into::<PyList>()?
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            list.clone()
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            tuple.to_list()
        } else {
            return Ok(Shape::One(value.clone()));
        };
        Ok(Shape::Many(list))
    }

    /// OB, OD, OF, OL, OV and OW. Their bytes are in the byte order their data set was read in.
    fn binary(&mut self, vr: Vr, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        if value.is_none() {
            return Ok(Known::Written);
        }
        let bytes = match value.cast::<PyBytes>() {
            Ok(bytes) => bytes.clone(),
            Err(_) => match self.other_bytes(value)? {
                Some(bytes) => bytes,
                None => return Ok(Known::No),
            },
        };
        self.push_ordered(vr, &bytes);
        Ok(Known::Written)
    }

    /// Appends bytes, in the byte order of the target.
    pub(crate) fn push_ordered(&mut self, vr: Vr, bytes: &Bound<'py, PyBytes>) {
        let is_big_endian = self.levels.last().is_some_and(|level| level.is_big_endian);
        let width = vr.swap_width();
        if width > 1 && is_big_endian != self.target.encoding.big_endian {
            self.out.push_swapped(bytes.as_bytes(), width);
        } else {
            self.push_bytes(bytes);
        }
    }

    /// UN, which is never padded: nobody knows with what.
    fn unknown(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        if value.is_none() {
            return Ok(Known::Written);
        }
        let Ok(bytes) = value.cast::<PyBytes>() else {
            return Ok(Known::No);
        };
        self.push_bytes(bytes);
        Ok(Known::Written)
    }

    /// The bytes of a buffered value, or of anything that lends its memory: `bytearray`,
    /// `memoryview`, arrays.
    fn other_bytes(&self, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        if value.is_instance_of::<PyString>() {
            return Ok(None);
        }
        if let Some(bytes) = self.buffered_bytes(value)? {
            return Ok(Some(bytes));
        }
        let py = self.py;
        match self.names.memory_view.bind(py).call1((value,)) {
            Ok(view) => {
                let bytes = view.call_method0(intern!(py, "tobytes"))?;
                Ok(Some(bytes.cast_into::<PyBytes>()?))
            }
            Err(error) if error.is_instance_of::<PyTypeError>(py) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a buffer has from its position on; the position is put back.
    pub(crate) fn buffered_bytes(
        &self,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = self.py;
        if value.is_none() || !value.is_instance(self.names.buffered.bind(py))? {
            return Ok(None);
        }
        let position = value.call_method0(intern!(py, "tell"))?;
        let read = value.call_method0(intern!(py, "read"));
        value.call_method1(intern!(py, "seek"), (position,))?;
        Ok(Some(read?.cast_into::<PyBytes>()?))
    }
}
