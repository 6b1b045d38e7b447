//! Rows as JSON, to be compared.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use serde_json::{Map, Value, json};

/// A row without its nulls; dates are days.
pub(crate) fn row(batch: &RecordBatch, row: usize) -> Value {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| field.name());
    fields_of(fields.zip(batch.columns()), row)
}

fn fields_of<'a>(
    columns: impl Iterator<Item = (&'a String, &'a arrow_array::ArrayRef)>,
    row: usize,
) -> Value {
    let mut object = Map::new();
    for (name, column) in columns {
        if !column.is_null(row) {
            object.insert(name.clone(), cell(column.as_ref(), row));
        }
    }
    Value::Object(object)
}

fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => json!(column.as_primitive::<Date32Type>().value(row)),
        DataType::Binary => json!(column.as_binary::<i32>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len())
                .map(|number| cell(items.as_ref(), number))
                .collect()
        }
        DataType::Struct(fields) => {
            let names = fields.iter().map(|field| field.name());
            fields_of(names.zip(column.as_struct().columns()), row)
        }
        other => panic!("no column is {other}"),
    }
}
