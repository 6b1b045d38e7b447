//! The transfer syntax to write in, and what it means for pixel data (PS3.5 §10, §A).

use dicomwire_dataset::syntax::{self, Encoding};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::encode::problem::encode_error;

/// The form Pixel Data has to have at the top level of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PixelForm {
    /// Numbers (PS3.5 §8.1.1).
    Native,
    /// Fragments (PS3.5 §A.4).
    Encapsulated,
    /// As the element says: a private syntax may do as it likes, and so may items.
    AsIs,
}

/// How a data set is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// For messages.
    pub(crate) name: String,
    pub(crate) encoding: Encoding,
    pub(crate) pixels: PixelForm,
    pub(crate) is_deflated: bool,
}

/// The root of the standard's own UIDs.
const STANDARD_ROOT: &str = "1.2.840.10008.";

impl Target {
    /// An encoding without a transfer syntax, as group 2 has.
    pub(crate) fn plain(encoding: Encoding) -> Self {
        Self {
            name: encoding.name().to_owned(),
            encoding,
            pixels: PixelForm::AsIs,
            is_deflated: false,
        }
    }

    /// Looks up a transfer syntax. A private one is written in the encoding it was given by
    /// pydicom's `UID.set_private_encoding`, or else in the one `dataset` was read in.
    pub(crate) fn new(
        dataset: &Bound<'_, PyAny>,
        transfer_syntax: &Bound<'_, PyString>,
    ) -> PyResult<Self> {
        let py = dataset.py();
        let uid = transfer_syntax.to_str()?;
        let Some(known) = syntax::lookup(uid) else {
            if uid.starts_with(STANDARD_ROOT) {
                let text =
                    format!("{uid:?} is no transfer syntax of DICOM; take one of PS3.6 Table A-1");
                return Err(encode_error(py, &text, None));
            }
            return Self::private(dataset, transfer_syntax, uid);
        };
        let pixels = if known.encapsulated {
            PixelForm::Encapsulated
        } else if known.referenced {
            PixelForm::AsIs
        } else {
            PixelForm::Native
        };
        Ok(Self {
            name: known.name.to_owned(),
            encoding: known.encoding(),
            pixels,
            is_deflated: known.deflated,
        })
    }

    fn private(
        dataset: &Bound<'_, PyAny>,
        transfer_syntax: &Bound<'_, PyString>,
        uid: &str,
    ) -> PyResult<Self> {
        let py = dataset.py();
        let original = match transfer_syntax.getattr(intern!(py, "_PRIVATE_TS_ENCODING")) {
            Ok(encoding) => encoding,
            Err(_) => dataset.getattr(intern!(py, "original_encoding"))?,
        };
        let (implicit, little): (Option<bool>, Option<bool>) = original.extract()?;
        let (Some(implicit), Some(little)) = (implicit, little) else {
            let text = format!(
                "{uid:?} is no transfer syntax that is known, and the data set was not read in one; \
                 take one of PS3.6 Table A-1"
            );
            return Err(encode_error(py, &text, None));
        };
        let mut target = Self::plain(Encoding {
            implicit,
            big_endian: !little,
        });
        uid.clone_into(&mut target.name);
        Ok(target)
    }
}

/// Whether the data set says of itself that it came in an encapsulated syntax.
pub(crate) fn source_is_encapsulated(dataset: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = dataset.py();
    // Through __dict__: pydicom looks for keywords when an attribute is not there, which takes long.
    let attributes = dataset.getattr(intern!(py, "__dict__"))?;
    let Ok(meta) = attributes.get_item(intern!(py, "file_meta")) else {
        return Ok(false);
    };
    if meta.is_none() {
        return Ok(false);
    }
    let uid = meta.call_method1(intern!(py, "get"), (intern!(py, "TransferSyntaxUID"),))?;
    let Ok(uid) = uid.extract::<String>() else {
        return Ok(false);
    };
    Ok(syntax::lookup(&uid).is_some_and(|known| known.encapsulated))
}
