//! Arithmetic on slices.

pub(crate) mod gemm;
pub(crate) mod math;
pub(crate) mod simd;
pub(crate) mod softmax;
pub(crate) mod step;
pub(crate) mod sums;
