//! Measures exact inference, bounds and batches, and prints a table: `cargo run --release -p consil-logic --example measure`.
//!
//! With `PROBLOG` set to a `problog` command (`pip install problog pysdd`) the same programs run there too, as a process of
//! their own, each for a minute at most. Our times are processor time where Linux tells it, means over as many runs as take a
//! third of a second, and include reading the program, ProbLog's is the total that it reports, without the start of its interpreter.
#![allow(clippy::print_stdout)] // The numbers are what this program is for.

use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use consil_logic::{Budget, Certificate, Engine, Goal, Plan, Program, Workspace};

type Error = Box<dyn std::error::Error>;

const PEER_SECONDS: u64 = 60;

fn main() -> Result<(), Error> {
    let peer = std::env::var("PROBLOG").ok();
    println!("| program | time | sums, products | probability | ProbLog (SDD) |");
    println!("|---|---|---|---|---|");
    for (name, text) in programs() {
        let (time, plan) = mean(|| plan(&text))?;
        let mut ws = Workspace::new();
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        let (nodes, edges) = plan.size();
        let probability = ws.log_prob(0, 0).exp();
        let theirs = peer.as_ref().map_or(Ok("not asked".to_owned()), |peer| ask(peer, &text, probability))?;
        println!("| {name} | {} | {nodes}, {edges} | {} | {theirs} |", show(time), digits(probability));
    }
    println!("\n| program | deadline | certificate | time |\n|---|---|---|---|");
    for (n, seconds) in [(8, 60.0), (10, 60.0), (12, 20.0)] {
        let start = Instant::now();
        let limit = Duration::from_secs_f64(seconds);
        let budget = Budget { expired: Some(Arc::new(move || start.elapsed() > limit)), ..Budget::default() };
        let text = grid(n, true, 0.5);
        let solution = Engine::new(Program::parse("measure.pl", &text)?)?.solve(&budget)?.swap_remove(0);
        let certificate = match solution.certificate {
            Certificate::Exact => format!("exact, {:.6}", solution.probability),
            other => other.to_string(),
        };
        println!("| undirected {n}×{n} grid | {seconds} s | {certificate} | {} |", show(start.elapsed()));
    }
    println!("\n| batch of 1,024 | compiled in | sums, products | forward | backward | both, per 100 samples |");
    println!("|---|---|---|---|---|---|");
    let digits = "nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).\n\
        number([], R, R).\nnumber([H | T], A, R) :- digit(H, D), B is D + 10 * A, number(T, B, R).\n\
        sum(X, Y, S) :- number(X, 0, A), number(Y, 0, B), S is A + B.";
    batch("one-digit addition, all sums", digits, &Goal::new("sum([a], [b], S)".parse()?))?;
    batch("two-digit addition, all sums", digits, &Goal::new("sum([a, b], [c, d], S)".parse()?))?;
    let chain = include_str!("../../../examples/reason/carry-chain.pl");
    for n in [2, 15, 100] {
        batch(&format!("{n}-digit addition by carries"), chain, &carries(n)?)?;
    }
    Ok(())
}

fn programs() -> Vec<(String, String)> {
    let mut programs = Vec::new();
    for n in [4, 6] {
        programs.push((format!("directed {n}×{n} grid"), grid(n, false, 0.5)));
    }
    for n in [4, 5, 8] {
        programs.push((format!("undirected {n}×{n} grid"), grid(n, true, 0.5)));
    }
    for n in [2, 15, 100] {
        programs.push((format!("{n}-digit addition by carries"), addition(n)));
    }
    programs.push(("failures among 20 parts".into(), include_str!("../../../examples/reason/counts.pl").into()));
    programs.push(("alarm network".into(), include_str!("../../../examples/reason/burglary.pl").into()));
    programs
}

/// Corner to corner in a grid of uncertain edges, one way or both ways.
fn grid(n: usize, both_ways: bool, p: f64) -> String {
    let mut text = String::from("path(X, X).\npath(X, Y) :- link(X, Z), path(Z, Y).\nlink(X, Y) :- edge(X, Y).\n");
    if both_ways {
        text += "link(X, Y) :- edge(Y, X).\n";
    }
    for (i, j) in (1..=n).flat_map(|i| (1..=n).map(move |j| (i, j))) {
        for (k, l) in [(i + 1, j), (i, j + 1)].into_iter().filter(|&(k, l)| k <= n && l <= n) {
            writeln!(text, "{p}::edge(n({i}, {j}), n({k}, {l})).").expect("a string takes any text");
        }
    }
    writeln!(text, "query(path(n(1, 1), n({n}, {n}))).").expect("a string takes any text");
    text
}

/// The probability that two numbers with uncertain digits have a given sum, with the digits as annotated disjunctions.
fn addition(n: usize) -> String {
    let mut text = String::new();
    for name in (0..n).flat_map(|i| [format!("x{i}"), format!("y{i}")]) {
        let heads: Vec<String> = (0..10).map(|d| format!("0.1::digit({name}, {d})")).collect();
        writeln!(text, "{}.", heads.join("; ")).expect("a string takes any text");
    }
    text += "add([], [], C, [C]).\nadd([X | Xs], [Y | Ys], C, [D | Ds]) :- digit(X, A), digit(Y, B), S is A + B + C,\n\
        D is S mod 10, K is S // 10, add(Xs, Ys, K, Ds).\n";
    let list = |item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(", ");
    let (xs, ys) = (list(&|i| format!("x{i}")), list(&|i| format!("y{i}")));
    let sum = list(&|i| ((7 * i + 3) % 10).to_string());
    writeln!(text, "query(add([{xs}], [{ys}], 0, [{sum}, 1])).").expect("a string takes any text");
    text
}

fn carries(n: usize) -> Result<Goal, Error> {
    let names = |side: &str| (0..n).map(|i| format!("{side}{i}")).collect::<Vec<_>>().join(", ");
    let facts = (0..=n).flat_map(|i| (0..10).map(move |d| format!("_::total({i}, {d})")));
    let facts = facts.map(|fact| fact.parse()).collect::<Result<_, _>>()?;
    Ok(Goal { facts, ..Goal::new(format!("adds_up([{}], [{}])", names("x"), names("y")).parse()?) })
}

fn plan(text: &str) -> Result<Arc<Plan>, Error> {
    let program = Program::parse("measure.pl", text)?;
    let query = program.queries()[0].clone();
    Ok(Engine::new(program)?.plan(&Goal::new(query), &Budget::default())?)
}

/// The mean time of as many runs as take a third of a second, as the processor's clock is coarse.
fn mean<T>(mut run: impl FnMut() -> Result<T, Error>) -> Result<(Duration, T), Error> {
    let start = clock();
    let mut n = 0;
    loop {
        let result = run()?;
        n += 1;
        let spent = clock() - start;
        if spent >= Duration::from_millis(333) {
            return Ok((spent / n, result));
        }
    }
}

/// Runs a program there, and compares its first answer.
fn ask(peer: &str, text: &str, expected: f64) -> Result<String, Error> {
    let path = std::env::temp_dir().join("consil-measure.pl");
    std::fs::write(&path, text)?;
    let output = Command::new(peer)
        .args(["-v", "-k", "sdd", "--timeout", &PEER_SECONDS.to_string()])
        .arg(&path)
        .env("PYTHONRECURSIONLIMIT", "100000")
        .output()?;
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let seconds = printed
        .lines()
        .filter_map(|line| line.split_once("Total time:"))
        .find_map(|(_, rest)| rest.trim().trim_end_matches('s').parse::<f64>().ok());
    let answer =
        printed.lines().filter_map(|line| line.rsplit_once(":\t")).find_map(|(_, p)| p.trim().parse::<f64>().ok());
    Ok(match (answer, seconds) {
        (Some(answer), Some(seconds)) if (answer - expected).abs() < 1e-6 * expected => format!("{seconds:.3} s"),
        (Some(answer), _) => format!("{answer}, another answer"),
        (None, _) => {
            let last = printed.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing printed");
            format!("no answer: {}", last.trim())
        }
    })
}

fn batch(name: &str, text: &str, goal: &Goal) -> Result<(), Error> {
    const BATCH: usize = 1024;
    let (compiled, plan) =
        mean(|| Ok(Engine::new(Program::parse("measure.pl", text)?)?.plan(goal, &Budget::default())?))?;
    let weights: Vec<f32> =
        (0..plan.n_slots() * BATCH).map(|i| (0.05 + 0.1 * ((i * 7) % 10) as f32 / 9.0).ln()).collect();
    let targets: Vec<Option<usize>> = (0..BATCH).map(|b| Some(b % plan.answers().len())).collect();
    let mut ws = Workspace::new();
    let (forward, ()) = mean(|| {
        plan.forward(&weights, BATCH, &mut ws);
        Ok(())
    })?;
    let (backward, ()) = mean(|| {
        plan.loss_and_gradient(&targets, &mut ws);
        Ok(())
    })?;
    let (nodes, edges) = plan.size();
    let hundred = (forward + backward) * 100 / BATCH as u32;
    println!(
        "| {name} | {} | {nodes}, {edges} | {} | {} | {} |",
        show(compiled),
        show(forward),
        show(backward),
        show(hundred)
    );
    Ok(())
}

/// Processor time of this process, which neighbours on the machine do not lengthen; else the time of day.
fn clock() -> Duration {
    let spent = std::fs::read_to_string("/proc/self/schedstat").ok();
    let spent = spent.and_then(|text| text.split_whitespace().next()?.parse().ok());
    spent.map_or_else(
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default(),
        Duration::from_nanos,
    )
}

/// Six digits behind the point, or of a small number.
fn digits(probability: f64) -> String {
    if probability < 1e-4 { format!("{probability:.3e}") } else { format!("{probability:.6}") }
}

fn show(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
