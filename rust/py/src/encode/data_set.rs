//! Walking a `Dataset`: its elements in order, with what its items inherit.

use dicomwire_dataset::tag::Tag;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::encode::character_set::{Encodings, keeps_ascii};
use crate::encode::problem::{Problem, element_error};
use crate::encode::walk::{Level, Walk};

pub(crate) const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// The elements of a data set, sorted.
pub(crate) type Elements<'py> = Vec<(Tag, Bound<'py, PyAny>)>;

impl<'py> Walk<'py> {
    /// Writes the data set at the top.
    pub(crate) fn root(&mut self, dataset: &Bound<'py, PyAny>) -> PyResult<()> {
        if !dataset.is_instance(self.names.dataset.bind(self.py))? {
            let class = dataset.get_type().name()?;
            let text = format!("dataset must be a pydicom Dataset, not {class}");
            return Err(PyTypeError::new_err(text));
        }
        let default = self.default_encodings()?;
        let write = |walk: &mut Self| -> Result<(), Problem> {
            let Some(elements) = walk.elements(dataset)? else {
                return walk.fall_back_data_set(dataset, &default);
            };
            for (tag, _) in elements.iter().take_while(|(tag, _)| tag.group() <= 2) {
                if matches!(tag.group(), 0 | 2) {
                    return Err(Problem::Told(out_of_place(walk.py, *tag)));
                }
            }
            walk.data_set(dataset, &elements, &default)
        };
        write(self).map_err(|problem| problem.into_error(self.py, &self.tag_path()))
    }

    /// Writes the data set of an item; `around` are the character sets it inherits.
    pub(crate) fn item(
        &mut self,
        dataset: &Bound<'py, PyAny>,
        around: &Encodings<'py>,
    ) -> Result<(), Problem> {
        if self.levels.len() >= usize::from(self.max_depth) {
            return Err(Problem::Here(format!(
                "sequences nest deeper than {} levels; is the data set an item of itself?",
                self.max_depth
            )));
        }
        match self.elements(dataset)? {
            Some(elements) => self.data_set(dataset, &elements, around),
            None => self.fall_back_data_set(dataset, around),
        }
    }

    /// Writes the elements of a data set.
    pub(crate) fn data_set(
        &mut self,
        dataset: &Bound<'py, PyAny>,
        elements: &Elements<'py>,
        around: &Encodings<'py>,
    ) -> Result<(), Problem> {
        let level = self.level(dataset, elements, around)?;
        self.levels.push(level);
        for (tag, element) in elements {
            // Retired, and seldom right (PS3.5 §7.2).
            let is_group_length = tag.element() == 0 && tag.group() > 6;
            if !is_group_length {
                self.path.push((*tag, None));
                if let Err(problem) = self.element(*tag, element) {
                    let error = problem.into_error(self.py, &self.tag_path());
                    return Err(Problem::Told(error));
                }
                self.path.pop();
            }
        }
        self.levels.pop();
        Ok(())
    }

    /// The elements as they are stored, or `None` if the class is not one whose elements are known
    /// to be in `_dict`.
    pub(crate) fn elements(
        &mut self,
        dataset: &Bound<'py, PyAny>,
    ) -> Result<Option<Elements<'py>>, Problem> {
        if !self.is_plain(dataset)? {
            return Ok(None);
        }
        let stored = dataset.getattr(intern!(self.py, "_dict"))?;
        let Ok(stored) = stored.cast::<PyDict>() else {
            return Ok(None);
        };
        let mut elements = Vec::with_capacity(stored.len());
        for (tag, element) in stored {
            elements.push((Tag(tag.extract()?), element));
        }
        if !elements.is_sorted_by_key(|(tag, _)| *tag) {
            elements.sort_by_key(|(tag, _)| *tag);
        }
        Ok(Some(elements))
    }

    /// Whether the class finds its elements as `Dataset` does.
    fn is_plain(&mut self, dataset: &Bound<'py, PyAny>) -> PyResult<bool> {
        let class = dataset.get_type();
        if class.is(&self.names.dataset) || self.known_class.as_ref().is_some_and(|c| c.is(&class))
        {
            return Ok(true);
        }
        if !dataset.is_instance(self.names.dataset.bind(self.py))? {
            return Ok(false);
        }
        // Our own lazy data sets differ in when their elements are made, not in which.
        let module = class.getattr(intern!(self.py, "__module__"))?;
        let is_ours = module
            .cast::<PyString>()
            .is_ok_and(|module| module.to_str().is_ok_and(|m| m.starts_with("dicomwire.")));
        if !is_ours {
            for (name, method) in &self.names.methods {
                if !class.getattr(*name)?.is(method) {
                    return Ok(false);
                }
            }
        }
        self.known_class = Some(class);
        Ok(true)
    }

    /// What is to be known of a data set before its elements are written.
    pub(crate) fn level(
        &mut self,
        dataset: &Bound<'py, PyAny>,
        elements: &Elements<'py>,
        around: &Encodings<'py>,
    ) -> Result<Level<'py>, Problem> {
        let (py, encoding) = (self.py, self.target.encoding);
        let implicit = dataset.getattr(intern!(py, "_read_implicit"))?;
        let little = dataset.getattr(intern!(py, "_read_little"))?;
        let (implicit, little): (Option<bool>, Option<bool>) =
            (implicit.extract()?, little.extract()?);
        let own = self.own_encodings(elements)?;
        let encoding_stays =
            implicit == Some(encoding.implicit) && little == Some(!encoding.big_endian);
        let converts =
            !encoding_stays || !self.character_set_stays(dataset, own.as_ref(), around)?;
        let encodings = own.unwrap_or_else(|| around.clone());
        let read_charset = dataset.getattr(intern!(py, "_read_charset"))?;
        let read_as_ascii = converts
            && if read_charset.is_truthy()? {
                keeps_ascii(&read_charset)
            } else {
                encodings.keeps_ascii
            };
        let outer = self.levels.last().map(|level| level.is_big_endian);
        Ok(Level {
            dataset: dataset.clone(),
            encodings,
            converts,
            read_as_ascii,
            is_big_endian: little.map_or_else(|| outer.unwrap_or(false), |little| !little),
            creators: Vec::new(),
        })
    }

    /// The same for a data set without elements.
    pub(crate) fn empty_level(
        &self,
        dataset: &Bound<'py, PyAny>,
        encodings: &Encodings<'py>,
    ) -> Level<'py> {
        Level {
            dataset: dataset.clone(),
            encodings: encodings.clone(),
            converts: false,
            read_as_ascii: true,
            is_big_endian: false,
            creators: Vec::new(),
        }
    }

    /// The character sets that the data set itself names.
    fn own_encodings(
        &mut self,
        elements: &Elements<'py>,
    ) -> Result<Option<Encodings<'py>>, Problem> {
        let py = self.py;
        let mut early = elements
            .iter()
            .take_while(|(tag, _)| *tag <= SPECIFIC_CHARACTER_SET);
        let Some((_, element)) = early.find(|(tag, _)| *tag == SPECIFIC_CHARACTER_SET) else {
            return Ok(None);
        };
        if element.get_type().is(&self.names.raw_data_element)
            && let Ok(fields) = element.cast::<PyTuple>()
        {
            let value = fields.get_item(3)?;
            if let Ok(bytes) = value.cast::<PyBytes>() {
                let stored = bytes.as_bytes();
                let encodings = self.character_sets.of_stored(py, self.names, stored)?;
                return Ok(Some(encodings));
            }
            let empty = PyString::new(py, "");
            return Ok(Some(self.character_sets.of(self.names, empty.as_any())?));
        }
        let value = element.getattr(intern!(py, "value"))?;
        Ok(Some(self.character_sets.of(self.names, &value)?))
    }

    /// Whether the data set has the character sets it was read in. pydicom compares with what was
    /// around an item when it was read, and so copies the text of items into data sets of other
    /// character sets as it is; what counts is what is around it now (PS3.5 §6.1.2.3).
    fn character_set_stays(
        &self,
        dataset: &Bound<'py, PyAny>,
        own: Option<&Encodings<'py>>,
        around: &Encodings<'py>,
    ) -> PyResult<bool> {
        let py = self.py;
        let read = dataset.getattr(intern!(py, "_read_charset"))?;
        match own {
            Some(own) => read.eq(&own.list),
            None if self.levels.is_empty() => {
                read.eq(dataset.getattr(intern!(py, "_parent_encoding"))?)
            }
            None if read.is_instance_of::<PyString>() => {
                Ok(around.list.len() == 1 && read.eq(around.list.get_item(0)?)?)
            }
            None => read.eq(&around.list),
        }
    }

    /// The character sets of a data set that names none: the default repertoire.
    pub(crate) fn default_encodings(&mut self) -> PyResult<Encodings<'py>> {
        let none = PyString::new(self.py, "");
        self.character_sets.of(self.names, none.as_any())
    }
}

fn out_of_place(py: Python<'_>, tag: Tag) -> PyErr {
    let text = if tag.group() == 0 {
        "elements of group 0000 belong to command sets (PS3.7), not data sets; remove it"
    } else {
        "elements of group 0002 belong to the file meta information; move it to Dataset.file_meta"
    };
    element_error(py, tag, text)
}
