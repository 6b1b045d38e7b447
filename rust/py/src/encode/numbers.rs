//! Values that are binary numbers or tags.

use dicomwire_dataset::pieces::{Number, Pieces};
use dicomwire_dataset::tag::Tag;
use dicomwire_dataset::vr::Vr;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::encode::problem::Problem;
use crate::encode::value::{Known, Shape};
use crate::encode::walk::Walk;

/// Descriptors of look-up tables: their first number is unsigned whatever their VR
/// (PS3.3 §C.11.1.1.1).
const LUT_DESCRIPTORS: [Tag; 4] = [
    Tag::new(0x0028, 0x1101),
    Tag::new(0x0028, 0x1102),
    Tag::new(0x0028, 0x1103),
    Tag::new(0x0028, 0x3002),
];

impl<'py> Walk<'py> {
    /// FD, FL, SL, SS, SV, UL, US and UV.
    pub(crate) fn numbers(
        &mut self,
        tag: Tag,
        vr: Vr,
        value: &Bound<'py, PyAny>,
    ) -> Result<Known, Problem> {
        match self.shape(value)? {
            Shape::None => Ok(Known::Written),
            Shape::One(value) => self.number(vr, &value),
            Shape::Many(values) => {
                for (position, value) in values.iter().enumerate() {
                    let is_unsigned =
                        position == 0 && vr == Vr::SS && LUT_DESCRIPTORS.contains(&tag);
                    let vr = if is_unsigned { Vr::US } else { vr };
                    if self.number(vr, &value)? == Known::No {
                        return Ok(Known::No);
                    }
                }
                Ok(Known::Written)
            }
        }
    }

    fn number(&mut self, vr: Vr, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        if value.is_instance_of::<PyString>() {
            return Ok(Known::No);
        }
        let number = if matches!(vr, Vr::FD | Vr::FL) {
            value.extract().ok().map(Number::Float)
        } else if let Ok(number) = value.extract() {
            Some(Number::Signed(number))
        } else {
            value.extract().ok().map(Number::Unsigned)
        };
        let is_integer = value.is_instance_of::<PyInt>();
        match number {
            Some(number) if self.out.push_number(vr, number) => Ok(Known::Written),
            None if !is_integer => Ok(Known::No),
            _ => Err(Problem::Here(format!(
                "{value} does not fit VR {vr} ({}); correct the value or its VR",
                Pieces::numbers_of(vr)
            ))),
        }
    }

    /// AT.
    pub(crate) fn tags(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        match self.shape(value)? {
            Shape::None => Ok(Known::Written),
            Shape::One(value) => self.tag(&value),
            Shape::Many(values) => {
                for value in values.iter() {
                    if self.tag(&value)? == Known::No {
                        return Ok(Known::No);
                    }
                }
                Ok(Known::Written)
            }
        }
    }

    fn tag(&mut self, value: &Bound<'py, PyAny>) -> Result<Known, Problem> {
        if !value.is_instance_of::<PyInt>() {
            return Ok(Known::No);
        }
        let Ok(tag) = value.extract() else {
            return Ok(Known::No);
        };
        self.out.push_tag(Tag(tag));
        Ok(Known::Written)
    }
}
