//! Stacking along a new first axis: concatenation of whole rows.

use consil_graph::op::Stack;

use super::concat::Join;
use super::{Lower, Lowering, Operand};

impl Lower for Stack {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let data = to.alike(data);
        let blocks = data.iter().map(Operand::size).collect();
        to.step(Join { blocks }, &data, out)
    }
}
