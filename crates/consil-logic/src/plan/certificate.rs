//! How far an answer's probability can be trusted.

use std::fmt;

use crate::proof::short;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Down,
    Up,
}

/// The end of an interval in four digits, rounded so that the interval still holds the truth.
fn outward(end: f64, side: Side) -> String {
    if end == 0.0 || end < 1e-9 && side == Side::Down {
        return "0".to_owned();
    }
    if end < 1e-9 {
        return format!("{:.3e}", end * 1.001);
    }
    let decimals = (3 - end.log10().floor() as i32).clamp(0, 12) as usize;
    let unit = 10f64.powi(-(decimals as i32));
    // A number of so few digits stays as it is, whatever its double.
    let units = match side {
        Side::Down => (end / unit + 1e-6).floor(),
        Side::Up => (end / unit - 1e-6).ceil(),
    };
    short(units * unit)
}

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
            Certificate::Bounds { lower, upper } => {
                write!(f, "between {} and {}", outward(lower, Side::Down), outward(upper, Side::Up))
            }
            Certificate::Estimate { lower, upper, confidence, n_samples } => {
                write!(f, "{} to {} with confidence {confidence}, from {n_samples} samples", short(lower), short(upper))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_rounded_outward() {
        let show = |lower, upper| Certificate::Bounds { lower, upper }.to_string();
        assert_eq!(show(0.999_999_9, 1.0), "between 0.9999 and 1");
        assert_eq!(show(0.123_46, 0.123_44), "between 0.1234 and 0.1235");
        assert_eq!(show(0.3, 0.65), "between 0.3 and 0.65");
        assert_eq!(show(0.0, 1.5e-12), "between 0 and 1.501e-12");
    }
}
