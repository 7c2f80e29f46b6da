//! The widest instructions of the processor at hand, chosen at run time.
//!
//! The arithmetic is written once, over vectors of any width or as plain loops, and compiled for each set of instructions: AVX-512,
//! AVX2 with FMA, NEON, and none of them. No unsafe code is needed for it here.

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs an operation with the widest instructions that there are.
#[inline]
pub(crate) fn dispatch<O: WithSimd>(operation: O) -> O::Output {
    ARCH.dispatch(operation)
}

/// How many `f32` a vector holds.
pub(crate) fn lanes() -> usize {
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    dispatch(Lanes)
}

/// Runs a plain loop, compiled for the widest instructions that there are; the closure must be inlined into it, so that it should be
/// marked `#[inline(always)]` as should what it calls.
#[inline]
pub(crate) fn vectorised<R>(run: impl FnOnce() -> R) -> R {
    ARCH.dispatch(run)
}
