//! Which column a tag becomes: its name, its type by VR and VM of the dictionary (PS3.6).
//!
//! | VR | type |
//! | --- | --- |
//! | IS US SS UL SL UV SV | `Int64` |
//! | DS FL FD | `Float64` |
//! | DA | `Date32` |
//! | OB OD OF OL OV OW UN | `Binary`, the bytes as they are in the file |
//! | SQ | `Utf8`, the items in the DICOM JSON model (PS3.18 §F.2) |
//! | all others, TM, DT, AT and PN among them | `Utf8` |
//!
//! An element that may have several values is a list of these. Of elements that are not in the
//! dictionary nothing is known before the files are read; they become text.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::{Tag, Vr, dict};

use crate::error::Error;
use crate::tags;

/// What one value of a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text, without padding.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// A date.
    Date,
    /// Bytes.
    Bytes,
    /// The items of a sequence as JSON text.
    Sequence,
}

/// A column that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The element it shows.
    pub path: TagPath,
    /// What its values are.
    pub kind: Kind,
    /// Whether a cell holds a list of them.
    pub is_list: bool,
}

impl Column {
    /// Makes the column of an element.
    #[must_use]
    pub fn new(path: TagPath) -> Self {
        let tag = path.steps().last().map_or(Tag(0), |step| step.tag);
        let (kind, vm) = match dict::lookup(tag) {
            Some(entry) => (kind_of(entry.vr), entry.vm),
            None if tag.element() == 0 => (Kind::Integer, "1"),
            None => (Kind::Text, "1"),
        };
        Self {
            name: tags::name(&path),
            path,
            kind,
            is_list: vm != "1" && !matches!(kind, Kind::Bytes | Kind::Sequence),
        }
    }

    /// The Arrow type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        let value = match self.kind {
            Kind::Text | Kind::Sequence => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Date => DataType::Date32,
            Kind::Bytes => DataType::Binary,
        };
        if self.is_list {
            DataType::new_list(value, true)
        } else {
            value
        }
    }
}

/// Makes the columns of tags and paths as [`tags::parse`] reads them.
///
/// # Errors
/// Those of [`tags::parse`], and [`Error::Duplicate`].
pub fn columns<T: AsRef<str>>(texts: &[T]) -> Result<Vec<Column>, Error> {
    let mut columns: Vec<Column> = Vec::with_capacity(texts.len());
    for text in texts {
        let column = Column::new(tags::parse(text.as_ref())?);
        if columns.iter().any(|other| other.path == column.path) {
            return Err(Error::Duplicate { name: column.name });
        }
        columns.push(column);
    }
    Ok(columns)
}

/// The schema of a table of files: `path`, the columns, `error`.
#[must_use]
pub fn of_files(columns: &[Column]) -> SchemaRef {
    let path = Field::new("path", DataType::Utf8, false);
    let error = Field::new("error", DataType::Utf8, true);
    let fields = columns
        .iter()
        .map(|column| Field::new(&column.name, column.data_type(), true));
    let all: Vec<Field> = std::iter::once(path).chain(fields).chain([error]).collect();
    Arc::new(Schema::new(all))
}

const fn kind_of(vr: Vr) -> Kind {
    match vr {
        Vr::IS | Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV => Kind::Integer,
        Vr::DS | Vr::FL | Vr::FD => Kind::Float,
        Vr::DA => Kind::Date,
        Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => Kind::Bytes,
        Vr::SQ => Kind::Sequence,
        Vr::AE
        | Vr::AS
        | Vr::AT
        | Vr::CS
        | Vr::DT
        | Vr::LO
        | Vr::LT
        | Vr::PN
        | Vr::SH
        | Vr::ST
        | Vr::TM
        | Vr::UC
        | Vr::UI
        | Vr::UR
        | Vr::UT => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str) -> Column {
        Column::new(tags::parse(text).expect("a tag"))
    }

    #[test]
    fn types_follow_vr_and_vm() {
        for (text, expected) in [
            ("PatientName", DataType::Utf8),
            ("StudyDate", DataType::Date32),
            ("StudyTime", DataType::Utf8),
            ("InstanceNumber", DataType::Int64),
            ("Rows", DataType::Int64),
            ("SliceThickness", DataType::Float64),
            ("ImageType", DataType::new_list(DataType::Utf8, true)),
            ("PixelSpacing", DataType::new_list(DataType::Float64, true)),
            ("EncapsulatedDocument", DataType::Binary),
            ("ReferencedImageSequence", DataType::Utf8),
            (
                "FrameIncrementPointer",
                DataType::new_list(DataType::Utf8, true),
            ),
            ("0009,1001", DataType::Utf8),
            ("0008,0000", DataType::Int64),
            (
                "RequestAttributesSequence.ScheduledProcedureStepID",
                DataType::Utf8,
            ),
        ] {
            assert_eq!(column(text).data_type(), expected, "{text}");
        }
    }

    #[test]
    fn a_table_of_files_says_which_and_what_is_wrong() {
        let columns = columns(&["PatientID", "0010,0010"]).expect("two tags");
        let schema = of_files(&columns);
        let names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
        assert_eq!(names, ["path", "PatientID", "PatientName", "error"]);
        assert!(!schema.field(0).is_nullable());
    }

    #[test]
    fn no_column_comes_twice() {
        let twice = columns(&["PatientID", "0010,0020"]);
        assert_eq!(
            twice,
            Err(Error::Duplicate {
                name: "PatientID".into()
            })
        );
    }
}
