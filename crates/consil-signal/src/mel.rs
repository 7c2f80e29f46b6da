//! Mel scales and their triangular filter banks.

use crate::SignalError;

/// The most bands of a bank.
const MAX_BANDS: usize = 4_096;

/// Which formula maps hertz to mel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelScale {
    /// Linear below 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998): `f / (200/3)` up to 1 kHz, then
    /// `15 + 27·ln(f / 1000) / ln 6.4`.
    #[default]
    Slaney,
    /// `2595·log₁₀(1 + f / 700)` (O'Shaughnessy 1987; the HTK toolkit).
    Htk,
}

const SLANEY_HZ_PER_MEL: f64 = 200.0 / 3.0;
const SLANEY_KNEE_HZ: f64 = 1000.0;
const SLANEY_KNEE_MEL: f64 = SLANEY_KNEE_HZ / SLANEY_HZ_PER_MEL;

impl MelScale {
    /// Mel at a frequency in hertz.
    pub fn mel_of(self, hz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
            Self::Slaney if hz < SLANEY_KNEE_HZ => hz / SLANEY_HZ_PER_MEL,
            Self::Slaney => SLANEY_KNEE_MEL + (hz / SLANEY_KNEE_HZ).ln() * 27.0 / 6.4f64.ln(),
        }
    }

    /// The frequency in hertz at a mel; the inverse of [`MelScale::mel_of`].
    pub fn to_hz(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
            Self::Slaney if mel < SLANEY_KNEE_MEL => mel * SLANEY_HZ_PER_MEL,
            Self::Slaney => SLANEY_KNEE_HZ * ((mel - SLANEY_KNEE_MEL) * 6.4f64.ln() / 27.0).exp(),
        }
    }

    /// `n` frequencies in hertz, equally spaced in mel from `fmin` to `fmax`, both included.
    pub fn frequencies(self, n: usize, fmin: f64, fmax: f64) -> Vec<f64> {
        let (low, high) = (self.mel_of(fmin), self.mel_of(fmax));
        let step = (high - low) / n.saturating_sub(1).max(1) as f64;
        (0..n).map(|i| self.to_hz(low + step * i as f64)).collect()
    }
}

/// How a mel filter is scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelNorm {
    /// Each triangle has unit area: its height is `2 / (upper − lower)` in hertz.
    #[default]
    Area,
    /// Each triangle has height one.
    Height,
}

/// A triangular mel filter bank, stored as the span of bins that each band covers.
#[derive(Clone, Debug, PartialEq)]
pub struct MelBank {
    bands: Vec<Band>,
    n_bins: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

impl MelBank {
    /// A bank of `n_mels` triangles whose corners are equally spaced in mel between `fmin` and `fmax`, over the bins of
    /// a transform of length `n_fft`. Band `m` has the weight `max(0, min((f − c₋)/(c − c₋), (c₊ − f)/(c₊ − c)))` at
    /// frequency `f`, with neighbouring centres `c₋ < c < c₊`.
    ///
    /// # Errors
    /// A count of zero, or a band outside `0 ≤ fmin < fmax ≤ sample_rate / 2`.
    pub fn new(
        sample_rate: u32,
        n_fft: usize,
        n_mels: usize,
        (fmin, fmax): (f32, f32),
        scale: MelScale,
        norm: MelNorm,
    ) -> Result<Self, SignalError> {
        for (field, value) in [("sample-rate", sample_rate as usize), ("n-fft", n_fft), ("n-mels", n_mels)] {
            if value == 0 {
                return Err(SignalError::Zero { field });
            }
        }
        // A bank has a band for each row and at most a weight for each bin of it.
        for (field, value, limit) in [("n-mels", n_mels, MAX_BANDS), ("n-fft", n_fft, 1 << 22)] {
            if value > limit {
                return Err(SignalError::TooLarge { field, value, limit });
            }
        }
        let nyquist = sample_rate as f32 / 2.0;
        if !(0.0 <= fmin && fmin < fmax && fmax <= nyquist) {
            return Err(SignalError::Band { fmin, fmax, nyquist });
        }
        let n_bins = n_fft / 2 + 1;
        let corners = scale.frequencies(n_mels + 2, f64::from(fmin), f64::from(fmax));
        let hz_per_bin = f64::from(sample_rate) / n_fft as f64;
        let bands = corners.windows(3).map(|c| Band::triangle([c[0], c[1], c[2]], hz_per_bin, n_bins, norm)).collect();
        Ok(Self { bands, n_bins })
    }

    /// The number of bands.
    pub fn n_mels(&self) -> usize {
        self.bands.len()
    }

    /// The number of frequency bins that each band weighs.
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The weights of band `m`, one for each bin, `[n_bins]`.
    pub fn weights(&self, m: usize) -> Vec<f32> {
        let band = &self.bands[m];
        let mut row = vec![0.0; self.n_bins];
        row[band.first_bin..band.first_bin + band.weights.len()].copy_from_slice(&band.weights);
        row
    }

    /// The weighted sums of one frame's power spectrum `[n_bins]`, in order of the bands.
    pub fn apply<'a>(&'a self, power: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.bands.iter().map(|band| power[band.first_bin..].iter().zip(&band.weights).map(|(p, w)| p * w).sum())
    }
}

impl Band {
    fn triangle([lower, centre, upper]: [f64; 3], hz_per_bin: f64, n_bins: usize, norm: MelNorm) -> Self {
        let height = match norm {
            MelNorm::Area => 2.0 / (upper - lower),
            MelNorm::Height => 1.0,
        };
        let weight = |bin: usize| {
            let f = bin as f64 * hz_per_bin;
            (height * ((f - lower) / (centre - lower)).min((upper - f) / (upper - centre))).max(0.0) as f32
        };
        let first_bin = ((lower / hz_per_bin).floor() as usize).min(n_bins);
        let end_bin = ((upper / hz_per_bin).ceil() as usize + 1).min(n_bins);
        Self { first_bin, weights: (first_bin..end_bin).map(weight).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `librosa.mel_frequencies(n_mels=40)` as printed in librosa's documentation (0.10), in hertz.
    const LIBROSA_MEL_FREQUENCIES_40: [f64; 40] = [
        0.0, 85.317, 170.635, 255.952, 341.269, 426.586, 511.904, 597.221, 682.538, 767.855, 853.173, 938.49, 1024.856,
        1119.114, 1222.042, 1334.436, 1457.167, 1591.187, 1737.532, 1897.337, 2071.84, 2262.393, 2470.47, 2697.686,
        2945.799, 3216.731, 3512.582, 3835.643, 4188.417, 4573.636, 4994.285, 5453.621, 5955.205, 6502.92, 7101.009,
        7754.107, 8467.272, 9246.028, 10096.408, 11025.0,
    ];

    #[test]
    fn slaney_frequencies_are_those_librosa_publishes() {
        let ours = MelScale::Slaney.frequencies(40, 0.0, 11_025.0);
        for (a, b) in ours.iter().zip(LIBROSA_MEL_FREQUENCIES_40) {
            assert!((a - b).abs() < 6e-4, "{a} against {b}, printed to three decimals");
        }
        // `librosa.hz_to_mel([110, 220, 440])` in the same documentation.
        for (hz, mel) in [(110.0, 1.65), (220.0, 3.3), (440.0, 6.6)] {
            assert!((MelScale::Slaney.mel_of(hz) - mel).abs() < 1e-9);
        }
    }

    #[test]
    fn one_kilohertz_is_about_a_thousand_htk_mels_and_both_scales_invert() {
        assert!((MelScale::Htk.mel_of(1000.0) - 999.9856).abs() < 1e-3);
        for scale in [MelScale::Slaney, MelScale::Htk] {
            for hz in [0.0, 20.0, 999.0, 1000.0, 1001.0, 7999.0] {
                assert!((scale.to_hz(scale.mel_of(hz)) - hz).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn unit_height_triangles_sum_to_one_between_the_outer_centres() {
        let bank = MelBank::new(16_000, 1024, 20, (0.0, 8_000.0), MelScale::Slaney, MelNorm::Height).unwrap();
        let centres = MelScale::Slaney.frequencies(22, 0.0, 8_000.0);
        for bin in 0..bank.n_bins() {
            let f = bin as f64 * 16_000.0 / 1024.0;
            if (centres[1]..centres[20]).contains(&f) {
                let total: f32 = (0..20).map(|m| bank.weights(m)[bin]).sum();
                assert!((total - 1.0).abs() < 1e-5, "bin {bin}: {total}");
            }
        }
    }

    #[test]
    fn a_band_beyond_half_the_rate_is_refused() {
        let error = MelBank::new(8_000, 256, 16, (0.0, 5_000.0), MelScale::Htk, MelNorm::Area).unwrap_err();
        assert_eq!(error, SignalError::Band { fmin: 0.0, fmax: 5_000.0, nyquist: 4_000.0 });
    }
}
