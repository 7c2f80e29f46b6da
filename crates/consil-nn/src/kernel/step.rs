//! A step over rows of a batch: what an operation is made of, forwards and backwards.

use std::fmt::Debug;

use consil_random::Key;

use super::gemm::Packs;
use crate::run_error::RunError;

/// A step over rows.
///
/// An operand *varies* where it differs from row to row: it then lies row after row. One that does not is given once; its gradient is the sum over
/// the rows.
pub(crate) trait Kernel: Debug + Send + Sync {
    /// How many values of a row are kept from the way forward for the way back.
    fn kept(&self) -> usize {
        0
    }

    /// Appends what is made of the operands that all rows share (the others are empty) once before the way forward, such as weights in the
    /// order in which they are read.
    fn prepare(&self, x: &[&[f32]], into: &mut Vec<f32>) {
        let _ = (x, into);
    }

    /// The same before the way back, where the gradient of the first operand is asked for.
    fn prepare_back(&self, x: &[&[f32]], into: &mut Vec<f32>) {
        let _ = (x, into);
    }

    /// The result.
    ///
    /// # Errors
    /// [`RunError`] where a value is not one that the op takes.
    fn forward(&self, run: Forward<'_>) -> Result<(), RunError>;

    /// The gradients of the operands that are asked for.
    fn backward(&self, run: Backward<'_>);

    /// Whether [`backward`](Self::backward) reads this operand's values.
    fn reads_operand(&self, operand: usize) -> bool {
        let _ = operand;
        true
    }

    /// Whether [`backward`](Self::backward) reads the result.
    fn reads_result(&self) -> bool {
        false
    }

    /// Whether there is a gradient with respect to this operand: there is none of indices and masks.
    fn is_differentiable(&self, operand: usize) -> bool {
        let _ = operand;
        true
    }

    /// Whether [`backward`](Self::backward) heeds [`Target::add`]; where not, it always sets.
    fn adds(&self) -> bool {
        false
    }

    /// Whether the gradient of this operand, which does not vary, is computed by [`weight_gradient`](Self::weight_gradient) for all
    /// rows at once rather than by each share of them, to be added up: right where it is large.
    fn defers(&self, operand: usize) -> bool {
        let _ = operand;
        false
    }

    /// The gradient of an operand that was deferred, over all parts of the batch in their order.
    fn weight_gradient(&self, operand: usize, parts: &[Part<'_>], into: Target<'_>) {
        let _ = (operand, parts, into);
    }

    /// The kernel as one that must see the whole batch at once, where it is one.
    fn as_whole(&self) -> Option<&dyn WholeKernel> {
        None
    }
}

/// A step that must see all rows of a batch at once.
pub(crate) trait WholeKernel: Sync {
    /// The name of the node it is of.
    fn node(&self) -> &str;

    /// The result of every part; what is `kept` is for the way back, statistics are told by operand.
    ///
    /// # Errors
    /// [`RunError`] where the batch is too small.
    fn forward(
        &self,
        parts: &mut [WholeForward<'_>],
        weights: &[&[f32]],
        kept: &mut Vec<f32>,
    ) -> Result<Vec<(usize, Statistic)>, RunError>;

    /// The gradients of every part, and of the weights (operands from the second on).
    fn backward(
        &self,
        parts: &mut [WholeBackward<'_>],
        weights: &[&[f32]],
        kept: &[f32],
        weight_targets: Vec<Option<Target<'_>>>,
    );
}

/// What a kernel works on.
pub(crate) struct Forward<'a> {
    /// The number of rows.
    pub rows: usize,
    /// The number of the first of them in the whole batch.
    pub first_row: usize,
    /// The operands.
    pub x: &'a [&'a [f32]],
    /// The result, to be set.
    pub y: &'a mut [f32],
    /// What [`Kernel::prepare`] made.
    pub prepared: &'a [f32],
    /// What is kept for the way back, to be set; empty where there is none.
    pub kept: &'a mut [f32],
    /// The key of the batch's randomness.
    pub key: Key,
    /// Memory of no particular content.
    pub scratch: &'a mut Scratch,
}

/// What a kernel works on, on the way back.
pub(crate) struct Backward<'a> {
    /// The number of rows.
    pub rows: usize,
    /// The operands; empty where the kernel does not read them.
    pub x: &'a [&'a [f32]],
    /// The result; empty where the kernel does not read it.
    pub y: &'a [f32],
    /// What [`Kernel::prepare_back`] made.
    pub prepared: &'a [f32],
    /// What was kept.
    pub kept: &'a [f32],
    /// The gradient of the result.
    pub dy: &'a [f32],
    /// Where the operands' gradients go that are asked for.
    pub dx: &'a mut [Option<Target<'a>>],
    /// Memory of no particular content.
    pub scratch: &'a mut Scratch,
}

/// Where a gradient goes.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub values: &'a mut [f32],
    /// Whether it is added to what is there.
    pub add: bool,
}

impl Target<'_> {
    /// The same target again.
    pub fn again(&mut self) -> Target<'_> {
        Target { values: self.values, add: self.add }
    }
}

/// A part of a batch on the way back, as [`Kernel::weight_gradient`] sees it.
pub(crate) struct Part<'a> {
    /// The operands.
    pub x: Vec<&'a [f32]>,
    /// The gradient of the result.
    pub dy: &'a [f32],
}

/// A part of the batch of a [`WholeKernel`].
pub(crate) struct WholeForward<'a> {
    /// The first operand.
    pub x: &'a [f32],
    /// The result.
    pub y: &'a mut [f32],
}

/// A part of the batch of a [`WholeKernel`], on the way back.
pub(crate) struct WholeBackward<'a> {
    /// The first operand.
    pub x: &'a [f32],
    /// The gradient of the result.
    pub dy: &'a [f32],
    /// Where the first operand's gradient goes, where it is asked for; it is set.
    pub dx: Option<&'a mut [f32]>,
}

/// Memory that kernels reuse.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub packs: Packs,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

/// The first `length` values of a buffer that grows as is needed.
pub(crate) fn room(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

/// The target of operand `i`, where it is asked for.
pub(crate) fn target<'b>(dx: &'b mut [Option<Target<'_>>], i: usize) -> Option<Target<'b>> {
    dx.get_mut(i).and_then(Option::as_mut).map(Target::again)
}

/// What a batch says of a buffer: `buffer ← (1 - momentum) · buffer + momentum · values`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistic {
    pub momentum: f32,
    pub values: Vec<f32>,
}
