//! The mean over tokens, weighed by a mask.

use consil_graph::op::MeanTokens;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for MeanTokens {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let data = to.alike(data);
        to.step(Mean { tokens: data[0].shape[0], width: data[0].shape[1] }, &data, out)
    }
}

/// `Σ m x / Σ m` over the tokens of each row; zeros where all weights are zero.
#[derive(Clone, Debug)]
struct Mean {
    tokens: usize,
    width: usize,
}

impl Mean {
    /// The mask of row `i` and what each token counts.
    fn shares<'a>(&self, mask: Option<&'a &[f32]>, i: usize) -> (Option<&'a [f32]>, f32) {
        match mask {
            None => (None, 1.0 / self.tokens as f32),
            Some(mask) => {
                let mask = &mask[i * self.tokens..][..self.tokens];
                let total: f32 = mask.iter().sum();
                (Some(mask), if total == 0.0 { 0.0 } else { 1.0 / total })
            }
        }
    }
}

impl Kernel for Mean {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let rows = x[0].chunks_exact(self.tokens * self.width).zip(y.chunks_exact_mut(self.width));
        for (i, (x_row, y)) in rows.enumerate() {
            let (mask, share) = self.shares(x.get(1), i);
            y.fill(0.0);
            for (t, x) in x_row.chunks_exact(self.width).enumerate() {
                let m = mask.map_or(1.0, |mask| mask[t]);
                if m != 0.0 {
                    y.iter_mut().zip(x).for_each(|(y, x)| *y += m * x);
                }
            }
            y.iter_mut().for_each(|y| *y *= share);
        }
        Ok(())
    }

    fn backward(&self, Backward { x, y, dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            let rows = dx.values.chunks_exact_mut(self.tokens * self.width).zip(dy.chunks_exact(self.width));
            for (i, (dx, dy)) in rows.enumerate() {
                let (mask, share) = self.shares(x.get(1), i);
                for (t, dx) in dx.chunks_exact_mut(self.width).enumerate() {
                    let share = share * mask.map_or(1.0, |mask| mask[t]);
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = share * dy);
                }
            }
        }
        if let Some(dmask) = target(dx, 1) {
            let rows = dmask.values.chunks_exact_mut(self.tokens).zip(x[0].chunks_exact(self.tokens * self.width));
            let rows = rows.zip(y.chunks_exact(self.width)).zip(dy.chunks_exact(self.width));
            for (i, (((dmask, tokens), y), dy)) in rows.enumerate() {
                let (_, share) = self.shares(x.get(1), i);
                for (d, token) in dmask.iter_mut().zip(tokens.chunks_exact(self.width)) {
                    *d = share * token.iter().zip(y).zip(dy).map(|((x, y), dy)| (x - y) * dy).sum::<f32>();
                }
            }
        }
    }

    fn reads_result(&self) -> bool {
        true
    }
}
