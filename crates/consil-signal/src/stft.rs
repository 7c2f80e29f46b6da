//! The short-time Fourier transform.
//!
//! `X[t, k] = Σₙ w[n] · x[t·hop + n − n_fft/2] · exp(−2πi·k·n / n_fft)` for `k = 0 … n_fft/2`, with the signal taken as
//! zero beyond its ends. Frame `t` is therefore centred on sample `t·hop`, the convention of librosa (`center=True`,
//! `pad_mode="constant"`).

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use crate::SignalError;

/// The longest transform: over a minute at 48 kHz.
const MAX_LENGTH: usize = 1 << 22;

/// The lengths of a [`Stft`], in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StftConfig {
    /// The transform's length; its spectrum has `n_fft / 2 + 1` bins.
    pub n_fft: usize,
    /// The window's length, at most `n_fft`; a shorter window is centred in the transform.
    pub window: usize,
    /// The step between frames.
    pub hop: usize,
}

impl Default for StftConfig {
    fn default() -> Self {
        Self { n_fft: 512, window: 512, hop: 256 }
    }
}

/// A planned short-time Fourier transform; cheap to share between threads.
#[derive(Clone)]
pub struct Stft {
    n_fft: usize,
    hop: usize,
    window: Vec<f32>,
    plan: Arc<dyn RealToComplex<f32>>,
}

impl Stft {
    /// Plans the transform.
    ///
    /// # Errors
    /// A length of zero, or a window longer than the transform.
    pub fn new(config: &StftConfig) -> Result<Self, SignalError> {
        let StftConfig { n_fft, window, hop } = *config;
        for (field, value) in [("n-fft", n_fft), ("window", window), ("hop", hop)] {
            if value == 0 {
                return Err(SignalError::Zero { field });
            }
            // Nothing of the length's size is made before it is held to the limit.
            if value > MAX_LENGTH {
                return Err(SignalError::TooLarge { field, value, limit: MAX_LENGTH });
            }
        }
        if window > n_fft {
            return Err(SignalError::WindowTooLong { window, n_fft });
        }
        let mut centred = vec![0.0; n_fft];
        centred[(n_fft - window) / 2..][..window].copy_from_slice(&hann(window));
        Ok(Self { n_fft, hop, window: centred, plan: RealFftPlanner::new().plan_fft_forward(n_fft) })
    }

    /// The number of frequency bins, `n_fft / 2 + 1`.
    pub fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// The number of frames of a signal of `n_samples`: `1 + n_samples / hop`, and none of an empty signal.
    pub fn n_frames(&self, n_samples: usize) -> usize {
        if n_samples == 0 { 0 } else { 1 + n_samples / self.hop }
    }

    /// Calls `visit(t, spectrum)` with each frame's complex spectrum `[n_bins]`.
    pub fn for_each_frame(&self, signal: &[f32], mut visit: impl FnMut(usize, &[Complex32])) {
        let mut frame = self.plan.make_input_vec();
        let mut spectrum = self.plan.make_output_vec();
        let mut scratch = self.plan.make_scratch_vec();
        let half = self.n_fft / 2;
        for t in 0..self.n_frames(signal.len()) {
            // The frame covers signal[centre − half .. centre − half + n_fft], cut at the signal's ends.
            let centre = t * self.hop;
            let begin = centre.saturating_sub(half);
            let end = (centre + self.n_fft - half).min(signal.len());
            let offset = half - (centre - begin);
            frame.fill(0.0);
            if begin < end {
                for ((out, x), w) in frame[offset..].iter_mut().zip(&signal[begin..end]).zip(&self.window[offset..]) {
                    *out = x * w;
                }
            }
            self.plan
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("the buffers were made by this plan");
            visit(t, &spectrum);
        }
    }

    /// The power spectrogram `|X[t, k]|²`, `[n_frames, n_bins]` row-major.
    pub fn power(&self, signal: &[f32]) -> Vec<f32> {
        let mut power = Vec::with_capacity(self.n_frames(signal.len()) * self.n_bins());
        self.for_each_frame(signal, |_, spectrum| power.extend(spectrum.iter().map(|x| x.norm_sqr())));
        power
    }
}

impl std::fmt::Debug for Stft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stft").field("n_fft", &self.n_fft).field("hop", &self.hop).finish_non_exhaustive()
    }
}

/// The periodic Hann window, `w[n] = ½ − ½·cos(2πn / length)`.
pub fn hann(length: usize) -> Vec<f32> {
    let step = std::f64::consts::TAU / length as f64;
    (0..length).map(|n| (0.5 - 0.5 * (step * n as f64).cos()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition in the module's docs, summed term by term in f64.
    fn naive_power(signal: &[f32], n_fft: usize, window: &[f32], hop: usize) -> Vec<f64> {
        let pad = (n_fft - window.len()) / 2;
        let mut power = Vec::new();
        for t in 0..1 + signal.len() / hop {
            for k in 0..n_fft / 2 + 1 {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, w) in window.iter().enumerate() {
                    let at = (t * hop + n + pad) as isize - (n_fft / 2) as isize;
                    let x = usize::try_from(at).ok().and_then(|at| signal.get(at)).copied().unwrap_or(0.0);
                    let angle = -std::f64::consts::TAU * (k * (n + pad)) as f64 / n_fft as f64;
                    re += f64::from(x * w) * angle.cos();
                    im += f64::from(x * w) * angle.sin();
                }
                power.push(re * re + im * im);
            }
        }
        power
    }

    #[test]
    fn power_equals_the_definition() {
        let signal: Vec<f32> = (0..333).map(|i| ((i * i) as f32 * 0.013).sin() * 0.7).collect();
        for (n_fft, window, hop) in [(64, 64, 16), (60, 41, 25), (512, 400, 160), (7, 7, 3), (8, 8, 200)] {
            let stft = Stft::new(&StftConfig { n_fft, window, hop }).unwrap();
            let naive = naive_power(&signal, n_fft, &hann(window), hop);
            let fast = stft.power(&signal);
            assert_eq!(fast.len(), naive.len());
            let scale = naive.iter().fold(0.0, |a: f64, b| a.max(*b));
            for (f, n) in fast.iter().zip(&naive) {
                // f32 transform against an f64 sum: relative to the largest bin.
                assert!((f64::from(*f) - n).abs() < 1e-5 * scale, "n_fft {n_fft}: {f} against {n}");
            }
        }
    }

    #[test]
    fn a_periodic_hann_window_at_half_overlap_sums_to_one() {
        let w = hann(16);
        for n in 0..8 {
            assert!((w[n] + w[n + 8] - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn an_empty_signal_has_no_frames() {
        let stft = Stft::new(&StftConfig::default()).unwrap();
        assert_eq!((stft.n_frames(0), stft.power(&[]).len()), (0, 0));
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let zero = Stft::new(&StftConfig { hop: 0, ..StftConfig::default() });
        assert_eq!(zero.unwrap_err(), SignalError::Zero { field: "hop" });
        let long = Stft::new(&StftConfig { n_fft: 64, window: 65, hop: 1 });
        assert_eq!(long.unwrap_err(), SignalError::WindowTooLong { window: 65, n_fft: 64 });
    }
}
