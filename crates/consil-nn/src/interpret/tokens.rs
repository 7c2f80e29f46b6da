//! Operations on sequences of tokens `[B, T, D]`.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::value::{Value, floats};
use crate::network::RunError;

/// The mean over tokens weighed by their mask, `[B, T, D] → [B, D]`; a mask of zeros gives zeros.
pub(super) fn mean(x: Value, mask: Option<Value>) -> Value {
    let x = x.rank3();
    let [batch, time, width] = x.dims();
    let sum = match mask {
        None => x.mean_dim(1),
        Some(mask) => {
            let mask = mask.rank2();
            let total = mask.clone().sum_dim(1);
            // Zero over one rather than zero over zero.
            let total = total.clone() + total.equal_elem(0.0).float();
            (x * mask.reshape([batch, time, 1])).sum_dim(1) / total.reshape([batch, 1, 1])
        }
    };
    Value::R2(sum.reshape([batch, width]))
}

/// Rows of a table: `[B, T] → [B, T, D]` for `weight [V, D]`.
pub(super) fn embedding(
    node: &str,
    indices: Value,
    weight: Value,
    vocabulary: usize,
    device: &Device,
) -> Result<Value, RunError> {
    let indices = indices.rank2();
    let [batch, time] = indices.dims();
    let mut rows = Vec::with_capacity(batch * time);
    for index in floats(indices.into_data()) {
        if !(index >= 0.0 && index < vocabulary as f32 && index.fract() == 0.0) {
            return Err(RunError::IndexOutOfRange { node: node.to_owned(), index, vocabulary });
        }
        rows.push(index as i32);
    }
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch * time]), device);
    let weight = weight.rank2();
    let width = weight.dims()[1];
    Ok(Value::R3(weight.select(0, rows).reshape([batch, time, width])))
}

/// `x + weight` for `weight [T, D]`.
pub(super) fn add_positions(x: Value, weight: Value) -> Value {
    let x = x.rank3();
    let [_, time, width] = x.dims();
    Value::R3(x + weight.rank2().reshape([1, time, width]))
}
