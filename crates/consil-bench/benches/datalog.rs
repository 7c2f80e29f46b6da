//! `cargo bench -p consil-bench --no-default-features --bench datalog`: Datalog against Ascent, clingo and SWI-Prolog.
//!
//! Times are processor seconds: of the thread for us and Ascent, of the process for the others, without reading files. Ours
//! and Ascent's begin with columns in memory and end with all rows; the median of several runs counts. Arguments: `--quick` (small
//! sizes, as a test that it runs), `--only NAME`, `--no-processes`, `--markdown FILE`.
#![allow(clippy::print_stdout, reason = "a table is what a benchmark is for")]

#[path = "datalog/peers.rs"]
mod peers;
#[path = "datalog/work.rs"]
mod work;

use std::fmt::Write as _;

use consil_logic::datalog::Database;
use consil_logic::{Budget, Program};
use rustix::time::{ClockId, clock_gettime};
use work::Work;

/// What a peer needed.
#[derive(Clone, Copy)]
pub enum Time {
    /// Processor seconds.
    Seconds(f64),
    /// It was given up after [`peers::LONGEST`] seconds.
    Unfinished,
}

impl Time {
    fn seconds(self) -> Option<f64> {
        match self {
            Time::Seconds(seconds) => Some(seconds),
            Time::Unfinished => None,
        }
    }
}

/// Processor seconds of this thread.
#[derive(Clone, Copy)]
pub struct Measured(f64);

impl Measured {
    /// What `run` gives, and what it cost.
    pub fn of<T>(run: impl FnOnce() -> T) -> (T, Self) {
        let now = || {
            let time = clock_gettime(ClockId::ThreadCPUTime);
            time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
        };
        let began = now();
        let result = run();
        (result, Self(now() - began))
    }
}

fn budget() -> Budget {
    Budget { max_answers: usize::MAX, ..Budget::default() }
}

fn database(work: &Work) -> Database {
    let mut text = String::new();
    for facts in &work.facts {
        let _ = writeln!(text, ":- dynamic {}/{}.", facts.name, facts.columns.len());
    }
    text += &work.rules;
    let program = Program::parse("work.pl", &text).unwrap_or_else(|error| panic!("{error}"));
    Database::new(&program).unwrap_or_else(|error| panic!("{error}"))
}

fn load(database: &mut Database, work: &Work) {
    for facts in &work.facts {
        let columns: Vec<&[u32]> = facts.columns.iter().map(Vec::as_slice).collect();
        database.load(&facts.name, &columns).unwrap_or_else(|error| panic!("{error}"));
    }
}

struct Ours {
    n_answers: usize,
    seconds: f64,
    /// Of the goal alone, the facts loaded.
    goal_seconds: Option<f64>,
    bytes_per_row: f64,
    peak_per_row: f64,
}

fn ours(work: &Work) -> Ours {
    let mut database = database(work);
    let (name, arity) = work.answer;
    if let Some(pattern) = &work.pattern {
        let ((), loading) = Measured::of(|| load(&mut database, work));
        let (rows, goal) =
            Measured::of(|| database.select(name, pattern, &budget()).unwrap_or_else(|error| panic!("{error}")));
        let n_answers = rows.first().map_or(0, Vec::len);
        let seconds = loading.0 + goal.0;
        return Ours { n_answers, seconds, goal_seconds: Some(goal.0), bytes_per_row: 0.0, peak_per_row: 0.0 };
    }
    let ((), Measured(seconds)) = Measured::of(|| {
        load(&mut database, work);
        database.evaluate(&budget()).unwrap_or_else(|error| panic!("{error}"));
    });
    let relation = database.relation(name, arity).unwrap_or_else(|error| panic!("{error}"));
    let n_answers = relation.len();
    let rows = n_answers.max(1) as f64;
    Ours {
        n_answers,
        seconds,
        goal_seconds: None,
        bytes_per_row: relation.bytes() as f64 / rows,
        peak_per_row: database.peak_bytes() as f64 / rows,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn milliseconds(time: Option<Time>) -> String {
    match time {
        None => "—".to_owned(),
        Some(Time::Seconds(seconds)) => format!("{:.1}", seconds * 1e3),
        Some(Time::Unfinished) => format!("over {} s", peers::LONGEST),
    }
}

/// Repeats work up to `most` times, and less often where a run takes long.
fn repeated<T>(most: usize, mut run: impl FnMut() -> Option<T>) -> Vec<T> {
    let began = std::time::Instant::now();
    let mut results = Vec::new();
    while results.len() < most && (results.is_empty() || began.elapsed().as_secs() < LONG) {
        match run() {
            Some(result) => results.push(result),
            None => break,
        }
    }
    results
}

/// Seconds after which a measurement is not repeated.
const LONG: u64 = 20;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let value = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1)).cloned();
    let quick = has("--quick");
    let n_runs = if quick { 1 } else { 7 };
    let k = if quick { 10 } else { 1 };

    let closure = work::closure(1, 1000 / k, 3000 / k);
    let generation = work::same_generation(2, 12, 300 / k);
    let triangles = work::triangles(3, 20_000 / k, 300_000 / k);
    let points_to: Vec<Work> = [1_000, 2_000, 4_000].map(|n| work::points_to(4, n / k)).into();
    let reachability = work::reachability(5, 5_000 / k, 100);
    let large_part = Work {
        name: "reachability from one node, one large part".to_owned(),
        has_full: false,
        ..work::reachability(6, 1, 500_000 / k)
    };
    // Each group: the work as the peers know it, then its variants.
    let mut groups = vec![
        (closure.clone(), work::closure_variants(&closure)),
        (generation.clone(), work::same_generation_variants(&generation)),
        (triangles.clone(), work::triangle_variants(&triangles)),
    ];
    groups.extend(points_to.iter().map(|plain| (plain.clone(), work::points_to_variants(plain))));
    groups.extend([(reachability, Vec::new()), (large_part, Vec::new())]);
    if let Some(only) = value("--only") {
        groups.retain(|(plain, _)| plain.name.contains(&only));
    }
    let processes = !has("--no-processes");
    let installed = |program: &str| processes && peers::is_installed(program);
    let (has_gringo, has_swi) = (installed("gringo"), installed("swipl"));

    let mut table = String::from(
        "| work | facts | answers | consil ms | Ascent ms | clingo ms | SWI-Prolog ms | of the best peer | bytes/row | peak |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (plain, variants) in groups {
        let mut best = f64::INFINITY;
        for work in std::iter::once(&plain).chain(&variants) {
            let is_plain = std::ptr::eq(work, &plain);
            let runs: Vec<Ours> = repeated(n_runs, || Some(ours(work)));
            let seconds = median(runs.iter().map(|run| run.seconds).collect());
            let (mut ascent, mut clingo, mut swi) = (None, None, None);
            if is_plain {
                let by_ascent: Vec<(usize, Measured)> = repeated(n_runs, || peers::ascent(work));
                assert!(
                    by_ascent.iter().all(|(n, _)| *n == runs[0].n_answers),
                    "{}: Ascent finds {:?}, we {}",
                    work.name,
                    by_ascent[0].0,
                    runs[0].n_answers
                );
                ascent = Some(Time::Seconds(median(by_ascent.iter().map(|(_, measured)| measured.0).collect())));
                clingo = if has_gringo { peers::clingo(work) } else { None };
                swi = if has_swi { peers::swi(work) } else { None };
                best =
                    [ascent, clingo, swi].into_iter().flatten().filter_map(Time::seconds).fold(f64::INFINITY, f64::min);
            }
            let run = &runs[0];
            let row = format!(
                "| {} | {} | {} | {} | {} | {} | {} | {:.2}× | {:.1} | {:.1} |",
                work.name,
                work.n_facts(),
                run.n_answers,
                milliseconds(Some(Time::Seconds(seconds))),
                milliseconds(ascent),
                milliseconds(clingo),
                milliseconds(swi),
                seconds / best,
                run.bytes_per_row,
                run.peak_per_row,
            );
            println!("{row}");
            let _ = writeln!(table, "{row}");
            if run.goal_seconds.is_some() && work.has_full {
                let goal = median(runs.iter().filter_map(|run| run.goal_seconds).collect());
                let full = ours(&Work { pattern: None, ..work.clone() });
                let row = format!(
                    "| … the goal alone | | {} | {:.3} | | | | {:.4}× of the full closure ({} rows, {:.0} ms) | | |",
                    run.n_answers,
                    goal * 1e3,
                    goal / full.seconds,
                    full.n_answers,
                    full.seconds * 1e3
                );
                println!("{row}");
                let _ = writeln!(table, "{row}");
            }
        }
    }
    if !has_gringo {
        println!("clingo (gringo): absent");
    }
    if !has_swi {
        println!("SWI-Prolog (swipl): absent");
    }
    if let Some(path) = value("--markdown") {
        std::fs::write(&path, table).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}
