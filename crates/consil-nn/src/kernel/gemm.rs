//! Products of matrices in f32, blocked for the caches as in BLIS (Van Zee and van de Geijn, 2015).
//!
//! The right factor is packed into panels as wide as two vectors, the left one is read row by row or packed six rows at a time;
//! six rows by one panel of the result stay in registers over a block of the inner axis. Each element of the result is summed in one fixed
//! order, whatever part of the result a call computes: so that work may be shared out in any way and gives the same bits.

use pulp::{Simd, WithSimd};

use super::simd;

/// Rows of the result that stay in registers.
const MR: usize = 6;
/// The longest block of the inner axis: a panel of it stays in the first cache beside six rows.
const KC: usize = 288;
/// The block of the left factor's rows: with `KC` they stay in the second cache while all panels pass by.
const MC: usize = 192;
/// The most columns of the right factor that are packed at once: with `KC` they stay in the last cache.
const NC: usize = 2048;

/// A matrix in a slice: element `(i, j)` is at `i · row + j · column`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
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

    /// A row-major matrix whose rows begin `row` apart.
    pub fn strided(values: &'a [f32], rows: usize, columns: usize, row: usize) -> Self {
        Self { values, rows, columns, row, column: 1 }
    }

    /// Its transpose, without a copy.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }
}

/// Where a product goes: element `(i, j)` is at `i · row + j · column`.
#[derive(Debug)]
pub(crate) struct Product<'a> {
    pub values: &'a mut [f32],
    pub row: usize,
    pub column: usize,
    /// Whether the product is added to what is there.
    pub add: bool,
}

impl<'a> Product<'a> {
    /// A row-major result with `columns` columns.
    pub fn new(values: &'a mut [f32], columns: usize, add: bool) -> Self {
        Self { values, row: columns, column: 1, add }
    }

    /// A row-major result whose rows begin `row` apart.
    pub fn strided(values: &'a mut [f32], row: usize, add: bool) -> Self {
        Self { values, row, column: 1, add }
    }

    /// A result of which the transpose is written.
    pub fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }
}

/// Memory for packed panels, kept between calls.
#[derive(Debug, Default)]
pub(crate) struct Packs {
    left: Vec<f32>,
    right: Vec<f32>,
}

/// `into = a · b`, or `into += a · b`.
pub(crate) fn multiply(into: Product, a: Matrix, b: Matrix, packs: &mut Packs) {
    assert_eq!(a.columns, b.rows, "the inner sizes of a product");
    if a.columns == 0 && !into.add {
        let places = (0..a.rows).flat_map(|i| (0..b.columns).map(move |j| (i, j)));
        places.for_each(|(i, j)| into.values[i * into.row + j * into.column] = 0.0);
    }
    if a.rows == 0 || b.columns == 0 || a.columns == 0 {
        return;
    }
    simd::dispatch(Multiply { into, a, b, packs });
}

struct Multiply<'a> {
    into: Product<'a>,
    a: Matrix<'a>,
    b: Matrix<'a>,
    packs: &'a mut Packs,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mut into, a, b, packs } = self;
        let nr = 2 * S::F32_LANES;
        for n0 in (0..b.columns).step_by(NC) {
            let n = NC.min(b.columns - n0);
            let panels = n.div_ceil(nr);
            // Blocks of one length: a short last one would cost a pass over the result for little.
            let block = a.columns.div_ceil(a.columns.div_ceil(KC));
            for k0 in (0..a.columns).step_by(block) {
                let k = block.min(a.columns - k0);
                let add = into.add || k0 > 0;
                grow(&mut packs.right, panels * nr * k);
                for (panel, to) in packs.right.chunks_exact_mut(nr * k).take(panels).enumerate() {
                    pack_right(to, b, k0, n0 + panel * nr, nr.min(b.columns - n0 - panel * nr), nr);
                }
                for m0 in (0..a.rows).step_by(MC) {
                    let tiles = MC.min(a.rows - m0).div_ceil(MR);
                    // A left factor that lies row by row is read as it is.
                    let packs_left = a.column != 1;
                    if packs_left {
                        grow(&mut packs.left, tiles * MR * k);
                        for (tile, to) in packs.left.chunks_exact_mut(MR * k).take(tiles).enumerate() {
                            let i0 = m0 + tile * MR;
                            pack_left(to, a, i0, MR.min(a.rows - i0), k0);
                        }
                    }
                    for (panel, right) in packs.right.chunks_exact(nr * k).take(panels).enumerate() {
                        let j0 = n0 + panel * nr;
                        for tile in 0..tiles {
                            let i0 = m0 + tile * MR;
                            let rows = MR.min(a.rows - i0);
                            let place = Place { i0, j0, rows, columns: nr.min(b.columns - j0), add };
                            if packs_left {
                                let left = packs.left[tile * MR * k..(tile + 1) * MR * k].as_chunks::<MR>().0;
                                store(simd, packed_tile(simd, left, right), &mut into, &place);
                            } else {
                                store(simd, row_tile(simd, a, i0, rows, k0, k, right), &mut into, &place);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Which tile of the result.
struct Place {
    i0: usize,
    j0: usize,
    rows: usize,
    columns: usize,
    add: bool,
}

type Tile<S> = [[<S as Simd>::f32s; 2]; MR];

/// Adds the products of six values with a panel's row.
#[inline(always)]
fn add_outer<S: Simd>(simd: S, tile: &mut Tile<S>, x: [f32; MR], y: [S::f32s; 2]) {
    for (tile, x) in tile.iter_mut().zip(x) {
        let x = simd.splat_f32s(x);
        tile[0] = simd.mul_add_f32s(x, y[0], tile[0]);
        tile[1] = simd.mul_add_f32s(x, y[1], tile[1]);
    }
}

/// Six rows by one panel, the left factor packed.
///
/// Each row of the panel is fetched a round ahead: it then stays in registers, where the compiler would otherwise read it from memory for each of the six.
#[inline(always)]
fn packed_tile<S: Simd>(simd: S, left: &[[f32; MR]], right: &[f32]) -> Tile<S> {
    let mut tile = [[simd.splat_f32s(0.0); 2]; MR];
    let (right, _) = S::as_simd_f32s(right);
    let (right, _) = right.as_chunks::<2>();
    let ([first, rest @ ..], [before @ .., last]) = (right, left) else { return tile };
    let mut y = *first;
    for (x, next) in before.iter().zip(rest) {
        add_outer(simd, &mut tile, *x, y);
        y = *next;
    }
    add_outer(simd, &mut tile, *last, y);
    tile
}

/// Six rows by one panel, the left factor read row by row; rows beyond the last repeat it.
#[inline(always)]
fn row_tile<S: Simd>(simd: S, a: Matrix, i0: usize, rows: usize, k0: usize, k: usize, right: &[f32]) -> Tile<S> {
    let row = |i: usize| &a.values[(i0 + i.min(rows - 1)) * a.row + k0..][..k];
    let [r0, r1, r2, r3, r4, r5] = [row(0), row(1), row(2), row(3), row(4), row(5)];
    let mut tile = [[simd.splat_f32s(0.0); 2]; MR];
    let (right, _) = S::as_simd_f32s(right);
    let (right, _) = right.as_chunks::<2>();
    let [first, rest @ ..] = right else { return tile };
    let mut y = *first;
    let left = r0.iter().zip(r1).zip(r2).zip(r3).zip(r4).zip(r5);
    for ((((((x0, x1), x2), x3), x4), x5), next) in left.zip(rest) {
        add_outer(simd, &mut tile, [*x0, *x1, *x2, *x3, *x4, *x5], y);
        y = *next;
    }
    let end = k - 1;
    add_outer(simd, &mut tile, [r0[end], r1[end], r2[end], r3[end], r4[end], r5[end]], y);
    tile
}

#[inline(always)]
fn store<S: Simd>(simd: S, tile: Tile<S>, into: &mut Product, place: &Place) {
    let lanes = S::F32_LANES;
    if into.column == 1 && place.columns == 2 * lanes {
        for (i, tile) in tile.iter().enumerate().take(place.rows) {
            let at = (place.i0 + i) * into.row + place.j0;
            let (row, _) = S::as_mut_simd_f32s(&mut into.values[at..at + 2 * lanes]);
            for (value, tile) in row.iter_mut().zip(tile) {
                *value = if place.add { simd.add_f32s(*value, *tile) } else { *tile };
            }
        }
        return;
    }
    for (i, tile) in tile.iter().enumerate().take(place.rows) {
        let at = (place.i0 + i) * into.row + place.j0 * into.column;
        let tile: &[f32] = bytemuck_floats::<S>(tile);
        for (j, tile) in tile[..place.columns].iter().enumerate() {
            let value = &mut into.values[at + j * into.column];
            *value = if place.add { *value + tile } else { *tile };
        }
    }
}

/// The lanes of two vectors.
#[inline(always)]
fn bytemuck_floats<S: Simd>(tile: &[S::f32s; 2]) -> &[f32] {
    pulp::bytemuck::cast_slice(tile)
}

/// Packs `columns` columns from `j0` of rows `k0..` into a panel `[k][nr]`; what is beyond is zero.
#[inline(always)]
fn pack_right(to: &mut [f32], b: Matrix, k0: usize, j0: usize, columns: usize, nr: usize) {
    if b.column == 1 {
        let begin = k0 * b.row + j0;
        for (k, to) in to.chunks_exact_mut(nr).enumerate() {
            let from = &b.values[begin + k * b.row..][..columns];
            if columns == nr {
                to.copy_from_slice(from);
            } else {
                to[..columns].copy_from_slice(from);
                to[columns..].fill(0.0);
            }
        }
        return;
    }
    if columns < nr {
        to.fill(0.0);
    }
    let k = to.len() / nr;
    for j in 0..columns {
        let from = &b.values[k0 * b.row + (j0 + j) * b.column..];
        if b.row == 1 {
            to.iter_mut().skip(j).step_by(nr).zip(&from[..k]).for_each(|(to, from)| *to = *from);
        } else {
            to.iter_mut().skip(j).step_by(nr).zip(from.iter().step_by(b.row)).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Packs rows `i0..i0 + rows` of columns `k0..` into `[k][MR]`; rows beyond are zero.
#[inline(always)]
fn pack_left(to: &mut [f32], a: Matrix, i0: usize, rows: usize, k0: usize) {
    let (to, _) = to.as_chunks_mut::<MR>();
    let from = &a.values[i0 * a.row + k0 * a.column..];
    if a.row == 1 && rows == MR {
        let columns = from.chunks(a.column.max(1));
        to.iter_mut().zip(columns).for_each(|(to, from)| to.copy_from_slice(&from[..MR]));
        return;
    }
    for i in 0..MR {
        if i < rows {
            let row = from[i * a.row..].iter().step_by(a.column.max(1));
            to.iter_mut().zip(row).for_each(|(to, from)| to[i] = *from);
        } else {
            to.iter_mut().for_each(|to| to[i] = 0.0);
        }
    }
}

/// Makes room for `length` values; what was there is of no matter.
fn grow(values: &mut Vec<f32>, length: usize) {
    if values.len() < length {
        values.resize(length, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(into: &mut [f32], a: Matrix, b: Matrix) {
        for i in 0..a.rows {
            for j in 0..b.columns {
                let element = |m: &Matrix, i: usize, j: usize| f64::from(m.values[i * m.row + j * m.column]);
                let sum: f64 = (0..a.columns).map(|k| element(&a, i, k) * element(&b, k, j)).sum();
                into[i * b.columns + j] += sum as f32;
            }
        }
    }

    fn draw(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = consil_random::Key::new(seed).stream();
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    proptest! {
        #[test]
        fn products_agree_with_the_naive_sum(
            (m, k, n) in (1usize..40, 0usize..40, 1usize..40),
            flips in any::<[bool; 3]>(),
            seed in any::<u64>(),
        ) {
            let (a, b, start) = (draw(m * k, seed), draw(k * n, seed ^ 1), draw(m * n, seed ^ 2));
            let a = if flips[0] { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let b = if flips[1] { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let mut packs = Packs::default();
            for add in [true, false] {
                let mut slow = if add { start.clone() } else { vec![0.0; m * n] };
                naive(&mut slow, a, b);
                let mut fast = start.clone();
                if flips[2] {
                    let turn = |values: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                        (0..rows * columns).map(|i| values[i % rows * columns + i / rows]).collect()
                    };
                    fast = turn(&fast, m, n);
                    multiply(Product::new(&mut fast, m, add).transposed(), a, b, &mut packs);
                    fast = turn(&fast, n, m);
                } else {
                    multiply(Product::new(&mut fast, n, add), a, b, &mut packs);
                }
                // A sum of 40 products of normals, each rounded to 2⁻²⁴: 1e-4 is a dozen times the worst case.
                prop_assert!(fast.iter().zip(&slow).all(|(x, y)| (x - y).abs() < 1e-4));
            }
        }
    }

    #[test]
    fn long_and_wide_products_agree_with_the_naive_sum() {
        for (m, k, n) in [(7, 600, 50), (20, 513, 2100), (1, 300, 130)] {
            let (a, b) = (draw(m * k, 1), draw(k * n, 2));
            let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
            let (mut fast, mut slow) = (vec![0.0; m * n], vec![0.0; m * n]);
            multiply(Product::new(&mut fast, n, false), a, b, &mut Packs::default());
            naive(&mut slow, a, b);
            // Sums of up to 600 products: 2⁻²⁴ · 600 · a few.
            assert!(fast.iter().zip(&slow).all(|(x, y)| (x - y).abs() < 4e-4));
        }
    }

    #[test]
    fn a_part_of_a_product_has_the_bits_of_the_whole() {
        let (m, k, n) = (29, 300, 70);
        let (a, b) = (draw(m * k, 3), draw(k * n, 4));
        let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
        let mut whole = vec![0.0; m * n];
        multiply(Product::new(&mut whole, n, false), a, b, &mut Packs::default());
        for split in [1, 6, 13, 28] {
            let mut parts = vec![0.0; m * n];
            for (from, to) in [(0, split), (split, m)] {
                let part = Matrix { values: &a.values[from * k..], rows: to - from, ..a };
                let into = Product::new(&mut parts[from * n..to * n], n, false);
                multiply(into, part, b, &mut Packs::default());
            }
            assert_eq!(parts, whole, "split at {split}");
        }
    }
}
