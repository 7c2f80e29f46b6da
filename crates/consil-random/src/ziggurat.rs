//! Many normal numbers at a time, by the ziggurat of Marsaglia and Tsang (2000, "The Ziggurat Method for Generating Random Variables").
//!
//! The area under `exp(−x²/2)` for x ≥ 0 is cut into 128 layers of one area: rectangles that lie one on the other, and the lowest with the tail beside it. A
//! draw chooses a layer and a point of its rectangle; in 98.8 of 100 cases the point lies below the curve by the table alone, without a
//! logarithm or a cosine. In the others the curve itself decides, so that the distribution is exact. Layer, sign and point take
//! bits of their own (Doornik, 2005, showed what sharing them does).

use std::sync::LazyLock;

use crate::Stream;

const LAYERS: usize = 128;
/// Where the tail begins, and the area of a layer.
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

/// The layers from the lowest up.
struct Table {
    /// How far each rectangle reaches; the lowest is as wide as its area asks for.
    edge: [f32; LAYERS + 1],
    /// `exp(−x²/2)` at those places.
    height: [f32; LAYERS + 1],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let density = |x: f64| (-0.5 * x * x).exp();
    let mut edges = [0.0; LAYERS + 1];
    edges[0] = AREA / density(TAIL);
    edges[1] = TAIL;
    for i in 2..LAYERS {
        // The layer below ends where the curve has risen by its area over its width.
        edges[i] = (-2.0 * (AREA / edges[i - 1] + density(edges[i - 1])).ln()).sqrt();
    }
    Table { edge: edges.map(|x| x as f32), height: edges.map(|x| density(x) as f32) }
});

impl Stream {
    /// Adds independent normal numbers of mean zero and a standard deviation to values. Each takes half a word of the stream, and rarely more; they
    /// are not those of [`Stream::normal`].
    pub fn add_normals(&mut self, values: &mut [f32], deviation: f32) {
        let table = &*TABLE;
        for pair in values.chunks_mut(2) {
            let word = self.word();
            for (value, bits) in pair.iter_mut().zip([word as u32, (word >> 32) as u32]) {
                *value += deviation * self.normal_of(table, bits);
            }
        }
    }

    /// A normal number of 32 random bits: 7 for the layer, one for the sign, 23 for the point.
    #[inline]
    fn normal_of(&mut self, table: &Table, bits: u32) -> f32 {
        let (layer, x, sign) = point(table, bits);
        if x < table.edge[layer + 1] { sign * x } else { self.beside(table, bits) }
    }

    /// The cases that the table alone does not decide.
    #[cold]
    fn beside(&mut self, table: &Table, mut bits: u32) -> f32 {
        loop {
            let (layer, x, sign) = point(table, bits);
            if x < table.edge[layer + 1] {
                return sign * x;
            }
            if layer == 0 {
                return sign * self.tail() as f32;
            }
            let [low, high] = [table.height[layer], table.height[layer + 1]].map(f64::from);
            if low + (high - low) * self.uniform() < (-0.5 * f64::from(x) * f64::from(x)).exp() {
                return sign * x;
            }
            bits = self.word() as u32;
        }
    }

    /// A normal number given that it lies beyond where the tail begins (Marsaglia, 1964).
    fn tail(&mut self) -> f64 {
        loop {
            let x = -(1.0 - self.uniform()).ln() / TAIL;
            if -2.0 * (1.0 - self.uniform()).ln() > x * x {
                return TAIL + x;
            }
        }
    }
}

/// A layer, a point of its rectangle, and a sign.
#[inline]
fn point(table: &Table, bits: u32) -> (usize, f32, f32) {
    let layer = (bits & 127) as usize;
    // One of the middles of 2²³ equal parts, all of which f32 has.
    let part = ((bits >> 9) as f32 + 0.5) * (1.0 / (1u32 << 23) as f32);
    (layer, part * table.edge[layer], if bits & 128 == 0 { 1.0 } else { -1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    /// Φ(x) by the series of Marsaglia (2004): ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …).
    fn distribution(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..400 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
    }

    #[test]
    fn layers_have_one_area() {
        let Table { edge, height } = &*TABLE;
        assert_eq!(height[LAYERS], 1.0);
        for i in 1..LAYERS {
            let area = f64::from(edge[i]) * f64::from(height[i + 1] - height[i]);
            // Heights are rounded to f32, 6e-8 of at most 1 each, over a width of at most 3.5.
            assert!((area - AREA).abs() < 5e-7, "layer {i}: {area}");
        }
        // ∫ exp(−x²/2) beyond the tail's beginning, and the rectangle beside it.
        let tail = (1.0 - distribution(TAIL)) * std::f64::consts::TAU.sqrt();
        assert!((TAIL * (-0.5 * TAIL * TAIL).exp() + tail - AREA).abs() < 1e-11);
    }

    #[test]
    fn draws_are_normal_in_the_middle_between_layers_and_in_the_tail() {
        let n = 4_000_000;
        let mut draws = vec![0.0f32; n];
        Key::new(1).child("normals").stream().add_normals(&mut draws, 1.0);
        // Edges a fifth apart within ±4, and what is beyond.
        let edge = |i: usize| 0.2 * i as f64 - 4.0;
        let mut counts = [0usize; 42];
        draws.iter().for_each(|x| counts[(((f64::from(*x) + 4.0) / 0.2).floor() + 1.0).clamp(0.0, 41.0) as usize] += 1);
        let below = |i: usize| if i > 40 { 1.0 } else { distribution(edge(i)) };
        let chi_squared: f64 = (0..42)
            .map(|i| {
                let expected = n as f64 * (below(i) - if i == 0 { 0.0 } else { below(i - 1) });
                (counts[i] as f64 - expected).powi(2) / expected
            })
            .sum();
        // 41 degrees of freedom: mean 41, standard deviation 9; one in a million lies beyond 95.
        assert!(chi_squared < 95.0, "{chi_squared}");
        let moment = |k: i32| draws.iter().map(|x| f64::from(*x).powi(k)).sum::<f64>() / n as f64;
        // Five standard errors: √(1, 2, 15, 96) / √n.
        for (k, expected, variance) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 5.0 * (variance / n as f64).sqrt();
            assert!((moment(k) - expected).abs() < error, "moment {k}: {}", moment(k));
        }
        // Neighbours, which share a word, do not hang together: their correlation has a standard error of 1/√n.
        let together = draws.chunks_exact(2).map(|pair| f64::from(pair[0] * pair[1])).sum::<f64>() / (n / 2) as f64;
        assert!(together.abs() < 5.0 / ((n / 2) as f64).sqrt(), "{together}");
    }

    #[test]
    fn they_are_added_at_their_scale_and_follow_the_key() {
        let draw = |key: Key, deviation: f32, n: usize| {
            let mut values = vec![10.0; n];
            key.stream().add_normals(&mut values, deviation);
            values
        };
        let (one, two) = (draw(Key::new(3), 1.0, 101), draw(Key::new(3), 2.0, 101));
        // 10 + x rounds to 2⁻²⁰.
        assert!(one.iter().zip(&two).all(|(a, b)| (2.0 * (a - 10.0) - (b - 10.0)).abs() < 1e-5));
        assert_eq!(one, draw(Key::new(3), 1.0, 101));
        assert_ne!(one, draw(Key::new(4), 1.0, 101));
        assert_eq!(draw(Key::new(3), 0.0, 3), [10.0; 3]);
    }
}
