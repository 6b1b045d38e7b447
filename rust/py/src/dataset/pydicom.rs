//! The names of pydicom that data sets are made of, looked up once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};

/// Tags are made once: pydicom compares them in Python unless they are the same object. The bound
/// keeps hostile files from filling memory with tags.
const MAX_TAGS: usize = 1 << 16;

pub(crate) struct Pydicom {
    pub(crate) base_tag: Py<PyType>,
    pub(crate) raw_data_element: Py<PyType>,
    pub(crate) data_element: Py<PyType>,
    pub(crate) ds_float: Py<PyType>,
    pub(crate) integer_string: Py<PyType>,
    pub(crate) uid: Py<PyType>,
    pub(crate) person_name: Py<PyType>,
    pub(crate) multi_value: Py<PyType>,
    pub(crate) tag: Py<PyAny>,
    pub(crate) convert_encodings: Py<PyAny>,
    /// `dicomwire.dataset.lazy`.
    pub(crate) item: Py<PyType>,
    pub(crate) sequence: Py<PyType>,
    /// `dataset_state` of the same module.
    pub(crate) dataset_state: Py<PyAny>,
    pub(crate) warn: Py<PyAny>,
    pub(crate) person_name_constructor: Py<PyAny>,
    /// `object.__new__` and those of the built-in classes which pydicom's derive from.
    new_object: Py<PyAny>,
    new_tuple: Py<PyAny>,
    new_float: Py<PyAny>,
    new_int: Py<PyAny>,
    new_str: Py<PyAny>,
    pub(crate) str_type: Py<PyType>,
    config: Py<PyDict>,
    settings: Py<PyAny>,
    hooks: Py<PyAny>,
    default_value_hook: Py<PyAny>,
    default_vr_hook: Py<PyAny>,
    pub(crate) default_encoding: Py<PyAny>,
    /// pydicom's dictionaries: people add entries which ours does not have.
    pub(crate) dictionary: Py<PyDict>,
    pub(crate) private_dictionaries: Py<PyDict>,
    vrs: Vec<Py<PyString>>,
    pub(crate) no_bytes: Py<PyBytes>,
    tags: Mutex<HashMap<u32, Py<PyAny>>>,
}

static PYDICOM: PyOnceLock<Pydicom> = PyOnceLock::new();

/// How pydicom is configured, as far as it matters for values.
pub(crate) struct Settings<'py> {
    /// Whether values are converted as pydicom does by default; otherwise pydicom converts them.
    pub(crate) is_default: bool,
    /// Whether invalid values raise.
    pub(crate) raises: bool,
    pub(crate) validation_mode: Bound<'py, PyAny>,
    pub(crate) replaces_unknown: bool,
}

impl Pydicom {
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        PYDICOM.get_or_try_init(py, || Self::import(py))
    }

    fn import(py: Python<'_>) -> PyResult<Self> {
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py
                .import(module)?
                .getattr(name)?
                .cast_into::<PyType>()?
                .unbind())
        };
        let name = |module: &str, name: &str| -> PyResult<Py<PyAny>> {
            Ok(py.import(module)?.getattr(name)?.unbind())
        };
        let new = |class: &str| -> PyResult<Py<PyAny>> {
            let class = py.import("builtins")?.getattr(class)?;
            Ok(class.getattr("__new__")?.unbind())
        };
        let dictionary = |name: &str| -> PyResult<Py<PyDict>> {
            let module = py.import("pydicom.datadict")?;
            Ok(module.getattr(name)?.cast_into::<PyDict>()?.unbind())
        };
        let config = py.import("pydicom.config")?;
        Ok(Self {
            base_tag: class("pydicom.tag", "BaseTag")?,
            raw_data_element: class("pydicom.dataelem", "RawDataElement")?,
            data_element: class("pydicom.dataelem", "DataElement")?,
            ds_float: class("pydicom.valuerep", "DSfloat")?,
            integer_string: class("pydicom.valuerep", "IS")?,
            uid: class("pydicom.uid", "UID")?,
            person_name: class("pydicom.valuerep", "PersonName")?,
            multi_value: class("pydicom.multival", "MultiValue")?,
            tag: name("pydicom.tag", "Tag")?,
            convert_encodings: name("pydicom.charset", "convert_encodings")?,
            item: class("dicomwire.dataset.lazy", "Item")?,
            sequence: class("dicomwire.dataset.lazy", "Sequence")?,
            dataset_state: name("dicomwire.dataset.lazy", "dataset_state")?,
            warn: name("dicomwire.dataset.lazy", "warn")?,
            person_name_constructor: name("dicomwire.dataset.lazy", "person_name_constructor")?,
            new_object: new("object")?,
            new_tuple: new("tuple")?,
            new_float: new("float")?,
            new_int: new("int")?,
            new_str: new("str")?,
            str_type: class("builtins", "str")?,
            settings: config.getattr("settings")?.unbind(),
            hooks: name("pydicom.hooks", "hooks")?,
            default_value_hook: name("pydicom.hooks", "raw_element_value")?,
            default_vr_hook: name("pydicom.hooks", "raw_element_vr")?,
            default_encoding: name("pydicom.charset", "default_encoding")?,
            config: config.dict().unbind(),
            dictionary: dictionary("DicomDictionary")?,
            private_dictionaries: dictionary("private_dictionaries")?,
            vrs: Vr::ALL
                .iter()
                .map(|vr| PyString::intern(py, vr.as_str()).unbind())
                .collect(),
            no_bytes: PyBytes::new(py, b"").unbind(),
            tags: Mutex::new(HashMap::new()),
        })
    }

    /// The two letters as Python text.
    pub(crate) fn vr<'py>(&self, py: Python<'py>, vr: Vr) -> Bound<'py, PyAny> {
        let position = vr as usize;
        match self.vrs.get(position) {
            Some(text) => text.bind(py).clone().into_any(),
            None => PyString::new(py, vr.as_str()).into_any(),
        }
    }

    /// The tag as pydicom's `BaseTag`.
    pub(crate) fn base_tag<'py>(&self, py: Python<'py>, tag: Tag) -> PyResult<Bound<'py, PyAny>> {
        let tags = || self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tags().get(&tag.0) {
            return Ok(known.bind(py).clone());
        }
        // Not while the lock is held: whatever Python does may come back here.
        let made = self
            .new_int
            .bind(py)
            .call1((self.base_tag.bind(py), tag.0))?;
        let mut tags = tags();
        if tags.len() < MAX_TAGS {
            tags.insert(tag.0, made.clone().unbind());
        }
        Ok(made)
    }

    /// An instance without `__init__` having run.
    pub(crate) fn instance<'py>(
        &self,
        py: Python<'py>,
        class: &Py<PyType>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.new_object.bind(py).call1((class.bind(py),))
    }

    pub(crate) fn raw_element<'py>(
        &self,
        py: Python<'py>,
        fields: Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.new_tuple
            .bind(py)
            .call1((self.raw_data_element.bind(py), fields))
    }

    pub(crate) fn float<'py>(&self, py: Python<'py>, number: f64) -> PyResult<Bound<'py, PyAny>> {
        self.new_float
            .bind(py)
            .call1((self.ds_float.bind(py), number))
    }

    pub(crate) fn integer<'py>(&self, py: Python<'py>, number: i64) -> PyResult<Bound<'py, PyAny>> {
        self.new_int
            .bind(py)
            .call1((self.integer_string.bind(py), number))
    }

    pub(crate) fn new_uid<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        self.new_str.bind(py).call1((self.uid.bind(py), text))
    }

    /// Reads pydicom's configuration; it may change between any two calls.
    pub(crate) fn settings<'py>(&self, py: Python<'py>) -> PyResult<Settings<'py>> {
        let config = self.config.bind(py);
        let is_off = |name: &Bound<'py, PyString>| -> PyResult<bool> {
            Ok(config.get_item(name)?.is_none_or(|value| {
                value.is_none() || value.is_truthy().is_ok_and(|truthy| !truthy)
            }))
        };
        let hooks = self.hooks.bind(py);
        let is_default = is_off(intern!(py, "data_element_callback"))?
            && is_off(intern!(py, "use_DS_decimal"))?
            && is_off(intern!(py, "use_DS_numpy"))?
            && is_off(intern!(py, "use_IS_numpy"))?
            && is_off(intern!(py, "datetime_conversion"))?
            && is_off(intern!(py, "use_none_as_empty_text_VR_value"))?
            && is_off(intern!(py, "debugging"))?
            && hooks
                .getattr(intern!(py, "raw_element_value"))?
                .is(&self.default_value_hook)
            && hooks
                .getattr(intern!(py, "raw_element_vr"))?
                .is(&self.default_vr_hook);
        let validation_mode = self
            .settings
            .bind(py)
            .getattr(intern!(py, "reading_validation_mode"))?;
        Ok(Settings {
            is_default,
            raises: validation_mode.extract::<i32>()? == 2,
            validation_mode,
            replaces_unknown: !is_off(intern!(py, "replace_un_with_known_vr"))?,
        })
    }
}
