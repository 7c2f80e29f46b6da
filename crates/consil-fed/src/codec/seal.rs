//! A checksum at the end of what is stored.

use super::CodecError;

const CHECKSUM: usize = size_of::<u64>();

/// The bytes with their checksum behind them.
pub(crate) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = fnv1a(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The bytes without their checksum.
///
/// # Errors
/// [`CodecError::Checksum`] if it is not theirs, [`CodecError::Truncated`] if there is none.
pub(crate) fn unseal(bytes: &[u8]) -> Result<&[u8], CodecError> {
    let truncated = CodecError::Truncated { needed: CHECKSUM as u64, left: bytes.len() };
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(truncated)?;
    if u64::from_le_bytes(*checksum) == fnv1a(body) { Ok(body) } else { Err(CodecError::Checksum) }
}

/// The FNV-1a hash: every change of one byte changes it.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
