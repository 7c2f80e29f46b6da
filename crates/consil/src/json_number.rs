//! Numbers that have no value: JSON has no NaN, and writes null.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A number, or NaN for null.
pub(crate) fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(deserializer).map(|number| number.unwrap_or(f64::NAN))
}

/// A share in 0–1, or NaN for null.
///
/// # Errors
/// If it is no share: the file was changed.
pub(crate) fn share_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = number_or_nan(deserializer)?;
    match share.is_nan() || (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(D::Error::custom(format!("{share} is no share between 0 and 1"))),
    }
}

/// Measurements by name. Some have no value, such as the R² of rows whose targets are all equal: these are left out.
pub(crate) mod values {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(values: &BTreeMap<String, f64>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(values.iter().filter(|(_, value)| value.is_finite()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
        let values = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
        Ok(values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }
}
