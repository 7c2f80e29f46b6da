//! The laws of the module's documentation, for every aggregator, and each aggregator against a naive reference.

use std::sync::Arc;

use consil_layout::{Buffers, Entry, Layout, Role};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Aggregate, AggregateConfig};
use crate::cover::SentEntries;

const N_VALUES: usize = 5;
const N_TRAINED: usize = 4;

type Updates = Vec<(Vec<f32>, u32)>;

/// Three trained values, another one, and a buffer.
fn entries() -> Arc<SentEntries> {
    let entry = |name: &str, n, role| Entry::f32(name, [n], role);
    let all = vec![entry("a", 3, Role::Shared), entry("b", 1, Role::Shared), entry("c", 1, Role::Buffer)];
    Arc::new(SentEntries::new(&Layout::new(all).unwrap(), Buffers::Average))
}

fn aggregate(config: AggregateConfig, updates: &Updates) -> Aggregate {
    let entries = entries();
    let mut aggregator = config.build(&entries);
    for (update, n) in updates {
        let parts: Vec<_> = entries.parts(&[0, 1, 2], update).collect();
        aggregator.add(&parts, 1.0, f64::from(*n));
    }
    aggregator.finish()
}

/// Σ nᵢ Δᵢ / Σ nᵢ as McMahan et al. write it.
fn weighted_mean(updates: &Updates) -> Vec<f64> {
    let total: f64 = updates.iter().map(|(_, n)| f64::from(*n)).sum();
    (0..N_VALUES).map(|i| updates.iter().map(|(u, n)| f64::from(*n) / total * f64::from(u[i])).sum()).collect()
}

/// The mean of what is left when the extremes are removed one pair at a time.
fn peeled_mean(updates: &Updates, trim: f64) -> Vec<f64> {
    let peel = |i: usize| {
        let mut column: Vec<f64> = updates.iter().map(|(u, _)| f64::from(u[i])).collect();
        for _ in 0..(trim * updates.len() as f64) as usize {
            for extreme in [f64::max as fn(f64, f64) -> f64, f64::min] {
                let value = column.iter().copied().reduce(extreme).unwrap();
                column.remove(column.iter().position(|x| *x == value).unwrap());
            }
        }
        column.iter().sum::<f64>() / column.len() as f64
    };
    (0..N_VALUES).map(peel).collect()
}

/// The dispersion about a centre, from its definition.
fn dispersion(updates: &Updates, center: &[f64]) -> f64 {
    let total: f64 = updates.iter().map(|(_, n)| f64::from(*n)).sum();
    let squared = |u: &[f32]| (0..N_TRAINED).map(|i| (f64::from(u[i]) - center[i]).powi(2)).sum::<f64>();
    updates.iter().map(|(u, n)| f64::from(*n) * squared(u)).sum::<f64>() / total
}

/// Within a hundred roundings of `f64` at the size of the values, which are below 10³.
fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 100.0 * f64::EPSILON * 1e3)
}

/// What a difference of two sums of four squares below 10⁶ may be off by.
const SQUARES: f64 = 1e-15 * 4e6;

fn updates() -> impl Strategy<Value = Updates> {
    vec((vec(-1e3f32..1e3, N_VALUES), 1u32..10_000), 1..12)
}

fn configs() -> impl Strategy<Value = AggregateConfig> {
    prop_oneof![Just(AggregateConfig::Mean), (0.0..0.49).prop_map(|trim| AggregateConfig::TrimmedMean { trim })]
}

proptest! {
    #[test]
    fn the_mean_is_weighted(updates in updates()) {
        let Aggregate { update, dispersion: spread } = aggregate(AggregateConfig::Mean, &updates);
        let mean = weighted_mean(&updates);
        prop_assert!(close(&update, &mean), "{update:?} {mean:?}");
        let expected = dispersion(&updates, &mean);
        prop_assert!((spread - expected).abs() <= SQUARES, "{spread} {expected}");
    }

    #[test]
    fn trimmed_mean_is_what_peeling_leaves(updates in updates(), trim in 0.0..0.49) {
        let Aggregate { update, dispersion: spread } = aggregate(AggregateConfig::TrimmedMean { trim }, &updates);
        let center = peeled_mean(&updates, trim);
        prop_assert!(close(&update, &center), "{update:?} {center:?}");
        let expected = dispersion(&updates, &center);
        prop_assert!((spread - expected).abs() <= 1e-12 * (1.0 + expected), "{spread} {expected}");
    }

    #[test]
    fn the_order_changes_no_bit(
        config in configs(),
        (updates, shuffled) in updates().prop_flat_map(|u| (Just(u.clone()), Just(u).prop_shuffle())),
    ) {
        prop_assert_eq!(aggregate(config, &updates), aggregate(config, &shuffled));
    }

    #[test]
    fn one_client_is_the_identity(config in configs(), update in vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), N_VALUES), n in 1u32..) {
        let Aggregate { update: mean, dispersion } = aggregate(config, &vec![(update.clone(), n)]);
        let back: Vec<f32> = mean.iter().map(|x| *x as f32).collect();
        prop_assert_eq!(back, update);
        let squares: f64 = mean[..N_TRAINED].iter().map(|x| x * x).sum();
        prop_assert!(dispersion <= 1e-15 * squares, "{dispersion}");
    }

    #[test]
    fn clients_that_agree_are_heard_and_do_not_disperse(config in configs(), update in vec(-1e3f32..1e3, N_VALUES), counts in vec(1u32..10_000, 1..12)) {
        let updates: Updates = counts.into_iter().map(|n| (update.clone(), n)).collect();
        let Aggregate { update: mean, dispersion } = aggregate(config, &updates);
        let exact: Vec<f64> = update.iter().map(|x| f64::from(*x)).collect();
        prop_assert!(close(&mean, &exact));
        prop_assert!(dispersion <= SQUARES, "{dispersion}");
    }

    #[test]
    fn a_shift_of_all_shifts_the_aggregate(config in configs(), updates in updates(), shift in -500i16..500) {
        // Values on a grid of 1/8, so that the shifted `f32` are exact.
        let grid = |x: f32| (x * 8.0).round() / 8.0;
        let snapped: Updates = updates.iter().map(|(u, n)| (u.iter().map(|x| grid(*x)).collect(), *n)).collect();
        let shifted: Updates = snapped.iter().map(|(u, n)| (u.iter().map(|x| x + f32::from(shift)).collect(), *n)).collect();
        let expected: Vec<f64> = aggregate(config, &snapped).update.iter().map(|x| x + f64::from(shift)).collect();
        prop_assert!(close(&aggregate(config, &shifted).update, &expected));
    }

    #[test]
    fn a_trimmed_minority_cannot_leave_the_honest_range(honest in vec(-1.0f32..1.0, 7), lies in vec(-1e30f32..1e30, 3)) {
        // Ten sites, three of which lie: a trim of 0.3 leaves three out at each end.
        let updates: Updates = honest.iter().chain(&lies).map(|x| (vec![*x; N_VALUES], 1)).collect();
        let center = aggregate(AggregateConfig::TrimmedMean { trim: 0.3 }, &updates).update[0];
        let low = honest.iter().copied().fold(f32::INFINITY, f32::min);
        let high = honest.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        prop_assert!((f64::from(low)..=f64::from(high)).contains(&center), "{center} outside [{low}, {high}]");
    }
}

#[test]
fn each_parameter_is_averaged_over_the_updates_that_cover_it() {
    let entries = entries();
    for config in [AggregateConfig::Mean, AggregateConfig::TrimmedMean { trim: 0.1 }] {
        let mut aggregator = config.build(&entries);
        aggregator.add(&[(0, &[1.0, 2.0, 3.0]), (2, &[5.0])], 1.0, 2.0);
        aggregator.add(&[(2, &[7.0])], 1.0, 2.0);
        // a from the one client that has it, nothing of b, c from both.
        assert_eq!(aggregator.finish().update, [1.0, 2.0, 3.0, 0.0, 6.0]);
    }
}

#[test]
fn of_no_updates_the_aggregate_is_zero() {
    for config in [AggregateConfig::Mean, AggregateConfig::TrimmedMean { trim: 0.1 }] {
        let zero = Aggregate { update: vec![0.0; N_VALUES], dispersion: 0.0 };
        assert_eq!(aggregate(config, &Vec::new()), zero);
    }
}
