//! Log-mel spectrograms.

use crate::{MelBank, MelNorm, MelScale, SignalError, Stft, StftConfig};

/// What a [`LogMel`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct LogMelConfig {
    /// Samples per second of the signal.
    pub sample_rate: u32,
    /// The transform's and the window's length in samples.
    pub n_fft: usize,
    /// The step between frames in samples.
    pub hop: usize,
    /// The number of mel bands.
    pub n_mels: usize,
    /// The lower edge of the lowest band in hertz.
    pub fmin: f32,
    /// The upper edge of the highest band in hertz; half the sampling rate when absent.
    pub fmax: Option<f32>,
    /// The mel formula.
    pub scale: MelScale,
    /// How the filters are scaled.
    pub norm: MelNorm,
    /// Added to a band's power before the logarithm, so that silence is finite.
    pub floor: f32,
}

impl Default for LogMelConfig {
    fn default() -> Self {
        Self {
            sample_rate: 16_000,
            n_fft: 512,
            hop: 256,
            n_mels: 40,
            fmin: 0.0,
            fmax: None,
            scale: MelScale::Slaney,
            norm: MelNorm::Area,
            floor: 1e-6,
        }
    }
}

/// Log-mel features: `ln(floor + Σₖ M[m, k] · |X[t, k]|²)` with the filter bank `M` and the transform `X`.
#[derive(Clone, Debug)]
pub struct LogMel {
    stft: Stft,
    bank: MelBank,
    floor: f32,
}

impl LogMel {
    /// Plans the transform and lays out the filter bank.
    ///
    /// # Errors
    /// Whatever [`Stft::new`] and [`MelBank::new`] refuse.
    pub fn new(config: &LogMelConfig) -> Result<Self, SignalError> {
        let &LogMelConfig { sample_rate, n_fft, hop, n_mels, fmin, fmax, scale, norm, floor } = config;
        let stft = Stft::new(&StftConfig { n_fft, window: n_fft, hop })?;
        let fmax = fmax.unwrap_or(sample_rate as f32 / 2.0);
        let bank = MelBank::new(sample_rate, n_fft, n_mels, (fmin, fmax), scale, norm)?;
        Ok(Self { stft, bank, floor })
    }

    /// The number of mel bands.
    pub fn n_mels(&self) -> usize {
        self.bank.n_mels()
    }

    /// The number of frames of a signal of `n_samples`.
    pub fn n_frames(&self, n_samples: usize) -> usize {
        self.stft.n_frames(n_samples)
    }

    /// The features of a signal, `[n_frames, n_mels]` row-major.
    pub fn apply(&self, signal: &[f32]) -> Vec<f32> {
        let mut features = Vec::with_capacity(self.n_frames(signal.len()) * self.n_mels());
        let mut power = vec![0.0; self.stft.n_bins()];
        self.stft.for_each_frame(signal, |_, spectrum| {
            power.iter_mut().zip(spectrum).for_each(|(p, x)| *p = x.norm_sqr());
            features.extend(self.bank.apply(&power).map(|band| (self.floor + band).ln()));
        });
        features
    }
}
