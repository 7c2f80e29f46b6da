//! Learned positions.

use consil_graph::op::PositionEmbedding;

use super::linear::sum_rows;
use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Target, target};
use crate::run_error::RunError;

impl Lower for PositionEmbedding {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        to.step(Positions { size: data[0].size() }, &[&data[..1], weights].concat(), out)
    }
}

/// Adds the first `size` values of the table to each row.
#[derive(Clone, Debug)]
struct Positions {
    size: usize,
}

impl Kernel for Positions {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let positions = &x[1][..self.size];
        for (x, y) in x[0].chunks_exact(self.size).zip(y.chunks_exact_mut(self.size)) {
            y.iter_mut().zip(x).zip(positions).for_each(|((y, x), p)| *y = x + p);
        }
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            match dx.add {
                false => dx.values.copy_from_slice(dy),
                true => dx.values.iter_mut().zip(dy).for_each(|(d, dy)| *d += dy),
            }
        }
        if let Some(Target { values, add }) = target(dx, 1) {
            let (seen, unseen) = values.split_at_mut(self.size);
            if !add {
                unseen.fill(0.0);
            }
            sum_rows(dy, Target { values: seen, add });
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }

    fn adds(&self) -> bool {
        true
    }
}
