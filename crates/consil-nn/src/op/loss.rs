//! Losses, one for each row: the weighted mean over its positions.

use consil_graph::op::{Bce, CrossEntropy, Mse, Nll};

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::math::exp;
use crate::kernel::simd::vectorised;
use crate::kernel::softmax::log_sum_exp;
use crate::run_error::RunError;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    CrossEntropy,
    Nll,
    Mse,
    Bce,
}

macro_rules! lower_loss {
    ($($op:ident),*) => {
        $(impl Lower for $op {
            fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
                let data = to.alike(data);
                let positions = data[1].size();
                let kernel = RowLoss {
                    kind: Kind::$op,
                    width: data[0].size() / positions.max(1),
                    positions,
                    node: to.node().to_owned(),
                };
                to.step(kernel, &data, out)
            }
        })*
    };
}

lower_loss!(CrossEntropy, Nll, Mse, Bce);

/// `Σ w · loss / Σ w` over the positions of a row, zero where all weights are; operands predictions, targets and, where there are any, weights.
///
/// Of each position its share `w / Σ w` is kept and, for a cross-entropy, `ln Σ eˣ`.
#[derive(Clone, Debug)]
struct RowLoss {
    kind: Kind,
    /// The values of a position: classes, or one.
    width: usize,
    positions: usize,
    node: String,
}

impl RowLoss {
    fn class(&self, target: f32) -> Result<usize, RunError> {
        let classes = self.width;
        if target >= 0.0 && target < classes as f32 && target.fract() == 0.0 {
            return Ok(target as usize);
        }
        Err(RunError::ClassOutOfRange { node: self.node.clone(), class: target, classes })
    }

    /// The loss of one position, and for a cross-entropy its `ln Σ eˣ`.
    fn of_position(&self, x: &[f32], target: f32) -> Result<(f64, f32), RunError> {
        let (value, goal) = (f64::from(x[0]), f64::from(target));
        Ok(match self.kind {
            Kind::CrossEntropy => {
                let class = self.class(target)?;
                let total = vectorised(
                    #[inline(always)]
                    || log_sum_exp(x),
                );
                (f64::from(total) - f64::from(x[class]), total)
            }
            Kind::Nll => (-f64::from(x[self.class(target)?]), 0.0),
            Kind::Mse => ((value - goal).powi(2), 0.0),
            Kind::Bce => {
                if !(0.0..=1.0).contains(&target) {
                    return Err(RunError::NotAProbability { node: self.node.clone(), value: target });
                }
                (value.max(0.0) - value * goal + (-value.abs()).exp().ln_1p(), 0.0)
            }
        })
    }

    /// The shares of a row's positions.
    fn share(&self, weights: Option<&[f32]>) -> impl Fn(usize) -> f32 {
        let total: f64 = weights.map_or(self.positions as f64, |weights| weights.iter().map(|w| f64::from(*w)).sum());
        let inverse = if total == 0.0 { 0.0 } else { 1.0 / total };
        move |i| (weights.map_or(1.0, |weights| f64::from(weights[i])) * inverse) as f32
    }
}

impl Kernel for RowLoss {
    fn kept(&self) -> usize {
        2 * self.positions
    }

    fn forward(&self, Forward { rows, x, y, kept, .. }: Forward<'_>) -> Result<(), RunError> {
        for (row, y) in y.iter_mut().enumerate().take(rows) {
            let of_row = row * self.positions..(row + 1) * self.positions;
            let share = self.share(x.get(2).map(|weights| &weights[of_row.clone()]));
            let mut sum = 0.0;
            for (i, at) in of_row.enumerate() {
                let weight = share(i);
                let mut total = 0.0;
                // A position that does not count may hold anything.
                if weight != 0.0 {
                    let (loss, of) = self.of_position(&x[0][at * self.width..][..self.width], x[1][at])?;
                    sum += f64::from(weight) * loss;
                    total = of;
                }
                if let Some(kept) = kept.get_mut(2 * at..2 * at + 2) {
                    kept.copy_from_slice(&[weight, total]);
                }
            }
            *y = sum as f32;
        }
        Ok(())
    }

    fn backward(&self, Backward { x, kept, dy, dx, .. }: Backward<'_>) {
        let Some(dx) = target(dx, 0) else { return };
        let positions = x[0].chunks_exact(self.width).zip(dx.values.chunks_exact_mut(self.width));
        for (at, (x_at, dx)) in positions.enumerate() {
            let (weight, total, goal) = (kept[2 * at] * dy[at / self.positions], kept[2 * at + 1], x[1][at]);
            if weight == 0.0 {
                dx.fill(0.0);
                continue;
            }
            match self.kind {
                Kind::CrossEntropy => {
                    vectorised(
                        #[inline(always)]
                        || {
                            for (dx, x) in dx.iter_mut().zip(x_at) {
                                *dx = weight * exp(x - total);
                            }
                        },
                    );
                    dx[goal as usize] -= weight;
                }
                Kind::Nll => {
                    dx.fill(0.0);
                    dx[goal as usize] = -weight;
                }
                Kind::Mse => dx[0] = weight * 2.0 * (x_at[0] - goal),
                Kind::Bce => dx[0] = weight * (1.0 / (1.0 + (-x_at[0]).exp()) - goal),
            }
        }
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand == 0
    }
}
