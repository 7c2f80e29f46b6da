//! How far an answer's probability can be trusted.

use std::fmt;

use crate::proof::short;

/// How far an answer's probability can be trusted; every answer has one.
///
/// `Display` reads `exact`, `between 0.12 and 0.14`, or `0.12 to 0.14 with confidence 0.95, from 10000 samples`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Certificate {
    /// The probability of the program's semantics, up to floating-point rounding.
    Exact,
    /// The probability lies in this interval, for certain: the budget ended before it was known exactly.
    Bounds {
        /// No less than this.
        lower: f64,
        /// No more than this.
        upper: f64,
    },
    /// The probability was estimated from samples; the interval covers it with a probability of `confidence`.
    Estimate {
        /// The lower end of the confidence interval.
        lower: f64,
        /// Its upper end.
        upper: f64,
        /// The probability that such an interval covers the truth, at least.
        confidence: f64,
        /// The samples that agree with the evidence.
        n_samples: u64,
    },
}

impl Certificate {
    /// The width of the interval: 0 if exact.
    pub fn width(&self) -> f64 {
        match *self {
            Certificate::Exact => 0.0,
            Certificate::Bounds { lower, upper } | Certificate::Estimate { lower, upper, .. } => upper - lower,
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Certificate::Exact => write!(f, "exact"),
            Certificate::Bounds { lower, upper } => write!(f, "between {} and {}", short(lower), short(upper)),
            Certificate::Estimate { lower, upper, confidence, n_samples } => {
                write!(f, "{} to {} with confidence {confidence}, from {n_samples} samples", short(lower), short(upper))
            }
        }
    }
}
