//! Where in a data set something is: `(0040,A730)[2].(0008,0100)`.

use std::fmt;

use crate::tag::Tag;

/// One step of a [`TagPath`]: an element, and the item entered when the path goes on below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The element.
    pub tag: Tag,
    /// The item of the sequence (or the fragment of the pixel data), counted from 0 as pydicom
    /// counts them.
    pub item: Option<u32>,
}

/// The way from the top of a data set to an element. Empty for the data set itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TagPath {
    steps: Vec<Step>,
}

impl TagPath {
    /// The path of the data set itself.
    #[must_use]
    pub const fn root() -> Self {
        Self { steps: Vec::new() }
    }

    /// The path of a top-level element.
    #[must_use]
    pub fn element(tag: Tag) -> Self {
        Self::root().child(tag)
    }

    /// This path, one element further down.
    #[must_use]
    pub fn child(mut self, tag: Tag) -> Self {
        self.steps.push(Step { tag, item: None });
        self
    }

    /// This path, inside the given item of its last element.
    #[must_use]
    pub fn item(mut self, index: u32) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.item = Some(index);
        }
        self
    }

    /// The steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("the data set");
        }
        for (position, step) in self.steps.iter().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            fmt::Display::fmt(&step.tag, f)?;
            if let Some(item) = step.item {
                write!(f, "[{item}]")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_items_and_elements() {
        let path = TagPath::element(Tag::new(0x0040, 0xA730))
            .item(2)
            .child(Tag::new(0x0008, 0x0100));
        assert_eq!(path.to_string(), "(0040,A730)[2].(0008,0100)");
        assert_eq!(TagPath::root().to_string(), "the data set");
    }
}
