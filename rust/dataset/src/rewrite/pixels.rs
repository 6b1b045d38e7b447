//! The changes that make a compressed image an uncompressed one.

use crate::error::Error;
use crate::header::PIXEL_DATA;
use crate::path::TagPath;
use crate::rewrite::change::{Change, Changes};
use crate::rewrite::element::NewValue;
use crate::tag::Tag;
use crate::vr::Vr;

const PHOTOMETRIC_INTERPRETATION: Tag = Tag::new(0x0028, 0x0004);
const PLANAR_CONFIGURATION: Tag = Tag::new(0x0028, 0x0006);
const NUMBER_OF_FRAMES: Tag = Tag::new(0x0028, 0x0008);
/// Where the frames begin in compressed pixel data (PS3.3 §C.7.6.3.1.8).
const EXTENDED_OFFSET_TABLE: [Tag; 2] = [Tag::new(0x7FE0, 0x0001), Tag::new(0x7FE0, 0x0002)];

/// Pixel data that was decompressed, and the elements which describe it (PS3.3 §C.7.6.3).
#[derive(Clone, Debug, PartialEq)]
pub struct DecompressedPixels {
    /// All frames, least significant byte first.
    pub bytes: Vec<u8>,
    /// OB or OW.
    pub vr: Vr,
    /// (0028,0004).
    pub photometric_interpretation: String,
    /// (0028,0006), for several samples per pixel.
    pub planar_configuration: Option<u16>,
    /// (0028,0008), if the image has or needs it.
    pub number_of_frames: Option<u32>,
}

impl Changes {
    /// The changes to a data set whose pixel data was decompressed. Its SOP Instance UID stays: the
    /// pixels are the same, or as lossy as they were before (PS3.3 §C.7.6.1.1.5).
    ///
    /// # Errors
    /// None today; those of [`insert`](Self::insert).
    pub fn of_decompressed(pixels: DecompressedPixels) -> Result<Self, Error> {
        let mut changes = Self::default();
        let mut set =
            |tag, vr, value| changes.insert(&TagPath::element(tag), Change::Set(Some(vr), value));
        let photometric = NewValue::Text(pixels.photometric_interpretation);
        set(PHOTOMETRIC_INTERPRETATION, Vr::CS, photometric)?;
        if let Some(planar) = pixels.planar_configuration {
            let planar = NewValue::Integers(vec![planar.into()]);
            set(PLANAR_CONFIGURATION, Vr::US, planar)?;
        }
        if let Some(frames) = pixels.number_of_frames {
            set(NUMBER_OF_FRAMES, Vr::IS, NewValue::Text(frames.to_string()))?;
        }
        for tag in EXTENDED_OFFSET_TABLE {
            changes.insert_pixel_element(tag, Change::Remove);
        }
        let bytes = NewValue::Bytes(pixels.bytes);
        changes.insert_pixel_element(PIXEL_DATA, Change::Set(Some(pixels.vr), bytes));
        Ok(changes)
    }
}
