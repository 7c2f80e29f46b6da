//! The arithmetic of the operations: each in a file of its own, forwards and backwards on slices.
//!
//! An op of a graph is *lowered* to kernels: steps over rows of a batch that know nothing of graphs. Most ops are one kernel; attention is two linear
//! layers around its core, a reshape is none. A kernel sees some rows at a time, all of whose operands lie row after row; what it does to a row does
//! not depend on which rows it sees, so that rows may be shared out among threads.
//!
//! To add an op, write its file and name it among the modules: the list is that of consil-graph.

mod activation;
mod attention;
mod batch_norm;
mod binary;
mod concat;
mod conv;
mod dropout;
mod each;
mod elementwise;
mod embedding;
mod fake_quant;
mod global_average_pool;
mod group_norm;
mod layer_norm;
mod linear;
mod log_softmax;
mod loss;
mod lowering;
mod mat_mul;
mod mean_tokens;
mod pool;
mod position_embedding;
mod reshape;
mod rms_norm;
mod slice;
mod softmax;
mod spread;
mod stack;
mod transpose;

use consil_graph::op::Op;

pub(crate) use crate::kernel::step::{
    Backward, Forward, Kernel, Part, Scratch, Statistic, Target, WholeBackward, WholeForward, WholeKernel, room, target,
};
pub(crate) use lowering::{Lowering, Operand, lower_graph};

/// How an op becomes kernels.
pub(crate) trait Lower {
    /// Whether this crate has a rule for the op with its attributes.
    fn is_known(&self) -> bool {
        true
    }

    /// Adds the op's kernels; gives the operand that holds its result, of the per-row shape `out`.
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand;
}

/// The arms of consil-graph's list.
macro_rules! operations {
    ($($name:literal $variant:ident($type:ty),)*) => {
        /// Lowers an op; `None` for one that this crate has no rule for.
        pub(crate) fn lower(
            op: &Op,
            to: &mut Lowering,
            data: &[Operand],
            weights: &[Operand],
            out: &[usize],
        ) -> Option<Operand> {
            match op {
                $(Op::$variant(op) => Some(op.lower(to, data, weights, out)),)*
                _ => None,
            }
        }

        /// Whether there is a rule for the op and for all that it applies.
        pub(crate) fn is_known(op: &Op) -> bool {
            match op {
                $(Op::$variant(op) => op.is_known(),)*
                _ => false,
            }
        }
    };
}

consil_graph::with_operations!(operations);
