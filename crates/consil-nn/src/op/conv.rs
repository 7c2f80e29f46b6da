//! Convolution, read straight from the padded volume.
//!
//! Neighbouring positions of the result read neighbouring values of a padded copy of the volume, its [field](field): so the matrix of columns (Chellapilla et
//! al., 2006) is never written. Six channels by two vectors of positions stay in registers while the kernel passes by. The gradient of the
//! volume is the same operation again, over the result's gradient with the kernel turned round; that of the kernel is a sum over positions. A series
//! is an image of height 1, an image a volume of depth 1.

mod columns;
mod direct;
mod field;

use consil_graph::op::Conv;

use super::linear::sum_rows;
use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Scratch, Target, room, target};
use crate::kernel::gemm::{Matrix, Product, multiply};
use crate::kernel::simd::{self, dispatch, vectorised};
use crate::kernel::sums::sum;
use crate::run_error::RunError;
use columns::Windows;
use direct::{Correlate, KernelGradient, MR, gradient_height};
use field::Field;

/// Vectors of positions that are worked on together on the way forward, where a row has fewer: so few that their fields stay in the second cache.
const FORWARD_VECTORS: usize = 16;
/// The same for the gradient of the kernel, whose sums are worth the more the longer they are.
const GRADIENT_VECTORS: usize = 128;
/// The most values of fields that are laid out together, where a row has fewer.
const FIELDS: usize = 1 << 16;

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
        to.step(Convolution::new(windows, self.groups, self.out / self.groups), &[&data[..1], weights].concat(), out)
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
    field: Field,
    /// The field of the result's gradient, from which that of the volume is read; where windows overlap too little for that, it is scattered.
    back: Option<Field>,
}

impl Convolution {
    fn new(windows: Windows, groups: usize, out: usize) -> Self {
        let field = Field::new(&windows);
        // The kernel is read backwards.
        let back = windows.turned(out).map(|turned| Field::new(&turned).reversed());
        Self { windows, groups, out, field, back }
    }

    fn row_length(&self) -> usize {
        self.groups * self.windows.volume()
    }

    fn out_row_length(&self) -> usize {
        self.groups * self.out * self.windows.positions()
    }

    /// Elements of the kernel of a group.
    fn n_weights(&self) -> usize {
        self.out * self.windows.length()
    }

    fn weight_gradient(&self, x: &[f32], dy: &[f32], into: Target<'_>, scratch: &mut Scratch) {
        let (field, lanes, positions) = (&self.field, simd::lanes(), self.windows.positions());
        let (row, out_row, height) = (self.row_length(), self.out_row_length(), gradient_height(self.out));
        let (n, n_vectors) = (dy.len() / out_row, field.vectors.len());
        let together = GRADIENT_VECTORS.div_ceil(n_vectors).min(FIELDS / field.length()).clamp(1, n);
        let at: Vec<u32> = (0..together * n_vectors)
            .map(|i| (i / n_vectors * field.length() + field.vectors[i % n_vectors].at) as u32)
            .collect();
        for first in (0..n).step_by(together) {
            let rows = together.min(n - first);
            let width = rows * n_vectors * lanes;
            for group in 0..self.groups {
                let fields = room(&mut scratch.first, rows * field.length() + lanes);
                field.fill(&x[first * row + group * self.windows.volume()..], row, rows, fields);
                let by_vector = room(&mut scratch.second, self.out.next_multiple_of(height) * width);
                for (t, tile) in by_vector.chunks_exact_mut(height * width).enumerate() {
                    for (r, to) in tile.chunks_exact_mut(height * n_vectors * lanes).enumerate() {
                        let begin = (first + r) * out_row + (group * self.out + t * height) * positions;
                        let planes = &dy[begin..][..height.min(self.out - t * height) * positions];
                        field.by_vector(planes, lanes, height, to);
                    }
                }
                dispatch(KernelGradient {
                    field,
                    fields,
                    dy: by_vector,
                    height,
                    at: &at[..rows * n_vectors],
                    into: &mut into.values[group * self.n_weights()..][..self.n_weights()],
                    add: into.add || first > 0,
                });
            }
        }
    }

    /// The gradient of the volume as a convolution of the result's gradient with the kernel, which was prepared for it.
    fn data_gradient(&self, back: &Field, prepared: &[f32], dy: &[f32], into: Target<'_>, scratch: &mut Scratch) {
        let sides = Sides {
            field: back,
            volume: self.out * self.windows.positions(),
            out: self.windows.channels,
            groups: self.groups,
        };
        sides.correlate(dy, prepared, None, into, &mut scratch.first);
    }

    /// The same by scattering the gradients of the windows.
    fn scatter_gradient(&self, weight: &[f32], dy: &[f32], into: Target<'_>, scratch: &mut Scratch) {
        let (length, positions) = (self.windows.length(), self.windows.positions());
        let rows = into.values.chunks_exact_mut(self.row_length()).zip(dy.chunks_exact(self.out_row_length()));
        for (dx, dy) in rows {
            for group in 0..self.groups {
                let weight = &weight[group * self.out * length..][..self.out * length];
                let weight = Matrix::new(weight, self.out, length).transposed();
                let dy = Matrix::new(&dy[group * self.out * positions..][..self.out * positions], self.out, positions);
                let dx = &mut dx[group * self.windows.volume()..][..self.windows.volume()];
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

/// The shapes of a convolution in one of its two directions, of one group.
struct Sides<'a> {
    field: &'a Field,
    /// Values of a volume that is read.
    volume: usize,
    /// Channels that are written.
    out: usize,
    groups: usize,
}

impl Sides<'_> {
    /// Convolves the rows with kernels of tiles of six channels.
    fn correlate(&self, x: &[f32], weights: &[f32], bias: Option<&[f32]>, y: Target<'_>, fields: &mut Vec<f32>) {
        let Self { field, volume, out, groups } = *self;
        let (row, out_row) = (groups * volume, groups * out * field.positions());
        let n = x.len() / row;
        let together = FORWARD_VECTORS.div_ceil(field.vectors.len()).min(FIELDS / field.length()).clamp(1, n.max(1));
        let weights = weights.as_chunks::<MR>().0;
        let of_group = weights.len() / groups;
        for first in (0..n).step_by(together) {
            let rows = together.min(n - first);
            for group in 0..groups {
                let fields = room(fields, rows * field.length() + simd::lanes());
                field.fill(&x[first * row + group * volume..], row, rows, fields);
                dispatch(Correlate {
                    field,
                    fields,
                    rows,
                    weights: &weights[group * of_group..][..of_group],
                    bias: bias.map(|bias| &bias[group * out..][..out]),
                    y: &mut y.values[first * out_row + group * out * field.positions()..],
                    row: out_row,
                    out,
                    add: y.add,
                });
            }
        }
    }
}

/// Writes kernels `[out][k]`, whose element is `of(o, k)`, as tiles `[k][6]`; what is beyond the last channel is zero.
fn tiles(into: &mut Vec<f32>, out: usize, n: usize, of: impl Fn(usize, usize) -> f32) {
    for first in (0..out).step_by(MR) {
        for k in 0..n {
            into.extend((first..first + MR).map(|o| if o < out { of(o, k) } else { 0.0 }));
        }
    }
}

impl Kernel for Convolution {
    fn prepare(&self, x: &[&[f32]], into: &mut Vec<f32>) {
        let n = self.windows.length();
        for weight in x[1].chunks_exact(self.n_weights()) {
            tiles(into, self.out, n, |o, k| weight[o * n + k]);
        }
    }

    fn prepare_back(&self, x: &[&[f32]], into: &mut Vec<f32>) {
        if self.back.is_none() {
            return;
        }
        let n = self.windows.length();
        let taps = n / self.windows.channels;
        for weight in x[1].chunks_exact(self.n_weights()) {
            tiles(into, self.windows.channels, self.out * taps, |c, k| weight[k / taps * n + c * taps + k % taps]);
        }
    }

    fn forward(&self, Forward { x, y, prepared, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let (field, volume) = (&self.field, self.windows.volume());
        let sides = Sides { field, volume, out: self.out, groups: self.groups };
        let y = Target { values: y, add: false };
        sides.correlate(x[0], prepared, x.get(2).copied(), y, &mut scratch.first);
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, prepared, scratch, .. }: Backward<'_>) {
        if let Some(into) = target(dx, 0) {
            match &self.back {
                Some(back) => self.data_gradient(back, prepared, dy, into, scratch),
                None => self.scatter_gradient(x[1], dy, into, scratch),
            }
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
                    for (total, plane) in sums.iter_mut().zip(planes) {
                        *total = sum(plane);
                    }
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
