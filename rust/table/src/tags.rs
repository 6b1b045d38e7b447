//! Tags as people write them: `PatientName`, `0010,0010`, `(0010,0010)`, `00100010`, `0x00100010`, and
//! paths into sequences such as `RequestAttributesSequence[0].ScheduledProcedureStepID`.

use dicomwire_dataset::path::{Step, TagPath};
use dicomwire_dataset::{Tag, Vr, dict};

use crate::error::Error;

/// Pixel data in its three forms (PS3.3 §C.7.6.3, §C.7.6.24).
const PIXEL_DATA: [Tag; 3] = [
    Tag::new(0x7FE0, 0x0008),
    Tag::new(0x7FE0, 0x0009),
    Tag::new(0x7FE0, 0x0010),
];

/// Reads a path. A sequence without an item number means its first item.
///
/// # Errors
/// [`Error::UnknownTag`], [`Error::NoSequence`] and [`Error::PixelData`].
pub fn parse(text: &str) -> Result<TagPath, Error> {
    let unknown = || Error::UnknownTag {
        text: text.to_owned(),
    };
    let mut path = TagPath::root();
    let mut steps = text.trim().split('.').peekable();
    while let Some(step) = steps.next() {
        let (name, item) = split_item(step).ok_or_else(unknown)?;
        let tag = parse_tag(name).ok_or_else(unknown)?;
        if PIXEL_DATA.contains(&tag) {
            return Err(Error::PixelData { tag });
        }
        path = path.child(tag);
        let is_last = steps.peek().is_none();
        if is_last && item.is_none() {
            continue;
        }
        // Private and unknown elements may be sequences; only the standard's are known not to be.
        if dict::lookup(tag).is_some_and(|entry| entry.vr != Vr::SQ) {
            let text = text.to_owned();
            return Err(Error::NoSequence { text, tag });
        }
        if is_last {
            return Err(unknown());
        }
        path = path.item(item.unwrap_or(0));
    }
    Ok(path)
}

/// Names a path: with keywords, or where there is none with `gggg_eeee`.
#[must_use]
pub fn name(path: &TagPath) -> String {
    let mut name = String::new();
    for Step { tag, item } in path.steps() {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&tag_name(*tag));
        if let Some(item) = item {
            name.push_str(&format!("[{item}]"));
        }
    }
    name
}

fn tag_name(tag: Tag) -> String {
    match dict::lookup(tag) {
        // Repeating groups share their keyword.
        Some(entry) if entry.tag == tag && !entry.keyword.is_empty() => entry.keyword.to_owned(),
        _ => format!("{:04x}_{:04x}", tag.group(), tag.element()),
    }
}

/// Splits `Name[3]` into the name and the number.
fn split_item(step: &str) -> Option<(&str, Option<u32>)> {
    let Some((name, rest)) = step.split_once('[') else {
        return Some((step, None));
    };
    Some((name, Some(rest.strip_suffix(']')?.parse().ok()?)))
}

fn parse_tag(text: &str) -> Option<Tag> {
    let text = text.trim();
    if let Some(entry) = dict::by_keyword(text) {
        return Some(entry.tag);
    }
    let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let bare = inner.unwrap_or(text);
    if let Some((group, element)) = bare.split_once([',', '_']) {
        return Some(Tag::new(hexadecimal(group)?, hexadecimal(element)?));
    }
    let digits = bare
        .strip_prefix("0x")
        .or_else(|| bare.strip_prefix("0X"))
        .unwrap_or(bare);
    let (group, element) = digits.split_at_checked(4).filter(|_| digits.len() == 8)?;
    Some(Tag::new(hexadecimal(group)?, hexadecimal(element)?))
}

/// Up to four hexadecimal digits; nothing else, not even a sign.
fn hexadecimal(text: &str) -> Option<u16> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let is_plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    u16::from_str_radix(text, 16).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tag_has_many_spellings() {
        let patient_name = TagPath::element(Tag::new(0x0010, 0x0010));
        for text in [
            "PatientName",
            " PatientName ",
            "0010,0010",
            "(0010,0010)",
            "(0010, 0010)",
            "00100010",
            "0x00100010",
            "(0x10,0x10)",
            "0010_0010",
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&patient_name), "{text}");
        }
    }

    #[test]
    fn paths_go_into_sequences() {
        let text = "RequestAttributesSequence[1].0040,0009";
        let path = parse(text).expect("a path");
        assert_eq!(path.to_string(), "(0040,0275)[1].(0040,0009)");
        let expected = "RequestAttributesSequence[1].ScheduledProcedureStepID";
        assert_eq!(name(&path), expected);
        let first = parse("0040,0275.ScheduledProcedureStepID").expect("a path");
        assert_eq!(first, parse("0040,0275[0].00400009").expect("a path"));
        assert_eq!(
            name(&parse("0009,1001[2].0009,1002").expect("a path")),
            "0009_1001[2].0009_1002"
        );
    }

    #[test]
    fn what_is_no_path_is_an_error() {
        for text in [
            "",
            "PatientNam",
            "0010",
            "0010,00100",
            "+010,0010",
            "(0010,0010",
            "RequestAttributesSequence[0]",
            "RequestAttributesSequence[x].PatientName",
            "RequestAttributesSequence[0].",
            "é",
        ] {
            let unknown = Error::UnknownTag { text: text.into() };
            assert_eq!(parse(text), Err(unknown), "{text}");
        }
        assert!(matches!(
            parse("PatientName[0].PatientID"),
            Err(Error::NoSequence { .. })
        ));
        assert!(matches!(parse("PixelData"), Err(Error::PixelData { .. })));
    }

    #[test]
    fn repeating_groups_are_named_by_number() {
        let overlay = parse("6002,0010").expect("a tag");
        assert_eq!(name(&overlay), "6002_0010");
    }
}
