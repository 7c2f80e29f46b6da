//! Energy of a signal, whole and frame by frame.

/// The mean of the squared samples; zero for an empty signal.
pub fn mean_power(signal: &[f32]) -> f64 {
    let total: f64 = signal.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    total / signal.len().max(1) as f64
}

/// The root mean square of each window of `length` samples, one every `hop` samples; the last window may be shorter.
///
/// # Panics
/// If `length` or `hop` is zero.
pub fn frame_rms(signal: &[f32], length: usize, hop: usize) -> Vec<f32> {
    assert!(length > 0 && hop > 0, "a frame and its hop hold at least one sample");
    let frame = |begin: usize| mean_power(&signal[begin..(begin + length).min(signal.len())]).sqrt() as f32;
    (0..signal.len()).step_by(hop).map(frame).collect()
}

/// The part of a signal between the first and the last frame whose energy is within `range_db` decibels of the loudest
/// frame's, with frames of `length` samples; silence is returned whole.
///
/// # Panics
/// If `length` is zero.
pub fn trim_silence(signal: &[f32], length: usize, range_db: f32) -> &[f32] {
    let energy = frame_rms(signal, length, length);
    let loudest = energy.iter().copied().fold(0.0, f32::max);
    let threshold = loudest * 10f32.powf(-range_db / 20.0);
    let loud = |rms: &f32| *rms >= threshold && *rms > 0.0;
    match (energy.iter().position(loud), energy.iter().rposition(loud)) {
        (Some(first), Some(last)) => &signal[first * length..((last + 1) * length).min(signal.len())],
        _ => signal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_square_wave_has_unit_energy() {
        let square: Vec<f32> = (0..100).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(mean_power(&square), 1.0);
        assert_eq!(frame_rms(&square, 40, 30), [1.0; 4]);
        assert_eq!(mean_power(&[]), 0.0);
    }

    #[test]
    fn quiet_ends_are_trimmed_and_silence_is_kept() {
        let mut signal = vec![1e-4f32; 300];
        signal[120..180].fill(0.5);
        assert_eq!(trim_silence(&signal, 20, 40.0), &signal[120..180]);
        assert_eq!(trim_silence(&[0.0; 50], 20, 40.0).len(), 50);
    }
}
