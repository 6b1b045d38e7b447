//! What a data set goes through on its way to the wire: rewriting first, then transcoding.

use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::rewrite::Rewriter;
use dicomwire_dataset::syntax::TransferSyntax;
use dicomwire_dataset::transcode::Transcoder;

/// The stages of one data set.
#[derive(Default)]
pub struct Conversion {
    rewriter: Option<Rewriter>,
    transcoder: Option<(Transcoder, &'static TransferSyntax)>,
    rewritten: Vec<u8>,
}

impl Conversion {
    /// Only rewriting, if there is anything to rewrite.
    #[must_use]
    pub fn rewriting(rewriter: Option<Rewriter>) -> Self {
        Self {
            rewriter,
            ..Self::default()
        }
    }

    /// And then transcoding.
    ///
    /// # Errors
    /// Why that cannot be done, in words.
    pub fn then_transcoding(
        mut self,
        from: &TransferSyntax,
        to: &'static TransferSyntax,
        limits: &Limits,
    ) -> Result<Self, String> {
        let transcoder = Transcoder::new(from, to, limits).map_err(|error| error.to_string())?;
        self.transcoder = Some((transcoder, to));
        Ok(self)
    }

    /// Whether the data set stays as it is.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.rewriter.is_none() && self.transcoder.is_none()
    }

    /// Converts the next piece and appends what is ready to `output`.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), String> {
        let Some(rewriter) = &mut self.rewriter else {
            return self.transcode(input, output);
        };
        let rewritten = if self.transcoder.is_some() {
            &mut self.rewritten
        } else {
            &mut *output
        };
        rewriter
            .push(input, rewritten)
            .map_err(|error| format!("cannot be rewritten: {error}"))?;
        self.pass_rewritten(output)
    }

    /// Ends the data set.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), String> {
        if let Some(rewriter) = &mut self.rewriter {
            let rewritten = if self.transcoder.is_some() {
                &mut self.rewritten
            } else {
                &mut *output
            };
            rewriter
                .finish(rewritten)
                .map_err(|error| format!("cannot be rewritten: {error}"))?;
            self.pass_rewritten(output)?;
        }
        match &mut self.transcoder {
            Some((transcoder, to)) => transcoder
                .finish(output)
                .map_err(|error| format!("cannot be transcoded to {}: {error}", to.name)),
            None => Ok(()),
        }
    }

    fn pass_rewritten(&mut self, output: &mut Vec<u8>) -> Result<(), String> {
        if self.transcoder.is_none() {
            return Ok(());
        }
        let rewritten = std::mem::take(&mut self.rewritten);
        let outcome = self.transcode(&rewritten, output);
        self.rewritten = rewritten;
        self.rewritten.clear();
        outcome
    }

    fn transcode(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), String> {
        match &mut self.transcoder {
            Some((transcoder, to)) => transcoder
                .push(input, output)
                .map_err(|error| format!("cannot be transcoded to {}: {error}", to.name)),
            None => {
                output.extend_from_slice(input);
                Ok(())
            }
        }
    }
}
