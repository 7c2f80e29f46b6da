//! Linear layers.

use super::value::Value;

/// `y = x Wᵀ + b` over the last axis: `[B, …, I] → [B, …, O]` for `weight [O, I]`, `bias [O]`.
pub(super) fn linear(x: Value, weight: Value, bias: Option<Value>) -> Value {
    let mut dims = x.dims();
    let weight = weight.rank2();
    let rank = dims.len();
    dims[rank - 1] = weight.dims()[0];
    // One product over all rows: a batch of small products would repeat the weight for each.
    let y = burn::tensor::module::linear(x.rank2(), weight.transpose(), bias.map(Value::rank1));
    Value::R2(y).reshape(&dims)
}
