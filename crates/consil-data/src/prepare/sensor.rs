//! Time series.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{PrepareError, Prepared, Values, prefix_mask};
use crate::error::DataError;
use crate::{ModalityConfig, Value};

/// Series become `[C, T]`: `(x − mean) / sd` for each channel, trimmed or padded with zeros (the mean) to T samples. An
/// absent sample becomes zero too; the mask is 1 for the samples that the series has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SensorPreparation {
    channels: usize,
    length: usize,
    mean: Vec<f32>,
    sd: Vec<f32>,
}

impl SensorPreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        let Value::Series { channels, .. } = values.first()? else { return Err(values.all_absent()) };
        let mut moments = Moments::new(channels);
        let mut longest = 1;
        values.visit(false, |value| {
            if let Value::Series { channels: found, values } = value
                && found == channels
            {
                longest = longest.max(values.len() / channels);
                moments.add(values);
            }
        })?;
        let (mean, sd) = if config.normalize { moments.finish() } else { (vec![0.0; channels], vec![1.0; channels]) };
        Ok(Self { channels, length: config.length.unwrap_or(longest), mean, sd })
    }

    /// `[C, T]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.channels, self.length]
    }

    pub(super) fn apply(&self, channels: usize, series: &[f32]) -> Result<Prepared, PrepareError> {
        if channels != self.channels {
            return Err(PrepareError::Channels { expected: self.channels, found: channels });
        }
        let n_steps = (series.len() / channels).min(self.length);
        let mut values = vec![0.0; channels * self.length];
        for (t, step) in series.chunks_exact(channels).take(n_steps).enumerate() {
            for (channel, x) in step.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                values[channel * self.length + t] = (x - self.mean[channel]) / self.sd[channel];
            }
        }
        Ok(Prepared { values, mask: Some(prefix_mask(n_steps, self.length)) })
    }
}
