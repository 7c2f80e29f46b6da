//! Waveforms.

use std::sync::OnceLock;

use consil_signal::{LogMel, LogMelConfig, SignalError, resample};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{Prepared, Values, prefix_mask};
use crate::error::DataError;
use crate::{ModalityConfig, Value};

/// Waveforms become `[1, n_mels, T]`: resampled, log-mel, `(x − mean) / sd` for each band, then trimmed or padded with
/// zeros (the mean) to T frames. The mask is 1 for the frames that the clip has.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AudioPreparation {
    rate: u32,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    fmin: f32,
    fmax: Option<f32>,
    length: usize,
    mean: Vec<f32>,
    sd: Vec<f32>,
    #[serde(skip)]
    plan: OnceLock<Result<LogMel, SignalError>>,
}

/// The default window in seconds; its length in samples is rounded down to a power of two.
const WINDOW_SECONDS: f64 = 0.032;

impl AudioPreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        let rate = match (config.rate, values.first()?) {
            (Some(rate), _) | (None, Value::Audio { rate, .. }) => rate,
            _ => return Err(values.all_absent()),
        };
        let features = &config.features;
        let longest_power = || 1usize << ((f64::from(rate) * WINDOW_SECONDS).max(2.0).log2().floor() as u32);
        let n_fft = features.n_fft.unwrap_or_else(longest_power);
        let n_mels = features.log_mel;
        let mut preparation = Self {
            rate,
            n_fft,
            hop: features.hop.unwrap_or(n_fft / 2),
            n_mels,
            fmin: features.fmin,
            fmax: features.fmax,
            length: config.length.unwrap_or(1),
            mean: vec![0.0; n_mels],
            sd: vec![1.0; n_mels],
            plan: OnceLock::new(),
        };
        preparation
            .plan()
            .map_err(|source| DataError::Signal { modality: values.modality.to_owned(), source: source.clone() })?;
        let mut moments = Moments::new(n_mels);
        let mut longest = 1;
        values.visit(false, |value| {
            if let Value::Audio { rate, samples } = value {
                let features = preparation.features(rate, &samples);
                longest = longest.max(features.len() / n_mels);
                moments.add(features);
            }
        })?;
        preparation.length = config.length.unwrap_or(longest);
        if config.normalize {
            (preparation.mean, preparation.sd) = moments.finish();
        }
        Ok(preparation)
    }

    /// `[1, n_mels, T]`.
    pub fn shape(&self) -> [usize; 3] {
        [1, self.n_mels, self.length]
    }

    /// Samples per second that clips are brought to.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    pub(super) fn apply(&self, rate: u32, samples: &[f32]) -> Prepared {
        let features = self.features(rate, samples);
        let n_frames = (features.len() / self.n_mels).min(self.length);
        let mut values = vec![0.0; self.n_mels * self.length];
        for (t, frame) in features.chunks_exact(self.n_mels).take(n_frames).enumerate() {
            for (band, x) in frame.iter().enumerate() {
                values[band * self.length + t] = (x - self.mean[band]) / self.sd[band];
            }
        }
        Prepared { values, mask: Some(prefix_mask(n_frames, self.length)) }
    }

    /// Log-mel features `[T, n_mels]`, not yet normalised; none where a configuration read from a file cannot be
    /// computed.
    fn features(&self, rate: u32, samples: &[f32]) -> Vec<f32> {
        match self.plan() {
            Ok(plan) if rate == self.rate => plan.apply(samples),
            Ok(plan) => plan.apply(&resample(samples, rate, self.rate)),
            Err(_) => Vec::new(),
        }
    }

    fn plan(&self) -> Result<&LogMel, &SignalError> {
        let plan = || {
            LogMel::new(&LogMelConfig {
                sample_rate: self.rate,
                n_fft: self.n_fft,
                hop: self.hop,
                n_mels: self.n_mels,
                fmin: self.fmin,
                fmax: self.fmax,
                ..LogMelConfig::default()
            })
        };
        self.plan.get_or_init(plan).as_ref()
    }
}
