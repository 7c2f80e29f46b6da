//! Products of matrices: with one matrix that all rows share, or with one for each row.

use consil_graph::op::MatMul;

use super::linear::Affine;
use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::gemm::{Matrix, Product, multiply};
use crate::run_error::RunError;

impl Lower for MatMul {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let (a, b) = (&data[0], &data[1]);
        let inner = a.shape.last().copied().unwrap_or(1);
        let columns = out.last().copied().unwrap_or(1);
        if !b.varies && b.shape.len() == 2 {
            let affine = Affine::new(a.size() / inner.max(1), inner, columns);
            let affine = if self.transposed { affine } else { affine.transposed() };
            let a = if data.iter().any(|x| x.varies) { to.varying(a) } else { a.clone() };
            return to.step(affine, &[a, b.clone()], out);
        }
        let data = to.alike(data);
        let products = if b.shape.len() == 2 { 1 } else { b.shape[..b.shape.len() - 2].iter().product() };
        let rows = data[0].size() / (inner * products).max(1);
        to.step(Products { rows, inner, columns, transposed: self.transposed }, &data, out)
    }
}

/// `a · b` for pairs of matrices a `[M, K]` and b `[K, N]`, or `[N, K]` where it is given transposed.
#[derive(Clone, Debug)]
struct Products {
    rows: usize,
    inner: usize,
    columns: usize,
    transposed: bool,
}

impl Products {
    fn second<'a>(&self, b: &'a [f32]) -> Matrix<'a> {
        if self.transposed {
            Matrix::new(b, self.columns, self.inner).transposed()
        } else {
            Matrix::new(b, self.inner, self.columns)
        }
    }
}

impl Kernel for Products {
    fn forward(&self, Forward { x, y, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let pairs = x[0].chunks_exact(self.rows * self.inner).zip(x[1].chunks_exact(self.inner * self.columns));
        for ((a, b), y) in pairs.zip(y.chunks_exact_mut(self.rows * self.columns)) {
            let a = Matrix::new(a, self.rows, self.inner);
            multiply(Product::new(y, self.columns, false), a, self.second(b), &mut scratch.packs);
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, scratch, .. }: Backward<'_>) {
        let (of_a, of_b, of_y) = (self.rows * self.inner, self.inner * self.columns, self.rows * self.columns);
        if let Some(da) = target(dx, 0) {
            let pairs = dy.chunks_exact(of_y).zip(x[1].chunks_exact(of_b));
            for ((dy, b), into) in pairs.zip(da.values.chunks_exact_mut(of_a)) {
                let dy = Matrix::new(dy, self.rows, self.columns);
                multiply(Product::new(into, self.inner, da.add), dy, self.second(b).transposed(), &mut scratch.packs);
            }
        }
        if let Some(db) = target(dx, 1) {
            let pairs = dy.chunks_exact(of_y).zip(x[0].chunks_exact(of_a));
            for ((dy, a), into) in pairs.zip(db.values.chunks_exact_mut(of_b)) {
                let (a, dy) = (Matrix::new(a, self.rows, self.inner), Matrix::new(dy, self.rows, self.columns));
                if self.transposed {
                    multiply(Product::new(into, self.inner, db.add), dy.transposed(), a, &mut scratch.packs);
                } else {
                    multiply(Product::new(into, self.columns, db.add), a.transposed(), dy, &mut scratch.packs);
                }
            }
        }
    }

    fn adds(&self) -> bool {
        true
    }
}
