//! Tasks beyond marginals on random programs, against the enumeration of every world.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::worlds::enumerate::World;
use crate::worlds::generate::{Case, propositional};
use consil_logic::{
    Budget, Certificate, DecisionProblem, Engine, Given, Goal, LeafKind, Plan, Program, ReasonError, SamplingConfig,
    Term,
};
use consil_random::Key;
use proptest::prelude::*;

/// A few dozen roundings.
const TOLERANCE: f64 = 1e-9;

fn engine(text: &str) -> Engine {
    Engine::new(Program::parse("test.pl", text).unwrap_or_else(|error| panic!("{error}\n{text}"))).unwrap()
}

fn plan(case: &Case, query: &str) -> Option<Arc<Plan>> {
    let plan = engine(&case.to_string()).plan(&Goal::new(query.parse().unwrap()), &Budget::default());
    match plan {
        Err(error) if *error.root() == ReasonError::ImpossibleEvidence => None,
        plan => Some(plan.unwrap_or_else(|error| panic!("{error}\n{case}"))),
    }
}

/// For each group of a plan the clause of the case, and for each of its slots the head that it stands for.
fn clauses(case: &Case, plan: &Plan) -> Vec<usize> {
    let uncertain = |clause: &crate::worlds::generate::Clause| clause.heads.iter().any(|(p, _)| *p != 100);
    let chance: Vec<usize> = (0..case.clauses.len()).filter(|&at| uncertain(&case.clauses[at])).collect();
    let of_group = |kind: &LeafKind| match kind {
        LeafKind::Choice { clause, .. } => chance[*clause],
        other => panic!("{other:?}"),
    };
    plan.groups().iter().map(|group| of_group(&group.kind)).collect()
}

/// The mass of each combination of classes of a plan's groups, of the worlds in which the evidence and `query` hold. Heads
/// of probability zero keep their slots.
fn masses(case: &Case, plan: &Plan, query: Option<&str>) -> BTreeMap<Vec<usize>, f64> {
    let clauses = clauses(case, plan);
    let mut masses = BTreeMap::new();
    World::each(case, &mut |chosen, model, weight| {
        let observed = case.evidence.iter().all(|(atom, holds)| model.contains(atom.as_str()) == *holds);
        if observed && query.is_none_or(|query| model.contains(query)) {
            let slot = |(group, &clause): (usize, &usize)| {
                let slots = plan.groups()[group].slots.clone();
                slots.start + chosen[clause].unwrap_or(slots.len() - 1)
            };
            *masses.entry(clauses.iter().enumerate().map(slot).collect()).or_insert(0.0) += weight;
        }
    });
    masses
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    for query in case.queries.iter().step_by(4) {
        let Some(plan) = plan(case, query) else { continue };
        let logs = plan.default_log_weights();
        for (given, condition) in [(Given::Evidence, None), (Given::Answer(0), Some(query.as_str()))] {
            let masses = masses(case, &plan, condition);
            let total: f64 = masses.values().sum();
            let posteriors = plan.posteriors(given, &logs);
            let best = plan.most_probable_world(given, &logs);
            let every_other: Vec<usize> = (0..plan.groups().len()).step_by(2).collect();
            let map = plan.map(given, &every_other, &logs, &Budget::default());
            let worlds = plan.sample_worlds(given, &logs, 50, Key::new(7));
            if total == 0.0 {
                prop_assert!(posteriors.is_none() && best.is_none() && map.is_none() && worlds.is_none());
                continue;
            }
            for (slot, got) in posteriors.unwrap().into_iter().enumerate() {
                let with = masses.iter().filter(|(slots, _)| slots.contains(&slot)).map(|(_, mass)| mass).sum::<f64>();
                prop_assert!((got - with / total).abs() < TOLERANCE, "slot {slot}: {got}, {}\n{case}", with / total);
            }
            let largest = masses.values().copied().fold(0.0, f64::max);
            let best = best.unwrap();
            prop_assert!((masses[&best.slots] - largest).abs() < TOLERANCE, "{query}\n{case}");
            prop_assert!((best.log_probability.exp() - largest).abs() < TOLERANCE);
            let mut partial: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
            for (slots, mass) in &masses {
                *partial.entry(every_other.iter().map(|&group| slots[group]).collect()).or_insert(0.0) += mass;
            }
            let map = map.unwrap();
            let largest = partial.values().copied().fold(0.0, f64::max);
            prop_assert_eq!(map.certificate, Certificate::Exact);
            prop_assert!((map.probability - largest).abs() < TOLERANCE, "{} {}\n{}", map.probability, largest, case);
            prop_assert!((partial[&map.slots] - largest).abs() < TOLERANCE);
            for world in worlds.unwrap() {
                prop_assert!(masses[&world.slots] > 0.0, "a drawn world is possible");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn posteriors_explanations_and_draws(case in propositional()) {
        check(&case)?;
    }

    /// At 99.99 % confidence, sixteen programs of three queries would fail once in two hundred runs were the interval tight;
    /// Chernoff's is not, and the key is fixed.
    #[test]
    fn estimates_cover_the_truth(case in propositional()) {
        let engine = engine(&case.to_string());
        for query in case.queries.iter().step_by(5) {
            let sampler = engine.sampler(&Goal::new(query.parse().unwrap()), &Budget::default()).unwrap();
            let config = SamplingConfig { n_samples: 200, confidence: 0.9999 };
            let (value, certificate) =
                sampler.estimate(&sampler.default_log_weights(), &config, Key::new(3), &Budget::default())[0];
            let Certificate::Estimate { lower, upper, n_samples, .. } = certificate else { panic!("{certificate}") };
            match World::probability(&case, query) {
                Some(expected) => prop_assert!(lower <= expected && expected <= upper, "{expected} {certificate}\n{case}"),
                None => prop_assert!(value.is_nan() && n_samples == 0),
            }
        }
    }

    /// The first clauses' probabilities become decisions: every strategy is tried.
    #[test]
    fn strategies_are_the_best(case in propositional(), values in prop::collection::vec(-9..=9i32, 12)) {
        let mut case = case;
        case.evidence.clear();
        let decisions: Vec<String> = (0..3).map(|at| format!("decide{at}")).collect();
        let mut text = format!(":- dynamic {}.\n", decisions.iter().map(|name| format!("{name}/0")).collect::<Vec<_>>().join(", "));
        for (at, clause) in case.clauses.iter_mut().enumerate().take(6) {
            clause.body.push((at % 2 == 0, decisions[at % 3].clone()));
        }
        text += &case.to_string();
        for (atom, value) in case.queries.iter().zip(&values) {
            text += &format!("utility({atom}, {value}).\n");
        }
        text += &format!("utility(\\+ {}, 2).\nutility(decide0, -1).\n", case.queries[3]);
        let problem = DecisionProblem {
            decisions: decisions.iter().map(|name| name.parse().unwrap()).collect(),
            ..DecisionProblem::default()
        };
        let strategy = engine(&text).decide(&problem, &Budget::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let utility = |taken: [bool; 3]| {
            let mut world = case.clone();
            for (name, taken) in decisions.iter().zip(taken) {
                let body = if taken { vec![] } else { vec![(true, name.clone())] };
                // First, so that the reference has it before any clause that negates it.
                world.clauses.insert(0, crate::worlds::generate::Clause { heads: vec![(100, name.clone())], body, stratum: 0 });
            }
            let p = |atom: &str| World::probability(&world, atom).unwrap();
            let sum: f64 = case.queries.iter().zip(&values).map(|(atom, value)| f64::from(*value) * p(atom)).sum();
            sum + 2.0 * (1.0 - p(&case.queries[3])) - p("decide0")
        };
        let all = (0..8).map(|bits: u32| utility([bits & 1 == 1, bits & 2 == 2, bits & 4 == 4]));
        let best = all.fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(strategy.certificate, Certificate::Exact);
        let summed: f64 = strategy.outcomes.iter().map(|one| one.utility * one.probability).sum();
        prop_assert!((summed - strategy.expected_utility).abs() < TOLERANCE);
        prop_assert!((strategy.expected_utility - best).abs() < 1e-7, "{} {}\n{}", strategy.expected_utility, best, text);
        let taken: Vec<bool> = strategy.decisions.iter().map(|decision| decision.holds).collect();
        prop_assert!((utility([taken[0], taken[1], taken[2]]) - best).abs() < 1e-7);
    }
}

/// Draws have the posterior's frequencies: each of 20,000 draws is a coin, so four standard deviations are 0.0142 at most.
#[test]
fn draws_follow_the_posterior() {
    let engine = engine("0.2::a. 0.6::b; 0.3::c. 0.5::d :- a.\ne :- a, d.\ne :- b.\nevidence(e).");
    let plan = engine.plan(&Goal::new("d".parse().unwrap()), &Budget::default()).unwrap();
    let logs = plan.default_log_weights();
    let posteriors = plan.posteriors(Given::Evidence, &logs).unwrap();
    let worlds = plan.sample_worlds(Given::Evidence, &logs, 20_000, Key::new(1)).unwrap();
    for (slot, expected) in posteriors.iter().enumerate() {
        let share = worlds.iter().filter(|world| world.slots.contains(&slot)).count() as f64 / 20_000.0;
        assert!((share - expected).abs() < 0.0142, "{share} {expected}");
    }
}

/// The example of the DTProbLog paper's introduction: an umbrella against rain and wind.
#[test]
fn the_umbrella() {
    let engine = engine(
        ":- dynamic umbrella/0, raincoat/0.
        0.3::rainy. 0.5::windy.
        broken_umbrella :- umbrella, rainy, windy.
        dry :- rainy, umbrella, \\+ broken_umbrella.
        dry :- rainy, raincoat.
        dry :- \\+ rainy.
        utility(broken_umbrella, -40). utility(raincoat, -20). utility(umbrella, -2). utility(dry, 60).",
    );
    let decisions = ["umbrella", "raincoat"].map(|name| name.parse::<Term>().unwrap()).to_vec();
    let problem = DecisionProblem { decisions, ..DecisionProblem::default() };
    let strategy = engine.decide(&problem, &Budget::default()).unwrap();
    let holds: Vec<bool> = strategy.decisions.iter().map(|decision| decision.holds).collect();
    assert_eq!(holds, [true, false]);
    // 60 · (0.7 + 0.15) − 2 − 40 · 0.15
    assert!((strategy.expected_utility - 43.0).abs() < 1e-9);
}

/// `?::` in the program: for each ground instance a decision, and what a rule with a decision has beside it still counts.
#[test]
fn decisions_of_a_program() {
    let engine = engine(
        "person(1). person(2). 0.5::rich(1). 0.1::rich(2).
        ?::market(P) :- person(P).
        ?::never. ?::late :- rich(1).
        buys(P) :- market(P), rich(P).
        utility(buys(_), 5) :- fail.
        utility(buys(P), 5) :- person(P). utility(market(P), -2) :- person(P). utility(late, 3).",
    );
    let strategy = engine.decide(&DecisionProblem::default(), &Budget::default()).unwrap();
    let taken: Vec<String> =
        strategy.decisions.iter().filter(|one| one.holds).map(|one| one.atom.to_string()).collect();
    assert_eq!(taken, ["late", "market(1)"]);
    // 5 · 0.5 − 2 for the first, and late holds only where 1 is rich.
    assert!((strategy.expected_utility - (0.5 + 1.5)).abs() < 1e-9, "{}", strategy.expected_utility);
    assert_eq!(strategy.decisions.len(), 3, "no utility depends on `never`");
    // It reads back as it was written.
    let again = Program::parse("again.pl", &engine.program().to_string()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(Engine::new(again).unwrap().decide(&DecisionProblem::default(), &Budget::default()).unwrap(), strategy);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// A few derivations bound the probability from below, all of them are the probability, and more are never worth less.
    #[test]
    fn the_best_derivations_are_a_lower_bound(case in propositional()) {
        let mut case = case;
        case.evidence.clear();
        let engine = engine(&case.to_string());
        for query in case.queries.iter().step_by(3) {
            let exact = World::probability(&case, query).unwrap();
            let goal = Goal::new(query.parse().unwrap());
            let mut before = 0.0;
            for k in [0, 1, 2, 4, 1000] {
                let best = &engine.k_best(&goal, k, &Budget::default()).unwrap()[0];
                prop_assert!(best.n_derivations <= k.max(1));
                prop_assert!(best.probability <= exact + TOLERANCE, "{query}, k = {k}: {} {exact}\n{case}", best.probability);
                prop_assert!(best.probability >= before - TOLERANCE);
                match best.certificate {
                    Certificate::Exact => prop_assert!((best.probability - exact).abs() < TOLERANCE, "{k} {query} {case}"),
                    other => prop_assert_eq!(other, Certificate::Bounds { lower: best.probability, upper: 1.0 }),
                }
                prop_assert!(k < 1000 || best.certificate == Certificate::Exact);
                before = best.probability;
            }
        }
    }
}

/// 2^18 derivations are more than a search tries: what it has not met may be there, so that nothing is exact.
#[test]
fn a_search_that_is_cut_short_says_so() {
    let text = "0.5::a(N) :- between(1, 18, N). 0.5::b(N) :- between(1, 18, N). one(N) :- a(N). one(N) :- b(N). \
        all(0). all(N) :- N > 0, one(N), M is N - 1, all(M).";
    let engine = Engine::new(Program::parse("p.pl", text).unwrap()).unwrap();
    let goal = Goal::new("all(18)".parse().unwrap());
    let best = &engine.k_best(&goal, 1_000_000, &Budget::default()).unwrap()[0];
    assert!(matches!(best.certificate, Certificate::Bounds { .. }), "{best:?}");
    let small = &engine.k_best(&Goal::new("all(3)".parse().unwrap()), 1_000_000, &Budget::default()).unwrap()[0];
    assert_eq!((small.certificate, small.n_derivations), (Certificate::Exact, 8));
    let plan = engine.plan(&goal, &Budget::default()).unwrap();
    let weights: Vec<f32> = plan.default_log_weights().iter().map(|weight| *weight as f32).collect();
    assert!(!plan.search_proofs(0, &weights, 10).is_cut_short);
}
