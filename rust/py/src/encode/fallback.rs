//! What is not known here is written by pydicom itself.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::encode::character_set::Encodings;
use crate::encode::problem::Problem;
use crate::encode::walk::Walk;

impl<'py> Walk<'py> {
    /// Has pydicom write an element.
    pub(crate) fn fall_back(&mut self, element: &Bound<'py, PyAny>) -> Result<(), Problem> {
        let py = self.py;
        let buffer = self.buffer()?;
        let encodings = self.encodings().map(|encodings| encodings.list.clone());
        let write = self.names.write_data_element.bind(py);
        write.call1((&buffer, element, encodings))?;
        self.take(&buffer)
    }

    /// Has pydicom write a data set of a class that is not known here.
    pub(crate) fn fall_back_data_set(
        &mut self,
        dataset: &Bound<'py, PyAny>,
        around: &Encodings<'py>,
    ) -> Result<(), Problem> {
        let buffer = self.buffer()?;
        let write = self.names.write_data_set.bind(self.py);
        write.call1((&buffer, dataset, &around.list))?;
        self.take(&buffer)
    }

    fn buffer(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let encoding = self.target.encoding;
        let buffer = self.names.bytes_io.bind(py).call0()?;
        buffer.setattr(intern!(py, "is_implicit_VR"), encoding.implicit)?;
        buffer.setattr(intern!(py, "is_little_endian"), !encoding.big_endian)?;
        Ok(buffer)
    }

    fn take(&mut self, buffer: &Bound<'py, PyAny>) -> Result<(), Problem> {
        self.fallbacks = self.fallbacks.saturating_add(1);
        let written = buffer.call_method0(intern!(self.py, "getvalue"))?;
        let written = written.cast_into::<PyBytes>().map_err(PyErr::from)?;
        self.push_bytes(&written);
        Ok(())
    }
}
