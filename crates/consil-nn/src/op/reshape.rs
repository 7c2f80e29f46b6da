//! Reshapes, which cost nothing: values lie row-major whatever their shape.

use consil_graph::op::{Flatten, Reshape};

use super::{Lower, Lowering, Operand};

impl Lower for Reshape {
    fn lower(&self, _: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        data[0].reshaped(out)
    }
}

impl Lower for Flatten {
    fn lower(&self, _: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        data[0].reshaped(out)
    }
}
