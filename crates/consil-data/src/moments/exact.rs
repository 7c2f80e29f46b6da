//! Sums whose result does not depend on the order of their terms.
//!
//! Floating-point addition rounds, so that the sum of sums of parts differs from the sum of the whole, and statistics that
//! sites fit together would differ with how rows are divided. A sum of doubles is exact in fixed point: every finite
//! double is a whole multiple of 2⁻¹⁰⁷⁴, and 2,200 bits hold the sum of 2⁶³ of them (Kulisch and Miranker, 1981, "Computer
//! Arithmetic in Theory and Practice").

use serde::{Deserialize, Serialize};

/// 32-bit digits; digit `k` weighs `2^(32·k − BIAS)`.
const DIGITS: usize = 70;
const BIAS: i32 = 1088;
/// After this many additions digits carry over, long before 64 bits overflow.
const CARRY_AFTER: u32 = 1 << 30;

/// An exact sum of doubles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExactSum {
    digits: Vec<i64>,
    pending: u32,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { digits: vec![0; DIGITS], pending: 0 }
    }
}

impl ExactSum {
    /// Adds a finite number, several times.
    pub fn add(&mut self, x: f64, times: u32) {
        let bits = x.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        debug_assert!(exponent < 0x7ff, "only finite numbers have a sum");
        // A subnormal has the exponent of the smallest normal number and no hidden bit.
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        let shift = (exponent.max(1) - 1075 + BIAS) as usize;
        // 53 + 32 bits, moved by less than 32: four digits at most.
        let mut product = (u128::from(mantissa) * u128::from(times)) << (shift % 32);
        for digit in &mut self.digits[shift / 32..] {
            if product == 0 {
                break;
            }
            let part = (product & 0xffff_ffff) as i64;
            *digit += if x.is_sign_negative() { -part } else { part };
            product >>= 32;
        }
        self.pending += 1;
        if self.pending == CARRY_AFTER {
            self.carry();
        }
    }

    /// Adds the product of two numbers, exactly unless it is below the smallest normal double.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(product, 1);
        self.add(a.mul_add(b, -product), 1);
    }

    /// The sum as doubles of falling size, the first of which is its value: together they hold more than 150 bits of it.
    pub fn terms(&self) -> impl Iterator<Item = f64> {
        let mut rest = self.clone();
        (0..4).map(move |_| {
            let term = rest.value();
            rest.add(-term, 1);
            term
        })
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.carry();
        let mut other = other.clone();
        other.carry();
        self.digits.iter_mut().zip(&other.digits).for_each(|(mine, theirs)| *mine += theirs);
        self.carry();
    }

    /// The sum to the nearest double or its neighbour; equal sums give equal doubles.
    pub fn value(&self) -> f64 {
        let mut sum = self.clone();
        sum.carry();
        let is_negative = sum.digits[DIGITS - 1] < 0;
        if is_negative {
            sum.digits.iter_mut().for_each(|digit| *digit = -*digit);
            sum.carry();
        }
        let Some(highest) = sum.digits.iter().rposition(|digit| *digit != 0) else { return 0.0 };
        let lowest = highest.saturating_sub(2);
        let leading = sum.digits[lowest..=highest].iter().rev().fold(0u128, |n, digit| n << 32 | *digit as u128);
        // In two steps, since 2^(32·k − BIAS) alone may be no normal double.
        let exponent = 32 * lowest as i32 - BIAS;
        let magnitude = leading as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
        if is_negative { -magnitude } else { magnitude }
    }

    /// Brings all digits but the highest into 0 … 2³² − 1.
    fn carry(&mut self) {
        let mut carry = 0;
        let (highest, rest) = self.digits.split_last_mut().expect("a sum has digits");
        for digit in rest {
            let whole = *digit + carry;
            carry = whole >> 32;
            *digit = whole & 0xffff_ffff;
        }
        *highest += carry;
        self.pending = 0;
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.clone(), other.clone());
        a.carry();
        b.carry();
        a.digits == b.digits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(numbers: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        numbers.iter().for_each(|x| sum.add(*x, 1));
        sum
    }

    #[test]
    fn what_doubles_lose_is_kept() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]).value(), 1.0);
        assert_eq!(sum(&[f64::MAX, f64::MIN_POSITIVE, -f64::MAX]).value(), f64::MIN_POSITIVE);
        assert_eq!(sum(&[5e-324, 5e-324]).value(), 1e-323);
        assert_eq!(sum(&[-0.1, -0.2]).value(), -(0.1 + 0.2), "one rounding, as of two terms");
        assert_eq!(sum(&[]).value(), 0.0);
        let mut many = ExactSum::default();
        many.add(0.1, 4_000_000_000);
        // 4·10⁹ times the double nearest to 0.1.
        assert_eq!(many.value(), 400_000_000.0 + 4e9 * 5.551115123125783e-18);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_order_and_any_division_give_the_same_sum(
            numbers in prop::collection::vec(-1e300f64..1e300, 0..40),
            cut in 0usize..40,
        ) {
            let whole = sum(&numbers);
            let mut reversed = numbers.clone();
            reversed.reverse();
            prop_assert_eq!(&sum(&reversed), &whole);
            let (left, right) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = sum(left);
            merged.merge(&sum(right));
            prop_assert_eq!(merged.value().to_bits(), whole.value().to_bits());
        }

        #[test]
        fn whole_numbers_sum_as_integers_do(numbers in prop::collection::vec(-1_000_000_000i64..1_000_000_000, 0..60)) {
            let doubles: Vec<f64> = numbers.iter().map(|n| *n as f64).collect();
            prop_assert_eq!(sum(&doubles).value(), numbers.iter().sum::<i64>() as f64);
        }
    }
}
