//! The frame of what is stored: a checksum over all of its bytes.

use consil_diagnostic::frame::Format;

use super::{CodecError, VERSION};

/// What a stored federation or simulation begins with.
const STATE: Format = Format { magic: *b"csl-fed\n", version: VERSION as u32 };

/// The bytes of a message in a frame.
pub(crate) fn seal(message: &[u8]) -> Vec<u8> {
    STATE.seal(message)
}

/// The message of [`seal`].
///
/// # Errors
/// [`CodecError::Frame`] if a bit is not as it was written.
pub(crate) fn unseal(bytes: &[u8]) -> Result<&[u8], CodecError> {
    let (_version, message) = STATE.open(bytes)?;
    Ok(message)
}
