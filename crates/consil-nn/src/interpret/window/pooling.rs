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
    fn fold(
        &self,
        y: usize,
        plane: &[f32],
        scratch: &mut [f32],
        result: &mut [f32],
        combine: impl Fn(f32, f32) -> f32,
    ) {
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
        let ([width, out_width], stride) = ([self.size[1], self.out_size[1]], self.pool.stride);
        let (mut scratch, mut largest, mut rest) = (vec![0.0; width], vec![0.0; out_width], vec![0.0; out_width]);
        for (y, gradients) in gradients.chunks_exact(out_width).enumerate() {
            let rows = (0..self.pool.kernel[0]).map(|row| (y * stride[0] + row) * width);
            match self.pool.kind {
                PoolKind::Max => {
                    self.fold(y, plane, &mut scratch, &mut largest, larger);
                    rest.copy_from_slice(gradients);
                    for row in rows {
                        let (plane, dplane) = (&plane[row..row + width], &mut dplane[row..row + width]);
                        self.give_to_largest(plane, &largest, &mut rest, dplane);
                    }
                }
                PoolKind::Average => {
                    let share = self.share();
                    for row in rows {
                        for (x, gradient) in gradients.iter().enumerate() {
                            let window = row + x * stride[1];
                            dplane[window..window + self.pool.kernel[1]]
                                .iter_mut()
                                .for_each(|d| *d += gradient * share);
                        }
                    }
                }
            }
        }
    }

    /// Gives what windows have left to the values of one of their rows that are their largest. What is given is gone, so that the
    /// first of several takes all.
    fn give_to_largest(&self, row: &[f32], largest: &[f32], rest: &mut [f32], drow: &mut [f32]) {
        // Masks rather than a branch: which value is largest is as good as random.
        let give = |value: f32, largest: f32, rest: &mut f32, d: &mut f32| {
            let mask = u32::from(value == largest).wrapping_neg();
            *d += f32::from_bits(rest.to_bits() & mask);
            *rest = f32::from_bits(rest.to_bits() & !mask);
        };
        let [_, kernel] = self.pool.kernel;
        let windows = largest.iter().zip(rest);
        if [kernel, self.pool.stride[1]] == [2, 2] {
            let pairs = row.chunks_exact(2).zip(drow.chunks_exact_mut(2));
            for ((values, d), (largest, rest)) in pairs.zip(windows) {
                give(values[0], *largest, rest, &mut d[0]);
                give(values[1], *largest, rest, &mut d[1]);
            }
        } else {
            for (x, (largest, rest)) in windows.enumerate() {
                let first = x * self.pool.stride[1];
                let window = row[first..first + kernel].iter().zip(&mut drow[first..first + kernel]);
                window.for_each(|(value, d)| give(*value, *largest, rest, d));
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
