//! Multi-head attention (Vaswani et al., 2017, eq. 1 and §3.2.2).

use burn::tensor::activation::softmax;
use burn::tensor::module::linear;
use burn::tensor::{Bool, Device, Tensor};

use super::value::Value;

/// What a score becomes where attention is not allowed: `exp` of it is exactly zero beside any allowed score, and unlike −∞ it gives no
/// NaN where nothing is allowed.
const FORBIDDEN: f32 = -1e30;

/// Attention of query tokens over key tokens, `[B, T, D]` and `[B, S, D]` → `[B, T, D]`.
///
/// `operands` are the queries, optionally the keys, and with `masked` the keys' mask `[B, S]`; `params` are `in_proj_weight [3D, D]`,
/// `in_proj_bias [3D]`, `out_proj.weight [D, D]`, `out_proj.bias [D]`. A query that may attend to nothing gets the zero
/// vector before the output projection.
pub(super) fn attend(
    operands: Vec<Value>,
    params: [Value; 4],
    heads: usize,
    causal: bool,
    masked: bool,
    device: &Device,
) -> Value {
    let mut operands = operands.into_iter();
    let queries = operands.next().map(Value::rank3).expect("shape inference promised query tokens");
    let mut rest: Vec<Value> = operands.collect();
    let mask = if masked { rest.pop() } else { None };
    let keys = rest.pop().map(Value::rank3);
    let [in_weight, in_bias, out_weight, out_bias] = params;

    let [batch, n_queries, width] = queries.dims();
    let n_keys = keys.as_ref().map_or(n_queries, |keys| keys.dims()[1]);
    let (in_weight, in_bias) = (in_weight.rank2().transpose(), in_bias.rank1());
    let queries = queries.reshape([batch * n_queries, width]);
    let [q, k, v] = match keys {
        None => {
            let joint = linear(queries, in_weight, Some(in_bias));
            [0, 1, 2].map(|part| joint.clone().narrow(1, part * width, width))
        }
        Some(keys) => {
            let keys = keys.reshape([batch * n_keys, width]);
            let project = |x: Tensor<2>, part: usize, parts: usize| {
                let weight = in_weight.clone().narrow(1, part * width, parts * width);
                linear(x, weight, Some(in_bias.clone().narrow(0, part * width, parts * width)))
            };
            let joint = project(keys, 1, 2);
            [project(queries, 0, 1), joint.clone().narrow(1, 0, width), joint.narrow(1, width, width)]
        }
    };
    let depth = width / heads;
    let split = |x: Tensor<2>, time: usize| x.reshape([batch, time, heads, depth]).swap_dims(1, 2);
    let (q, k, v) = (split(q, n_queries), split(k, n_keys), split(v, n_keys));

    let mut scores = q.matmul(k.swap_dims(2, 3)) * (1.0 / (depth as f32).sqrt());
    let forbidden = forbidden(batch, n_queries, n_keys, causal, mask, device);
    if let Some(forbidden) = &forbidden {
        scores = scores.mask_fill(forbidden.clone().expand([batch, heads, n_queries, n_keys]), FORBIDDEN);
    }
    let mut attention = softmax(scores, 3);
    if let Some(forbidden) = forbidden {
        attention = attention.mask_fill(forbidden.expand([batch, heads, n_queries, n_keys]), 0.0);
    }
    let mixed = attention.matmul(v).swap_dims(1, 2).reshape([batch * n_queries, width]);
    let y = linear(mixed, out_weight.rank2().transpose(), Some(out_bias.rank1()));
    Value::R3(y.reshape([batch, n_queries, width]))
}

/// Where attention is not allowed, `[B or 1, 1, T or 1, S]`; `None` where it is allowed everywhere.
fn forbidden(
    batch: usize,
    n_queries: usize,
    n_keys: usize,
    causal: bool,
    mask: Option<Value>,
    device: &Device,
) -> Option<Tensor<4, Bool>> {
    let later = causal.then(|| {
        // `tril_mask` is true above the diagonal: exactly the keys after the query.
        Tensor::<2, Bool>::tril_mask([n_queries, n_keys], 0, device).reshape([1, 1, n_queries, n_keys])
    });
    let absent = mask.map(|mask| mask.rank2().equal_elem(0.0).reshape([batch, 1, 1, n_keys]));
    match (later, absent) {
        (Some(later), Some(absent)) => {
            let shape = [batch, 1, n_queries, n_keys];
            Some(later.expand(shape).bool_or(absent.expand(shape)))
        }
        (later, absent) => later.or(absent),
    }
}
