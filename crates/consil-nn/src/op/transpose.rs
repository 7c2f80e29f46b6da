//! The transpose of a matrix.

use consil_graph::op::Transpose;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for Transpose {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Turn { rows: data[0].shape[0], columns: data[0].shape[1] }, data, out)
    }
}

#[derive(Clone, Debug)]
struct Turn {
    rows: usize,
    columns: usize,
}

fn turn(from: &[f32], to: &mut [f32], rows: usize, columns: usize) {
    for (from, to) in from.chunks_exact(rows * columns).zip(to.chunks_exact_mut(rows * columns)) {
        for (i, row) in from.chunks_exact(columns).enumerate() {
            to[i..].iter_mut().step_by(rows).zip(row).for_each(|(to, from)| *to = *from);
        }
    }
}

impl Kernel for Turn {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        turn(x[0], y, self.rows, self.columns);
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            turn(dy, dx.values, self.columns, self.rows);
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}
