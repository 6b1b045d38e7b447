//! Decompressing by the image codecs of Python.

use dicomwire_dataset::Vr;
use dicomwire_dataset::rewrite::DecompressedPixels;
use dicomwire_net::decompression::Decompressor;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// `decompress(file, limit)` of `dicomwire.pixels`.
pub(crate) struct PyDecompressor(pub(crate) Py<PyAny>);

/// (pixels, VR, photometric interpretation, planar configuration, number of frames)
type PixelTuple = (Vec<u8>, String, String, Option<u16>, Option<u32>);

impl Decompressor for PyDecompressor {
    fn decompress(&self, file: Vec<u8>, limit: u64) -> Result<Option<DecompressedPixels>, String> {
        Python::attach(|py| {
            let decompress = |file: Vec<u8>| -> PyResult<Option<PixelTuple>> {
                let file = PyBytes::new(py, &file);
                self.0.bind(py).call1((file, limit))?.extract()
            };
            // Whatever goes wrong is the fate of this instance, not of the transfer.
            let decompressed = decompress(file).map_err(|error| error.value(py).to_string())?;
            Ok(decompressed.map(
                |(bytes, vr, photometric, planar, frames)| DecompressedPixels {
                    bytes,
                    vr: if vr == "OB" { Vr::OB } else { Vr::OW },
                    photometric_interpretation: photometric,
                    planar_configuration: planar,
                    number_of_frames: frames,
                },
            ))
        })
    }
}
