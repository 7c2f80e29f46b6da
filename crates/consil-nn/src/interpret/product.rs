//! Matrix products on slices: the safe face of the `gemm` crate's kernels.

/// A matrix inside a slice: element `(i, j)` is at `i · row + j · column`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a> {
    pub values: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    /// The distance between rows.
    pub row: usize,
    /// The distance between columns.
    pub column: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix over the whole slice.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self { values, rows, columns, row: columns, column: 1 }
    }

    /// Its transpose, without a copy.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }

    fn is_inside(&self) -> bool {
        self.rows == 0
            || self.columns == 0
            || (self.rows - 1) * self.row + (self.columns - 1) * self.column < self.values.len()
    }
}

/// `into += a · b`, `into` being row-major, on the calling thread.
///
/// # Panics
/// If the sizes do not fit.
pub(super) fn add_product(into: &mut [f32], a: Matrix, b: Matrix) {
    multiply(into, a, b, true);
}

/// `into = a · b`, as [`add_product`].
pub(super) fn set_product(into: &mut [f32], a: Matrix, b: Matrix) {
    multiply(into, a, b, false);
}

fn multiply(into: &mut [f32], a: Matrix, b: Matrix, add: bool) {
    assert_eq!(a.columns, b.rows, "the inner sizes of a product");
    assert_eq!(into.len(), a.rows * b.columns, "the size of a product");
    assert!(a.is_inside() && b.is_inside(), "a factor reaches beyond its slice");
    // SAFETY: the three assertions above: every element that the strides and sizes name lies within its slice, `into` is
    // exclusively borrowed, and slices of f32 are initialised. The scalar twin is the naive product of the tests below.
    #[expect(unsafe_code, reason = "the kernels of the gemm crate take raw pointers")]
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            into.as_mut_ptr(),
            1,
            b.columns as isize,
            add,
            a.values.as_ptr(),
            a.column as isize,
            a.row as isize,
            b.values.as_ptr(),
            b.column as isize,
            b.row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(into: &mut [f32], a: Matrix, b: Matrix) {
        for i in 0..a.rows {
            for j in 0..b.columns {
                let sum: f64 = (0..a.columns)
                    .map(|k| {
                        f64::from(a.values[i * a.row + k * a.column]) * f64::from(b.values[k * b.row + j * b.column])
                    })
                    .sum();
                into[i * b.columns + j] += sum as f32;
            }
        }
    }

    proptest! {
        #[test]
        fn products_agree_with_the_naive_sum(
            (m, k, n) in (1usize..40, 1usize..40, 1usize..40),
            flips in any::<[bool; 2]>(),
            seed in any::<u64>(),
        ) {
            let mut stream = consil_random::Key::new(seed).stream();
            let mut draw = |n: usize| (0..n).map(|_| stream.normal() as f32).collect::<Vec<_>>();
            let (a, b, start) = (draw(m * k), draw(k * n), draw(m * n));
            let a = if flips[0] { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let b = if flips[1] { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let (mut fast, mut slow) = (start.clone(), start);
            add_product(&mut fast, a, b);
            naive(&mut slow, a, b);
            // A sum of 40 products of normals, each rounded to 2⁻²⁴: 1e-4 is a dozen times the worst case.
            prop_assert!(fast.iter().zip(&slow).all(|(x, y)| (x - y).abs() < 1e-4));
            set_product(&mut fast, a, b);
            slow.fill(0.0);
            naive(&mut slow, a, b);
            prop_assert!(fast.iter().zip(&slow).all(|(x, y)| (x - y).abs() < 1e-4));
        }
    }
}
