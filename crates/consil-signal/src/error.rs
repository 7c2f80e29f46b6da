//! What a signal configuration can get wrong.

/// A transform that cannot be planned as configured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// A length or rate that must be at least one is zero.
    #[error("{field} must be at least 1")]
    Zero {
        /// The configuration's field.
        field: &'static str,
    },
    /// A length beyond what is planned.
    #[error("{field} = {value} is too large; it is at most {limit}")]
    TooLarge {
        /// The configuration's field.
        field: &'static str,
        /// Its value.
        value: usize,
        /// The most.
        limit: usize,
    },
    /// The window is longer than the transform.
    #[error("a window of {window} samples does not fit a transform of {n_fft}; raise n-fft to at least {window}")]
    WindowTooLong {
        /// The window's length in samples.
        window: usize,
        /// The transform's length in samples.
        n_fft: usize,
    },
    /// The band's edges are not `0 ≤ fmin < fmax ≤ sample_rate / 2`.
    #[error("the band {fmin}–{fmax} Hz must lie within 0–{nyquist} Hz, half the sampling rate")]
    Band {
        /// The lower edge in hertz.
        fmin: f32,
        /// The upper edge in hertz.
        fmax: f32,
        /// Half the sampling rate in hertz.
        nyquist: f32,
    },
}
