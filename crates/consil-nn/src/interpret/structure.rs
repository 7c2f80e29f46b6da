//! Operations on shapes, and products that broadcast.

use super::value::{Value, at_each_rank};

/// The same values as `[B] + shape`.
pub(super) fn reshape(x: Value, shape: &[usize]) -> Value {
    let dims: Vec<usize> = std::iter::once(x.batch()).chain(shape.iter().copied()).collect();
    x.reshape(&dims)
}

/// k × `[B, …]` → `[B, k, …]`.
pub(super) fn stack(values: Vec<Value>) -> Value {
    let widened = values.into_iter().map(|value| {
        let mut dims = value.dims();
        dims.insert(1, 1);
        value.reshape(&dims)
    });
    Value::concat(widened.collect(), 1)
}

/// `[B, A, C] → [B, C, A]`.
pub(super) fn transpose(x: Value) -> Value {
    at_each_rank!(x, x => x.swap_dims(1, 2))
}

/// The product with a second operand of the same shape, of one value per sample, or as long as the last axis.
pub(super) fn mul(a: Value, b: Value) -> Value {
    let (of_a, of_b) = (a.dims(), b.dims());
    if of_a == of_b {
        return a.mul(b);
    }
    let per_sample: usize = of_b[1..].iter().product();
    if per_sample == 1 {
        let batch = of_b[0];
        return a.mul(b.reshape(&[batch]).with_trailing_axes(of_a.len()));
    }
    let mut dims = vec![1; of_a.len()];
    dims[0] = of_b[0];
    dims[of_a.len() - 1] = per_sample;
    a.mul(b.reshape(&dims))
}
