//! A sub-graph applied along an axis: its slices are more rows of the batch.

use consil_graph::op::Each;

use super::{Lower, Lowering, Operand, is_known};

impl Lower for Each {
    fn is_known(&self) -> bool {
        self.body.nodes().iter().all(|node| is_known(&node.op))
    }

    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let data = to.alike(data);
        to.each(&self.body, out[0], &data, weights).reshaped(out)
    }
}
