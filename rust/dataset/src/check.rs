//! stub
use crate::{Error, Limits, file};
/// Verifies.
/// # Errors
/// stub
pub fn verify_structure(
    _source: &dyn file::ReadAt,
    _head: &file::Head,
    _limits: &Limits,
) -> Result<(), Error> {
    Ok(())
}
