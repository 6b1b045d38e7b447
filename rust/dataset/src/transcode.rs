//! stub
use crate::{Error, Limits, TransferSyntax};
/// Streaming transcoder.
#[derive(Debug)]
pub struct Transcoder;
impl Transcoder {
    /// New.
    /// # Errors
    /// stub
    pub fn new(_from: &TransferSyntax, _to: &TransferSyntax, _limits: &Limits) -> Result<Self, Error> {
        Ok(Self)
    }
    /// push
    /// # Errors
    /// stub
    pub fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
        output.extend_from_slice(input);
        Ok(())
    }
    /// finish
    /// # Errors
    /// stub
    pub fn finish(&mut self, _output: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }
}
