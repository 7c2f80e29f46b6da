//! Operations written for this crate on host slices, as nodes of burn's tape.
//!
//! Burn's CPU convolution and pooling treat every case as three-dimensional and cost several times what the arithmetic does on the small
//! images and series of this project (measured by `examples/step_time.rs`). A [`Fused`] operation says how it runs forwards and
//! backwards on slices; [`apply`] makes it a node like any other.

use std::fmt::Debug;
use std::marker::PhantomData;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};

use super::value::Value;

/// An operation on `N` dense row-major operands.
pub(super) trait Fused<const N: usize>: Clone + Debug + Send + 'static {
    /// The shape of the result, with the batch.
    fn shape(&self) -> Vec<usize>;

    /// The result.
    fn forward(&self, operands: [&[f32]; N]) -> Vec<f32>;

    /// The gradient of each operand that is `wanted`, given the result's; what it gives for others is dropped.
    fn backward(&self, operands: [&[f32]; N], gradient: &[f32], wanted: [bool; N]) -> [Option<Vec<f32>>; N];
}

/// Burn's CPU tensor.
type Plain = FloatTensor<Flex>;

/// Runs the operation on operands of one device, and records it where that device records.
pub(super) fn apply<F: Fused<N>, const N: usize>(operation: F, operands: [Value; N]) -> Value {
    // The operands have different ranks, and burn's have their rank in the type: as vectors they are alike.
    let lengths = operands.each_ref().map(|operand| operand.dims().iter().product::<usize>());
    let operands = operands.map(Value::rank1);
    let shape = operation.shape();
    let length: usize = shape.iter().product();
    debug_assert!(lengths.iter().all(|length| *length > 0) && length > 0, "{operation:?}: {lengths:?} to {shape:?}");
    let result = if operands.iter().any(Tensor::is_autodiff) {
        record(operation, operands)
    } else {
        let dense =
            operands.map(|x| dense(x.try_into_primitive::<Flex>().expect("every tensor of this crate is on Flex")));
        let result = operation.forward(slices(&dense));
        Tensor::<1>::from_primitive::<Flex>(plain(result))
    };
    Value::R1(result).reshape(&shape)
}

fn record<F: Fused<N>, const N: usize>(operation: F, operands: [Tensor<1>; N]) -> Tensor<1> {
    let operands = operands
        .map(|x| x.try_into_primitive::<Autodiff<Flex>>().expect("every tensor of a trace is on one autodiff device"));
    let guards = operands.each_ref().map(|operand| operand.node());
    let dense = operands.map(|operand| dense(operand.into_primitive()));
    let result = operation.forward(slices(&dense));
    let result = plain(result);
    let step = Recorded::<F>(PhantomData);
    let result = match step.prepare::<NoCheckpointing>(guards).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((operation, dense), result),
        OpsKind::UnTracked(prepared) => prepared.finish(result),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(result)
}

/// The step of the tape that runs [`Fused::backward`].
struct Recorded<F>(PhantomData<F>);

impl<F> Debug for Recorded<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recorded<{}>", std::any::type_name::<F>())
    }
}

impl<F: Fused<N>, const N: usize> Backward<Flex, N> for Recorded<F> {
    type State = (F, [Plain; N]);

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (operation, operands) = &ops.state;
        let gradient = [dense(gradients.consume::<Flex>(&ops.node))];
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let results = operation.backward(slices(operands), slices(&gradient)[0], wanted);
        for (parent, result) in ops.parents.iter().zip(results) {
            if let (Some(parent), Some(result)) = (parent, result) {
                gradients.register::<Flex>(parent.id, plain(result));
            }
        }
    }
}

fn dense(tensor: Plain) -> Plain {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

fn slices<const N: usize>(tensors: &[Plain; N]) -> [&[f32]; N] {
    tensors.each_ref().map(|tensor| tensor.as_slice::<f32>().expect("dense tensors of f32"))
}

fn plain(values: Vec<f32>) -> Plain {
    let length = values.len();
    Plain::from_data(TensorData::new(values, [length]))
}
