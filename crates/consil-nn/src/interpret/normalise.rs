//! Normalisations.

use burn::tensor::module;

use super::value::{Value, at_each_rank, floats};
use crate::network::RunError;

/// `(x - mean) / √(var + ε) · weight + bias` over the last axis, with the biased variance.
pub(super) fn layer_norm(x: Value, weight: Value, bias: Value, epsilon: f32) -> Value {
    let (weight, bias) = (weight.rank1(), bias.rank1());
    at_each_rank!(x, x => module::layer_norm(x, weight, Some(bias), f64::from(epsilon)))
}

/// `x / √(mean(x²) + ε) · weight` over the last axis.
pub(super) fn rms_norm(x: Value, weight: Value, epsilon: f32) -> Value {
    let dims = x.dims();
    let last = dims.len() - 1;
    let mut along_last = vec![1; dims.len()];
    along_last[last] = dims[last];
    let normal = at_each_rank!(x, x => {
        let mean_square = x.clone().square().mean_dim(last);
        x * (mean_square + epsilon).sqrt().recip()
    });
    normal.mul(weight.reshape(&along_last))
}

/// Batch normalisation by running statistics; `params` are weight, bias, running mean and running variance, each `[C]`.
pub(super) fn batch_norm(x: Value, params: [Value; 4], epsilon: f32) -> Value {
    let [weight, bias, mean, variance] = params.map(Value::rank1);
    // y = x · s + (bias - mean · s): two passes over x rather than five.
    let scale = weight / (variance + epsilon).sqrt();
    let shift = bias - mean * scale.clone();
    let dims = x.dims();
    let mut along_channels = vec![1; dims.len()];
    along_channels[1] = dims[1];
    let (scale, shift) = (Value::R1(scale).reshape(&along_channels), Value::R1(shift).reshape(&along_channels));
    x.mul(scale).add(shift)
}

/// Batch normalisation by the batch's own statistics, and those statistics: the mean and the *unbiased* variance of each channel, which
/// PyTorch's running variance is made of.
pub(super) fn batch_norm_train(
    node: &str,
    x: Value,
    weight: Value,
    bias: Value,
    epsilon: f32,
) -> Result<(Value, Vec<f32>, Vec<f32>), RunError> {
    let dims = x.dims();
    let n = dims.iter().product::<usize>() / dims[1].max(1);
    if n < 2 {
        return Err(RunError::BatchTooSmall { node: node.to_owned() });
    }
    let unbias = n as f32 / (n - 1) as f32;
    let (weight, bias) = (weight.rank1(), bias.rank1());
    let (y, mean, variance) = match x {
        Value::R1(_) => unreachable!("shape inference promised a channel axis"),
        Value::R2(x) => statistics(module::batch_norm_train(x, weight, bias, f64::from(epsilon)), Value::R2),
        Value::R3(x) => statistics(module::batch_norm_train(x, weight, bias, f64::from(epsilon)), Value::R3),
        Value::R4(x) => statistics(module::batch_norm_train(x, weight, bias, f64::from(epsilon)), Value::R4),
        Value::R5(x) => statistics(module::batch_norm_train(x, weight, bias, f64::from(epsilon)), Value::R5),
    };
    Ok((y, mean, variance.into_iter().map(|v| v * unbias).collect()))
}

fn statistics<const D: usize>(
    ran: module::BatchNormTrainOutput<D>,
    wrap: fn(burn::tensor::Tensor<D>) -> Value,
) -> (Value, Vec<f32>, Vec<f32>) {
    (wrap(ran.output), floats(ran.mean.into_data()), floats(ran.variance.into_data()))
}
