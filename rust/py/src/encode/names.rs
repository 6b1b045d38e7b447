//! The names of pydicom that writing needs, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

pub(crate) struct Names {
    pub(crate) dataset: Py<PyType>,
    pub(crate) data_element: Py<PyType>,
    pub(crate) raw_data_element: Py<PyType>,
    pub(crate) multi_value: Py<PyType>,
    pub(crate) sequence: Py<PyType>,
    pub(crate) person_name: Py<PyType>,
    pub(crate) buffered: Py<PyType>,
    pub(crate) memory_view: Py<PyType>,
    pub(crate) convert_encodings: Py<PyAny>,
    pub(crate) encode_string: Py<PyAny>,
    pub(crate) encode_person_name: Py<PyAny>,
    pub(crate) write_data_element: Py<PyAny>,
    pub(crate) write_data_set: Py<PyAny>,
    pub(crate) bytes_io: Py<PyAny>,
    pub(crate) correct_ambiguous: Py<PyAny>,
    pub(crate) format_date: Py<PyAny>,
    pub(crate) format_date_time: Py<PyAny>,
    pub(crate) format_time: Py<PyAny>,
    pub(crate) copy: Py<PyAny>,
    pub(crate) config: Py<PyAny>,
    pub(crate) hooks: Py<PyAny>,
    pub(crate) default_vr_hook: Py<PyAny>,
    pub(crate) default_value_hook: Py<PyAny>,
    /// Methods which decide what is in a data set; a class that has others is not known here.
    pub(crate) methods: Vec<(&'static str, Py<PyAny>)>,
}

/// What pydicom's writer calls of a `Dataset`.
const METHODS: [&str; 6] = [
    "__contains__",
    "__getitem__",
    "elements",
    "get",
    "get_item",
    "keys",
];

static NAMES: PyOnceLock<Names> = PyOnceLock::new();

impl Names {
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        NAMES.get_or_try_init(py, || Self::import(py))
    }

    fn import(py: Python<'_>) -> PyResult<Self> {
        let name = |module: &str, name: &str| -> PyResult<Py<PyAny>> {
            Ok(py.import(module)?.getattr(name)?.unbind())
        };
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            let class = py.import(module)?.getattr(name)?;
            Ok(class.cast_into::<PyType>()?.unbind())
        };
        let dataset = class("pydicom.dataset", "Dataset")?;
        let method = |name: &'static str| -> PyResult<(&'static str, Py<PyAny>)> {
            Ok((name, dataset.bind(py).getattr(name)?.unbind()))
        };
        let writer = "pydicom.filewriter";
        Ok(Self {
            data_element: class("pydicom.dataelem", "DataElement")?,
            raw_data_element: class("pydicom.dataelem", "RawDataElement")?,
            multi_value: class("pydicom.multival", "MultiValue")?,
            sequence: class("pydicom.sequence", "Sequence")?,
            person_name: class("pydicom.valuerep", "PersonName")?,
            buffered: class("io", "BufferedIOBase")?,
            memory_view: class("builtins", "memoryview")?,
            convert_encodings: name("pydicom.charset", "convert_encodings")?,
            encode_string: name("pydicom.charset", "encode_string")?,
            encode_person_name: name("pydicom.valuerep", "_encode_personname")?,
            write_data_element: name(writer, "write_data_element")?,
            write_data_set: name(writer, "write_dataset")?,
            bytes_io: name("pydicom.filebase", "DicomBytesIO")?,
            correct_ambiguous: name(writer, "_correct_ambiguous_vr_element")?,
            format_date: name(writer, "_format_DA")?,
            format_date_time: name(writer, "_format_DT")?,
            format_time: name(writer, "_format_TM")?,
            copy: name("copy", "copy")?,
            config: py.import("pydicom.config")?.into_any().unbind(),
            hooks: name("pydicom.hooks", "hooks")?,
            default_vr_hook: name("pydicom.hooks", "raw_element_vr")?,
            default_value_hook: name("pydicom.hooks", "raw_element_value")?,
            methods: METHODS.into_iter().map(method).collect::<PyResult<_>>()?,
            dataset,
        })
    }
}
