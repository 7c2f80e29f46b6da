//! The product of matrices.

use serde::{Deserialize, Serialize};

use super::shapes::{disagree, product, two};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The product of matrices: `[…, K] × [K, N] → […, N]` over the last axis of the first operand, or, where both have three axes or more,
/// one product for each position of the leading axes, `[…, M, K] × […, K, N] → […, M, N]`.
///
/// A tied output layer is a product with the transposed table of an embedding, `[T, D] × [V, D]ᵀ → [T, V]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MatMul {
    /// Whether the second operand is given transposed, `[…, N, K]`.
    #[serde(default)]
    pub transposed: bool,
}

impl MatMul {
    /// `[K, N]` of the second operand's last two axes.
    fn inner(&self, b: &[usize]) -> [usize; 2] {
        let [rows, columns] = [b[b.len() - 2], b[b.len() - 1]];
        if self.transposed { [columns, rows] } else { [rows, columns] }
    }
}

impl Operation for MatMul {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "the product of matrices, the second transposed or not",
            shapes: "[…, K], [K, N] → […, N]; […, M, K], […, K, N] → […, M, N]",
            onnx: Some("MatMul"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let [a, b] = two(data)?;
        let rule = "a first operand […, K] and a second [K, N], or […, K, N] with the same leading axes";
        let leading = b.len() == 2 || b.len() > 2 && a.len() == b.len() && a[..a.len() - 2] == b[..b.len() - 2];
        if a.is_empty() || b.len() < 2 || !leading {
            return Err(disagree(rule, data));
        }
        let [k, n] = self.inner(b);
        if a[a.len() - 1] != k {
            return Err(disagree(rule, data));
        }
        Ok([&a[..a.len() - 1], &[n]].concat())
    }

    fn flops(&self, data: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(product(&[2, data[0][data[0].len() - 1]]))
    }

    fn label(&self, data: &[&[usize]]) -> String {
        let [k, n] = self.inner(data[1]);
        format!("product {k} → {n}{}", if self.transposed { ", transposed" } else { "" })
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let [a, b] = [data[0], data[1]];
        let [k, n] = self.inner(&b.shape);
        let at =
            |matrix: &[f64], i: usize, j: usize| if self.transposed { matrix[j * k + i] } else { matrix[i * n + j] };
        let row = |row: &[f64], matrix: &[f64]| -> Vec<f64> {
            (0..n).map(|j| row.iter().enumerate().map(|(i, x)| x * at(matrix, i, j)).sum()).collect()
        };
        // Rows that share a matrix: all of them, or those of one position of the leading axes.
        let n_rows = if b.shape.len() == 2 { a.data.len() / k } else { a.shape[a.shape.len() - 2] };
        let blocks = a.data.chunks(n_rows * k).zip(b.data.chunks(k * n).cycle());
        blocks.flat_map(|(block, matrix)| block.chunks(k).flat_map(|x| row(x, matrix)).collect::<Vec<_>>()).collect()
    }
}
