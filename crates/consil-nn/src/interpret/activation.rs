//! Elementwise activations, softmax and dropout.

use burn::tensor::Device;
use burn::tensor::activation;
use consil_graph::Activation;
use consil_random::Key;

use super::value::{Value, at_each_rank};

/// The activation of every element.
pub(super) fn activate(x: Value, kind: Activation) -> Value {
    match kind {
        Activation::Relu => at_each_rank!(x, x => activation::relu(x)),
        Activation::LeakyRelu { slope } => at_each_rank!(x, x => activation::leaky_relu(x, f64::from(slope))),
        Activation::Gelu => at_each_rank!(x, x => activation::gelu(x)),
        Activation::Silu => at_each_rank!(x, x => activation::silu(x)),
        Activation::Sigmoid => at_each_rank!(x, x => activation::sigmoid(x)),
        Activation::Tanh => at_each_rank!(x, x => activation::tanh(x)),
        other => unreachable!("{other:?} was refused when the network was bound"),
    }
}

/// Whether [`activate`] knows the activation.
pub(crate) fn is_known(kind: Activation) -> bool {
    use Activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
    matches!(kind, Relu | LeakyRelu { .. } | Gelu | Silu | Sigmoid | Tanh)
}

/// Softmax over the last axis.
pub(super) fn softmax(x: Value) -> Value {
    let last = x.dims().len() - 1;
    at_each_rank!(x, x => activation::softmax(x, last))
}

/// The logarithm of softmax over the last axis.
pub(super) fn log_softmax(x: Value) -> Value {
    let last = x.dims().len() - 1;
    at_each_rank!(x, x => activation::log_softmax(x, last))
}

/// Inverted dropout with the mask that `key` draws.
pub(super) fn dropout(x: Value, rate: f32, key: Key, device: &Device) -> Value {
    let dims = x.dims();
    x.mul(Value::from_host(&dims, dropout_mask(dims.iter().product(), rate, key), device))
}

/// `n` factors: 0 with probability `rate`, otherwise `1 / (1 - rate)`.
///
/// Each 64-bit word of the stream decides two values by 32 bits each, so the rate is met to 2⁻³².
pub(crate) fn dropout_mask(n: usize, rate: f32, key: Key) -> Vec<f32> {
    let threshold = (f64::from(rate) * 2f64.powi(32)) as u32;
    let scale = 1.0 / (1.0 - rate);
    let factor = |bits: u32| if bits < threshold { 0.0 } else { scale };
    let mut stream = key.stream();
    let mut mask = Vec::with_capacity(n + 1);
    while mask.len() < n {
        let word = stream.word();
        mask.extend([factor(word as u32), factor((word >> 32) as u32)]);
    }
    mask.truncate(n);
    mask
}
