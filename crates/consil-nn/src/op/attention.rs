//! Multi-head attention (Vaswani et al., 2017, eq. 1 and §3.2.2): linear layers around its core.

use consil_graph::op::Attention;

use super::linear::Affine;
use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Scratch, room, target};
use crate::kernel::gemm::{Matrix, Packs, Product, multiply};
use crate::kernel::simd::vectorised;
use crate::kernel::sums::dot;
use crate::run_error::RunError;

impl Lower for Attention {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let data = to.alike(data);
        let (queries, keys) = (&data[0], &data[self.key_operand(data.len())]);
        let (n_queries, width, n_keys) = (queries.shape[0], queries.shape[1], keys.shape[0]);
        let inner = self.inner_width(width);
        let mut project = |x: &Operand, from: usize, parts: usize| {
            let n = x.shape[0];
            let kernel = Affine::new(n, width, parts * inner).starting_at(from * inner);
            to.step(kernel, &[x.clone(), weights[0].clone(), weights[1].clone()], &[n, parts * inner])
        };
        let mut operands = if self.key_operand(data.len()) == 0 {
            vec![project(queries, 0, 3)]
        } else {
            vec![project(queries, 0, 1), project(keys, 1, 2)]
        };
        let crossed = operands.len() == 2;
        operands.extend(self.masked.then(|| data[data.len() - 1].clone()));
        let core = Core {
            heads: self.heads,
            depth: inner / self.heads,
            n_queries,
            n_keys,
            causal: self.causal,
            masked: self.masked,
            crossed,
        };
        let mixed = to.step(core, &operands, &[n_queries, inner]);
        let output = Affine::new(n_queries, inner, width);
        to.step(output, &[mixed, weights[2].clone(), weights[3].clone()], out)
    }
}

/// Each query's mean of the values, weighed by the softmax of its products with the keys. A query that may attend to nothing gets zeros.
///
/// Operands: queries, keys and values side by side, `[T, 3I]`, or queries `[T, I]` and keys and values `[S, 2I]`; then the keys' mask. The weights are kept.
#[derive(Clone, Debug)]
struct Core {
    heads: usize,
    depth: usize,
    n_queries: usize,
    n_keys: usize,
    causal: bool,
    masked: bool,
    crossed: bool,
}

/// Where queries, keys and values of a row lie: the operand, the first column, and the distance between tokens.
struct Layout {
    operand: usize,
    column: usize,
    step: usize,
}

impl Core {
    fn inner(&self) -> usize {
        self.heads * self.depth
    }

    fn layouts(&self) -> [Layout; 3] {
        let inner = self.inner();
        if self.crossed {
            let of_keys = |column| Layout { operand: 1, column, step: 2 * inner };
            [Layout { operand: 0, column: 0, step: inner }, of_keys(0), of_keys(inner)]
        } else {
            [0, 1, 2].map(|part| Layout { operand: 0, column: part * inner, step: 3 * inner })
        }
    }

    fn tokens(&self, part: usize) -> usize {
        if part == 0 { self.n_queries } else { self.n_keys }
    }

    /// The matrix of a head in one row of the batch.
    fn view<'a>(&self, x: &[&'a [f32]], part: usize, row: usize, head: usize) -> Matrix<'a> {
        let Layout { operand, column, step } = self.layouts()[part];
        let n = self.tokens(part);
        let begin = row * n * step + column + head * self.depth;
        Matrix::strided(&x[operand][begin..], n, self.depth, step)
    }

    fn scale(&self) -> f32 {
        1.0 / (self.depth as f32).sqrt()
    }

    /// Turns the products of one head into weights, in place.
    fn weigh(&self, scores: &mut [f32], mask: Option<&[f32]>) {
        let scale = self.scale();
        vectorised(
            #[inline(always)]
            || {
                for (t, scores) in scores.chunks_exact_mut(self.n_keys).enumerate() {
                    let seen = if self.causal { (t + 1).min(self.n_keys) } else { self.n_keys };
                    let (seen, later) = scores.split_at_mut(seen);
                    later.fill(0.0);
                    let Some(mask) = mask else {
                        in_place(seen, scale);
                        continue;
                    };
                    if mask[..seen.len()].iter().all(|m| *m == 0.0) {
                        seen.fill(0.0);
                        continue;
                    }
                    let hide =
                        |(score, m): (&mut f32, &f32)| *score = if *m == 0.0 { f32::NEG_INFINITY } else { *score };
                    seen.iter_mut().zip(mask).for_each(hide);
                    in_place(seen, scale);
                }
            },
        );
    }
}

#[inline(always)]
fn in_place(scores: &mut [f32], scale: f32) {
    // The exponential of −∞ is zero exactly.
    let max = crate::kernel::sums::largest(scores);
    let shift = max * scale;
    scores.iter_mut().for_each(|s| *s = crate::kernel::math::exp(s.mul_add(scale, -shift)));
    let inverse = 1.0 / crate::kernel::sums::sum(scores);
    scores.iter_mut().for_each(|s| *s *= inverse);
}

impl Kernel for Core {
    fn kept(&self) -> usize {
        self.heads * self.n_queries * self.n_keys
    }

    fn forward(&self, Forward { rows, x, y, kept, scratch, .. }: Forward<'_>) -> Result<(), RunError> {
        let (inner, of_head) = (self.inner(), self.n_queries * self.n_keys);
        let Scratch { packs, first, .. } = scratch;
        for row in 0..rows {
            let mask = self.masked.then(|| &x[x.len() - 1][row * self.n_keys..][..self.n_keys]);
            for head in 0..self.heads {
                let scores = if kept.is_empty() {
                    room(first, of_head)
                } else {
                    &mut kept[(row * self.heads + head) * of_head..][..of_head]
                };
                let [q, k, v] = [0, 1, 2].map(|part| self.view(x, part, row, head));
                multiply(Product::new(scores, self.n_keys, false), q, k.transposed(), packs);
                self.weigh(scores, mask);
                let into = &mut y[row * self.n_queries * inner + head * self.depth..];
                let scores = Matrix::new(scores, self.n_queries, self.n_keys);
                multiply(Product::strided(into, inner, false), scores, v, packs);
            }
        }
        Ok(())
    }

    fn backward(&self, Backward { rows, x, kept, dy, dx, scratch, .. }: Backward<'_>) {
        let (inner, of_head) = (self.inner(), self.n_queries * self.n_keys);
        let Scratch { packs, first, .. } = scratch;
        for row in 0..rows {
            for head in 0..self.heads {
                let shares = &kept[(row * self.heads + head) * of_head..][..of_head];
                let weights = Matrix::new(shares, self.n_queries, self.n_keys);
                let dy = Matrix::strided(
                    &dy[row * self.n_queries * inner + head * self.depth..],
                    self.n_queries,
                    self.depth,
                    inner,
                );
                let [q, k, v] = [0, 1, 2].map(|part| self.view(x, part, row, head));
                self.write(dx, 2, row, head, weights.transposed(), dy, packs);
                let dscores = room(first, of_head);
                multiply(Product::new(dscores, self.n_keys, false), dy, v.transposed(), packs);
                let scale = self.scale();
                vectorised(
                    #[inline(always)]
                    || {
                        let rows = dscores.chunks_exact_mut(self.n_keys).zip(shares.chunks_exact(self.n_keys));
                        for (d, p) in rows {
                            let mean = dot(d, p);
                            d.iter_mut().zip(p).for_each(|(d, p)| *d = scale * p * (*d - mean));
                        }
                    },
                );
                let dscores = Matrix::new(dscores, self.n_queries, self.n_keys);
                self.write(dx, 0, row, head, dscores, k, packs);
                self.write(dx, 1, row, head, dscores.transposed(), q, packs);
            }
        }
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand <= usize::from(self.crossed)
    }
}

impl Core {
    /// Writes `a · b` to the gradient of queries, keys or values of a head.
    #[expect(clippy::too_many_arguments, reason = "a place has four coordinates and a product two factors")]
    fn write(
        &self,
        dx: &mut [Option<super::Target<'_>>],
        part: usize,
        row: usize,
        head: usize,
        a: Matrix,
        b: Matrix,
        packs: &mut Packs,
    ) {
        let Layout { operand, column, step } = self.layouts()[part];
        if let Some(into) = target(dx, operand) {
            let begin = row * self.tokens(part) * step + column + head * self.depth;
            multiply(Product::strided(&mut into.values[begin..], step, false), a, b, packs);
        }
    }
}
