//! Inverted dropout.

use consil_graph::op::Dropout;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for Dropout {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        if !to.is_training() || self.rate == 0.0 {
            return data[0].clone();
        }
        let kernel = Drop { rate: self.rate, width: data[0].size(), node: to.node().to_owned() };
        to.step(kernel, data, out)
    }
}

/// Each row draws from a stream of its own, so that a row's mask does not depend on who shares the work.
#[derive(Clone, Debug)]
struct Drop {
    rate: f32,
    width: usize,
    node: String,
}

impl Kernel for Drop {
    fn kept(&self) -> usize {
        self.width
    }

    fn forward(&self, Forward { first_row, x, y, kept, key, .. }: Forward<'_>) -> Result<(), RunError> {
        let key = key.child(&self.node);
        // The mask is drawn into the result where nothing is kept.
        for (i, (x, y)) in x[0].chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)).enumerate() {
            let mask = if kept.is_empty() { &mut *y } else { &mut kept[i * self.width..][..self.width] };
            draw(mask, self.rate, key.nth_stream((first_row + i) as u64));
            if kept.is_empty() {
                y.iter_mut().zip(x).for_each(|(y, x)| *y *= x);
            } else {
                let mask = &kept[i * self.width..][..self.width];
                y.iter_mut().zip(x).zip(mask).for_each(|((y, x), m)| *y = x * m);
            }
        }
        Ok(())
    }

    fn backward(&self, Backward { kept, dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            dx.values.iter_mut().zip(dy).zip(kept).for_each(|((dx, dy), m)| *dx = dy * m);
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}

/// Draws factors: 0 with probability `rate`, otherwise `1 / (1 - rate)`.
///
/// Each 64-bit word of the stream decides two values by 32 bits each, so the rate is met to 2⁻³².
fn draw(mask: &mut [f32], rate: f32, mut stream: consil_random::Stream) {
    let threshold = (f64::from(rate) * 2f64.powi(32)) as u32;
    let scale = 1.0 / (1.0 - rate);
    let factor = |bits: u32| if bits < threshold { 0.0 } else { scale };
    let mut pairs = mask.chunks_exact_mut(2);
    for pair in pairs.by_ref() {
        let word = stream.word();
        pair.copy_from_slice(&[factor(word as u32), factor((word >> 32) as u32)]);
    }
    if let [last] = pairs.into_remainder() {
        *last = factor(stream.word() as u32);
    }
}
