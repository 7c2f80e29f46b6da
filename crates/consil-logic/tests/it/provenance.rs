//! Semirings: their laws, and what they say of programs, against enumeration of worlds and derivations by hand.

use consil_logic::{
    Absorptive, Boolean, Budget, Count, Counting, Engine, Goal, LeafSet, MaxProduct, MinMax, Plan, Probability,
    Program, Semiring, TopK, Tropical, Workspace,
};
use proptest::prelude::*;
use std::fmt::Debug;
use std::sync::Arc;

fn plan(text: &str, query: &str) -> Arc<Plan> {
    let engine = Engine::new(Program::parse("test.pl", text).unwrap_or_else(|error| panic!("{error}"))).unwrap();
    engine.plan(&Goal::new(query.parse().unwrap()), &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The laws of a commutative semiring, up to `same`.
fn laws<S: Semiring>(s: &S, [a, b, c]: &[S::Value; 3], same: impl Fn(&S::Value, &S::Value) -> bool) {
    let (zero, one) = (s.zero(), s.one());
    let check = |law: &str, x: S::Value, y: S::Value| assert!(same(&x, &y), "{law}: {x:?} is not {y:?}");
    check("⊕ commutes", s.add(a, b), s.add(b, a));
    check("⊕ associates", s.add(&s.add(a, b), c), s.add(a, &s.add(b, c)));
    check("0 is neutral", s.add(a, &zero), a.clone());
    check("⊗ commutes", s.multiply(a, b), s.multiply(b, a));
    check("⊗ associates", s.multiply(&s.multiply(a, b), c), s.multiply(a, &s.multiply(b, c)));
    check("1 is neutral", s.multiply(a, &one), a.clone());
    check("⊗ distributes", s.multiply(a, &s.add(b, c)), s.add(&s.multiply(a, b), &s.multiply(a, c)));
    check("0 annihilates", s.multiply(a, &zero), zero.clone());
}

fn absorbs<S: Absorptive>(s: &S, [a, b, _]: &[S::Value; 3], same: impl Fn(&S::Value, &S::Value) -> bool) {
    let one = s.one();
    assert!(same(&s.add(&one, a), &one), "1 ⊕ a = 1");
    assert!(same(&s.add(a, a), a), "a ⊕ a = a");
    assert!(same(&s.add(a, &s.multiply(a, b)), a), "a ⊕ ab = a");
}

fn equal<T: PartialEq + Debug>(a: &T, b: &T) -> bool {
    a == b
}

/// Three values, each at most a few roundings from what another order of operations gives.
fn near(a: &f64, b: &f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * (1.0 + a.abs())
}

const SLOTS: usize = 6;

fn top_k(k: usize) -> TopK {
    let probabilities = vec![0.5, 0.5, 0.25, 0.75, 0.125, 0.875];
    TopK { k, probabilities, groups: vec![0, 0, 1, 1, 2, 2], failures: Vec::new() }
}

/// Sets of leaves as sums of products, so that they are values of the semiring.
fn sets(s: &TopK, products: &[Vec<usize>]) -> Vec<LeafSet> {
    use consil_logic::Provenance;
    let product = |slots: &Vec<usize>| slots.iter().fold(s.one(), |all, &slot| s.multiply(&all, &s.leaf(slot)));
    products.iter().fold(s.zero(), |sum, slots| s.add(&sum, &product(slots)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold(
        bits in any::<[bool; 3]>(),
        numbers in [0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64],
        counts in [0..9u128, 0..9u128, 0..9u128],
        infinite in any::<[bool; 3]>(),
        products in prop::collection::vec(prop::collection::vec(prop::collection::vec(0..SLOTS, 0..=3), 0..=3), 3),
    ) {
        let boolean = Boolean { holds: Vec::new() };
        laws(&boolean, &bits, equal);
        absorbs(&boolean, &bits, equal);
        let counts: [Count; 3] = std::array::from_fn(|i| if infinite[i] { Count::Infinite } else { Count::Finite(counts[i]) });
        laws(&Counting, &counts, equal);
        let min_max = MinMax { degrees: Vec::new() };
        laws(&min_max, &numbers, equal);
        absorbs(&min_max, &numbers, equal);
        let tropical = Tropical { costs: Vec::new() };
        laws(&tropical, &numbers, near);
        absorbs(&tropical, &numbers, near);
        laws(&Probability, &numbers, near);
        laws(&MaxProduct, &numbers, near);
        // Six slots have fewer than 64 sets, so that none is lost.
        let all = top_k(64);
        let lists: [Vec<LeafSet>; 3] = std::array::from_fn(|i| sets(&all, &products[i]));
        laws(&all, &lists, equal);
        absorbs(&all, &lists, equal);
    }
}

const TRIANGLE: &str = "0.5::e(a, b). 0.25::e(b, c). 0.75::e(a, c). 0.3::blocked.
    p(X, Y) :- e(X, Y).
    p(X, Y) :- e(X, Z), p(Z, Y).
    q(Y) :- p(a, Y), \\+ blocked.";

#[test]
fn derivations_are_counted() {
    // From one corner of a grid to the other, right and down: 20 ways over 3 × 3 steps.
    let mut grid = String::from("p(X, X).\np(X, Y) :- e(X, Z), p(Z, Y).\n");
    for i in 0..4 {
        for j in 0..4 {
            grid += &format!("0.5::e(v({i}, {j}), v({}, {j})). 0.5::e(v({i}, {j}), v({i}, {})).\n", i + 1, j + 1);
        }
    }
    assert_eq!(plan(&grid, "p(v(0, 0), v(3, 3))").provenance(0, &Counting), Count::Finite(20));
    let cycle = format!("{TRIANGLE}\n0.5::e(b, a).");
    assert_eq!(plan(&cycle, "p(a, c)").provenance(0, &Counting), Count::Infinite);
    assert_eq!(plan(TRIANGLE, "p(a, c)").provenance(0, &Counting), Count::Finite(2));
    // A cycle elsewhere, which the answer can never leave, makes it no larger.
    let aside = format!("{TRIANGLE}\n0.5::e(c, d). 0.5::e(d, c).");
    assert_eq!(plan(&aside, "p(a, b)").provenance(0, &Counting), Count::Finite(1));
}

#[test]
fn degrees_and_costs_take_the_best_derivation() {
    let plan = plan(TRIANGLE, "q(c)");
    let weights: Vec<f64> = plan.default_log_weights().iter().map(|w| w.exp()).collect();
    // max(0.75, min(0.5, 0.25)) and the complement of 0.3.
    assert_eq!(plan.provenance(0, &MinMax { degrees: weights.clone() }), 0.7);
    let costs: Vec<f64> = weights.iter().map(|p| -p.ln()).collect();
    let cheapest = plan.provenance(0, &Tropical { costs });
    assert!((cheapest + 0.75f64.ln()).abs() < 1e-12);
}

#[test]
fn the_best_sets_bound_the_probability_from_below() {
    let plan = plan(TRIANGLE, "q(c)");
    let logs = plan.default_log_weights();
    let probabilities: Vec<f64> = logs.iter().map(|w| w.exp()).collect();
    let groups: Vec<usize> =
        plan.groups().iter().enumerate().flat_map(|(id, group)| group.slots.clone().map(move |_| id)).collect();
    let semiring =
        |k| TopK { k, probabilities: probabilities.clone(), groups: groups.clone(), failures: plan.failures(&logs) };
    let sets = plan.provenance(0, &semiring(5));
    let found: Vec<f64> = sets.iter().map(|set| (set.probability * 1e6).round() / 1e6).collect();
    assert_eq!(found, [0.525, 0.0875], "0.75 × 0.7 and 0.5 × 0.25 × 0.7");
    assert_eq!(plan.provenance(0, &semiring(1)), sets[..1]);
}

#[test]
fn a_circuit_in_the_semiring_of_probabilities_is_the_probability() {
    let plan = plan(TRIANGLE, "q(c)");
    let logs = plan.default_log_weights();
    let weights: Vec<f64> = logs.iter().map(|w| w.exp()).collect();
    let mut ws = Workspace::new();
    plan.forward_f64(&logs, &mut ws);
    let exact = (1.0 - 0.25 * (1.0 - 0.5 * 0.25)) * 0.7;
    assert!((plan.evaluate(0, &Probability, &weights) - exact).abs() < 1e-12);
    assert!((ws.log_prob(0, 0).exp() - exact).abs() < 1e-12);
}

#[test]
fn a_world_decides_every_answer() {
    let plan = plan(&format!("{TRIANGLE}\n0.5::e(b, a). 0.5::e(c, b)."), "q(c)");
    let groups = plan.groups().to_vec();
    let names: Vec<String> = groups.iter().map(|group| group.label(group.slots.start).to_string()).collect();
    for world in 0..1u32 << groups.len() {
        let on = |name: &str| names.iter().position(|other| other == name).is_some_and(|at| world >> at & 1 == 1);
        let mut holds = vec![false; plan.n_slots()];
        for (at, group) in groups.iter().enumerate() {
            holds[group.slots.start + usize::from(world >> at & 1 == 0)] = true;
        }
        let expected = !on("blocked") && (on("e(a, c)") || (on("e(a, b)") && on("e(b, c)")));
        assert_eq!(plan.provenance(0, &Boolean { holds }), expected);
    }
}
