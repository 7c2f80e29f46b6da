//! Elementwise activations.

use serde::{Deserialize, Serialize};

use super::shapes::{one, product};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// An elementwise activation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `x` for positive x, `slope · x` otherwise.
    LeakyRelu {
        /// The slope below zero.
        slope: f32,
    },
    /// `x Φ(x)`, exact by the error function (Hendrycks and Gimpel, 2016).
    Gelu,
    /// `x σ(x)`.
    Silu,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// The activation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::LeakyRelu { .. } => "leaky ReLU",
            Self::Gelu => "GELU",
            Self::Silu => "SiLU",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
        }
    }

    /// What a list of layers calls it.
    pub fn layer_name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky-relu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
        }
    }

    /// The activations without attributes.
    pub const PLAIN: [Self; 5] = [Self::Relu, Self::Gelu, Self::Silu, Self::Sigmoid, Self::Tanh];

    /// Whether zero gives zero.
    pub fn keeps_zero(self) -> bool {
        !matches!(self, Self::Sigmoid)
    }

    fn at(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu { slope } if x < 0.0 => x * f64::from(slope),
            Self::LeakyRelu { .. } => x,
            Self::Gelu => 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2)),
            Self::Silu => x / (1.0 + (-x).exp()),
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
        }
    }
}

impl Operation for Activation {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "ReLU, leaky ReLU, GELU, SiLU, sigmoid or tanh of each value",
            shapes: "[…] → […]",
            onnx: Some("Relu, LeakyRelu, Gelu, Swish, Sigmoid, Tanh"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(one(data)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        self.name().to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map(|x| self.at(x))
    }
}

/// The error function by its series of positive terms, `2/√π · e^{−x²} · Σ 2ⁿ x^{2n+1} / (2n+1)!!` (Abramowitz and Stegun,
/// 1964, 7.1.6).
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}
