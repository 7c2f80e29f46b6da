//! Convolution and pooling over windows. A series `[C, T]` is an image of height 1.

use consil_graph::{Conv, Pool};

use super::fused::apply;
use super::value::Value;
use convolution::Convolution;
use pooling::Pooling;

mod convolution;
mod pooling;

/// `[B, I, T] → [B, O, T']`.
pub(super) fn conv1d(x: Value, weight: Value, bias: Option<Value>, conv: &Conv<1>) -> Value {
    let image = Conv {
        out: conv.out,
        kernel: [1, conv.kernel[0]],
        stride: [1, conv.stride[0]],
        padding: [0, conv.padding[0]],
        dilation: [1, conv.dilation[0]],
        groups: conv.groups,
        bias: conv.bias,
    };
    as_image(x, |x| conv2d(x, weight, bias, &image))
}

/// `[B, I, H, W] → [B, O, H', W']`.
pub(super) fn conv2d(x: Value, weight: Value, bias: Option<Value>, conv: &Conv<2>) -> Value {
    let operation = Convolution::new(image_dims(&x), conv);
    match bias {
        Some(bias) => apply(operation, [x, weight, bias]),
        None => apply(operation, [x, weight]),
    }
}

/// `[B, C, T] → [B, C, T']`.
pub(super) fn pool1d(x: Value, pool: &Pool<1>) -> Value {
    let image = Pool { kind: pool.kind, kernel: [1, pool.kernel[0]], stride: [1, pool.stride[0]] };
    as_image(x, |x| pool2d(x, &image))
}

/// `[B, C, H, W] → [B, C, H', W']`.
pub(super) fn pool2d(x: Value, pool: &Pool<2>) -> Value {
    apply(Pooling::new(image_dims(&x), pool), [x])
}

/// The mean over all positions: `[B, C, …] → [B, C]`.
pub(super) fn global_average(x: Value) -> Value {
    let dims = x.dims();
    let positions = dims[2..].iter().product();
    let x = x.reshape(&[dims[0], dims[1], positions]).rank3();
    Value::R2(x.mean_dim(2).reshape([dims[0], dims[1]]))
}

fn as_image(x: Value, run: impl FnOnce(Value) -> Value) -> Value {
    let dims = x.dims();
    let y = run(x.reshape(&[dims[0], dims[1], 1, dims[2]]));
    let [batch, channels, _, time] = image_dims(&y);
    y.reshape(&[batch, channels, time])
}

fn image_dims(x: &Value) -> [usize; 4] {
    x.dims().try_into().expect("shape inference promised an image")
}
