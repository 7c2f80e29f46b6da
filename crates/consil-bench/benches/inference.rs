//! `cargo bench -p consil-bench --no-default-features --bench inference`: probabilistic inference against ProbLog.
//!
//! `PROBLOG` names the peer's command where it is not on the path (`pip install problog pysdd`), `CONSIL` a built `consil`, whose start
//! is timed. Ours are processor seconds of the thread, medians of several runs, and include reading the program, derivation and
//! compilation; ProbLog's is the total that it reports, without the start of its interpreter, and it has a minute for each program.
//! Arguments: `--quick` (small sizes, as a test that it runs), `--only NAME`, `--no-processes`, `--markdown FILE`.
#![allow(clippy::print_stdout, reason = "a table is what a benchmark is for")]

#[path = "inference/peers.rs"]
mod peers;
#[path = "inference/work.rs"]
mod work;

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use consil_logic::{Budget, Certificate, Change, Engine, Goal, LiveEngine, Plan, Program, TopK, Update, Workspace};
use peers::{Outcome, ProbLog};
use rustix::time::{ClockId, clock_gettime};
use work::{Parts, Work};

/// Samples of a batch.
const BATCH: usize = 1024;
/// Seconds after which a measurement is not repeated.
const LONG: u64 = 10;
/// Seconds that one measurement takes at least, as a run may be shorter than what a clock can tell.
const SHORT: f64 = 0.02;

fn main() {
    let bench = Bench::new();
    bench.exact();
    bench.under_deadlines();
    bench.batches();
    bench.changes();
    bench.top_k();
    bench.start_up();
    bench.end();
}

struct Bench {
    is_quick: bool,
    only: Option<String>,
    markdown: Option<String>,
    processes: bool,
    problog: Option<ProbLog>,
    printed: std::cell::RefCell<String>,
}

impl Bench {
    fn new() -> Self {
        let args: Vec<String> = std::env::args().collect();
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        let value = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1)).cloned();
        let processes = !has("--no-processes");
        let problog = processes.then(ProbLog::find).flatten();
        Self {
            is_quick: has("--quick"),
            only: value("--only"),
            markdown: value("--markdown"),
            processes,
            problog,
            printed: Default::default(),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    fn print(&self, line: &str) {
        println!("{line}");
        let mut printed = self.printed.borrow_mut();
        printed.push_str(line);
        printed.push('\n');
    }

    fn head(&self, columns: &[&str]) {
        self.print("");
        self.print(&format!("| {} |", columns.join(" | ")));
        self.print(&format!("|---|{}", "--:|".repeat(columns.len() - 1)));
    }

    fn n_runs(&self) -> usize {
        if self.is_quick { 1 } else { 7 }
    }

    /// The median seconds of several measurements, fewer where a run takes long, and what the last run gave.
    fn median<T>(&self, mut run: impl FnMut() -> T) -> (f64, T) {
        let began = Instant::now();
        let mut seconds = Vec::new();
        loop {
            let start = processor_seconds();
            let mut n = 0;
            let result = loop {
                let result = run();
                n += 1;
                if self.is_quick || processor_seconds() - start >= SHORT {
                    break result;
                }
            };
            seconds.push((processor_seconds() - start) / f64::from(n));
            if seconds.len() >= self.n_runs() || began.elapsed().as_secs() >= LONG {
                return (middle(seconds), result);
            }
        }
    }

    fn exact(&self) {
        let work: Vec<Work> = work::exact().into_iter().filter(|work| self.wants(&work.name)).collect();
        if work.is_empty() {
            return;
        }
        self.head(&["program", "consil", "sums, products", "probability", "ProbLog (SDD)", "of ProbLog's time"]);
        for Work { name, text } in work {
            if self.is_quick && (name.contains('8') || name.contains("15") || name.contains("100")) {
                continue;
            }
            let (seconds, plan) = self.median(|| plan(&text));
            let mut ws = Workspace::new();
            plan.forward_f64(&plan.default_log_weights(), &mut ws);
            let probability = ws.log_prob(0, 0).exp();
            let (nodes, edges) = plan.size();
            let theirs = self.problog.as_ref().map(|problog| problog_seconds(problog, &text, probability));
            let (shown, ratio) = match theirs {
                None => ("absent".to_owned(), String::new()),
                Some(Outcome::Seconds(theirs)) => (show(theirs), format!("{:.3}×", seconds / theirs)),
                Some(Outcome::Unfinished) => {
                    let least = seconds / peers::LONGEST as f64;
                    (format!("over {} s", peers::LONGEST), format!("under {:.4}×", (least * 1e4).ceil() / 1e4))
                }
                Some(Outcome::Failed) => ("fails".to_owned(), String::new()),
            };
            let probability = digits(probability);
            self.print(&format!(
                "| {name} | {} | {nodes}, {edges} | {probability} | {shown} | {ratio} |",
                show(seconds)
            ));
        }
    }

    fn under_deadlines(&self) {
        let sizes = if self.is_quick { vec![(5, 2.0)] } else { vec![(8, 60.0), (10, 60.0), (12, 60.0)] };
        let work: Vec<(Work, f64)> = sizes.into_iter().map(|(n, limit)| (work::grid(n, true), limit)).collect();
        let wanted = |work: &Work| self.wants(&format!("deadline {}", work.name));
        if !work.iter().any(|(work, _)| wanted(work)) {
            return;
        }
        self.head(&["program under a deadline", "deadline", "certificate", "time of day"]);
        for (work, limit) in work.into_iter().filter(|(work, _)| wanted(work)) {
            let start = Instant::now();
            let until = Duration::from_secs_f64(limit);
            let expired = Arc::new(move || start.elapsed() > until);
            let budget = Budget { expired: Some(expired), ..Budget::default() };
            let solutions = Engine::new(program(&work.text)).and_then(|engine| engine.solve(&budget));
            let certificate = match solutions.as_deref() {
                Ok([one, ..]) if one.certificate == Certificate::Exact => format!("exact, {:.6}", one.probability),
                Ok([one, ..]) => one.certificate.to_string(),
                Ok([]) => "no answer".to_owned(),
                Err(error) => error.to_string(),
            };
            let spent = show(start.elapsed().as_secs_f64());
            self.print(&format!("| {} | {limit} s | {certificate} | {spent} |", work.name));
        }
    }

    fn batches(&self) {
        let work: Vec<_> =
            work::batches().into_iter().filter(|(name, ..)| self.wants(&format!("batch {name}"))).collect();
        if work.is_empty() {
            return;
        }
        let columns =
            ["batch of 1,024", "compiled in", "sums, products", "forward", "backward", "both, per 100 samples"];
        self.head(&columns);
        for (name, text, goal) in work {
            if self.is_quick && name.contains("100") {
                continue;
            }
            let (compiled, plan) = self.median(|| {
                let engine = Engine::new(program(text)).unwrap_or_else(|error| panic!("{error}"));
                engine.plan(&goal, &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
            });
            let weights: Vec<f32> =
                (0..plan.n_slots() * BATCH).map(|i| (0.05 + 0.1 * ((i * 7) % 10) as f32 / 9.0).ln()).collect();
            let targets: Vec<Option<usize>> = (0..BATCH).map(|b| Some(b % plan.answers().len())).collect();
            let mut ws = Workspace::new();
            let (forward, ()) = self.median(|| plan.forward(&weights, BATCH, &mut ws));
            let (backward, _) = self.median(|| plan.loss_and_gradient(&targets, &mut ws).len());
            let (nodes, edges) = plan.size();
            let hundred = (forward + backward) * 100.0 / BATCH as f64;
            let [compiled, forward, backward, hundred] = [compiled, forward, backward, hundred].map(show);
            self.print(&format!("| {name} | {compiled} | {nodes}, {edges} | {forward} | {backward} | {hundred} |"));
        }
    }

    /// One fact of a program of many parts changes; the whole program is read, derived and compiled anew beside.
    fn changes(&self) {
        if !self.wants("changes") {
            return;
        }
        let n = if self.is_quick { 16 } else { 200 };
        let (parts, budget) = (Parts::new(n), Budget::default());
        let live = |facts: &[String]| {
            let mut live =
                LiveEngine::new(program(&parts.with(facts)), &budget).unwrap_or_else(|error| panic!("{error}"));
            let update = live.refresh(&budget).unwrap_or_else(|error| panic!("{error}"));
            (live, update)
        };
        let columns =
            ["change of one fact", "changes", "time", "tables derived", "compiled", "evaluated", "of from scratch"];
        self.head(&columns);
        let (scratch, _) = self.median(|| solve(&parts.with(&[])));
        let (whole, (mut engine, first)) = self.median(|| live(&[]));
        let row = |name: &str, n: usize, seconds: f64, update: Update| {
            self.print(&format!(
                "| {name} | {n} | {} | {} | {} | {} | {:.4}× |",
                show(seconds),
                update.tables_derived,
                update.components_compiled,
                update.components_evaluated,
                seconds / scratch
            ));
        };
        self.print(&format!("| from scratch, an engine ({n} parts) | | {} | | | | 1× |", show(scratch)));
        row("from scratch, a live engine", 0, whole, first);
        let mut step = |name: &str, change: &dyn Fn(usize) -> String| {
            let mut updates: Vec<(f64, Update)> = Vec::new();
            for at in 0..n {
                let text = change(at);
                let (sign, fact) = text.split_at(1);
                let fact = fact.parse().unwrap_or_else(|error| panic!("{error}"));
                let change = if sign == "+" { Change::Insert(fact) } else { Change::Delete(fact) };
                let start = processor_seconds();
                let update = engine.apply(&[change], &budget).unwrap_or_else(|error| panic!("{error}"));
                updates.push((processor_seconds() - start, update));
            }
            updates.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let (seconds, update) = updates[n / 2];
            row(name, n, seconds, update);
        };
        step("another probability", &|part| format!("+0.123::edge({part}, 0, 1)"));
        step("a dynamic fact goes", &|part| format!("-open({part})"));
        step("it comes back", &|part| format!("+open({part})"));
        step("a fact that is new", &|part| format!("+{}", parts.new_edge(part)));
        step("that fact goes", &|part| format!("-edge({part}, 0, 5)"));
        step("it comes back", &|part| format!("+{}", parts.new_edge(part)));

        // The answers are those of the changed program read anew.
        let edges: Vec<String> = (0..n).map(|part| parts.new_edge(part)).collect();
        let changed = parts.with(&edges);
        let replaced: String = changed
            .lines()
            .map(|line| match line.split_once("::edge(").filter(|(_, rest)| rest.ends_with(", 0, 1).")) {
                Some((_, rest)) => format!("0.123::edge({rest}\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let got = engine.solutions().unwrap_or_default();
        let expected = solve(&replaced);
        assert_eq!(got.len(), expected.len());
        for (got, (answer, probability)) in got.iter().zip(&expected) {
            assert!(got.answer.to_string() == *answer && (got.probability - probability).abs() < 1e-9, "{answer}");
        }
    }

    /// What the k most probable proofs alone are worth, as Scallop's provenance of that name keeps them.
    fn top_k(&self) {
        if !self.wants("top-k") {
            return;
        }
        self.head(&["directed 4×4 grid", "time, after compiling", "proofs", "probability"]);
        let plan = plan(&work::grid(4, false).text);
        let weights = plan.default_log_weights();
        let mut groups = vec![0; plan.n_slots()];
        for (number, group) in plan.groups().iter().enumerate() {
            groups[group.slots.clone()].fill(number);
        }
        let mut ws = Workspace::new();
        let (seconds, exact) = self.median(|| {
            plan.forward_f64(&weights, &mut ws);
            ws.log_prob(0, 0).exp()
        });
        self.print(&format!("| exact | {} | | {exact:.4} |", show(seconds)));
        for k in [3, 10, 20] {
            let semiring = TopK {
                k,
                probabilities: weights.iter().map(|weight| weight.exp()).collect(),
                groups: groups.clone(),
                failures: plan.failures(&weights),
            };
            let (seconds, sets) = self.median(|| plan.provenance(0, &semiring));
            let slots: Vec<&[usize]> = sets.iter().map(|set| set.slots.as_slice()).collect();
            let any = any_of(&slots, &semiring.probabilities);
            self.print(&format!("| top-k proofs, k = {k} | {} | {} | {any:.4} |", show(seconds), sets.len()));
        }
    }

    fn start_up(&self) {
        if !self.wants("start-up") || !self.processes {
            return;
        }
        self.head(&["from the command to the answer", "time of day", "of ProbLog's"]);
        let n = if self.is_quick { 1 } else { 11 };
        let times = |run: &dyn Fn() -> Option<f64>| {
            let times: Vec<f64> = (0..n).filter_map(|_| run()).collect();
            (!times.is_empty()).then(|| middle(times))
        };
        let theirs = self.problog.as_ref().and_then(|problog| times(&|| problog.start_up()));
        let ours = std::env::var("CONSIL").ok().and_then(|consil| {
            let program = peers::examples().join("burglary.pl");
            times(&|| peers::by_the_clock(Command::new(&consil).arg("reason").arg(&program)))
        });
        let shown = |time: Option<f64>| time.map_or_else(|| "absent".to_owned(), show);
        let ratio = ours.zip(theirs).map_or_else(String::new, |(ours, theirs)| format!("{:.3}×", ours / theirs));
        self.print(&format!("| `consil reason burglary.pl` | {} | {ratio} |", shown(ours)));
        self.print(&format!("| `problog` on one fact | {} | |", shown(theirs)));
    }

    fn end(&self) {
        if self.problog.is_none() {
            println!("\nProbLog with PySDD: absent (PROBLOG names its command)");
        }
        if let Some(path) = &self.markdown {
            std::fs::write(path, &*self.printed.borrow()).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

fn problog_seconds(problog: &ProbLog, text: &str, expected: f64) -> Outcome {
    let first = problog.ask(text, Some(expected));
    match first {
        Outcome::Seconds(seconds) if seconds < 5.0 => {
            let more = (0..2).map(|_| problog.ask(text, Some(expected)));
            let times = std::iter::once(first).chain(more).filter_map(|outcome| match outcome {
                Outcome::Seconds(seconds) => Some(seconds),
                _ => None,
            });
            Outcome::Seconds(middle(times.collect()))
        }
        outcome => outcome,
    }
}

fn program(text: &str) -> Program {
    Program::parse("work.pl", text).unwrap_or_else(|error| panic!("{error}"))
}

fn plan(text: &str) -> Arc<Plan> {
    let program = program(text);
    let query = program.queries()[0].clone();
    let engine = Engine::new(program).unwrap_or_else(|error| panic!("{error}"));
    engine.plan(&Goal::new(query), &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn solve(text: &str) -> Vec<(String, f64)> {
    let solutions = Engine::new(program(text)).and_then(|engine| engine.solve(&Budget::default()));
    let solutions = solutions.unwrap_or_else(|error| panic!("{error}"));
    solutions.into_iter().map(|one| (one.answer.to_string(), one.probability)).collect()
}

/// The probability that some of the sets of independent leaves hold, by a sum over their first leaf: it holds, or it does not.
fn any_of(sets: &[&[usize]], probabilities: &[f64]) -> f64 {
    if sets.iter().any(|set| set.is_empty()) {
        return 1.0;
    }
    let Some(first) = sets.iter().filter_map(|set| set.first()).min().copied() else { return 0.0 };
    let with: Vec<&[usize]> =
        sets.iter().map(|set| if set.first() == Some(&first) { &set[1..] } else { *set }).collect();
    let without: Vec<&[usize]> = sets.iter().filter(|set| set.first() != Some(&first)).copied().collect();
    let p = probabilities[first];
    p * any_of(&with, probabilities) + (1.0 - p) * any_of(&without, probabilities)
}

/// Processor seconds of this thread.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Six digits behind the point, or of a small number.
fn digits(probability: f64) -> String {
    if probability < 1e-4 { format!("{probability:.3e}") } else { format!("{probability:.6}") }
}

fn show(seconds: f64) -> String {
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
