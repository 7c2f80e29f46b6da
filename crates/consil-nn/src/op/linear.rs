//! The linear layer, and any product with a matrix that all rows share.

use consil_graph::op::Linear;
use rayon::prelude::*;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Part, Target, target};
use crate::kernel::gemm::{Matrix, Packs, Product, multiply};
use crate::kernel::simd::vectorised;
use crate::run_error::RunError;

/// From so many values on, the gradient of a weight is computed for all rows at once rather than added up over shares.
const LARGE: usize = 1 << 15;

impl Lower for Linear {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let input = data[0].shape.last().copied().unwrap_or(1);
        let vectors = data[0].size() / input.max(1);
        let kernel = Affine::new(vectors, input, self.out);
        to.step(kernel, &[&data[..1], weights].concat(), out)
    }
}

/// `y = x Wᵀ + b` for `vectors` vectors x in each row; operands x, W and, where there is one, b.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    vectors: usize,
    input: usize,
    out: usize,
    /// Whether W is given as `[I, O]` rather than `[O, I]`.
    transposed: bool,
    /// The first of the rows of W and b that are used: several layers may share them.
    first: usize,
}

impl Affine {
    /// With a weight `[O, I]`.
    pub fn new(vectors: usize, input: usize, out: usize) -> Self {
        Self { vectors, input, out, transposed: false, first: 0 }
    }

    /// With a weight `[I, O]`.
    pub fn transposed(self) -> Self {
        Self { transposed: true, ..self }
    }

    /// With the rows of weight and bias from `first` on.
    pub fn starting_at(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// The weight as `[I, O]`.
    fn weight<'a>(&self, weight: &'a [f32]) -> Matrix<'a> {
        if self.transposed {
            return Matrix::new(weight, self.input, self.out);
        }
        Matrix::new(&weight[self.first * self.input..], self.out, self.input).transposed()
    }

    /// The rows and columns of the gradient of the weight, and its factors, as the weight is laid out.
    fn gradient_factors<'a>(&self, x: &'a [f32], dy: &'a [f32]) -> [Matrix<'a>; 2] {
        let n = x.len() / self.input;
        let (x, dy) = (Matrix::new(x, n, self.input), Matrix::new(dy, n, self.out));
        if self.transposed { [x.transposed(), dy] } else { [dy.transposed(), x] }
    }

    /// The part of the weight's gradient that this layer has; sets the rest to zero where it is the first to write.
    fn part<'a>(&self, into: Target<'a>, width: usize) -> Target<'a> {
        let (begin, end) = (self.first * width, (self.first + self.out) * width);
        if self.transposed {
            return into;
        }
        if !into.add {
            into.values[..begin].fill(0.0);
            into.values[end..].fill(0.0);
        }
        Target { values: &mut into.values[begin..end], add: into.add }
    }
}

impl Kernel for Affine {
    fn forward(&self, Forward { rows, x, y, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let n = rows * self.vectors;
        let bias = x.get(2);
        if let Some(bias) = bias {
            let bias = &bias[self.first..self.first + self.out];
            y.chunks_exact_mut(self.out).for_each(|y| y.copy_from_slice(bias));
        }
        let (a, b) = (Matrix::new(x[0], n, self.input), self.weight(x[1]));
        let into = Product::new(y, self.out, bias.is_some());
        // Either the weight is packed or the vectors are: the smaller of both, where the result's columns are then written one by one.
        if !self.transposed && self.input * self.out > self.input * n + 2 * n * self.out {
            multiply(into.transposed(), b.transposed(), a.transposed(), &mut scratch.packs);
        } else {
            multiply(into, a, b, &mut scratch.packs);
        }
        Ok(())
    }

    fn backward(&self, Backward { rows, x, dy, dx, scratch, .. }: Backward<'_>) {
        let n = rows * self.vectors;
        if let Some(dx) = target(dx, 0) {
            let into = Product::new(dx.values, self.input, dx.add);
            multiply(into, Matrix::new(dy, n, self.out), self.weight(x[1]).transposed(), &mut scratch.packs);
        }
        if let Some(into) = target(dx, 1) {
            let [a, b] = self.gradient_factors(x[0], dy);
            let into = self.part(into, self.input);
            multiply(Product::new(into.values, b.columns, into.add), a, b, &mut scratch.packs);
        }
        if let Some(into) = target(dx, 2) {
            sum_rows(dy, self.part(into, 1));
        }
    }

    fn reads_operand(&self, operand: usize) -> bool {
        operand < 2
    }

    fn adds(&self) -> bool {
        true
    }

    fn defers(&self, operand: usize) -> bool {
        operand == 1 && self.input * self.out >= LARGE
    }

    fn weight_gradient(&self, _: usize, parts: &[Part<'_>], into: Target<'_>) {
        let into = self.part(into, self.input);
        let (rows, width) = if self.transposed { (self.input, self.out) } else { (self.out, self.input) };
        // Each element is a sum in one order whatever the blocks, so that they may follow the number of threads.
        let block = rows.div_ceil(4 * rayon::current_num_threads()).next_multiple_of(6);
        let add = into.add;
        let compute = |(i, into): (usize, &mut [f32])| {
            let mut packs = Packs::default();
            for (p, part) in parts.iter().enumerate() {
                let [a, b] = self.gradient_factors(part.x[0], part.dy);
                let rows = into.len() / width;
                let a = Matrix { values: &a.values[i * block * a.row..], rows, ..a };
                multiply(Product::new(into, width, add || p > 0), a, b, &mut packs);
            }
        };
        into.values.par_chunks_mut(block * width).enumerate().for_each(compute);
    }
}

/// The sum of the rows of a matrix.
pub(crate) fn sum_rows(rows: &[f32], into: Target<'_>) {
    let Target { values, add } = into;
    if !add {
        values.fill(0.0);
    }
    vectorised(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(values.len()) {
                values.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        },
    );
}
