//! Convolution and the gradient of its kernel straight from fields: tiles of the result stay in registers while the shifts pass by.

use pulp::bytemuck::{cast_slice, pod_read_unaligned};
use pulp::{NullaryFnOnce, Simd, WithSimd};

use super::field::{Field, Run, Vector};

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
fn load<S: Simd>(values: &[f32], at: usize) -> S::f32s {
    pod_read_unaligned(cast_slice(&values[at..at + S::F32_LANES]))
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (field, length) = (self.field, self.field.length());
        let (n, n_shifts, run) = (field.vectors.len(), field.shifts.len(), field.run.length());
        // Blocks of one length, in whole runs: a short last one would cost a pass over the result for little.
        let block = n_shifts.div_ceil(n_shifts.div_ceil(KC).max(1)).max(1).next_multiple_of(run);
        for k0 in (0..n_shifts).step_by(block) {
            let shifts = &field.shifts[k0..n_shifts.min(k0 + block)];
            for pair in (0..n * self.rows).step_by(2) {
                let places = [pair, (pair + 1).min(n * self.rows - 1)].map(|i| (i / n, &field.vectors[i % n]));
                let [at, next] = places.map(|(row, vector)| row * length + vector.at);
                let (from, apart) = (&self.fields[at..], next - at);
                let is_single = pair + 1 == n * self.rows;
                for (t, weights) in self.weights.chunks_exact(n_shifts).enumerate() {
                    let begin = self.begin(t, k0);
                    let weights = &weights[k0..][..shifts.len()];
                    let sums = TileSums { simd, begin, weights, shifts, from, apart };
                    // What a run adds to is known when this is compiled: its reads are then checked once for all its shifts.
                    let tile = match field.run {
                        Run::One => simd.vectorize(Runs::<S, 1, false>(sums)),
                        Run::Up3 => simd.vectorize(Runs::<S, 3, false>(sums)),
                        Run::Down3 => simd.vectorize(Runs::<S, 3, true>(sums)),
                        Run::Up5 => simd.vectorize(Runs::<S, 5, false>(sums)),
                        Run::Down5 => simd.vectorize(Runs::<S, 5, true>(sums)),
                    };
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
    /// What the sums of a tile begin with: the bias in the first block.
    fn begin(&self, tile: usize, k0: usize) -> [f32; MR] {
        let bias = self.bias.filter(|_| k0 == 0).and_then(|bias| bias.get(tile * MR..)).unwrap_or_default();
        std::array::from_fn(|i| bias.get(i).copied().unwrap_or(0.0))
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
            let lanes: &[f32] = cast_slice(&tile[which..=which]);
            for piece in pieces {
                let to = &mut self.y[begin + i * positions + piece.position..][..piece.length];
                let lanes = &lanes[piece.lane..][..piece.length];
                to.iter_mut().zip(lanes).for_each(|(to, lane)| *to = if add { *to + lane } else { *lane });
            }
        }
    }
}

/// Six channels by two vectors over a block of shifts.
struct TileSums<'a, S> {
    simd: S,
    /// What each channel begins with.
    begin: [f32; MR],
    weights: &'a [[f32; MR]],
    shifts: &'a [u32],
    from: &'a [f32],
    /// How far the second vector lies behind the first.
    apart: usize,
}

/// The same where the shifts are runs of `K` neighbours, downwards or upwards.
struct Runs<'a, S, const K: usize, const DOWN: bool>(TileSums<'a, S>);

impl<S: Simd, const K: usize, const DOWN: bool> NullaryFnOnce for Runs<'_, S, K, DOWN> {
    type Output = Tile<S>;

    #[inline(always)]
    fn call(self) -> Tile<S> {
        let TileSums { simd, begin, weights, shifts, from, apart } = self.0;
        let mut tile = [[simd.splat_f32s(0.0); 2]; MR];
        for (tile, begin) in tile.iter_mut().zip(begin) {
            *tile = [simd.splat_f32s(begin); 2];
        }
        let read = S::F32_LANES + K - 1;
        for (run, weights) in shifts.as_chunks::<K>().0.iter().zip(weights.as_chunks::<K>().0) {
            let at = run[if DOWN { K - 1 } else { 0 }] as usize;
            let from = &from[at..];
            let (first, second) = (&from[..read], &from[apart..apart + read]);
            for (k, weights) in weights.iter().enumerate() {
                let at = if DOWN { K - 1 - k } else { k };
                let x = [load::<S>(first, at), load::<S>(second, at)];
                for (tile, w) in tile.iter_mut().zip(weights) {
                    let w = simd.splat_f32s(*w);
                    tile[0] = simd.mul_add_f32s(w, x[0], tile[0]);
                    tile[1] = simd.mul_add_f32s(w, x[1], tile[1]);
                }
            }
        }
        tile
    }
}

/// How many channels a tile of the kernel's gradient has: of the two shapes the one that leaves less of the last tile empty.
pub(super) fn gradient_height(out: usize) -> usize {
    if 8 * out.next_multiple_of(6) <= 7 * out.next_multiple_of(4) { 6 } else { 4 }
}

/// `into[o, k] = Σₚ dy[o, p] · field[shiftₖ + atₚ]` over neighbouring rows, set or added.
pub(super) struct KernelGradient<'a> {
    pub field: &'a Field,
    pub fields: &'a [f32],
    /// The gradient of the result, `[tile][rows][vectors][height][lanes]`; zero in lanes that are no position and channels that there are not.
    pub dy: &'a [f32],
    /// The channels of a tile, by [`gradient_height`].
    pub height: usize,
    /// Where each of those vectors is read in the fields.
    pub at: &'a [u32],
    /// `[out, k]`.
    pub into: &'a mut [f32],
    pub add: bool,
}

impl WithSimd for KernelGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Twelve sums stay in registers.
        if self.height == 6 { self.tiles::<S, 6, 2>(simd) } else { self.tiles::<S, 4, 3>(simd) }
    }
}

impl KernelGradient<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const O: usize, const K: usize>(self, simd: S) {
        let Self { field, fields, dy, at, into, add, .. } = self;
        let shifts = &field.shifts;
        let end = at.iter().copied().max().map_or(0, |at| at as usize + S::F32_LANES);
        let tiles = S::as_simd_f32s(dy).0.as_chunks::<O>().0.chunks_exact(at.len());
        for (dy, into) in tiles.zip(into.chunks_mut(O * shifts.len())) {
            for k0 in (0..shifts.len()).step_by(K) {
                let from = |i: usize| &fields[shifts[(k0 + i).min(shifts.len() - 1)] as usize..][..end];
                let tile = sum_products::<S, O, K>(simd, dy, std::array::from_fn(from), at);
                for (into, sums) in into.chunks_exact_mut(shifts.len()).zip(&tile) {
                    for (to, sum) in into[k0..].iter_mut().zip(sums) {
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
    dy: &[[S::f32s; O]],
    from: [&[f32]; K],
    at: &[u32],
) -> [[S::f32s; K]; O] {
    let mut tile = [[simd.splat_f32s(0.0); K]; O];
    let mut add = |dy: &[S::f32s; O], x: [S::f32s; K]| {
        for (tile, dy) in tile.iter_mut().zip(dy) {
            for (sum, x) in tile.iter_mut().zip(x) {
                *sum = simd.mul_add_f32s(*dy, x, *sum);
            }
        }
    };
    let ([first, rest @ ..], [before @ .., last]) = (at, dy) else { return tile };
    let mut x = from.map(|from| load::<S>(from, *first as usize));
    for (dy, at) in before.iter().zip(rest) {
        add(dy, x);
        x = from.map(|from| load::<S>(from, *at as usize));
    }
    add(last, x);
    tile
}
