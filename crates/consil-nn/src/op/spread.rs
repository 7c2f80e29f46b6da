//! A value that all rows share, repeated for each of them: for ops that know operands of each row only.

use super::linear::sum_rows;
use super::{Backward, Forward, Kernel, target};
use crate::run_error::RunError;

/// Repeats its operand for each row.
#[derive(Clone, Debug)]
pub(crate) struct Spread;

impl Kernel for Spread {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        y.chunks_exact_mut(x[0].len()).for_each(|y| y.copy_from_slice(x[0]));
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            sum_rows(dy, dx);
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }

    fn adds(&self) -> bool {
        true
    }
}
