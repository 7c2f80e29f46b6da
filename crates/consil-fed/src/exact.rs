//! Exact sums of floating-point numbers: a superaccumulator in a window of exponents that grows as it is needed.
//!
//! Floating-point addition is not associative, so a sum of clients' updates depends on the order in which they arrive. An exact sum
//! does not: each term is a whole number of units 2ᵇ, whole numbers add without error in any order, and only the finished sum is rounded,
//! once, to the nearest `f64`. Kulisch (1971) proposed a register as wide as the whole range of exponents, 2,200 bits a number. Updates of
//! one model need far less: here a block of neighbouring values shares one window of 64-bit words, which begins narrow and grows downwards or
//! upwards when a term does not fit. A federation's updates mostly need two words, 16 bytes a value.
//!
//! Laws, tested: the result is that of `fsum` (Shewchuk, 1997) to the last bit; every order of the terms gives the same bits.

#[cfg(test)]
mod tests;

/// How many neighbouring values share a window.
const BLOCK: usize = 256;

/// The number of bits in a word.
const WORD: i32 = u64::BITS as i32;

/// Exact sums of vectors `[n_values]`.
#[derive(Clone, Debug)]
pub struct ExactSums {
    n_values: usize,
    blocks: Vec<Block>,
}

impl ExactSums {
    /// Sums of nothing yet.
    pub fn zeros(n_values: usize) -> Self {
        let sizes = (0..n_values).step_by(BLOCK).map(|start| BLOCK.min(n_values - start));
        Self { n_values, blocks: sizes.map(Block::zeros).collect() }
    }

    /// Adds `factor · values[i]` to sum `start + i`, each product rounded to `f64` (exact for a whole factor below 2²⁹) and the addition
    /// exact.
    ///
    /// # Panics
    /// If the values reach beyond the last sum, or a product is not finite.
    pub fn add(&mut self, start: usize, values: &[f32], factor: f64) {
        assert!(start + values.len() <= self.n_values, "values beyond the last sum");
        let mut terms = [0.0; BLOCK];
        let mut rest = values;
        let mut at = start;
        while !rest.is_empty() {
            let (block, first) = (at / BLOCK, at % BLOCK);
            let (these, others) = rest.split_at(rest.len().min(BLOCK - first));
            terms.iter_mut().zip(these).for_each(|(term, x)| *term = f64::from(*x) * factor);
            self.blocks[block].add(first, &terms[..these.len()]);
            at += these.len();
            rest = others;
        }
    }

    /// The sums, each rounded once to the nearest `f64`, ties to even.
    pub fn values(&self) -> Vec<f64> {
        let mut words = Vec::new();
        self.blocks.iter().flat_map(|block| block.values(&mut words)).collect()
    }
}

/// The exact sum of numbers.
#[derive(Clone, Debug)]
pub struct ExactSum {
    block: Block,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { block: Block::zeros(1) }
    }
}

impl ExactSum {
    /// Adds a number.
    ///
    /// # Panics
    /// If it is not finite.
    pub fn add(&mut self, term: f64) {
        self.block.add(0, &[term]);
    }

    /// The sum, rounded once to the nearest `f64`.
    pub fn value(&self) -> f64 {
        self.block.values(&mut Vec::new())[0]
    }
}

/// Sums in one window of exponents: two's complement integers of `n_words` words, least significant first, in units of 2^base.
#[derive(Clone, Debug)]
struct Block {
    n_values: usize,
    n_words: usize,
    /// The exponent of the lowest bit, a multiple of 64.
    base: i32,
    /// An exponent that every term is below.
    above: i32,
    n_terms: u64,
    /// `[n_values, n_words]`.
    words: Vec<u64>,
}

impl Block {
    fn zeros(n_values: usize) -> Self {
        Self { n_values, n_words: 0, base: 0, above: i32::MIN, n_terms: 0, words: Vec::new() }
    }

    /// Adds a term to each of the sums from `first` on.
    fn add(&mut self, first: usize, terms: &[f64]) {
        let exponents = terms.iter().filter_map(|term| Parts::new(*term)).map(|parts| (parts.exponent, parts.above()));
        let Some((low, above)) = exponents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
        self.n_terms += 1;
        self.above = self.above.max(above);
        self.make_room(low);
        for (i, term) in terms.iter().enumerate() {
            if let Some(parts) = Parts::new(*term) {
                let sum = (first + i) * self.n_words;
                add_to(&mut self.words[sum..sum + self.n_words], parts, self.base);
            }
        }
    }

    /// Widens the window until it holds units of 2^low and, with a bit for the sign, every possible sum of the terms so far.
    fn make_room(&mut self, low: i32) {
        let lowest = low.div_euclid(WORD) * WORD;
        let base = if self.n_words == 0 { lowest } else { self.base.min(lowest) };
        // n terms below 2^above have a sum below 2^(above + ⌈log₂(n + 1)⌉).
        let carries = (u64::BITS - self.n_terms.leading_zeros()) as i32;
        let n_bits = self.above + carries + 1 - base;
        let needed = usize::try_from(n_bits.div_euclid(WORD) + 1).expect("every term is above the lowest unit");
        if self.n_words == 0 {
            (self.base, self.n_words) = (base, needed);
            self.words = vec![0; self.n_values * needed];
            return;
        }
        let below = usize::try_from((self.base - base) / WORD).expect("the base only falls");
        let n_words = needed.max(self.n_words + below);
        if (base, n_words) == (self.base, self.n_words) {
            return;
        }
        let mut words = vec![0; self.n_values * n_words];
        for (new, old) in words.chunks_exact_mut(n_words).zip(self.words.chunks_exact(self.n_words)) {
            let (own, above) = new[below..].split_at_mut(old.len());
            own.copy_from_slice(old);
            above.fill(sign_of(old));
        }
        (self.base, self.n_words, self.words) = (base, n_words, words);
    }

    /// The sums rounded to `f64`; `magnitude` is room to work in.
    fn values(&self, magnitude: &mut Vec<u64>) -> Vec<f64> {
        if self.n_words == 0 {
            return vec![0.0; self.n_values];
        }
        let round = |sum: &[u64]| {
            magnitude.clear();
            magnitude.extend_from_slice(sum);
            if sign_of(sum) == 0 {
                return rounded(magnitude, self.base);
            }
            negate(magnitude);
            -rounded(magnitude, self.base)
        };
        self.words.chunks_exact(self.n_words).map(round).collect()
    }
}

/// A finite number that is not zero, as `mantissa · 2^exponent` with an odd mantissa.
#[derive(Clone, Copy)]
struct Parts {
    mantissa: i64,
    exponent: i32,
}

impl Parts {
    fn new(x: f64) -> Option<Self> {
        const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
        assert!(x.is_finite(), "an exact sum takes finite terms");
        let bits = x.to_bits();
        let fraction = (bits & ((1 << FRACTION) - 1)) as i64;
        let field = ((bits >> FRACTION) & 0x7ff) as i32;
        // A field of zero marks zero and the subnormal numbers, which have no leading one.
        let (mantissa, exponent) =
            if field == 0 { (fraction, -1074) } else { (fraction | 1 << FRACTION, field - 1075) };
        if mantissa == 0 {
            return None;
        }
        let zeros = mantissa.trailing_zeros();
        let odd = mantissa >> zeros;
        Some(Self { mantissa: if x < 0.0 { -odd } else { odd }, exponent: exponent + zeros as i32 })
    }

    /// The least exponent that the number's size is below.
    fn above(self) -> i32 {
        self.exponent + WORD - self.mantissa.unsigned_abs().leading_zeros() as i32
    }
}

/// Adds a number to a two's complement sum in units of 2^base.
fn add_to(sum: &mut [u64], parts: Parts, base: i32) {
    let shift = (parts.exponent - base) as usize;
    let (first, shift) = (shift / WORD as usize, shift % WORD as usize);
    // 53 bits moved by at most 63 fit 128; every word above them repeats the sign.
    let wide = i128::from(parts.mantissa) << shift;
    let (low, high, sign) = (wide as u64, (wide >> WORD) as u64, (wide >> (2 * WORD - 1)) as u64);
    let term = [low, high].into_iter().chain(std::iter::repeat(sign));
    let mut carry = false;
    for (word, part) in sum[first..].iter_mut().zip(term) {
        let (with_part, over) = word.overflowing_add(part);
        let (with_carry, over_again) = with_part.overflowing_add(u64::from(carry));
        *word = with_carry;
        carry = over | over_again;
    }
}

/// The word that would follow a two's complement number: all zeros, or all ones.
fn sign_of(words: &[u64]) -> u64 {
    words.last().map_or(0, |top| (*top as i64 >> (WORD - 1)) as u64)
}

fn negate(words: &mut [u64]) {
    let mut carry = true;
    for word in words {
        let (negated, over) = (!*word).overflowing_add(u64::from(carry));
        *word = negated;
        carry = over;
    }
}

/// A whole number of units 2^base as the nearest `f64`.
fn rounded(magnitude: &[u64], base: i32) -> f64 {
    let Some(top) = magnitude.iter().rposition(|word| *word != 0) else { return 0.0 };
    let zeros = magnitude[top].leading_zeros();
    let (below, rest) = match top {
        0 => (0, &[][..]),
        _ => (magnitude[top - 1], &magnitude[..top - 1]),
    };
    // The 64 bits from the leading one on; what is lost below them is marked in the last, so that a tie is seen as none.
    let both = u128::from(magnitude[top]) << WORD | u128::from(below);
    let window = (both << zeros >> WORD) as u64;
    let lost = (both << zeros) as u64 != 0 || rest.iter().any(|word| *word != 0);
    let exponent = base + top as i32 * WORD - zeros as i32;
    times_power_of_two((window | u64::from(lost)) as f64, exponent)
}

/// `x · 2^exponent`; exact unless it leaves the range of `f64`.
fn times_power_of_two(mut x: f64, mut exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
    while exponent.abs() > 1000 {
        let part = exponent.signum() * 1000;
        x *= power(part);
        exponent -= part;
    }
    x * power(exponent)
}
