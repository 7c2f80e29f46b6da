//! A change of sampling rate.
//!
//! With `to / from = up / down` in lowest terms, an output sample is
//! `y[n] = up · Σₘ h[n·down − m·up] · x[m]`, where `h` is a Kaiser-windowed sinc that passes what both rates can hold.
//! This equals inserting `up − 1` zeros after each sample, filtering, and keeping every `down`-th sample, but only the
//! products with a sample of `x` are computed. The filter has no delay.

/// A planned change of sampling rate.
#[derive(Clone, Debug)]
pub struct Resampler {
    up: usize,
    down: usize,
    half_length: usize,
    /// `phases[p][j] = up · h[p + j·up − half_length]`, so that one output sample is one dot product.
    phases: Vec<Vec<f32>>,
}

/// Zero crossings of the sinc kept on each side: a transition band of about a tenth of the lower rate's half.
const ZERO_CROSSINGS: usize = 24;
/// The Kaiser window's shape: 90 dB of attenuation in the stop band, `0.1102 · (90 − 8.7)`.
const KAISER_BETA: f64 = 8.96;

impl Resampler {
    /// A resampler from one rate to another, both in samples per second.
    ///
    /// # Panics
    /// If a rate is zero.
    pub fn new(from: u32, to: u32) -> Self {
        Self::with_window(from, to, ZERO_CROSSINGS, KAISER_BETA)
    }

    /// A resampler whose sinc is cut after `zero_crossings` on each side by a Kaiser window of shape `beta`.
    ///
    /// # Panics
    /// If a rate or the number of crossings is zero.
    pub fn with_window(from: u32, to: u32, zero_crossings: usize, beta: f64) -> Self {
        assert!(from > 0 && to > 0 && zero_crossings > 0, "rates and zero crossings are at least one");
        let divisor = greatest_common_divisor(from, to);
        let (up, down) = ((to / divisor) as usize, (from / divisor) as usize);
        let slower = up.max(down);
        let half_length = zero_crossings * slower;
        let taps = low_pass(half_length, 1.0 / slower as f64, beta);
        let phases = (0..up)
            .map(|phase| taps.iter().skip(phase).step_by(up).map(|h| (h * up as f64) as f32).collect())
            .collect();
        Self { up, down, half_length, phases }
    }

    /// The number of samples that `n` samples become, `⌈n · to / from⌉`.
    pub fn output_length(&self, n: usize) -> usize {
        (n * self.up).div_ceil(self.down)
    }

    /// The resampled signal.
    pub fn apply(&self, signal: &[f32]) -> Vec<f32> {
        if self.up == self.down {
            return signal.to_vec();
        }
        (0..self.output_length(signal.len())).map(|n| self.sample(signal, n * self.down + self.half_length)).collect()
    }

    /// The output at position `at` of the upsampled, filtered signal (delayed by half the filter).
    fn sample(&self, signal: &[f32], at: usize) -> f32 {
        // at = m·up + (p + j·up): the newest contributing sample is m = at / up with phase p, older ones follow with j.
        let taps = &self.phases[at % self.up];
        let newest = at / self.up;
        let skip = (newest + 1).saturating_sub(signal.len());
        let end = taps.len().min(newest + 1);
        if skip >= end {
            return 0.0;
        }
        let samples = signal[newest + 1 - end..newest + 1 - skip].iter().rev();
        taps[skip..end].iter().zip(samples).map(|(h, x)| h * x).sum()
    }
}

/// A signal at another rate; plan a [`Resampler`] to convert several.
pub fn resample(signal: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to { signal.to_vec() } else { Resampler::new(from, to).apply(signal) }
}

/// A windowed-sinc low-pass of `2·half_length + 1` taps with unit gain at zero frequency; `cutoff` as a fraction of
/// half the rate.
fn low_pass(half_length: usize, cutoff: f64, beta: f64) -> Vec<f64> {
    let half = half_length as f64;
    let tap = |i: usize| {
        let n = i as f64 - half;
        let x = std::f64::consts::PI * cutoff * n;
        let sinc = if n == 0.0 { 1.0 } else { x.sin() / x };
        sinc * bessel_i0(beta * (1.0 - (n / half).powi(2)).max(0.0).sqrt())
    };
    let taps: Vec<f64> = (0..=2 * half_length).map(tap).collect();
    let gain: f64 = taps.iter().sum();
    taps.into_iter().map(|h| h / gain).collect()
}

/// The modified Bessel function of the first kind and order zero, `Σₖ ((x/2)ᵏ / k!)²`.
fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut total) = (1.0, 1.0);
    for k in 1..500 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        total += term;
        if term < total * 1e-17 {
            break;
        }
    }
    total
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hz: f64, n: usize) -> Vec<f32> {
        (0..n).map(|i| (std::f64::consts::TAU * hz * i as f64 / f64::from(rate)).sin() as f32).collect()
    }

    #[test]
    fn a_tone_within_both_bands_is_the_same_tone_at_the_new_rate() {
        for (from, to) in [(8_000, 16_000), (16_000, 8_000), (44_100, 8_000), (8_000, 11_025), (48_000, 44_100)] {
            let ours = resample(&tone(from, 440.0, from as usize / 4), from, to);
            let exact = tone(to, 440.0, ours.len());
            assert_eq!(ours.len(), (to as usize).div_ceil(4));
            // Away from the ends, where the sinc is whole: 90 dB of attenuation leaves less than 1e-4.
            let edge = ours.len() / 6;
            for n in edge..ours.len() - edge {
                assert!((ours[n] - exact[n]).abs() < 2e-4, "{from}→{to} at {n}: {} against {}", ours[n], exact[n]);
            }
        }
    }

    #[test]
    fn a_tone_above_the_new_band_is_removed() {
        let ours = resample(&tone(16_000, 6_000.0, 8_000), 16_000, 8_000);
        let loudest = ours[500..3_500].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!(loudest < 2e-4, "aliased at {loudest}");
    }

    #[test]
    fn phases_equal_zero_stuffing_then_filtering() {
        let x: Vec<f32> = (0..50).map(|i| ((i * 7919) % 101) as f32 / 101.0 - 0.5).collect();
        let (up, down) = (3usize, 5usize);
        let taps = low_pass(4 * 5, 1.0 / 5.0, 6.0);
        let mut stuffed = vec![0.0f64; x.len() * up];
        x.iter().enumerate().for_each(|(i, v)| stuffed[i * up] = f64::from(*v) * up as f64);
        let ours = Resampler::with_window(5, 3, 4, 6.0).apply(&x);
        for (n, y) in ours.iter().enumerate() {
            let at = (n * down + 20) as isize;
            let expected: f64 = (0..taps.len())
                .filter_map(|k| usize::try_from(at - k as isize).ok().and_then(|i| stuffed.get(i)).map(|s| s * taps[k]))
                .sum();
            assert!((f64::from(*y) - expected).abs() < 1e-6);
        }
    }
}
