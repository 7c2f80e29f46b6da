//! Pooling of each channel by itself.

use consil_graph::{Pool, PoolKind};
use rayon::prelude::*;

use crate::interpret::fused::Fused;

/// Elements of the operand below which waking a second thread costs more than it gives.
const WORTH_SHARING: usize = 1 << 19;

/// Pooling of images of one size.
#[derive(Clone, Debug)]
pub(super) struct Pooling {
    batch: usize,
    channels: usize,
    size: [usize; 2],
    out_size: [usize; 2],
    pool: Pool<2>,
}

impl Pooling {
    /// Pooling of images `[B, C, H, W]`.
    pub fn new([batch, channels, height, width]: [usize; 4], pool: &Pool<2>) -> Self {
        let size = [height, width];
        let out_size = [0, 1].map(|axis| (size[axis] - pool.kernel[axis]) / pool.stride[axis] + 1);
        Self { batch, channels, size, out_size, pool: pool.clone() }
    }

    fn plane(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn out_plane(&self) -> usize {
        self.out_size[0] * self.out_size[1]
    }

    /// Folds the windows of row `y` of the result, first their rows into one and then that row, so that the long loop runs over
    /// neighbours. `scratch` is as long as a row of the plane.
    fn fold(&self, y: usize, plane: &[f32], scratch: &mut [f32], result: &mut [f32], combine: impl Fn(f32, f32) -> f32) {
        let [width, kernel, stride] = [self.size[1], self.pool.kernel[1], self.pool.stride[1]];
        let first = y * self.pool.stride[0] * width;
        let mut rows = plane[first..first + self.pool.kernel[0] * width].chunks_exact(width);
        scratch.copy_from_slice(rows.next().expect("a window has at least one row"));
        for row in rows {
            scratch.iter_mut().zip(row).for_each(|(a, b)| *a = combine(*a, *b));
        }
        if [kernel, stride] == [2, 2] {
            result.iter_mut().zip(scratch.chunks_exact(2)).for_each(|(r, pair)| *r = combine(pair[0], pair[1]));
        } else {
            for (x, r) in result.iter_mut().enumerate() {
                let window = &scratch[x * stride..x * stride + kernel];
                *r = window[1..].iter().fold(window[0], |a, b| combine(a, *b));
            }
        }
    }

    /// The result of one plane.
    fn forward_plane(&self, plane: &[f32], result: &mut [f32]) {
        let mut scratch = vec![0.0; self.size[1]];
        let share = self.share();
        for (y, row) in result.chunks_exact_mut(self.out_size[1]).enumerate() {
            match self.pool.kind {
                PoolKind::Max => self.fold(y, plane, &mut scratch, row, larger),
                PoolKind::Average => {
                    self.fold(y, plane, &mut scratch, row, |a, b| a + b);
                    row.iter_mut().for_each(|r| *r *= share);
                }
            }
        }
    }

    /// The gradient of one plane: each window's goes to its largest value, the first of several, or in equal shares to all.
    fn backward_plane(&self, plane: &[f32], gradients: &[f32], dplane: &mut [f32]) {
        let [width, kernel, stride] = [self.size[1], self.pool.kernel[1], self.pool.stride[1]];
        let mut scratch = vec![0.0; width];
        let mut largest = vec![0.0; self.out_size[1]];
        for (y, gradients) in gradients.chunks_exact(self.out_size[1]).enumerate() {
            if self.pool.kind == PoolKind::Max {
                self.fold(y, plane, &mut scratch, &mut largest, larger);
            }
            for (x, (gradient, largest)) in gradients.iter().zip(&largest).enumerate() {
                let corner = y * self.pool.stride[0] * width + x * stride;
                let mut rest = *gradient;
                for row in (0..self.pool.kernel[0]).map(|row| corner + row * width) {
                    let window = dplane[row..row + kernel].iter_mut().zip(&plane[row..row + kernel]);
                    match self.pool.kind {
                        // Masks rather than a branch: which value is largest is as good as random. What is given away is gone, so
                        // the first takes all.
                        PoolKind::Max => window.for_each(|(d, value)| {
                            let mask = u32::from(value == largest).wrapping_neg();
                            *d += f32::from_bits(rest.to_bits() & mask);
                            rest = f32::from_bits(rest.to_bits() & !mask);
                        }),
                        PoolKind::Average => window.for_each(|(d, _)| *d += rest * self.share()),
                    }
                }
            }
        }
    }

    fn share(&self) -> f32 {
        1.0 / (self.pool.kernel[0] * self.pool.kernel[1]) as f32
    }
}

/// The larger of two values; one that is no number is larger than any other, so that it is not hidden.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

impl Fused<1> for Pooling {
    fn shape(&self) -> Vec<usize> {
        vec![self.batch, self.channels, self.out_size[0], self.out_size[1]]
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        let (plane, out_plane) = (self.plane(), self.out_plane());
        let mut y = vec![0.0; self.batch * self.channels * out_plane];
        if x.len() >= WORTH_SHARING {
            let planes = x.par_chunks(plane).zip(y.par_chunks_mut(out_plane));
            planes.for_each(|(x, y)| self.forward_plane(x, y));
        } else {
            x.chunks(plane).zip(y.chunks_mut(out_plane)).for_each(|(x, y)| self.forward_plane(x, y));
        }
        y
    }

    fn backward(&self, [x]: [&[f32]; 1], dy: &[f32], _: [bool; 1]) -> [Option<Vec<f32>>; 1] {
        let (plane, out_plane) = (self.plane(), self.out_plane());
        let mut dx = vec![0.0; x.len()];
        if x.len() >= WORTH_SHARING {
            let planes = x.par_chunks(plane).zip(dy.par_chunks(out_plane)).zip(dx.par_chunks_mut(plane));
            planes.for_each(|((x, dy), dx)| self.backward_plane(x, dy, dx));
        } else {
            let planes = x.chunks(plane).zip(dy.chunks(out_plane)).zip(dx.chunks_mut(plane));
            planes.for_each(|((x, dy), dx)| self.backward_plane(x, dy, dx));
        }
        [Some(dx)]
    }
}
