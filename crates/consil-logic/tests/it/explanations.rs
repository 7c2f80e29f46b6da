//! Explanations: sensitivities against finite differences, and what is shown, in full.

use std::sync::Arc;

use crate::worlds::generate::propositional;
use consil_logic::{Budget, Engine, Goal, Plan, Program, Proof, Workspace};
use proptest::prelude::*;

fn engine(text: &str) -> Engine {
    Engine::new(Program::parse("test.pl", text).unwrap_or_else(|error| panic!("{error}\n{text}"))).unwrap()
}

fn plan(text: &str, query: &str) -> Arc<Plan> {
    engine(text).plan(&Goal::new(query.parse().unwrap()), &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sensitivities_are_finite_differences(case in propositional()) {
        let engine = engine(&case.to_string());
        let mut ws = Workspace::new();
        for query in case.queries.iter().step_by(3) {
            let Ok(plan) = engine.plan(&Goal::new(query.parse().unwrap()), &Budget::default()) else { continue };
            let logs = plan.default_log_weights();
            let mut value = |logs: &[f64]| {
                plan.forward_f64(logs, &mut ws);
                ws.log_prob(0, 0).exp()
            };
            let at_rest = value(&logs);
            if at_rest.is_nan() {
                continue;
            }
            for one in plan.sensitivities(0, &logs, &mut Workspace::new(), &Budget::default()).unwrap() {
                let group = plan.groups()[one.group].slots.clone();
                let moved = |p: f64| {
                    let mut logs = logs.clone();
                    let scale = (1.0 - p) / (1.0 - one.probability);
                    group.clone().for_each(|slot| logs[slot] += scale.ln());
                    logs[one.slot] = p.ln();
                    logs
                };
                let certain = value(&moved(1.0));
                prop_assert!(certain.is_nan() == one.if_certain.is_nan());
                prop_assert!(certain.is_nan() || (certain - one.if_certain).abs() < 1e-9, "{} {}\n{}", query, certain, case);
                let h = 1e-6;
                if one.probability < 2.0 * h || one.probability > 1.0 - 2.0 * h {
                    continue;
                }
                let slope = (value(&moved(one.probability + h)) - value(&moved(one.probability - h))) / (2.0 * h);
                // Rounding of 1e-15 over 2e-6, and a curvature of 1 / P(evidence)², which evidence of one percent makes large.
                let tolerance = 1e-6 * (1.0 + one.derivative.abs()).powi(3);
                prop_assert!((slope - one.derivative).abs() < tolerance, "{} {} {}\n{}", query, slope, one.derivative, case);
            }
        }
    }
}

#[test]
fn the_fact_that_matters_most_comes_first() {
    let plan = plan("0.1::a. 0.5::b. 0.9::c. x :- a. x :- b, c.", "x");
    let found: Vec<(String, f64)> = plan
        .sensitivities(0, &plan.default_log_weights(), &mut Workspace::new(), &Budget::default())
        .unwrap()
        .iter()
        .map(|one| (plan.groups()[one.group].describe(one.slot), (one.derivative * 1e6).round() / 1e6))
        .collect();
    // ∂/∂b = 0.9 · 0.9, ∂/∂a = 1 − 0.45, ∂/∂c = 0.5 · 0.9.
    assert_eq!(found, [("b".to_owned(), 0.81), ("a".to_owned(), 0.55), ("c".to_owned(), 0.45)]);
}

const SMALL: &str = "0.25::a. 0.5::b. says(\"<hi>\") :- a, \\+ b, 1 < 2.";

#[test]
fn a_proof_as_data_and_as_a_picture() {
    let plan = plan(SMALL, "says(X)");
    let weights: Vec<f32> = plan.default_log_weights().iter().map(|&w| w as f32).collect();
    let proof = &plan.proofs(0, &weights, 1)[0];
    assert_eq!(
        proof.to_json(),
        "{\"probability\":0.125,\"tree\":{\"goal\":\"says(\\\"<hi>\\\")\",\"kind\":\"rule\",\"children\":[\
         {\"goal\":\"a\",\"kind\":\"leaf\",\"probability\":0.25,\"label\":\"a\",\"children\":[]},\
         {\"goal\":\"\\\\+ b\",\"kind\":\"negated\",\"probability\":0.5,\"children\":[]},\
         {\"goal\":\"1 < 2\",\"kind\":\"certain\",\"children\":[]}]}}"
    );
    let svg = proof.to_svg();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains(">says(\"&lt;hi&gt;\")</text>") && svg.contains(">a  [0.25, a]</text>"), "{svg}");
    assert_eq!((svg.matches("<text").count(), svg.matches("<path").count(), svg.matches("<rect").count()), (5, 3, 3));
    let both = Proof::all_to_svg(&[proof.clone(), proof.clone()]);
    assert_eq!(
        (both.matches("<svg").count(), both.matches("<text").count(), both.matches("<path").count()),
        (1, 10, 6)
    );
    let height = |svg: &str| -> usize {
        svg.split_once("height=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0.parse().unwrap()
    };
    assert_eq!(height(&both), 2 * height(&svg), "one stands below the other");
}

#[test]
fn graphs_to_draw() {
    let plan = plan("0.25::a. 0.5::b. x :- a. x :- \\+ b.", "x");
    let expected = "digraph derivations {
  node [fontname=\"monospace\"];
  g0 [label=\"'$query'\"];
  a0 [shape=point];
  g0 -> a0;
  a0 -> g1;
  g1 [label=\"x\"];
  a1 [shape=point];
  g1 -> a1;
  a1 -> s0;
  a2 [shape=point];
  g1 -> a2;
  a2 -> g2 [style=dashed, label=\"not\"];
  g2 [label=\"b\"];
  a3 [shape=point];
  g2 -> a3;
  a3 -> s2;
  s0 [label=\"a\", shape=box];
  s2 [label=\"b\", shape=box];
}
";
    // Alternatives come in the order of evaluation, which a change of the engine may turn around.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&plan.derivation_dot()).len(), sorted(expected).len(), "{}", plan.derivation_dot());
    for line in
        ["[label=\"x\"]", "[style=dashed, label=\"not\"]", "[label=\"a\", shape=box]", "[label=\"b\", shape=box]"]
    {
        assert!(plan.derivation_dot().contains(line), "{line} in\n{}", plan.derivation_dot());
    }
    let circuit = plan.circuit_dot();
    assert!(
        circuit.starts_with("digraph circuit {") && circuit.contains("r0 [label=\"x\", shape=plaintext]"),
        "{circuit}"
    );
    // a decided, then b: two sums over classes, one product.
    assert_eq!(circuit.matches("label=\"×\"").count(), 1, "{circuit}");
}

#[test]
fn the_nearest_rules_that_failed() {
    let engine = engine(
        "0.5::edge(a, b). 0.5::edge(b, c). edge(d, d).
         path(X, Y) :- edge(X, Y).
         path(X, Y) :- edge(X, Z), path(Z, Y).
         good(X) :- path(X, Y), Y \\= X, edge(Y, d), path(X, d).
         good(X) :- edge(X, X).",
    );
    let why = engine.why_not(&"good(c)".parse().unwrap(), &Budget::default()).unwrap();
    assert!(!why.is_possible);
    let why = engine.why_not(&"good(a)".parse().unwrap(), &Budget::default()).unwrap();
    assert_eq!(
        why.to_string(),
        "no world has good(a)
  good(a) :- edge(a, a)
    fails: edge(a, a)
      no world has edge(a, a)
        no clause has a head that matches it
  good(a) :- path(a, b), b \\= a, edge(b, d), path(a, d)
    holds: path(a, b), b \\= a
    fails: edge(b, d)
      no world has edge(b, d)
        no clause has a head that matches it"
    );
    let possible = engine.why_not(&"path(a, c)".parse().unwrap(), &Budget::default()).unwrap();
    assert!(possible.is_possible && possible.to_string() == "path(a, c) holds in some world");
}

#[test]
fn an_answer_moves_with_each_of_many_facts() {
    // More slots than are fixed at once. P = 1 - Π (1 - p_i), and dP/dp_i = Π over the others.
    let p = |index: usize| 0.001 + index as f64 / 1e5;
    let facts: String = (0..200).map(|index| format!("{:?}::x({index}).\n", p(index))).collect();
    let plan = plan(&(facts + "any :- x(_)."), "any");
    let weights = plan.default_log_weights();
    let found = plan.sensitivities(0, &weights, &mut Workspace::new(), &Budget::default()).unwrap();
    assert_eq!(found.len(), 200);
    let none: f64 = (0..200).map(|index| 1.0 - p(index)).product();
    for one in &found {
        assert!((one.derivative - none / (1.0 - one.probability)).abs() < 1e-12, "{one:?}");
        assert!((one.if_certain - 1.0).abs() < 1e-12, "{one:?}");
    }
    let late = Budget { expired: Some(std::sync::Arc::new(|| true)), ..Budget::default() };
    assert!(plan.sensitivities(0, &weights, &mut Workspace::new(), &late).is_err());
}

#[test]
fn a_head_of_probability_zero_is_named() {
    let engine = engine("0.0::q(3). q(1). p(X) :- q(X), X > 2. 0.0::r(X) :- q(X).");
    let why = |atom: &str| engine.why_not(&atom.parse().unwrap(), &Budget::default()).unwrap().to_string();
    assert_eq!(
        why("p(3)"),
        "no world has p(3)\n  p(3) :- q(3), 3 > 2\n    fails: q(3)\n      no world has q(3)\n        0.0::q(3)\n          fails: 0.0::q(3)"
    );
    assert_eq!(why("r(1)"), "no world has r(1)\n  0.0::r(1) :- q(1)\n    holds: q(1)\n    fails: 0.0::r(1)");
}
