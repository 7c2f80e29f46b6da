//! Convolution and the gradient of its kernel straight from fields: tiles of the result stay in registers while the shifts pass by.

use pulp::{Simd, WithSimd};

use super::field::{Field, Vector};

/// Channels of the result in a tile.
pub(super) const MR: usize = 6;
/// The longest block of shifts: six rows of the kernel and what a tile reads of the field stay in the first cache.
const KC: usize = 288;

/// `y[o, p] = bias[o] + Σₖ w[o, k] · field[shiftₖ + atₚ]` for neighbouring rows, set or added.
pub(super) struct Correlate<'a> {
    pub field: &'a Field,
    /// Fields of the rows, and what a vector may read beyond.
    pub fields: &'a [f32],
    pub rows: usize,
    /// The kernel six channels at a time, `[tile][k][6]`.
    pub weights: &'a [[f32; MR]],
    pub bias: Option<&'a [f32]>,
    pub y: &'a mut [f32],
    /// The distance between rows of the result.
    pub row: usize,
    /// The number of channels of the result.
    pub out: usize,
    pub add: bool,
}

type Tile<S> = [[<S as Simd>::f32s; 2]; MR];

/// A vector from `at` on.
#[inline(always)]
fn load<S: Simd>(values: &[f32], at: u32) -> S::f32s {
    let at = at as usize;
    S::as_simd_f32s(&values[at..at + S::F32_LANES]).0[0]
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (field, length) = (self.field, self.field.length());
        let (n, n_shifts) = (field.vectors.len(), field.shifts.len());
        // Blocks of one length: a short last one would cost a pass over the result for little.
        let block = n_shifts.div_ceil(n_shifts.div_ceil(KC).max(1)).max(1);
        for k0 in (0..n_shifts).step_by(block) {
            let shifts = &field.shifts[k0..n_shifts.min(k0 + block)];
            for pair in (0..n * self.rows).step_by(2) {
                let places = [pair, (pair + 1).min(n * self.rows - 1)].map(|i| (i / n, &field.vectors[i % n]));
                let at = places.map(|(row, vector)| row * length + vector.at);
                let span = self.fields.len() - at[0].max(at[1]);
                let from = at.map(|at| &self.fields[at..][..span]);
                let is_single = pair + 1 == n * self.rows;
                for (t, weights) in self.weights.chunks_exact(n_shifts).enumerate() {
                    let begin = self.start(simd, t, k0);
                    let tile = correlate(simd, begin, &weights[k0..][..shifts.len()], shifts, from);
                    let add = self.add || k0 > 0;
                    self.store(simd, &tile, t, 0, places[0], add);
                    if !is_single {
                        self.store(simd, &tile, t, 1, places[1], add);
                    }
                }
            }
        }
    }
}

impl Correlate<'_> {
    /// The sums as they begin: with the bias in the first block.
    #[inline(always)]
    fn start<S: Simd>(&self, simd: S, tile: usize, k0: usize) -> Tile<S> {
        let bias = |i: usize| match self.bias {
            Some(bias) if k0 == 0 => bias.get(tile * MR + i).copied().unwrap_or(0.0),
            _ => 0.0,
        };
        std::array::from_fn(|i| [simd.splat_f32s(bias(i)); 2])
    }

    /// Writes one of the two vectors of a tile.
    #[inline(always)]
    fn store<S: Simd>(
        &mut self,
        simd: S,
        tile: &Tile<S>,
        t: usize,
        which: usize,
        (row, vector): (usize, &Vector),
        add: bool,
    ) {
        let positions = self.field.positions();
        let begin = row * self.row + t * MR * positions;
        let channels = MR.min(self.out - t * MR);
        let pieces = self.field.pieces(vector);
        if let [piece] = pieces
            && piece.length == S::F32_LANES
        {
            for (i, tile) in tile.iter().enumerate().take(channels) {
                let at = begin + i * positions + piece.position;
                let (to, _) = S::as_mut_simd_f32s(&mut self.y[at..at + S::F32_LANES]);
                to[0] = if add { simd.add_f32s(to[0], tile[which]) } else { tile[which] };
            }
            return;
        }
        for (i, tile) in tile.iter().enumerate().take(channels) {
            let lanes: &[f32] = pulp::bytemuck::cast_slice(&tile[which..=which]);
            for piece in pieces {
                let to = &mut self.y[begin + i * positions + piece.position..][..piece.length];
                let lanes = &lanes[piece.lane..][..piece.length];
                to.iter_mut().zip(lanes).for_each(|(to, lane)| *to = if add { *to + lane } else { *lane });
            }
        }
    }
}

/// Adds the products of six values with two vectors.
#[inline(always)]
fn add_outer<S: Simd>(simd: S, tile: &mut Tile<S>, w: &[f32; MR], x: [S::f32s; 2]) {
    for (tile, w) in tile.iter_mut().zip(w) {
        let w = simd.splat_f32s(*w);
        tile[0] = simd.mul_add_f32s(w, x[0], tile[0]);
        tile[1] = simd.mul_add_f32s(w, x[1], tile[1]);
    }
}

/// Six channels by two vectors over a block of shifts. What is read is fetched a round ahead, so that it stays in registers.
#[inline(always)]
fn correlate<S: Simd>(simd: S, begin: Tile<S>, weights: &[[f32; MR]], shifts: &[u32], from: [&[f32]; 2]) -> Tile<S> {
    let mut tile = begin;
    let ([first, rest @ ..], [before @ .., last]) = (shifts, weights) else { return tile };
    let [a, b] = from;
    let mut x = [load::<S>(a, *first), load::<S>(b, *first)];
    for (w, shift) in before.iter().zip(rest) {
        let next = [load::<S>(a, *shift), load::<S>(b, *shift)];
        add_outer(simd, &mut tile, w, x);
        x = next;
    }
    add_outer(simd, &mut tile, last, x);
    tile
}

/// `into[o, k] += Σₚ dy[o, p] · field[shiftₖ + atₚ]` over neighbouring rows.
pub(super) struct KernelGradient<'a> {
    pub field: &'a Field,
    pub fields: &'a [f32],
    /// The gradient of the result by vectors, `[out][rows][vectors][lanes]`, zero in lanes that are no position.
    pub dy: &'a [f32],
    /// Where each of those vectors is read in the fields.
    pub at: &'a [u32],
    pub into: &'a mut [f32],
    /// Whether to add to what is there.
    pub add: bool,
}

impl WithSimd for KernelGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Twelve sums stay in registers; of the two shapes of a tile the one that leaves less of the last tile empty.
        let out = self.dy.len() / (self.at.len() * S::F32_LANES).max(1);
        if 8 * out.div_ceil(6) * 6 <= 7 * out.div_ceil(4) * 4 {
            self.tiles::<S, 6, 2>(simd)
        } else {
            self.tiles::<S, 4, 3>(simd)
        }
    }
}

impl KernelGradient<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const O: usize, const K: usize>(self, simd: S) {
        let Self { field, fields, dy, at, into, add } = self;
        let shifts = &field.shifts;
        let width = at.len() * S::F32_LANES;
        let out = dy.len() / width.max(1);
        let end = at.iter().copied().max().map_or(0, |at| at as usize + S::F32_LANES);
        for o0 in (0..out).step_by(O) {
            let dy: [&[S::f32s]; O] = std::array::from_fn(|i| {
                let row = &dy[(o0 + i).min(out - 1) * width..][..width];
                &S::as_simd_f32s(row).0[..at.len()]
            });
            for k0 in (0..shifts.len()).step_by(K) {
                let from: [&[f32]; K] =
                    std::array::from_fn(|i| &fields[shifts[(k0 + i).min(shifts.len() - 1)] as usize..][..end]);
                let tile = sum_products(simd, dy, from, at);
                for (i, sums) in tile.iter().enumerate().take(out - o0) {
                    let to = &mut into[(o0 + i) * shifts.len()..][..shifts.len()][k0..];
                    for (to, sum) in to.iter_mut().zip(sums) {
                        let sum = simd.reduce_sum_f32s(*sum);
                        *to = if add { *to + sum } else { sum };
                    }
                }
            }
        }
    }
}

/// The sums, lane by lane, of the products of each of some gradients with each of some views of the fields.
#[inline(always)]
fn sum_products<S: Simd, const O: usize, const K: usize>(
    simd: S,
    dy: [&[S::f32s]; O],
    from: [&[f32]; K],
    at: &[u32],
) -> [[S::f32s; K]; O] {
    let mut tile = [[simd.splat_f32s(0.0); K]; O];
    let mut add = |v: usize, x: [S::f32s; K]| {
        for (tile, dy) in tile.iter_mut().zip(&dy) {
            let d = dy[v];
            for (sum, x) in tile.iter_mut().zip(x) {
                *sum = simd.mul_add_f32s(d, x, *sum);
            }
        }
    };
    let Some((first, rest)) = at.split_first() else { return tile };
    let mut x = from.map(|from| load::<S>(from, *first));
    for (v, at) in rest.iter().enumerate() {
        let next = from.map(|from| load::<S>(from, *at));
        add(v, x);
        x = next;
    }
    add(rest.len(), x);
    tile
}
