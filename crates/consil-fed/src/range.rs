//! A setting outside its range.

use thiserror::Error;

/// A number of the spec's `[federate]` table that is outside its range.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("[federate] {key} = {value}: it must be {allowed}")]
pub struct OutOfRange {
    /// The key.
    pub key: &'static str,
    /// Its value.
    pub value: f64,
    /// The range.
    pub allowed: &'static str,
}

/// Refuses a value that is not within its range.
pub(crate) fn require(within: bool, key: &'static str, value: f64, allowed: &'static str) -> Result<(), OutOfRange> {
    if within { Ok(()) } else { Err(OutOfRange { key, value, allowed }) }
}
