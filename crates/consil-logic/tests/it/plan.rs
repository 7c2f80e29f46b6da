//! Plans: gradients, batches, impossible events, evidence, proofs, flips, the cache.

use consil_logic::{Budget, Engine, Goal, LeafKind, Plan, Program, Step, Term, Workspace};
use proptest::prelude::*;
use std::sync::Arc;

const ADDITION: &str = "
nn(digit, [X], D, [0, 1, 2, 3]) :: digit(X, D).
addition(X, Y, Z) :- digit(X, A), digit(Y, B), Z is A + B.
";

const DIAGRAM: &str = "
nn(edge, [X, Y]) :: edge(X, Y).
0.4::open(X) :- node(X).
node(a). node(b). node(c).
path(X, Y) :- edge(X, Y).
path(X, Y) :- node(Z), edge(X, Z), open(Z), path(Z, Y).
cut :- \\+ path(a, c).
reach(Y) :- node(Y), path(a, Y).
reach(none) :- cut.
evidence(open(a), false).
";

fn engine(text: &str) -> Engine {
    Engine::new(Program::parse("test.pl", text).unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

fn plan(text: &str, query: &str) -> Arc<Plan> {
    engine(text).plan(&Goal::new(query.parse().unwrap()), &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Log weights of one sample: known ones from the program, the rest a softmax of the given numbers.
fn weights(plan: &Plan, logits: &[f64]) -> Vec<f64> {
    let mut weights = plan.default_log_weights();
    let mut logits = logits.iter().cycle();
    for group in plan.groups().iter().filter(|group| !matches!(group.kind, LeafKind::Choice { .. })) {
        let own: Vec<f64> = group.slots.clone().map(|_| *logits.next().unwrap()).collect();
        let sum: f64 = own.iter().map(|x| x.exp()).sum();
        group.slots.clone().zip(own).for_each(|(slot, x)| weights[slot] = x - sum.ln());
    }
    weights
}

fn loss(plan: &Plan, weights: &[f64], target: usize, ws: &mut Workspace) -> f64 {
    plan.forward_f64(weights, ws);
    -ws.log_prob(target, 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gradients_are_finite_differences(
        logits in prop::collection::vec(-3.0..3.0f64, 16),
        diagram in any::<bool>(),
        target in 0..3usize,
    ) {
        let plan = if diagram { plan(DIAGRAM, "reach(Y)") } else { plan(ADDITION, "addition(l, r, Z)") };
        let weights = weights(&plan, &logits);
        let mut ws = Workspace::new();
        loss(&plan, &weights, target, &mut ws);
        let gradient = plan.loss_and_gradient(&[Some(target)], &mut ws).to_vec();
        for slot in 0..plan.n_slots() {
            let h = 1e-5;
            let shifted = |by: f64| {
                let mut weights = weights.clone();
                weights[slot] += by;
                weights
            };
            let difference =
                (loss(&plan, &shifted(h), target, &mut ws) - loss(&plan, &shifted(-h), target, &mut ws)) / (2.0 * h);
            // The central difference errs by h² and the gradient is in single precision.
            prop_assert!((difference - f64::from(gradient[slot])).abs() < 1e-6 * (1.0 + difference.abs()));
        }
    }

    #[test]
    fn a_batch_is_its_samples_one_by_one(rows in prop::collection::vec(prop::collection::vec(-200.0..3.0f64, 16), 1..80)) {
        let plan = plan(DIAGRAM, "reach(Y)");
        let (batch, n_slots) = (rows.len(), plan.n_slots());
        let samples: Vec<Vec<f64>> = rows.iter().map(|logits| weights(&plan, logits)).collect();
        let mut columns = vec![0.0f32; n_slots * batch];
        for (b, sample) in samples.iter().enumerate() {
            sample.iter().enumerate().for_each(|(slot, &weight)| columns[slot * batch + b] = weight as f32);
        }
        let (mut ws, mut single) = (Workspace::new(), Workspace::new());
        plan.forward(&columns, batch, &mut ws);
        let targets: Vec<Option<usize>> = (0..batch).map(|b| (b % 4 != 3).then_some(b % 3)).collect();
        let gradient = plan.loss_and_gradient(&targets, &mut ws).to_vec();
        for b in 0..batch {
            let sample: Vec<f32> = samples[b].iter().map(|&weight| weight as f32).collect();
            plan.forward(&sample, 1, &mut single);
            let alone = plan.loss_and_gradient(&[targets[b]], &mut single).to_vec();
            for slot in 0..n_slots {
                let (x, y) = (gradient[slot * batch + b], alone[slot]);
                prop_assert!(x.is_finite() && (x - y).abs() <= 1e-6 * (1.0 + y.abs()), "{} {}", x, y);
            }
            for answer in 0..plan.answers().len() {
                let (x, y) = (ws.log_prob(answer, b), single.log_prob(answer, 0));
                prop_assert!((x - y).abs() <= 1e-9 * (1.0 + y.abs()), "{} {}", x, y);
            }
        }
    }
}

#[test]
fn weights_far_below_the_range_of_floats() {
    let plan = plan(ADDITION, "addition(l, r, Z)");
    let six = plan.find_answer(&"addition(l, r, 6)".parse().unwrap()).unwrap();
    // Two weights of e^-800, which no double holds.
    let sample = [0.0, -900.0, -900.0, -800.0, 0.0, -900.0, -900.0, -800.0].map(|w: f32| w);
    let mut ws = Workspace::new();
    plan.forward(&sample, 1, &mut ws);
    assert_eq!(ws.log_prob(six, 0), -1600.0);
    let gradient = plan.loss_and_gradient(&[Some(six)], &mut ws);
    assert_eq!(gradient, [0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, -1.0]);
}

#[test]
fn impossible_targets_and_evidence_are_reported_without_nan() {
    let plan = plan(ADDITION, "addition(l, r, Z)");
    let never = f32::NEG_INFINITY;
    let sample = [0.0, never, never, never, 0.0, never, never, never];
    let mut ws = Workspace::new();
    plan.forward(&sample, 1, &mut ws);
    assert_eq!(ws.log_prob(0, 0), 0.0);
    assert_eq!(ws.log_prob(1, 0), never.into());
    assert!(plan.loss_and_gradient(&[Some(1)], &mut ws).iter().all(|&g| g == 0.0));
    assert_eq!(ws.impossible().collect::<Vec<_>>(), [0]);
    assert_eq!(ws.losses(), [f64::INFINITY]);

    let conditional = engine("nn(net, [x]) :: a.\nnn(net, [y]) :: b.\nc :- a, b.");
    let goal = Goal { evidence: vec![("a".parse().unwrap(), true)], ..Goal::new("c".parse().unwrap()) };
    let plan = conditional.plan(&goal, &Budget::default()).unwrap();
    let impossible: Vec<f32> = plan.groups().iter().flat_map(|_| [never, 0.0]).collect();
    plan.forward(&impossible, 1, &mut ws);
    assert!(ws.log_prob(0, 0).is_nan());
    assert!(plan.loss_and_gradient(&[Some(0)], &mut ws).iter().all(|g| *g == 0.0));
    assert_eq!(ws.impossible().count(), 1);
}

#[test]
fn constant_inputs_and_shared_networks() {
    let text = "nn(digit, [image], D, [0, 1]) :: seen(D).\nnn(digit, [image], D, [0, 1]) :: again(D).\nboth :- seen(1), again(1).";
    let plan = plan(text, "both");
    assert_eq!(plan.groups().len(), 1, "one network, one input, one random variable");
    let LeafKind::Neural { network, inputs, classes } = &plan.groups()[0].kind else { panic!("a neural group") };
    assert_eq!((network.as_str(), inputs.as_slice()), ("digit", &[Term::atom("image")][..]));
    assert_eq!(classes, &[Term::Int(0), Term::Int(1)]);
}

#[test]
fn facts_of_a_goal() {
    let engine = engine(":- dynamic edge/2.\npath(X, Y) :- edge(X, Y).\npath(X, Y) :- edge(X, Z), path(Z, Y).");
    let facts = ["edge(a, b)", "0.5::edge(b, c)", "_::edge(c, d)"].map(|fact| fact.parse().unwrap()).to_vec();
    let goal = Goal { facts, ..Goal::new("path(a, X)".parse().unwrap()) };
    let plan = engine.plan(&goal, &Budget::default()).unwrap();
    let mut weights = plan.default_log_weights();
    let open = plan.groups().iter().find(|group| matches!(group.kind, LeafKind::Fact { .. })).unwrap().slots.clone();
    assert!(weights[open.start].is_nan());
    (weights[open.start], weights[open.start + 1]) = (0.25f64.ln(), 0.75f64.ln());
    let mut ws = Workspace::new();
    plan.forward_f64(&weights, &mut ws);
    let names: Vec<String> = plan.answers().iter().map(Term::to_string).collect();
    assert_eq!(names, ["path(a, b)", "path(a, c)", "path(a, d)"]);
    for (answer, expected) in [1.0, 0.5, 0.125].into_iter().enumerate() {
        assert!((ws.log_prob(answer, 0).exp() - expected).abs() < 1e-12);
    }
}

#[test]
fn proofs_are_the_best_derivations_in_order() {
    let plan = plan(ADDITION, "addition(l, r, Z)");
    let three = plan.find_answer(&"addition(l, r, 3)".parse().unwrap()).unwrap();
    let sample = [0.1, 0.2, 0.3, 0.4, 0.15, 0.25, 0.35, 0.25].map(f32::ln);
    let proofs = plan.proofs(three, &sample, 3);
    let probabilities: Vec<f64> = proofs.iter().map(|proof| proof.probability).collect();
    // 1 + 2, 2 + 1, 3 + 0, 0 + 3 have 0.07, 0.075, 0.06, 0.025.
    for (got, expected) in probabilities.iter().zip([0.075, 0.07, 0.06]) {
        assert!((got - expected).abs() < 1e-6, "{probabilities:?}");
    }
    assert_eq!(
        proofs[0].to_string(),
        "0.075  addition(l, r, 3)\n  digit(l, 2)  [0.3, digit(l) = 2]\n  digit(r, 1)  [0.25, digit(r) = 1]\n  3 is 2 + 1"
    );
}

#[test]
fn proofs_pay_a_shared_leaf_once_and_show_negations() {
    let plan = plan(
        "0.5::a. 0.4::b. 0.3::c.\nx :- a, y.\ny :- a.\ny :- b.\nz :- x, \\+ c.\ncycle :- loop, a.\nloop :- cycle.\nloop :- b.",
        "(z ; cycle)",
    );
    let weights: Vec<f32> = plan.default_log_weights().iter().map(|&w| w as f32).collect();
    let proofs = plan.proofs(0, &weights, 10);
    let probabilities: Vec<f64> = proofs.iter().map(|proof| (proof.probability * 1e4).round() / 1e4).collect();
    // z through a alone, cycle through b, z through a and b.
    assert_eq!(probabilities, [0.35, 0.2, 0.14], "{}", proofs[0]);
    let mut steps = vec![&proofs[0].tree];
    let mut negated = Vec::new();
    while let Some(node) = steps.pop() {
        if let Step::Negated { probability } = node.step {
            negated.push((node.goal.to_string(), (probability * 1e6).round() / 1e6));
        }
        steps.extend(&node.children);
    }
    assert_eq!(negated, [("\\+ c".to_owned(), 0.7)]);
}

#[test]
fn the_nearest_flip_is_the_most_probable_change() {
    let plan = plan(ADDITION, "addition(l, r, Z)");
    let sample = [0.9, 0.06, 0.03, 0.01, 0.7, 0.2, 0.05, 0.05].map(f32::ln);
    let flip = plan.nearest_flip(&sample, &mut Workspace::new()).unwrap();
    let group = &plan.groups()[flip.group];
    let LeafKind::Neural { inputs, .. } = &group.kind else { panic!("a neural group") };
    assert_eq!(inputs, &[Term::atom("r")]);
    assert_eq!((group.label(flip.from), group.label(flip.to)), (Term::Int(0), Term::Int(1)));
    assert_eq!(plan.answers()[flip.flipped].to_string(), "addition(l, r, 1)");
    assert!((flip.probability - 0.2).abs() < 1e-6 && (flip.flipped_probability - 0.9).abs() < 1e-6);
}

#[test]
fn plans_are_cached_and_circuits_shared() {
    let engine = engine(ADDITION);
    let goal = |x: i64| Goal::new(format!("addition(image({x}), image({}), Z)", x + 1).parse().unwrap());
    let first = engine.plan(&goal(0), &Budget::default()).unwrap();
    assert!(Arc::ptr_eq(&first, &engine.plan(&goal(0), &Budget::default()).unwrap()));
    let second = engine.plan(&goal(2), &Budget::default()).unwrap();
    assert_eq!(engine.n_cached(), 2);
    assert_eq!(second.size(), first.size());
    let small = Engine::with_cache(Program::parse("p.pl", ADDITION).unwrap(), 1).unwrap();
    small.plan(&goal(0), &Budget::default()).unwrap();
    small.plan(&goal(2), &Budget::default()).unwrap();
    assert_eq!(small.n_cached(), 1, "a budget of one byte keeps the last plan only");
}

#[test]
fn deep_recursion_stays_off_the_stack() {
    let text = "count(0).\ncount(N) :- N > 0, M is N - 1, count(M).\nlen([], 0).\nlen([_ | T], N) :- len(T, M), N is M + 1.\n\
        0.999999::ok(N) :- between(1, 20000, N).\nchain(0).\nchain(N) :- N > 0, ok(N), M is N - 1, chain(M).\n\
        p(N) :- length(L, 20000), len(L, N).";
    let engine = engine(text);
    let solve = |query: &str| {
        let plan = engine.plan(&Goal::new(query.parse().unwrap()), &Budget::default()).unwrap();
        let weights = plan.default_log_weights();
        let mut ws = Workspace::new();
        plan.forward_f64(&weights, &mut ws);
        let single: Vec<f32> = weights.iter().map(|&w| w as f32).collect();
        let proofs = plan.proofs(0, &single, 1);
        (plan.answers()[0].to_string(), ws.log_prob(0, 0), proofs.len())
    };
    assert_eq!(solve("count(100000)"), ("count(100000)".into(), 0.0, 1));
    let (_, log, n_proofs) = solve("chain(2000)");
    assert!((log - 2000.0 * 0.999999f64.ln()).abs() < 1e-9 && n_proofs == 1);
}

#[test]
fn the_same_query_is_asked_once() {
    let program =
        Program::parse("p.pl", "0.5::a(1). 0.25::a(2). query(a(_)). query(a(X)). query(a(1)). query(a(1)).").unwrap();
    let solutions = Engine::new(program).unwrap().solve(&Budget::default()).unwrap();
    let asked: Vec<(usize, String)> = solutions.iter().map(|one| (one.query, one.answer.to_string())).collect();
    assert_eq!(asked, [(0, "a(1)".to_owned()), (0, "a(2)".to_owned()), (2, "a(1)".to_owned())]);
}
