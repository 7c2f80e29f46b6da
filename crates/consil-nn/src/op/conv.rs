//! Convolution as products of matrices (Chellapilla et al., 2006): the windows of an image become the columns of a matrix, and the kernel times
//! that matrix is the result.
//!
//! The matrix of columns lives in the cache and is made again on the way back rather than kept. A series is an image of height 1, an
//! image a volume of depth 1.

mod columns;

use consil_graph::op::Conv;

use super::linear::sum_rows;
use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Scratch, Target, room, target};
use crate::kernel::gemm::{Matrix, Product, multiply};
use crate::kernel::simd::vectorised;
use crate::kernel::sums::sum;
use crate::run_error::RunError;
use columns::Windows;

impl<const N: usize> Lower for Conv<N> {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let volume = |axes: [usize; N], rest: usize| {
            std::array::from_fn(|axis| if axis + N < 3 { rest } else { axes[axis + N - 3] })
        };
        let lengths = |shape: &[usize]| volume(std::array::from_fn(|axis| shape[axis + 1]), 1);
        let windows = Windows {
            channels: data[0].shape[0] / self.groups,
            size: lengths(&data[0].shape),
            out_size: lengths(out),
            kernel: volume(self.kernel, 1),
            stride: volume(self.stride, 1),
            padding: volume(self.padding, 0),
            dilation: volume(self.dilation, 1),
        };
        let kernel = Convolution { windows, groups: self.groups, out: self.out / self.groups };
        to.step(kernel, &[&data[..1], weights].concat(), out)
    }
}

/// A convolution of volumes `[C, D, H, W]`; operands the volume, the kernel and, where there is one, the bias.
#[derive(Clone, Debug)]
struct Convolution {
    /// The windows over the channels of one group.
    windows: Windows,
    groups: usize,
    /// The channels that a group writes.
    out: usize,
}

impl Convolution {
    fn row_length(&self) -> usize {
        self.groups * self.windows.volume()
    }

    fn out_row_length(&self) -> usize {
        self.groups * self.out * self.windows.positions()
    }

    /// The groups of a row: stretches of the volume, of the kernel and of the result.
    fn group<'a>(&self, group: usize, x: &'a [f32], weight: &'a [f32]) -> (&'a [f32], &'a [f32]) {
        let (volume, weights) = (self.windows.volume(), self.out * self.windows.length());
        (&x[group * volume..][..volume], &weight[group * weights..][..weights])
    }

    /// The matrix of columns of a group: the volume itself where each window is one value.
    fn columns<'a>(&self, x: &'a [f32], buffer: &'a mut Vec<f32>) -> Matrix<'a> {
        let (length, positions) = (self.windows.length(), self.windows.positions());
        if self.windows.is_pointwise() {
            return Matrix::new(x, length, positions);
        }
        let columns = room(buffer, length * positions);
        self.windows.gather(x, columns);
        Matrix::new(columns, length, positions)
    }

    fn weight_gradient(&self, x: &[f32], dy: &[f32], into: Target<'_>, scratch: &mut Scratch) {
        let (length, positions) = (self.windows.length(), self.windows.positions());
        let weights = self.out * length;
        // The transpose of the gradient is summed over the rows: its result columns are those of the packed factor, dy.
        let total = room(&mut scratch.second, self.groups * weights);
        total.fill(0.0);
        let rows = x.chunks_exact(self.row_length()).zip(dy.chunks_exact(self.out_row_length()));
        for (x, dy) in rows {
            for group in 0..self.groups {
                let x = &x[group * self.windows.volume()..][..self.windows.volume()];
                let dy = Matrix::new(&dy[group * self.out * positions..][..self.out * positions], self.out, positions);
                let columns = self.columns(x, &mut scratch.first);
                let into = Product::new(&mut total[group * weights..][..weights], self.out, true);
                multiply(into, columns, dy.transposed(), &mut scratch.packs);
            }
        }
        for (into_group, total) in into.values.chunks_exact_mut(weights).zip(total.chunks_exact(weights)) {
            for (o, row) in into_group.chunks_exact_mut(length).enumerate() {
                let total = total[o..].iter().step_by(self.out);
                row.iter_mut().zip(total).for_each(|(d, t)| *d = if into.add { *d + t } else { *t });
            }
        }
    }

    fn data_gradient(&self, weight: &[f32], dy: &[f32], into: Target<'_>, scratch: &mut Scratch) {
        let (length, positions) = (self.windows.length(), self.windows.positions());
        let rows = into.values.chunks_exact_mut(self.row_length()).zip(dy.chunks_exact(self.out_row_length()));
        for (dx, dy) in rows {
            for group in 0..self.groups {
                let weight = &weight[group * self.out * length..][..self.out * length];
                let weight = Matrix::new(weight, self.out, length).transposed();
                let dy = Matrix::new(&dy[group * self.out * positions..][..self.out * positions], self.out, positions);
                let dx = &mut dx[group * self.windows.volume()..][..self.windows.volume()];
                if self.windows.is_pointwise() {
                    multiply(Product::new(dx, positions, into.add), weight, dy, &mut scratch.packs);
                    continue;
                }
                let spread = room(&mut scratch.first, length * positions);
                multiply(Product::new(spread, positions, false), weight, dy, &mut scratch.packs);
                if !into.add {
                    dx.fill(0.0);
                }
                self.windows.scatter(spread, dx);
            }
        }
    }
}

impl Kernel for Convolution {
    fn forward(&self, Forward { x, y, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let (length, positions) = (self.windows.length(), self.windows.positions());
        let rows = x[0].chunks_exact(self.row_length()).zip(y.chunks_exact_mut(self.out_row_length()));
        for (row, y) in rows {
            if let Some(bias) = x.get(2) {
                y.chunks_exact_mut(positions).zip(*bias).for_each(|(y, bias)| y.fill(*bias));
            }
            for (group, y) in y.chunks_exact_mut(self.out * positions).enumerate() {
                let (volume, weight) = self.group(group, row, x[1]);
                let columns = self.columns(volume, &mut scratch.first);
                let into = Product::new(y, positions, x.len() > 2);
                multiply(into, Matrix::new(weight, self.out, length), columns, &mut scratch.packs);
            }
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, scratch, .. }: Backward<'_>) {
        if let Some(into) = target(dx, 0) {
            self.data_gradient(x[1], dy, into, scratch);
        }
        if let Some(into) = target(dx, 1) {
            self.weight_gradient(x[0], dy, into, scratch);
        }
        if let Some(into) = target(dx, 2) {
            let sums = room(&mut scratch.first, dy.len() / self.windows.positions());
            vectorised(
                #[inline(always)]
                || {
                    let planes = dy.chunks_exact(self.windows.positions());
                    sums.iter_mut().zip(planes).for_each(|(total, plane)| *total = sum(plane));
                },
            );
            sum_rows(sums, into);
        }
    }

    fn reads_operand(&self, operand: usize) -> bool {
        operand < 2
    }

    fn adds(&self) -> bool {
        true
    }
}
