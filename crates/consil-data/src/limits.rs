//! The most that one value or one data set may hold. A number from a file or a spec is held to these before anything of
//! its size is made.

use consil_diagnostic::limit::n_elements;

use crate::error::DataError;

/// Numbers of one prepared value: 256 MiB of them.
pub(crate) const MAX_NUMBERS: u64 = 1 << 26;
/// Pixels of one image as stored: about 11,600 × 11,600.
pub(crate) const MAX_PIXELS: u64 = 1 << 27;
/// Rows of a split.
pub(crate) const MAX_ROWS: u64 = 1 << 27;
/// Items of a list modality.
pub(crate) const MAX_ITEMS: u64 = 10_000;
/// Samples of one clip, once at its rate: six hours at 48 kHz.
pub(crate) const MAX_SAMPLES: u64 = 1 << 30;
/// Samples per second; twice what studio recorders reach.
pub(crate) const MAX_RATE: u32 = 768_000;

/// The product of the lengths of a shape's axes, if it is at least 1 and at most [`MAX_NUMBERS`].
pub(crate) fn numbers(modality: &str, shape: &[usize]) -> Result<usize, DataError> {
    match n_elements(shape).map(|n| n as u64) {
        Some(n @ 1..=MAX_NUMBERS) => Ok(n as usize),
        _ => Err(DataError::Shape { modality: modality.to_owned(), shape: shape.to_vec(), limit: MAX_NUMBERS }),
    }
}

/// Refuses a number of a spec beyond its limits.
pub(crate) fn setting(key: String, value: u64, least: u64, most: u64) -> Result<(), DataError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(DataError::Setting { key, value: value.to_string(), allowed: format!("{least} to {most}") }),
    }
}
