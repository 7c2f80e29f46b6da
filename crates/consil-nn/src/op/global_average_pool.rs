//! The mean over all positions.

use consil_graph::op::GlobalAveragePool;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::sums::sum;
use crate::run_error::RunError;

impl Lower for GlobalAveragePool {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Mean { positions: data[0].shape[1..].iter().product() }, data, out)
    }
}

#[derive(Clone, Debug)]
struct Mean {
    positions: usize,
}

impl Kernel for Mean {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let planes = x[0].chunks_exact(self.positions);
        y.iter_mut().zip(planes).for_each(|(y, plane)| *y = sum(plane) / self.positions as f32);
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            let planes = dx.values.chunks_exact_mut(self.positions);
            planes.zip(dy).for_each(|(dx, dy)| dx.fill(dy / self.positions as f32));
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}
