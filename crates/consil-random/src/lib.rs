//! Counter-based randomness keyed by nested names.
//!
//! Every random number in the project is a pure function of a [`Key`]: the run's seed, and the path of names and numbers that leads
//! to what is drawn (a site, a round, a step, an operation). Nothing holds a generator between two steps, so a run repeats bit for
//! bit, resumes in the middle of an epoch, and does not depend on how many workers share the work.
//!
//! Keys *nest*: [`child`](Key::child) goes down by a name, [`at`](Key::at) by a number, and whatever is drawn below one key differs from
//! whatever is drawn below another. A function that is given a key may therefore name its own draws as it likes, without knowing
//! what its caller named.
//!
//! ```
//! use consil_random::Key;
//!
//! let site = Key::new(7).child("site").at(2).child("round").at(5);
//! let dropout = site.child("step").at(130).child("dropout");
//! assert_eq!(dropout.stream().uniform(), dropout.stream().uniform());
//! assert_ne!(dropout.stream().uniform(), site.child("dropout").stream().uniform());
//! ```
//!
//! The generator behind a key is ChaCha with eight rounds (Bernstein, 2008), whose 256-bit key is exactly the four 64-bit words of the
//! [`Key`]. Names are hashed into the last word; a number gives a key that the generator makes from its parent, the tree of
//! pseudo-random functions of Goldreich, Goldwasser and Micali (1986): who knows the child learns neither the parent nor the seed. The
//! distributions are written out here rather than taken from a crate, so that an upgrade of a dependency never changes a result.

mod ziggurat;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The version of the derivation of keys. A run records it, and goes on only under the version it began with.
///
/// Version 1 had a key of four fields (seed, client, step, operation) in which a second client or step overwrote the first. Streams at
/// paths of names alone, and [`Key::nth_stream`] below such paths, are the same in both.
pub const VERSION: u32 = 2;

/// The block of the generator, far beyond every stream of draws, at which it makes the keys of numbered children.
const CHILDREN: u64 = 1 << 62;

/// A place in the tree of random draws: a seed, and the names and numbers below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    words: [u64; 4],
}

impl Key {
    /// The root of a run's tree.
    pub const fn new(seed: u64) -> Self {
        Self { words: [seed, 0, 0, 0] }
    }

    /// The key below this one with a name. The order counts: `key.child("layer 3").child("dropout")` differs from
    /// `key.child("dropout").child("layer 3")`.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        let [seed, first, second, path] = self.words;
        Self { words: [seed, first, second, fnv1a(path, name.as_bytes())] }
    }

    /// The key below this one with a number: a site, a round, a step, a row. It tells nothing of its parent, so it can be handed to
    /// another party.
    #[must_use]
    pub fn at(self, number: u64) -> Self {
        let mut rng = self.generator(0);
        rng.set_stream(number);
        rng.set_word_pos(u128::from(CHILDREN) * 16);
        Self { words: std::array::from_fn(|_| rng.next_u64()) }
    }

    /// The stream of random numbers at this key; two calls give the same stream.
    pub fn stream(self) -> Stream {
        self.nth_stream(0)
    }

    /// One of the streams at this key, the first of which is [`Key::stream`]: for draws that are many and alike, such as
    /// resamples. It costs less than a child.
    pub fn nth_stream(self, number: u64) -> Stream {
        Stream { rng: self.generator(number) }
    }

    /// The key's 256 bits as four words, for a message or a file.
    pub const fn to_words(self) -> [u64; 4] {
        self.words
    }

    /// The key that [`Key::to_words`] wrote.
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self { words }
    }

    fn generator(self, number: u64) -> ChaCha8Rng {
        let [seed, first, second, path] = self.words;
        let mut bytes = [0u8; 32];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip([seed, first, second.wrapping_add(number), path]) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        ChaCha8Rng::from_seed(bytes)
    }
}

/// A stream of random numbers, made by [`Key::stream`] or [`Key::nth_stream`].
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// A uniform 64-bit word.
    pub fn word(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform on `[0, 1)` with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform on `0..n`, without bias (Lemire, 2019, "Fast random integer generation in an interval").
    ///
    /// # Panics
    /// If `n` is zero.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below(0): an empty range has no element to draw");
        let n = n as u64;
        loop {
            let wide = u128::from(self.word()) * u128::from(n);
            if wide as u64 >= n.wrapping_neg() % n {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Standard normal (Box and Muller, 1958; one of the pair is dropped so that every draw costs two words).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma with the given shape and scale 1 (Marsaglia and Tsang, 2000; their boost for shapes below 1).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.uniform()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A point of the `n`-simplex from the symmetric Dirichlet distribution with concentration `alpha`.
    pub fn dirichlet(&mut self, alpha: f64, n: usize) -> Vec<f64> {
        let mut draws: Vec<f64> = (0..n).map(|_| self.gamma(alpha).max(f64::MIN_POSITIVE)).collect();
        let total: f64 = draws.iter().sum();
        draws.iter_mut().for_each(|x| *x /= total);
        draws
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A uniform permutation of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }
}

/// The FNV-1a hash of bytes, continued from `state` (0 begins).
fn fnv1a(state: u64, bytes: &[u8]) -> u64 {
    let begin = if state == 0 { 0xcbf2_9ce4_8422_2325 } else { state ^ 0xff };
    bytes.iter().fold(begin, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mean_and_variance(n: usize, mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let xs: Vec<f64> = (0..n).map(|_| draw()).collect();
        let mean = xs.iter().sum::<f64>() / n as f64;
        (mean, xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64)
    }

    #[test]
    fn streams_are_pinned_across_versions() {
        // Checkpoints and published seeds depend on these words: a change here breaks resumed runs, and wants a new `VERSION`.
        let mut stream = Key::new(7).child("pin").stream();
        assert_eq!([stream.word(), stream.word()], PINNED);
        assert_eq!(Key::new(7).child("pin").at(3).to_words(), PINNED_CHILD);
    }

    const PINNED: [u64; 2] = [4_633_755_619_449_099_956, 560_777_633_270_917_772];
    const PINNED_CHILD: [u64; 4] =
        [9_846_337_923_961_810_661, 11_090_410_668_753_473_118, 8_069_162_618_724_680_249, 7_852_521_886_082_589_885];

    #[test]
    fn paths_of_names_and_their_streams_are_those_of_version_1() {
        // Version 1's own pin: client 1, step 2, operation "pin".
        let version_1 = Key::from_words([7, 1, 0, Key::new(0).child("pin").to_words()[3]]);
        let mut stream = version_1.nth_stream(2);
        assert_eq!([stream.word(), stream.word()], [2_722_858_629_510_585_615, 16_286_774_825_500_375_956]);
    }

    /// A step down the tree.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    enum Edge {
        Name(String),
        Number(u64),
    }

    fn edge() -> impl Strategy<Value = Edge> {
        prop_oneof![
            "[a-z0-9 ]{0,6}".prop_map(Edge::Name),
            (0u64..4).prop_map(Edge::Number),
            any::<u64>().prop_map(Edge::Number)
        ]
    }

    fn walk(seed: u64, path: &[Edge]) -> Key {
        path.iter().fold(Key::new(seed), |key, edge| match edge {
            Edge::Name(name) => key.child(name),
            Edge::Number(number) => key.at(*number),
        })
    }

    proptest! {
        /// Law: what is drawn at two different places differs, wherever they part: order, depth, names, numbers and seeds all count.
        #[test]
        fn keys_nest(
            a in prop::collection::vec(edge(), 0..6),
            b in prop::collection::vec(edge(), 0..6),
            seeds in prop::array::uniform2(0u64..3),
        ) {
            let same = a == b && seeds[0] == seeds[1];
            let (first, second) = (walk(seeds[0], &a), walk(seeds[1], &b));
            prop_assert_eq!(first == second, same);
            prop_assert_eq!(first.stream().word() == second.stream().word(), same);
        }

        /// Law: every prefix of a path draws apart from every other, so a site, its round, its step and its op each change the draw.
        #[test]
        fn each_level_changes_the_draw(site in 0u64..9, round in 0u64..9, step in 0u64..9, level in 0usize..4) {
            let key = |site, round, step, op| {
                Key::new(7).child("site").at(site).child("round").at(round).child("step").at(step).child(op)
            };
            let other = match level {
                0 => key(site + 1, round, step, "dropout"),
                1 => key(site, round + 1, step, "dropout"),
                2 => key(site, round, step + 1, "dropout"),
                _ => key(site, round, step, "augment"),
            };
            prop_assert_ne!(key(site, round, step, "dropout").stream().word(), other.stream().word());
        }

        #[test]
        fn words_give_the_key_back(path in prop::collection::vec(edge(), 0..4)) {
            let key = walk(3, &path);
            prop_assert_eq!(Key::from_words(key.to_words()), key);
        }
    }

    #[test]
    fn moments_match_the_distributions() {
        // 4 standard errors of the mean at n = 40,000.
        let n = 40_000;
        let mut s = Key::new(1).child("moments").stream();
        let (mean, var) = mean_and_variance(n, || s.normal());
        assert!(mean.abs() < 0.02 && (var - 1.0).abs() < 0.03, "normal: {mean} {var}");
        let (mean, var) = mean_and_variance(n, || s.uniform());
        assert!((mean - 0.5).abs() < 0.006 && (var - 1.0 / 12.0).abs() < 0.003, "uniform: {mean} {var}");
        for shape in [0.3, 1.0, 4.5] {
            let (mean, var) = mean_and_variance(n, || s.gamma(shape));
            let error = 4.0 * (shape / n as f64).sqrt();
            assert!((mean - shape).abs() < error, "gamma {shape}: mean {mean}");
            assert!((var - shape).abs() < 0.15 * shape, "gamma {shape}: variance {var}");
        }
    }

    #[test]
    fn a_permutation_holds_each_index_once() {
        let mut order = Key::new(3).stream().permutation(257);
        assert_ne!(order, (0..257).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..257).collect::<Vec<_>>());
    }

    #[test]
    fn dirichlet_lies_on_the_simplex() {
        for alpha in [0.01, 0.5, 100.0] {
            let p = Key::new(5).stream().dirichlet(alpha, 12);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(p.iter().all(|x| *x >= 0.0));
        }
    }
}
