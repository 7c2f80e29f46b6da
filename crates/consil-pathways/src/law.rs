//! Scaling laws: the loss of a training run as a function of its size.
//!
//! A law is fitted in logarithms: its value is `log L(θ; N, D, …)`, with constants carried as their logarithms (always above zero,
//! comparable in size) and exponents as they are. All but one are a sum of power terms, so that `log L` is a log-sum-exp of linear functions
//! of θ, which neither overflows nor loses digits.

mod data_constrained;
mod kaplan;
mod power_sum;

use serde::{Deserialize, Serialize};

use crate::run::{Design, Run};
use data_constrained::DataConstrained;
use kaplan::Kaplan;
use power_sum::PowerSum;

/// The largest number of parameters of a law.
pub(crate) const MAX_PARAMETERS: usize = 7;

/// A coordinate of a run's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// N, parameters.
    Parameters,
    /// D, tokens.
    Tokens,
    /// C, training compute.
    Compute,
    /// M = D / N, tokens per parameter.
    TokensPerParameter,
    /// D / U, passes over the distinct tokens.
    Epochs,
}

impl Axis {
    /// The value of the coordinate.
    pub fn of(self, design: &Design) -> f64 {
        match self {
            Self::Parameters => design.parameters,
            Self::Tokens => design.tokens,
            Self::Compute => design.compute,
            Self::TokensPerParameter => design.tokens_per_parameter(),
            Self::Epochs => design.epochs(),
        }
    }

    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Tokens => "tokens",
            Self::Compute => "compute",
            Self::TokensPerParameter => "tokens per parameter",
            Self::Epochs => "epochs",
        }
    }
}

/// The form of a scaling law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// `L(X) = (Xc / X)^α` (Kaplan et al. 2020, eqs 1.1 to 1.3).
    Power(Axis),
    /// `L(X) = E + A / X^α`: a power law above a loss that no scale removes (Henighan et al. 2020, eq. 1.1).
    Saturating(Axis),
    /// `L(N, D) = [(Nc / N)^(αN / αD) + Dc / D]^αD` (Kaplan et al. 2020, eq. 1.5).
    Kaplan,
    /// `L(N, D) = E + A / N^α + B / D^β` (Hoffmann et al. 2022, eq. 2).
    Hoffmann,
    /// `L(N, D, U) = E + A / N'^α + B / D'^β`, where repeated tokens and the parameters they would serve are worth less each time
    /// (Muennighoff et al. 2023, eqs 5 and 6): `D' = U + U R_D* (1 − exp(−(D/U − 1) / R_D*))`, and N' likewise from the number of parameters that is best for U tokens.
    DataConstrained,
    /// `L(C, M) = E + (a M^η + b M^−η) C^−η` with `M = D / N`: over-training at a fixed rate of return (Gadre et al. 2024, eq. 4).
    OverTraining,
}

/// A parameter of a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name in the paper.
    pub name: &'static str,
    /// How it is carried while fitting.
    pub scale: Scale,
}

/// How a parameter is carried while fitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// By its logarithm: a constant, above zero.
    Log,
    /// As it is: an exponent.
    Linear,
}

impl Scale {
    /// From the coordinate that is fitted to the parameter itself.
    pub fn natural(self, theta: f64) -> f64 {
        match self {
            Self::Log => theta.exp(),
            Self::Linear => theta,
        }
    }

    /// From the parameter itself to the coordinate that is fitted.
    pub fn fitted(self, natural: f64) -> f64 {
        match self {
            Self::Log => natural.ln(),
            Self::Linear => natural,
        }
    }
}

const fn constant(name: &'static str) -> Parameter {
    Parameter { name, scale: Scale::Log }
}

const fn exponent(name: &'static str) -> Parameter {
    Parameter { name, scale: Scale::Linear }
}

impl std::fmt::Display for Law {
    /// Its name as the command line has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Power(axis) => write!(f, "power-{}", axis.name().replace(' ', "-")),
            Self::Saturating(axis) => write!(f, "saturating-{}", axis.name().replace(' ', "-")),
            Self::Kaplan => f.write_str("kaplan"),
            Self::Hoffmann => f.write_str("hoffmann"),
            Self::DataConstrained => f.write_str("data-constrained"),
            Self::OverTraining => f.write_str("over-training"),
        }
    }
}

/// The grid over the exponent of one term.
const EXPONENTS: [f64; 5] = [0.08, 0.2, 0.35, 0.6, 1.0];

fn column(runs: &[Run], axis: Axis) -> Vec<f64> {
    runs.iter().map(|run| axis.of(&run.design)).collect()
}

fn losses(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(|run| run.loss).collect()
}

impl Law {
    /// All laws by name, those of one axis with each that runs are usually stated by.
    pub const ALL: &[(&str, Self)] = &[
        ("kaplan", Self::Kaplan),
        ("hoffmann", Self::Hoffmann),
        ("data-constrained", Self::DataConstrained),
        ("over-training", Self::OverTraining),
        ("power-parameters", Self::Power(Axis::Parameters)),
        ("power-tokens", Self::Power(Axis::Tokens)),
        ("power-compute", Self::Power(Axis::Compute)),
        ("saturating-parameters", Self::Saturating(Axis::Parameters)),
        ("saturating-tokens", Self::Saturating(Axis::Tokens)),
        ("saturating-compute", Self::Saturating(Axis::Compute)),
    ];

    /// Its parameters, in the order of every vector of them.
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Power(_) => const { &[constant("Xc"), exponent("alpha")] },
            Self::Saturating(_) => const { &[constant("A"), constant("E"), exponent("alpha")] },
            Self::Kaplan => const { &[constant("Nc"), constant("Dc"), exponent("alpha_N"), exponent("alpha_D")] },
            Self::Hoffmann => {
                const { &[constant("A"), constant("B"), constant("E"), exponent("alpha"), exponent("beta")] }
            }
            Self::DataConstrained => {
                const {
                    &[
                        constant("A"),
                        constant("B"),
                        constant("E"),
                        exponent("alpha"),
                        exponent("beta"),
                        constant("R_N*"),
                        constant("R_D*"),
                    ]
                }
            }
            Self::OverTraining => const { &[constant("a"), constant("b"), constant("E"), exponent("eta")] },
        }
    }

    /// The coordinates that it reads: a fit needs runs that differ in each.
    pub fn axes(self) -> Vec<Axis> {
        match self {
            Self::Power(axis) | Self::Saturating(axis) => vec![axis],
            Self::Kaplan | Self::Hoffmann => vec![Axis::Parameters, Axis::Tokens],
            Self::DataConstrained => vec![Axis::Parameters, Axis::Tokens, Axis::Epochs],
            Self::OverTraining => vec![Axis::Compute, Axis::TokensPerParameter],
        }
    }

    /// Points from which to fit it to runs, as vectors θ.
    pub(crate) fn initial_points(self, runs: &[Run]) -> Vec<Vec<f64>> {
        match self {
            Self::Power(_) | Self::Kaplan => kaplan::initial_points(self, runs),
            Self::Saturating(_) | Self::Hoffmann | Self::OverTraining => power_sum::initial_points(self, runs),
            Self::DataConstrained => data_constrained::initial_points(runs),
        }
    }

    /// The loss at a size, with parameters as papers print them (`A`, not `log A`).
    pub fn loss(self, natural: &[f64], design: &Design) -> f64 {
        let theta: Vec<f64> = self.parameters().iter().zip(natural).map(|(p, value)| p.scale.fitted(*value)).collect();
        Prepared::new(self, std::slice::from_ref(design)).log_loss(0, &theta, &mut [0.0; MAX_PARAMETERS]).exp()
    }
}

/// A law at the sizes of some runs, with the logarithms it needs taken once.
pub(crate) enum Prepared {
    Sum(PowerSum),
    Kaplan(Kaplan),
    DataConstrained(DataConstrained),
}

impl Prepared {
    pub fn new(law: Law, designs: &[Design]) -> Self {
        match law {
            Law::Kaplan => Self::Kaplan(Kaplan::new(designs, None)),
            Law::Power(axis) => Self::Kaplan(Kaplan::new(designs, Some(axis))),
            Law::DataConstrained => Self::DataConstrained(DataConstrained::new(designs)),
            Law::Saturating(_) | Law::Hoffmann | Law::OverTraining => Self::Sum(PowerSum::new(law, designs)),
        }
    }

    /// `log L` at run `row`; its gradient with respect to θ is written to the front of `gradient`.
    #[inline]
    pub fn log_loss(&self, row: usize, theta: &[f64], gradient: &mut [f64; MAX_PARAMETERS]) -> f64 {
        match self {
            Self::Sum(law) => law.log_loss(row, theta, gradient),
            Self::Kaplan(law) => law.log_loss(row, theta, gradient),
            Self::DataConstrained(law) => law.log_loss(row, theta, gradient),
        }
    }
}

#[cfg(test)]
mod tests;
