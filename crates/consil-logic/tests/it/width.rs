//! Programs that are long and narrow given their evidence: exact, in time linear in their length. Each is compared with an algorithm
//! of its own: forward–backward, belief propagation, transfer matrices, enumeration.

mod networks;

use consil_logic::{Budget, Certificate, Compilation, Engine, Given, Goal, Program, Term, Workspace};
use networks::{Chain, Coupled, Grid, Layers, Ring, Tree};

/// As doubles add up over a thousand steps.
const TOLERANCE: f64 = 1e-9;

fn engine(text: &str) -> Engine {
    let program = Program::parse("narrow.pl", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Engine::new(program).unwrap()
}

fn atom(text: &str) -> Term {
    text.parse().unwrap()
}

/// P(answer | evidence) of each answer of a goal, and the logarithm of P(evidence).
fn answers(engine: &Engine, query: &str) -> (Vec<(String, f64)>, f64) {
    let plan = engine.plan(&Goal::new(atom(query)), &Budget::default()).unwrap();
    let mut ws = Workspace::new();
    plan.forward_f64(&plan.default_log_weights(), &mut ws);
    let answers = plan.answers().iter().enumerate();
    (answers.map(|(at, answer)| (answer.to_string(), ws.log_prob(at, 0).exp())).collect(), ws.log_evidence(0))
}

fn assert_close(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() <= TOLERANCE * expected.abs().max(1.0), "{what} is {got} but should be {expected}");
}

fn check_chain(chain: &Chain, steps: &[usize]) {
    let engine = engine(&chain.program());
    for &step in steps {
        let (posterior, log_likelihood) = chain.forward_backward(step);
        let (got, log_evidence) = answers(&engine, &format!("s({step},_)"));
        assert_close(log_evidence, log_likelihood, "log P(evidence)");
        for (state, expected) in posterior.iter().enumerate() {
            let name = format!("s({step}, {state})");
            let found = got.iter().find(|(answer, _)| *answer == name).map_or(0.0, |(_, p)| *p);
            assert_close(found, *expected, &name);
        }
    }
}

#[test]
fn hidden_markov_chains_are_linear_in_their_length() {
    for seed in 0..10 {
        check_chain(&Chain::random(10, 3, 3, seed), &[9, 5]);
    }
    check_chain(&Chain::random(100, 3, 3, 1), &[99, 50, 0]);
    // The evidence has a probability of about 1e-477.
    check_chain(&Chain::random(1000, 3, 3, 2), &[999, 500]);
    // Twenty states are one variable of twenty values, not 2^20 sets of states.
    check_chain(&Chain::random(30, 20, 5, 3), &[29, 10]);
}

#[test]
fn a_chain_is_exact_under_a_deadline_too() {
    let chain = Chain::random(60, 3, 3, 4);
    let budget = Budget { expired: Some(std::sync::Arc::new(|| false)), ..Budget::default() };
    let text = chain.program() + "query(s(30,_)).\n";
    let solutions = engine(&text).solve(&budget).unwrap();
    let (posterior, _) = chain.forward_backward(30);
    assert_eq!(solutions.len(), 3);
    for solution in solutions {
        assert_eq!(solution.certificate, Certificate::Exact);
        let state: usize = (0..3).find(|state| solution.answer == atom(&format!("s(30,{state})"))).unwrap();
        assert_close(solution.probability, posterior[state], "a state");
    }
}

#[test]
fn gradients_along_a_chain_are_finite_differences() {
    let engine = engine(&Chain::random(10, 3, 3, 5).program());
    let plan = engine.plan(&Goal::new(atom("s(5,_)")), &Budget::default()).unwrap();
    assert!(matches!(plan.compilation(), Compilation::Decomposition { .. }), "{}", plan.compilation());
    let mut ws = Workspace::new();
    let weights = plan.default_log_weights();
    // Logits, of which each group's weights are the softmax: a sum of one is kept whatever moves.
    let softmax = |logits: &[f64]| {
        let mut weights = logits.to_vec();
        for group in plan.groups() {
            let total: f64 = logits[group.slots.clone()].iter().map(|logit| logit.exp()).sum();
            weights[group.slots.clone()].iter_mut().for_each(|weight| *weight -= total.ln());
        }
        weights
    };
    plan.forward_f64(&weights, &mut ws);
    let by_weight = plan.backward(&[0.0, 1.0, 0.0], &mut ws).to_vec();
    let step = 1e-5;
    for group in plan.groups() {
        let total: f64 = by_weight[group.slots.clone()].iter().map(|&g| f64::from(g)).sum();
        for slot in group.slots.clone() {
            let by_logit = f64::from(by_weight[slot]) - weights[slot].exp() * total;
            let mut value = |change: f64| {
                let mut logits = weights.clone();
                logits[slot] += change;
                plan.forward_f64(&softmax(&logits), &mut ws);
                ws.log_prob(1, 0)
            };
            let difference = (value(step) - value(-step)) / (2.0 * step);
            // Gradients are single precision.
            assert!((difference - by_logit).abs() < 1e-5, "{} is {by_logit}, not {difference}", group.describe(slot));
        }
    }
}

/// The evidence is less probable than the smallest double.
#[test]
fn what_matters_and_what_is_likeliest_under_evidence_of_any_length() {
    let chain = Chain::random(800, 2, 3, 13);
    let engine = engine(&chain.program());
    let plan = engine.plan(&Goal::new(atom("s(400,_)")), &Budget::default()).unwrap();
    let weights = plan.default_log_weights();
    assert!(plan.log_evidence(&weights) < -745.0);
    let mut ws = Workspace::new();
    let all = plan.sensitivities(0, &weights, &mut ws, &Budget::default()).unwrap();
    assert!(all.iter().all(|one| one.derivative.is_finite() && (0.0..=1.0 + TOLERANCE).contains(&one.if_certain)));
    let largest = &all[0];
    // By what it is defined as: the other classes give up in proportion what this one gains.
    let mut shifted = |change: f64| {
        let mut weights = weights.clone();
        for slot in plan.groups()[largest.group].slots.clone() {
            let p = weights[slot].exp();
            let share = if slot == largest.slot { change } else { -change * p / (1.0 - largest.probability) };
            weights[slot] = (p + share).ln();
        }
        plan.forward_f64(&weights, &mut ws);
        ws.log_prob(0, 0).exp()
    };
    let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
    assert!((difference - largest.derivative).abs() < 1e-5 * difference.abs(), "{difference} {}", largest.derivative);

    let best = plan.map(Given::Evidence, &[0], &weights, &Budget::default()).unwrap();
    assert_eq!((best.probability, best.log_probability), (0.0, best.log_at_most));
    let posterior = (best.log_probability - plan.log_evidence(&weights)).exp();
    let posteriors = plan.posteriors(Given::Evidence, &weights).unwrap();
    assert_close(posterior, posteriors[best.slots[0]], "the likeliest class");
}

#[test]
fn coupled_chains() {
    let chains = Coupled::random(60, 6);
    let engine = engine(&chains.program());
    for step in [59, 30] {
        let expected = chains.posterior(step);
        for (name, expected) in ["a", "b"].iter().zip(expected) {
            let query = format!("{name}({step})");
            assert_close(answers(&engine, &query).0[0].1, expected, &query);
        }
    }
}

#[test]
fn an_observed_ring() {
    let ring = Ring::random(10, 7);
    let engine = engine(&ring.program());
    for node in [0, 4] {
        let query = format!("x({node})");
        assert_close(answers(&engine, &query).0[0].1, ring.posterior(node), &query);
    }
}

#[test]
fn a_tree_of_which_half_is_observed() {
    let tree = Tree::random(500, 8);
    let engine = engine(&tree.program());
    let expected = tree.posteriors();
    for node in [0, 1, 77, 499] {
        let query = format!("x({node})");
        assert_close(answers(&engine, &query).0[0].1, expected[node], &query);
    }
}

#[test]
fn a_grid_with_an_observed_row() {
    let grid = Grid::random(5, 40, 9);
    let engine = engine(&grid.program());
    for (row, column) in [(0, 0), (4, 20), (2, 39)] {
        let query = format!("x({row},{column})");
        assert_close(answers(&engine, &query).0[0].1, grid.posterior(row, column), &query);
    }
}

#[test]
fn layers_of_noisy_or() {
    for layers in [Layers::random(10, 4, 2, 10), Layers::random(8, 5, 3, 11)] {
        let engine = engine(&layers.program());
        for (layer, node) in [(0, 0), (layers.n_layers() / 2, 0), (layers.n_layers() - 1, 2)] {
            let query = format!("on({layer},{node})");
            assert_close(answers(&engine, &query).0[0].1, layers.posterior(layer, node), &query);
        }
    }
}

#[test]
fn neither_the_order_of_clauses_nor_names_matter() {
    let text = Chain::random(40, 3, 3, 12).program();
    let mut clauses: Vec<&str> = text.lines().collect();
    let value = |text: &str, query: &str| answers(&engine(text), query).0[1].1;
    let expected = value(&text, "s(20,_)");
    clauses.reverse();
    assert!((value(&clauses.join("\n"), "s(20,_)") - expected).abs() < 1e-12);
    clauses.sort_unstable();
    assert!((value(&clauses.join("\n"), "s(20,_)") - expected).abs() < 1e-12);
    let renamed = text.replace("s(", "zustand(").replace("o(", "a_sign(");
    assert!((value(&renamed, "zustand(20,_)") - expected).abs() < 1e-12);
}

/// What the tasks of a plan read off a circuit is the same whichever compiler made it.
#[test]
fn posteriors_and_likeliest_worlds_do_not_depend_on_the_compiler() {
    let engine = |text: &str| engine(text);
    for seed in 0..6 {
        let text = Layers::random(3, 3, 2, 20 + seed).program();
        let goal = Goal::new(atom("on(0,0)"));
        let plan = engine(&text).plan(&goal, &Budget::default()).unwrap();
        // A budget as small as the first attempt of diagrams goes to the decomposition at once.
        let narrow = engine(&text).plan(&goal, &Budget { max_nodes: 1 << 13, ..Budget::default() }).unwrap();
        assert!(!matches!(plan.compilation(), Compilation::Decomposition { .. }));
        assert!(matches!(narrow.compilation(), Compilation::Decomposition { .. }));
        let weights = plan.default_log_weights();
        for given in [Given::Evidence, Given::Answer(0)] {
            let (a, b) = (plan.posteriors(given, &weights).unwrap(), narrow.posteriors(given, &weights).unwrap());
            a.iter().zip(&b).for_each(|(a, b)| assert_close(*a, *b, "a posterior"));
            let world = |plan: &consil_logic::Plan| plan.most_probable_world(given, &weights).unwrap().log_probability;
            assert_close(world(&narrow), world(&plan), "the likeliest world");
        }
    }
}
