//! The distributions of uncertain inputs, each by its quantile function.
//!
//! Everything random in a forecast is a uniform number pushed through a quantile function, because that is what the copula, the
//! sensitivity analysis and repeatable sampling share: change the uniforms, keep the margins.

use serde::Serialize;
use statrs::function::beta::beta_reg;
use statrs::function::gamma::gamma_lr;

use super::special::{normal_cdf, normal_quantile};

/// A distribution of one number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Distribution {
    /// Normal with a mean and a standard deviation.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// `exp` of a normal.
    LogNormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Uniform in the logarithm between two positive bounds.
    LogUniform {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Triangular between two bounds with a mode.
    Triangular {
        /// Lower bound.
        low: f64,
        /// Mode.
        mode: f64,
        /// Upper bound.
        high: f64,
    },
    /// Beta on 0–1.
    Beta {
        /// First shape.
        a: f64,
        /// Second shape.
        b: f64,
    },
    /// Gamma with a shape and a scale.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// Exponential with a mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// 1 with a probability, else 0.
    Chance {
        /// Probability of 1.
        p: f64,
    },
}

/// Why parameters make no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A parameter is outside its range.
    #[error("{name} of {distribution} is {value}, and it must be {wanted}")]
    Parameter {
        /// The distribution.
        distribution: &'static str,
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        wanted: &'static str,
    },
    /// The bounds are not in order.
    #[error("{distribution} runs from {low} to {high}: the lower bound comes first")]
    Order {
        /// The distribution.
        distribution: &'static str,
        /// The lower bound as given.
        low: f64,
        /// The upper bound as given.
        high: f64,
    },
}

impl Distribution {
    /// The distribution whose central interval of probability `level` is `low` to `high`: lognormal where both are positive, else
    /// normal. With `z = Φ⁻¹((1 + level)/2)`: `μ = (ln low + ln high)/2`, `σ = (ln high − ln low)/(2 z)`.
    ///
    /// # Errors
    /// When `low` is not below `high`, or `level` is not within 0–1.
    pub fn interval(low: f64, high: f64, level: f64) -> Result<Self, DistributionError> {
        if !(level > 0.0 && level < 1.0) {
            let (distribution, name, wanted) = ("`a to b`", "the level", "between 0 and 1");
            return Err(DistributionError::Parameter { distribution, name, value: level, wanted });
        }
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(DistributionError::Order { distribution: "`a to b`", low, high });
        }
        let z = normal_quantile(0.5 + 0.5 * level);
        Ok(if low > 0.0 {
            Self::LogNormal { mu: 0.5 * (low.ln() + high.ln()), sigma: (high.ln() - low.ln()) / (2.0 * z) }
        } else {
            Self::Normal { mean: 0.5 * (low + high), sd: (high - low) / (2.0 * z) }
        })
    }

    /// The same distribution, if its parameters make one.
    ///
    /// # Errors
    /// When a parameter is outside its range or the bounds are not in order.
    pub fn checked(self) -> Result<Self, DistributionError> {
        let (distribution, positive): (_, &[(&'static str, f64)]) = match &self {
            Self::Normal { sd, .. } => ("normal", &[("the standard deviation", *sd)]),
            Self::LogNormal { sigma, .. } => ("lognormal", &[("sigma", *sigma)]),
            Self::Uniform { .. } => ("uniform", &[]),
            Self::LogUniform { low, .. } => ("loguniform", &[("the lower bound", *low)]),
            Self::Triangular { .. } => ("triangular", &[]),
            Self::Beta { a, b } => ("beta", &[("the first shape", *a), ("the second shape", *b)]),
            Self::Gamma { shape, scale } => ("gamma", &[("the shape", *shape), ("the scale", *scale)]),
            Self::Exponential { mean } => ("exponential", &[("the mean", *mean)]),
            Self::Chance { .. } => ("chance", &[]),
        };
        if let Some((name, value)) = positive.iter().find(|(_, value)| !(*value > 0.0 && value.is_finite())) {
            let (value, wanted) = (*value, "positive and finite");
            return Err(DistributionError::Parameter { distribution, name, value, wanted });
        }
        match self {
            Self::Uniform { low, high } | Self::LogUniform { low, high }
                if !(low < high && (high - low).is_finite()) =>
            {
                Err(DistributionError::Order { distribution, low, high })
            }
            Self::Triangular { low, mode, high } if !(low <= mode && mode <= high && low < high) => {
                let (name, wanted) = ("the mode", "between the bounds, and those in order");
                Err(DistributionError::Parameter { distribution, name, value: mode, wanted })
            }
            Self::Chance { p } if !(0.0..=1.0).contains(&p) => {
                let (name, wanted) = ("the probability", "within 0 to 1");
                Err(DistributionError::Parameter { distribution, name, value: p, wanted })
            }
            Self::Normal { mean: value, .. } | Self::LogNormal { mu: value, .. } if !value.is_finite() => {
                let name = if matches!(self, Self::Normal { .. }) { "the mean" } else { "mu" };
                Err(DistributionError::Parameter { distribution, name, value, wanted: "finite" })
            }
            _ => Ok(self),
        }
    }

    /// The value below which a share `p` lies, for `p` in 0–1, ends excluded.
    pub fn quantile(&self, p: f64) -> f64 {
        match *self {
            Self::Normal { mean, sd } => mean + sd * normal_quantile(p),
            Self::LogNormal { mu, sigma } => (mu + sigma * normal_quantile(p)).exp(),
            Self::Uniform { low, high } => low + (high - low) * p,
            Self::LogUniform { low, high } => ((1.0 - p) * low.ln() + p * high.ln()).exp().clamp(low, high),
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                if p * width < mode - low {
                    low + (p * width * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - p) * width * (high - mode)).sqrt()
                }
            }
            Self::Beta { a, b } => bisect(|x| beta_reg(a, b, x), p, 0.0, 1.0),
            Self::Gamma { shape, scale } => {
                let mut high = shape + 1.0;
                while gamma_lr(shape, high) < p && high < 1e12 {
                    high *= 2.0;
                }
                scale * bisect(|x| gamma_lr(shape, x), p, 0.0, high)
            }
            Self::Exponential { mean } => -mean * (-p).ln_1p(),
            Self::Chance { p: chance } => f64::from(u8::from(p < chance)),
        }
    }

    /// The probability of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        match *self {
            Self::Normal { mean, sd } => normal_cdf((x - mean) / sd),
            Self::LogNormal { .. } if x <= 0.0 => 0.0,
            Self::LogNormal { mu, sigma } => normal_cdf((x.ln() - mu) / sigma),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::LogUniform { low, high } if x > low => ((x.ln() - low.ln()) / (high.ln() - low.ln())).min(1.0),
            Self::LogUniform { .. } => 0.0,
            Self::Triangular { low, mode, high } => match x {
                x if x <= low => 0.0,
                x if x < mode => (x - low).powi(2) / ((high - low) * (mode - low)),
                x if x < high => 1.0 - (high - x).powi(2) / ((high - low) * (high - mode)),
                _ => 1.0,
            },
            Self::Beta { a, b } => beta_reg(a, b, x.clamp(0.0, 1.0)),
            Self::Gamma { shape, scale } => gamma_lr(shape, (x / scale).max(0.0)),
            Self::Exponential { mean } => -(-x.max(0.0) / mean).exp_m1(),
            Self::Chance { p } => match x {
                x if x < 0.0 => 0.0,
                x if x < 1.0 => 1.0 - p,
                _ => 1.0,
            },
        }
    }
}

/// Where a growing function of `low..high` reaches `p`, to the last bits.
fn bisect(cdf: impl Fn(f64) -> f64, p: f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if cdf(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_interval_holds_its_share() {
        let growth = Distribution::interval(4.3, 5.2, 0.9).unwrap();
        assert!((growth.cdf(4.3) - 0.05).abs() < 1e-10 && (growth.cdf(5.2) - 0.95).abs() < 1e-10);
        // The median of a lognormal interval is the geometric mean of its ends.
        assert!((growth.quantile(0.5) - (4.3f64 * 5.2).sqrt()).abs() < 1e-12);
        let signed = Distribution::interval(-2.0, 4.0, 0.8).unwrap();
        assert!((signed.cdf(-2.0) - 0.1).abs() < 1e-10 && (signed.quantile(0.5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bounds_hundreds_of_orders_apart_have_the_quantiles_of_their_logarithms() {
        let wide = Distribution::LogUniform { low: 1e-300, high: 1e300 }.checked().unwrap();
        for (p, log10) in [(0.25, -150.0), (0.5, 0.0), (0.9, 240.0)] {
            assert!((wide.quantile(p).log10() - log10).abs() < 1e-9, "{p}: {}", wide.quantile(p));
            assert!((wide.cdf(10f64.powf(log10)) - p).abs() < 1e-12);
        }
    }

    #[test]
    fn parameters_that_make_no_distribution_are_refused() {
        assert!(Distribution::interval(5.0, 4.0, 0.9).unwrap_err().to_string().contains("lower bound comes first"));
        assert!(Distribution::Normal { mean: 0.0, sd: 0.0 }.checked().unwrap_err().to_string().contains("positive"));
        assert!(Distribution::Chance { p: 1.1 }.checked().is_err());
        assert!(Distribution::Triangular { low: 0.0, mode: 3.0, high: 2.0 }.checked().is_err());
    }

    fn any_distribution() -> impl Strategy<Value = Distribution> {
        prop_oneof![
            (-5.0..5.0, 0.1..4.0).prop_map(|(mean, sd)| Distribution::Normal { mean, sd }),
            (-2.0..2.0, 0.1..2.0).prop_map(|(mu, sigma)| Distribution::LogNormal { mu, sigma }),
            (-5.0..0.0, 0.1..5.0).prop_map(|(low, high)| Distribution::Uniform { low, high }),
            (0.1..1.0, 2.0..50.0).prop_map(|(low, high)| Distribution::LogUniform { low, high }),
            (-5.0..0.0, 0.0..1.0, 1.1..5.0).prop_map(|(low, mode, high)| Distribution::Triangular { low, mode, high }),
            (0.3..9.0, 0.3..9.0).prop_map(|(a, b)| Distribution::Beta { a, b }),
            (0.3..9.0, 0.1..9.0).prop_map(|(shape, scale)| Distribution::Gamma { shape, scale }),
            (0.1..9.0f64).prop_map(|mean| Distribution::Exponential { mean }),
        ]
    }

    proptest! {
        /// The law that defines a quantile of a continuous distribution: F(F⁻¹(p)) = p.
        #[test]
        fn quantile_inverts_cdf(distribution in any_distribution(), p in 0.001..0.999f64) {
            let there = distribution.quantile(p);
            prop_assert!((distribution.cdf(there) - p).abs() < 1e-9, "{distribution:?}: {there}");
        }

        #[test]
        fn quantiles_grow(distribution in any_distribution(), p in 0.001..0.998f64) {
            prop_assert!(distribution.quantile(p) <= distribution.quantile(p + 0.001));
        }
    }
}
