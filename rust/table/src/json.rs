//! The DICOM JSON model (PS3.18 §F.2): whole data sets, and the items of a sequence as the text of
//! a cell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use dicomwire_dataset::header::Content;
use dicomwire_dataset::index::{Entry, Index};
use dicomwire_dataset::syntax::{
    EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, Encoding, IMPLICIT_VR_LITTLE_ENDIAN,
};
use dicomwire_dataset::value::Value;
use dicomwire_dataset::{Error, Limits, Tag, Vr, syntax};
use serde_json::{Map, Value as Json, json};

use crate::columns::{Cell, Unreadable};
use crate::numbers::each_item;
use crate::texts::TextDecoder;

/// JSON is UTF-8, whatever the file was in.
const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);

/// Writes the items of a sequence as a JSON array; also tells what a text in it lacks.
///
/// # Errors
/// What is wrong with the items.
pub(crate) fn sequence(
    cell: &Cell<'_>,
    decoder: &mut TextDecoder,
) -> Result<(String, Option<Unreadable>), Error> {
    let uid = match cell.encoding {
        Encoding { implicit: true, .. } => IMPLICIT_VR_LITTLE_ENDIAN,
        Encoding::EXPLICIT_BIG => EXPLICIT_VR_BIG_ENDIAN,
        Encoding { .. } => EXPLICIT_VR_LITTLE_ENDIAN,
    };
    let mut writer = Writer {
        decoder,
        flaw: None,
    };
    let bytes = Bytes::copy_from_slice(cell.encoded);
    let mut text = "[]".to_owned();
    if let Some(syntax) = syntax::lookup(uid) {
        let index = Index::parse(bytes, syntax, &Limits::default())?;
        if let Some(entry) = index.entries().first() {
            text = writer.items(&index, entry, cell.character_set)?.to_string();
        }
    }
    Ok((text, writer.flaw))
}

/// Writes data sets in the DICOM JSON model, one after the other.
#[derive(Debug, Default)]
pub struct JsonModel {
    decoder: TextDecoder,
}

impl JsonModel {
    /// Writes a data set, without Specific Character Set (0008,0005), as JSON is UTF-8. Also tells
    /// the first flaw: text that is not of its character sets, or a value that the index lacks.
    ///
    /// # Errors
    /// What is wrong with the items of a sequence, or with a value.
    pub fn write(&mut self, index: &Index) -> Result<(String, Option<Unreadable>), Error> {
        let mut writer = Writer {
            decoder: &mut self.decoder,
            flaw: None,
        };
        let object = writer.data_set(index, index.character_set())?;
        Ok((object.to_string(), writer.flaw))
    }
}

/// Makes JSON of items, and remembers the first flaw of a text.
struct Writer<'a> {
    decoder: &'a mut TextDecoder,
    flaw: Option<Unreadable>,
}

impl Writer<'_> {
    fn items(&mut self, index: &Index, entry: &Entry, character_set: &[u8]) -> Result<Json, Error> {
        let mut list = Vec::new();
        for item in index.items(entry)? {
            let own = item.character_set();
            let in_force = if own.is_empty() { character_set } else { own };
            list.push(self.data_set(&item, in_force)?);
        }
        Ok(Json::Array(list))
    }

    fn data_set(&mut self, index: &Index, character_set: &[u8]) -> Result<Json, Error> {
        let mut object = Map::new();
        for entry in index.entries() {
            if entry.tag == SPECIFIC_CHARACTER_SET || entry.tag.element() == 0 {
                continue;
            }
            let key = format!("{:04X}{:04X}", entry.tag.group(), entry.tag.element());
            object.insert(key, self.element(index, entry, character_set)?);
        }
        Ok(Json::Object(object))
    }

    fn element(
        &mut self,
        index: &Index,
        entry: &Entry,
        character_set: &[u8],
    ) -> Result<Json, Error> {
        let vr = entry.vr;
        if matches!(entry.content, Content::Sequence | Content::UnknownSequence) {
            let items = self.items(index, entry, character_set)?;
            return Ok(json!({"vr": "SQ", "Value": items}));
        }
        if let Some(elsewhere) = &entry.elsewhere {
            let length = elsewhere.end.saturating_sub(elsewhere.start);
            self.flaw = self.flaw.take().or(Some(Unreadable::TooLong { length }));
        }
        let value = index.value(entry);
        if value.as_bytes().is_empty() {
            return Ok(json!({"vr": vr.as_str()}));
        }
        let mut list = Vec::new();
        let is_read = match vr {
            Vr::IS | Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV => {
                each_item::<i64>(&value, |item| list.push(number(item)))?
            }
            Vr::DS | Vr::FL | Vr::FD => each_item::<f64>(&value, |item| list.push(number(item)))?,
            Vr::AT => {
                let text = |tag: &Tag| json!(format!("{:04X}{:04X}", tag.group(), tag.element()));
                list.extend(value.tags()?.iter().map(text));
                true
            }
            vr if vr.is_text() => {
                self.texts(&value, character_set, &mut list);
                true
            }
            _ => false,
        };
        if list == [Json::Null] {
            // Nothing but padding is no value.
            return Ok(json!({"vr": vr.as_str()}));
        }
        if is_read {
            return Ok(json!({"vr": vr.as_str(), "Value": list}));
        }
        let content = BASE64.encode(value.as_bytes());
        Ok(json!({"vr": vr.as_str(), "InlineBinary": content}))
    }

    fn texts(&mut self, value: &Value<'_>, character_set: &[u8], list: &mut Vec<Json>) {
        let (text, flaw) = self.decoder.decode(value, character_set);
        self.flaw = self.flaw.take().or(flaw);
        let vr = value.vr();
        if matches!(vr, Vr::LT | Vr::ST | Vr::UT | Vr::UR) {
            list.push(Json::from(text.as_ref()));
            return;
        }
        list.extend(
            text.split('\\')
                .map(|part| match part.trim_matches([' ', '\0']) {
                    "" => Json::Null,
                    part if vr == Vr::PN => person_name(part),
                    part => Json::from(part),
                }),
        );
    }
}

/// What is no number stays the text it is, as PS3.18 §F.2.3.1 allows for IS and DS.
fn number<T: Into<Json>>(item: Result<Option<T>, &[u8]>) -> Json {
    match item {
        Ok(item) => item.map_or(Json::Null, Into::into),
        Err(text) => String::from_utf8_lossy(text).into(),
    }
}

/// The component groups of a name (PS3.18 §F.2.2).
fn person_name(text: &str) -> Json {
    let groups = ["Alphabetic", "Ideographic", "Phonetic"]
        .into_iter()
        .zip(text.split('='))
        .filter(|(_, group)| !group.is_empty())
        .map(|(name, group)| (name.to_owned(), Json::from(group)));
    Json::Object(groups.collect())
}
