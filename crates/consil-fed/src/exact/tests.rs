//! The laws of the module's documentation, against Shewchuk's partials.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// The correctly rounded sum by Shewchuk's (1997) non-overlapping partials, rounded as Python's `math.fsum` does.
fn fsum(terms: &[f64]) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for term in terms {
        let (mut x, mut kept) = (*term, Vec::new());
        for y in &partials {
            let (large, small) = if x.abs() < y.abs() { (*y, x) } else { (x, *y) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                kept.push(low);
            }
            x = high;
        }
        kept.push(x);
        partials = kept;
    }
    let mut rest = partials.into_iter().rev();
    let mut high = rest.next().unwrap_or(0.0);
    let mut low = 0.0;
    for y in rest.by_ref() {
        let x = high;
        high = x + y;
        low = y - (high - x);
        if low != 0.0 {
            break;
        }
    }
    // A tie that the next partial breaks.
    if let Some(next) = rest.next()
        && low * next > 0.0
    {
        let twice = low * 2.0;
        let candidate = high + twice;
        if candidate - high == twice {
            high = candidate;
        }
    }
    high
}

/// Numbers of every size whose sums stay finite.
fn numbers() -> impl Strategy<Value = f64> {
    (any::<bool>(), 0u64..1 << 52, 0u64..2000).prop_map(|(negative, fraction, exponent)| {
        f64::from_bits(u64::from(negative) << 63 | exponent << 52 | fraction)
    })
}

/// Numbers near each other, whose sums cancel.
fn near() -> impl Strategy<Value = f64> {
    (-1000i64..1000, -40i32..40).prop_map(|(m, e)| m as f64 * 2f64.powi(e))
}

fn sum(terms: &[f64]) -> f64 {
    let mut sum = ExactSum::default();
    terms.iter().for_each(|term| sum.add(*term));
    sum.value()
}

proptest! {
    #[test]
    fn a_sum_is_fsums(terms in prop_oneof![vec(numbers(), 0..30), vec(near(), 0..200)]) {
        prop_assert_eq!(sum(&terms), fsum(&terms), "{:?}", terms);
    }

    #[test]
    fn the_order_changes_no_bit(
        (terms, shuffled) in vec(numbers(), 0..30).prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle())),
    ) {
        prop_assert_eq!(sum(&terms).to_bits(), sum(&shuffled).to_bits());
    }

    #[test]
    fn vectors_add_at_their_places(
        parts in vec((0usize..500, vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 0..300), -1000i32..1000), 0..6),
    ) {
        let n = 800;
        let mut sums = ExactSums::zeros(n);
        let mut terms = vec![Vec::new(); n];
        for (start, values, factor) in &parts {
            let factor = f64::from(*factor);
            sums.add(*start, values, factor);
            values.iter().enumerate().for_each(|(i, x)| terms[start + i].push(f64::from(*x) * factor));
        }
        let expected: Vec<f64> = terms.iter().map(|terms| fsum(terms)).collect();
        prop_assert_eq!(sums.values(), expected);
    }
}

#[test]
fn the_ends_of_the_range() {
    assert_eq!(sum(&[]), 0.0);
    let tiny = f64::from_bits(1);
    assert_eq!(sum(&[tiny, tiny, tiny]), f64::from_bits(3));
    assert_eq!(sum(&[f64::MAX, tiny, -f64::MAX]), tiny);
    assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
    assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
    // Half a unit beyond 2⁵³ is a tie, which the last term breaks.
    let big = 2f64.powi(53);
    assert_eq!(sum(&[big, 1.0]), big);
    assert_eq!(sum(&[big, 1.0, tiny]), big + 2.0);
    assert_eq!(sum(&[-big, -1.0, -tiny]), -big - 2.0);
}

#[test]
fn many_terms_carry() {
    let mut sums = ExactSums::zeros(1);
    (0..100_000).for_each(|_| sums.add(0, &[1.5], 3.0));
    assert_eq!(sums.values(), [450_000.0]);
}

#[test]
fn updates_of_one_model_take_two_words_a_value() {
    // Differences of weights near 0.1: the last bit of such a difference is at least 2⁻²⁸ and its size below 2⁻³.
    let mut sums = ExactSums::zeros(BLOCK);
    for client in 1..=100u16 {
        let values: Vec<f32> = (0..BLOCK).map(|i| (0.1 + i as f32 * 1e-4 * f32::from(client)) - 0.1).collect();
        sums.add(0, &values, f64::from(client) * 37.0);
    }
    assert!(sums.blocks.iter().all(|block| block.n_words <= 2), "{:?}", sums.blocks[0].n_words);
}
