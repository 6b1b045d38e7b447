//! Elements whose VR depends on others: "US or SS", "OB or OW" (PS3.6 §6).
//!
//! pydicom decides, on a copy: the data set stays as it is.

use dicomwire_dataset::header::PIXEL_DATA;
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::encode::element::Parts;
use crate::encode::problem::Problem;
use crate::encode::syntax::PixelForm;
use crate::encode::walk::Walk;

impl<'py> Walk<'py> {
    /// Writes a `DataElement` whose VR is no pair of letters.
    pub(crate) fn ambiguous_element(
        &mut self,
        tag: Tag,
        element: &Bound<'py, PyAny>,
    ) -> Result<(), Problem> {
        let py = self.py;
        let value = element.getattr(intern!(py, "_value"))?;
        let is_undefined = element.getattr(intern!(py, "is_undefined_length"))?;
        let is_undefined = self.pixel_form(tag, &value, is_undefined.is_truthy()?)?;
        let converts = self.levels.last().is_none_or(|level| level.converts);
        let implicit = self.target.encoding.implicit;
        // Bytes that stay in the implicit encoding they were read in need no VR.
        if implicit && !converts && (value.is_none() || value.is_instance_of::<PyBytes>()) {
            let parts = Parts {
                tag,
                letters: Vr::OW.bytes(),
                vr: Some(Vr::OW),
                value,
                is_undefined,
            };
            return self.parts(&parts, element);
        }
        let copy = self.names.copy.bind(py).call1((element,))?;
        let is_encapsulated =
            tag == PIXEL_DATA && self.is_root() && self.target.pixels == PixelForm::Encapsulated;
        if is_encapsulated {
            copy.setattr(intern!(py, "is_undefined_length"), true)?;
        }
        let ancestors = self.ancestors()?;
        let is_little = !self.target.encoding.big_endian;
        let correct = self.names.correct_ambiguous.bind(py);
        if let Err(error) = correct.call1((&copy, ancestors, is_little)) {
            return Err(undecided(py, element, error));
        }
        let name = copy.getattr(intern!(py, "VR"))?;
        let Ok(letters) = <[u8; 2]>::try_from(name.str()?.to_str()?.as_bytes()) else {
            return self.still_ambiguous(tag, value, is_undefined, element);
        };
        let parts = Parts {
            tag,
            letters,
            vr: Vr::from_bytes(letters),
            value: copy.getattr(intern!(py, "_value"))?,
            is_undefined,
        };
        self.parts(&parts, &copy)
    }

    /// The data sets whose elements decide: this one, and those around it up to the outermost that
    /// is converted, as pydicom's writer has it.
    fn ancestors(&self) -> PyResult<Bound<'py, PyList>> {
        let outermost = self.levels.iter().position(|level| level.converts);
        let from = outermost.unwrap_or(0);
        let levels = self.levels.iter().skip(from).rev();
        PyList::new(self.py, levels.map(|level| &level.dataset))
    }

    /// A few retired elements whose VR nobody can tell.
    fn still_ambiguous(
        &mut self,
        tag: Tag,
        value: Bound<'py, PyAny>,
        is_undefined: bool,
        element: &Bound<'py, PyAny>,
    ) -> Result<(), Problem> {
        if !self.target.encoding.implicit {
            let name = element.getattr(intern!(self.py, "VR"))?;
            return Err(Problem::Here(format!(
                "the VR is {name}, and an explicit VR transfer syntax needs one of them; set \
                 DataElement.VR"
            )));
        }
        let parts = Parts {
            tag,
            letters: Vr::OW.bytes(),
            vr: Some(Vr::OW),
            value,
            is_undefined,
        };
        self.parts(&parts, element)
    }
}

fn undecided(py: Python<'_>, element: &Bound<'_, PyAny>, error: PyErr) -> Problem {
    let name = element
        .getattr(intern!(py, "VR"))
        .and_then(|vr| vr.str())
        .unwrap_or_else(|_| PyString::new(py, "ambiguous"));
    if error.is_instance_of::<pyo3::exceptions::PyAttributeError>(py) {
        let reason = error.value(py).to_string();
        return Problem::Here(format!(
            "the VR is {name}, and what decides between them is missing ({reason}); add that \
             element, or set DataElement.VR"
        ));
    }
    Problem::Raised(error)
}
