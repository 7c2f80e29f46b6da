//! Convolution and pooling over windows.

use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use consil_graph::{Conv, Pool, PoolKind};

use super::value::Value;

/// `[B, I, T] → [B, O, T']`.
pub(super) fn conv1d(x: Value, weight: Value, bias: Option<Value>, conv: &Conv<1>) -> Value {
    let options = ConvOptions::new(conv.stride, conv.padding, conv.dilation, conv.groups);
    Value::R3(module::conv1d(x.rank3(), weight.rank3(), bias.map(Value::rank1), options))
}

/// `[B, I, H, W] → [B, O, H', W']`.
pub(super) fn conv2d(x: Value, weight: Value, bias: Option<Value>, conv: &Conv<2>) -> Value {
    let options = ConvOptions::new(conv.stride, conv.padding, conv.dilation, conv.groups);
    Value::R4(module::conv2d(x.rank4(), weight.rank4(), bias.map(Value::rank1), options))
}

/// `[B, C, T] → [B, C, T']`.
pub(super) fn pool1d(x: Value, pool: &Pool<1>) -> Value {
    let x = x.rank3();
    Value::R3(match pool.kind {
        PoolKind::Max => module::max_pool1d(x, MaxPoolOptions::new(pool.kernel).with_stride(pool.stride)),
        PoolKind::Average => module::avg_pool1d(x, AvgPoolOptions::new(pool.kernel).with_stride(pool.stride)),
    })
}

/// `[B, C, H, W] → [B, C, H', W']`.
pub(super) fn pool2d(x: Value, pool: &Pool<2>) -> Value {
    let x = x.rank4();
    Value::R4(match pool.kind {
        PoolKind::Max => module::max_pool2d(x, MaxPoolOptions::new(pool.kernel).with_stride(pool.stride)),
        PoolKind::Average => module::avg_pool2d(x, AvgPoolOptions::new(pool.kernel).with_stride(pool.stride)),
    })
}

/// The mean over all positions: `[B, C, …] → [B, C]`.
pub(super) fn global_average(x: Value) -> Value {
    let dims = x.dims();
    let positions = dims[2..].iter().product();
    let x = x.reshape(&[dims[0], dims[1], positions]).rank3();
    Value::R2(x.mean_dim(2).reshape([dims[0], dims[1]]))
}
