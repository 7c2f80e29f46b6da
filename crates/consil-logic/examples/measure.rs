//! Measures compilation of grids and chains, and batches of digit addition: `cargo run --release --example measure`.
#![allow(clippy::print_stdout)] // The numbers are what this program is for.

use std::fmt::Write;
use std::time::Instant;

use consil_logic::{Budget, Engine, Goal, Plan, Program, Workspace};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    for n in [4, 5, 6] {
        compile(&format!("directed {n}×{n} grid"), &grid(n), &format!("path(n(1, 1), n({n}, {n}))"))?;
    }
    let chain = "0.9::ok(N) :- between(1, 5000, N).\nchain(0).\nchain(N) :- N > 0, ok(N), M is N - 1, chain(M).";
    compile("chain of 2,000", chain, "chain(2000)")?;
    let count = "count(0).\ncount(N) :- N > 0, M is N - 1, count(M).";
    compile("countdown from 100,000", count, "count(100000)")?;
    let digits = "nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).\n\
        number([], R, R).\nnumber([H | T], A, R) :- digit(H, D), B is D + 10 * A, number(T, B, R).\n\
        sum(X, Y, S) :- number(X, 0, A), number(Y, 0, B), S is A + B.";
    batch("one-digit addition", digits, "sum([a], [b], S)")?;
    batch("two-digit addition", digits, "sum([a, b], [c, d], S)")
}

fn plan(text: &str, query: &str) -> Result<std::sync::Arc<Plan>, Box<dyn std::error::Error>> {
    let engine = Engine::new(Program::parse("measure.pl", text)?)?;
    Ok(engine.plan(&Goal::new(query.parse()?), &Budget::default())?)
}

fn compile(name: &str, text: &str, query: &str) -> Outcome {
    let start = Instant::now();
    let plan = plan(text, query)?;
    let elapsed = start.elapsed();
    let mut ws = Workspace::new();
    plan.forward_f64(&plan.default_log_weights(), &mut ws);
    println!("{name}: {elapsed:.2?}, nodes and edges {:?}, P = {:.6}", plan.size(), ws.log_prob(0, 0).exp());
    Ok(())
}

fn batch(name: &str, text: &str, query: &str) -> Outcome {
    const BATCH: usize = 1024;
    const REPEATS: u32 = 50;
    let start = Instant::now();
    let plan = plan(text, query)?;
    println!("{name}: compiled in {:.2?}, nodes and edges {:?}", start.elapsed(), plan.size());
    let weights: Vec<f32> =
        (0..plan.n_slots() * BATCH).map(|i| (0.05 + 0.1 * ((i * 7) % 10) as f32 / 9.0).ln()).collect();
    let targets: Vec<Option<usize>> = (0..BATCH).map(|b| Some(b % plan.answers().len())).collect();
    let mut ws = Workspace::new();
    let (mut forward, mut backward) = (0.0, 0.0);
    for _ in 0..REPEATS {
        let start = Instant::now();
        plan.forward(&weights, BATCH, &mut ws);
        forward += start.elapsed().as_secs_f64();
        let start = Instant::now();
        plan.loss_and_gradient(&targets, &mut ws);
        backward += start.elapsed().as_secs_f64();
    }
    let per_batch = |seconds: f64| seconds * 1e3 / f64::from(REPEATS);
    println!("  batch of {BATCH}: forward {:.3} ms, backward {:.3} ms", per_batch(forward), per_batch(backward));
    Ok(())
}

fn grid(n: usize) -> String {
    let mut text = String::from("path(X, X).\npath(X, Y) :- edge(X, Z), path(Z, Y).\n");
    for (i, j) in (1..=n).flat_map(|i| (1..=n).map(move |j| (i, j))) {
        for (k, l) in [(i + 1, j), (i, j + 1)].into_iter().filter(|&(k, l)| k <= n && l <= n) {
            writeln!(text, "0.5::edge(n({i}, {j}), n({k}, {l})).").expect("a string takes any text");
        }
    }
    text
}
