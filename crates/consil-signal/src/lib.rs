//! Short-time Fourier transform, log-mel spectrograms and resampling, the same in training and on the device.
//!
//! - [`Stft`]: power spectra of windowed frames, planned once and used from any thread.
//! - [`LogMel`]: the logarithm of mel-band powers, the usual input of an audio network.
//! - [`Resampler`]: a change of sampling rate by a windowed sinc, evaluated only where an output sample falls.
//!
//! ```
//! use consil_signal::{LogMel, LogMelConfig};
//!
//! let config = LogMelConfig { sample_rate: 8_000, n_fft: 256, hop: 128, n_mels: 16, ..LogMelConfig::default() };
//! let features = LogMel::new(&config)?;
//! let tone: Vec<f32> = (0..4_000).map(|i| (i as f32 * 0.3).sin()).collect();
//! let spectrogram = features.apply(&tone);
//! assert_eq!(spectrogram.len(), features.n_frames(tone.len()) * 16);
//! # Ok::<(), consil_signal::SignalError>(())
//! ```

mod energy;
mod error;
mod log_mel;
mod mel;
mod resample;
mod stft;

pub use energy::{frame_rms, mean_power, trim_silence};
pub use error::SignalError;
pub use log_mel::{LogMel, LogMelConfig};
pub use mel::{MelBank, MelNorm, MelScale};
pub use resample::{Resampler, resample};
pub use stft::{Stft, StftConfig, hann};
