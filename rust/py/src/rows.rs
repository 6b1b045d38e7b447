//! Rows of Arrow batches as Python dictionaries.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

/// The ordinal that Python gives to 1970-01-01.
const EPOCH: i32 = 719_163;

/// Makes a dictionary of each row.
pub(crate) fn of_batch<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let date = py.import("datetime")?.getattr("date")?;
    let from_ordinal = date.getattr("fromordinal")?;
    let rows: Vec<_> = (0..batch.num_rows()).map(|_| PyDict::new(py)).collect();
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let name = PyString::intern(py, field.name());
        for (number, row) in rows.iter().enumerate() {
            row.set_item(&name, value(py, column.as_ref(), number, &from_ordinal)?)?;
        }
    }
    Ok(rows)
}

fn value<'py>(
    py: Python<'py>,
    column: &dyn Array,
    row: usize,
    from_ordinal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if column.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into_bound_py_any(py),
        DataType::Int64 => column
            .as_primitive::<Int64Type>()
            .value(row)
            .into_bound_py_any(py),
        DataType::Float64 => column
            .as_primitive::<Float64Type>()
            .value(row)
            .into_bound_py_any(py),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            from_ordinal.call1((days + EPOCH,))
        }
        DataType::Binary => {
            let bytes = column.as_binary::<i32>().value(row);
            Ok(PyBytes::new(py, bytes).into_any())
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let list = PyList::empty(py);
            for number in 0..items.len() {
                list.append(value(py, items.as_ref(), number, from_ordinal)?)?;
            }
            Ok(list.into_any())
        }
        DataType::Struct(_) => {
            let columns = column.as_struct();
            let dict = PyDict::new(py);
            for (field, column) in columns.fields().iter().zip(columns.columns()) {
                let name = PyString::intern(py, field.name());
                dict.set_item(name, value(py, column.as_ref(), row, from_ordinal)?)?;
            }
            Ok(dict.into_any())
        }
        other => Err(PyTypeError::new_err(format!("no Python value for {other}"))),
    }
}
