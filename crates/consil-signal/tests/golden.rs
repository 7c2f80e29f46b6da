//! Parity with numpy and scipy: the files of `tests/golden` are written by `tests/reference.py`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use consil_signal::{LogMel, LogMelConfig, MelNorm, MelScale, Resampler};

/// The test signal of `reference.py`.
fn chirp(n: usize, rate: f64) -> Vec<f32> {
    let tau = std::f64::consts::TAU;
    let sample = |t: f64| 0.6 * (tau * (200.0 * t + 900.0 * t * t)).sin() + 0.2 * (tau * 1700.0 * t).cos();
    (0..n).map(|i| sample(i as f64 / rate) as f32).collect()
}

fn assert_close(ours: &[f32], golden: &str, tolerance: f32) {
    let theirs: Vec<f32> = golden.split_whitespace().map(|x| x.parse().expect("the file holds numbers")).collect();
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in ours.iter().zip(&theirs).enumerate() {
        assert!((a - b).abs() < tolerance, "at {i}: {a} against {b}");
    }
}

#[test]
fn slaney_log_mel_matches_numpy() {
    let config = LogMelConfig { sample_rate: 8_000, n_fft: 256, hop: 128, n_mels: 16, ..LogMelConfig::default() };
    let ours = LogMel::new(&config).unwrap().apply(&chirp(2_000, 8_000.0));
    // The transform runs in f32; bands ten orders below the loudest carry its rounding, hence a tolerance in ln of
    // 1e-2.
    assert_close(&ours, include_str!("golden/log_mel_slaney.txt"), 1e-2);
}

#[test]
fn htk_log_mel_matches_numpy() {
    let config = LogMelConfig {
        sample_rate: 16_000,
        n_fft: 400,
        hop: 160,
        n_mels: 10,
        fmin: 60.0,
        fmax: Some(7_600.0),
        scale: MelScale::Htk,
        norm: MelNorm::Height,
        ..LogMelConfig::default()
    };
    let ours = LogMel::new(&config).unwrap().apply(&chirp(3_000, 16_000.0));
    assert_close(&ours, include_str!("golden/log_mel_htk.txt"), 1e-2);
}

#[test]
fn resampling_matches_scipy_with_its_window() {
    // scipy.signal.resample_poly keeps ten zero crossings under a Kaiser window of shape 5; sums run in f32 here.
    let x = chirp(300, 8_000.0);
    let ours = Resampler::with_window(5, 3, 10, 5.0).apply(&x);
    assert_close(&ours, include_str!("golden/resample_3_5.txt"), 2e-6);
    let ours = Resampler::with_window(160, 441, 10, 5.0).apply(&x[..60]);
    assert_close(&ours, include_str!("golden/resample_441_160.txt"), 2e-6);
}
