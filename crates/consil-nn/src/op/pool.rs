//! Pooling over windows, each channel by itself. A series is an image of height 1.

use consil_graph::op::{Pool, PoolKind};

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, room, target};
use crate::kernel::simd::vectorised;
use crate::run_error::RunError;

impl<const N: usize> Lower for Pool<N> {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let image = |axes: [usize; N]| std::array::from_fn(|axis| if axis + N < 2 { 1 } else { axes[axis + N - 2] });
        let lengths = |shape: &[usize]| image(std::array::from_fn(|axis| shape[axis + 1]));
        let pool = Pool { kind: self.kind, kernel: image(self.kernel), stride: image(self.stride) };
        to.step(Pooling { size: lengths(&data[0].shape), out_size: lengths(out), pool }, data, out)
    }
}

/// Pooling of planes of one size.
#[derive(Clone, Debug)]
struct Pooling {
    size: [usize; 2],
    out_size: [usize; 2],
    pool: Pool<2>,
}

impl Pooling {
    fn plane(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn out_plane(&self) -> usize {
        self.out_size[0] * self.out_size[1]
    }

    /// Folds the windows of row `y` of the result, first their rows into one and then that row, so that the long loop runs over
    /// neighbours. `scratch` is as long as a row of the plane.
    #[inline(always)]
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
        let row = rows.next().expect("a window has at least one row");
        match rows.next() {
            None => scratch.copy_from_slice(row),
            Some(next) => {
                for ((r, a), b) in scratch.iter_mut().zip(row).zip(next) {
                    *r = combine(*a, *b);
                }
            }
        }
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
    #[inline(always)]
    fn forward_plane(&self, plane: &[f32], result: &mut [f32], scratch: &mut [f32]) {
        let share = self.share();
        for (y, row) in result.chunks_exact_mut(self.out_size[1]).enumerate() {
            match self.pool.kind {
                PoolKind::Max => self.fold(y, plane, scratch, row, larger),
                PoolKind::Average => {
                    self.fold(y, plane, scratch, row, |a, b| a + b);
                    row.iter_mut().for_each(|r| *r *= share);
                }
            }
        }
    }

    /// Whether windows are the four values of a square, none of them in two.
    fn is_of_squares(&self) -> bool {
        self.pool.kind == PoolKind::Max && self.pool.kernel == [2, 2] && self.pool.stride == [2, 2]
    }

    /// As [`backward_plane`](Self::backward_plane) for squares, without a branch for each value.
    #[inline(always)]
    fn backward_squares(&self, plane: &[f32], gradients: &[f32], dplane: &mut [f32]) {
        let [width, out_width] = [self.size[1], self.out_size[1]];
        let rows = plane.chunks_exact(2 * width).zip(dplane.chunks_exact_mut(2 * width));
        for ((rows, drows), gradients) in rows.zip(gradients.chunks_exact(out_width)) {
            let (above, below) = rows.split_at(width);
            let (dabove, dbelow) = drows.split_at_mut(width);
            let (squares, rest) = split(above, below, gradients);
            let ((dabove, drest_above), (dbelow, drest_below)) = (dabove.as_chunks_mut(), dbelow.as_chunks_mut());
            for ((squares, da), db) in squares.zip(dabove).zip(dbelow) {
                [*da, *db] = squares.give();
            }
            let n = gradients.len() % SQUARES;
            let [da, db] = rest.give();
            drest_above[..2 * n].copy_from_slice(&da[..2 * n]);
            drest_below[..2 * n].copy_from_slice(&db[..2 * n]);
        }
    }

    /// The gradient of one plane: each window's goes to its largest value, the first of several, or in equal shares to all.
    ///
    /// `scratch` is as long as a row of the plane and two of the result.
    #[inline(always)]
    fn backward_plane(&self, plane: &[f32], gradients: &[f32], dplane: &mut [f32], scratch: &mut [f32]) {
        let ([width, out_width], stride) = ([self.size[1], self.out_size[1]], self.pool.stride);
        let (scratch, rows) = scratch.split_at_mut(width);
        let (largest, rest) = rows.split_at_mut(out_width);
        for (y, gradients) in gradients.chunks_exact(out_width).enumerate() {
            let rows = (0..self.pool.kernel[0]).map(|row| (y * stride[0] + row) * width);
            match self.pool.kind {
                PoolKind::Max => {
                    self.fold(y, plane, scratch, largest, larger);
                    rest.copy_from_slice(gradients);
                    for row in rows {
                        let (plane, dplane) = (&plane[row..row + width], &mut dplane[row..row + width]);
                        self.give_to_largest(plane, largest, rest, dplane);
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
    #[inline(always)]
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

/// As many squares as are worked on together.
const SQUARES: usize = 8;

/// Neighbouring squares: the two lines of their values, and their gradients.
struct Squares {
    above: [f32; 2 * SQUARES],
    below: [f32; 2 * SQUARES],
    gradients: [f32; SQUARES],
}

/// Two lines of values with the gradients of their squares, in pieces; the last is filled up.
#[inline(always)]
fn split<'a>(
    above: &'a [f32],
    below: &'a [f32],
    gradients: &'a [f32],
) -> (impl Iterator<Item = Squares> + 'a, Squares) {
    let (whole, rest) = gradients.as_chunks();
    let ((above, rest_above), (below, rest_below)) = (above.as_chunks(), below.as_chunks());
    let n = rest.len();
    let mut last = Squares { above: [0.0; 2 * SQUARES], below: [0.0; 2 * SQUARES], gradients: [0.0; SQUARES] };
    last.gradients[..n].copy_from_slice(rest);
    // A line may have one value more than its squares.
    last.above[..2 * n].copy_from_slice(&rest_above[..2 * n]);
    last.below[..2 * n].copy_from_slice(&rest_below[..2 * n]);
    let pieces = whole.iter().zip(above).zip(below);
    (pieces.map(|((gradients, above), below)| Squares { above: *above, below: *below, gradients: *gradients }), last)
}

impl Squares {
    /// The gradients of the two lines: each goes to the largest value of its square, the first of several.
    #[inline(always)]
    fn give(&self) -> [[f32; 2 * SQUARES]; 2] {
        let turned =
            |line: &[f32; 2 * SQUARES], odd: usize| -> [f32; SQUARES] { std::array::from_fn(|i| line[2 * i + odd]) };
        let [a, b] = [turned(&self.above, 0), turned(&self.above, 1)];
        let [c, d] = [turned(&self.below, 0), turned(&self.below, 1)];
        let mut given = [[0u32; SQUARES]; 4];
        for i in 0..SQUARES {
            let top = |a: f32, b: f32| if b > a { b } else { a };
            let largest = top(top(a[i], b[i]), top(c[i], d[i]));
            // Masks rather than a branch: which value is largest is as good as random.
            let mask = |value: f32| u32::from(value == largest).wrapping_neg();
            let mut left = self.gradients[i].to_bits();
            for (given, value) in given.iter_mut().zip([a[i], b[i], c[i], d[i]]) {
                given[i] = left & mask(value);
                left &= !mask(value);
            }
        }
        let line = |first: usize| std::array::from_fn(|i| f32::from_bits(given[first + i % 2][i / 2]));
        [line(0), line(2)]
    }
}

/// The larger of two values; one that is no number is larger than any other, so that it is not hidden.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

impl Kernel for Pooling {
    fn forward(&self, Forward { x, y, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let scratch = room(&mut scratch.first, self.size[1]);
        vectorised(
            #[inline(always)]
            || {
                let planes = x[0].chunks_exact(self.plane()).zip(y.chunks_exact_mut(self.out_plane()));
                for (x, y) in planes {
                    self.forward_plane(x, y, scratch);
                }
            },
        );
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, scratch, .. }: Backward<'_>) {
        let Some(dx) = target(dx, 0) else { return };
        let scratch = room(&mut scratch.first, self.size[1] + 2 * self.out_size[1]);
        // Squares that cover the plane set every value.
        if !self.is_of_squares() || self.size != self.out_size.map(|n| 2 * n) {
            dx.values.fill(0.0);
        }
        vectorised(
            #[inline(always)]
            || {
                let planes = dy.chunks_exact(self.out_plane()).zip(dx.values.chunks_exact_mut(self.plane()));
                for (i, (dy, dx)) in planes.enumerate() {
                    // A mean's gradient does not hang on what it was of.
                    let plane = x[0].get(i * self.plane()..(i + 1) * self.plane()).unwrap_or_default();
                    if self.is_of_squares() {
                        self.backward_squares(plane, dy, dx);
                    } else {
                        self.backward_plane(plane, dy, dx, scratch);
                    }
                }
            },
        );
    }

    fn reads_operand(&self, _: usize) -> bool {
        self.pool.kind == PoolKind::Max
    }
}
