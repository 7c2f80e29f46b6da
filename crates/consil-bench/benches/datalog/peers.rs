//! The same work by others: Ascent in this process; clingo and SWI-Prolog as processes over generated files.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::work::Work;
use crate::{Measured, Time};

#[allow(missing_docs, clippy::all)]
mod programs {
    ascent::ascent! {
        pub struct Closure;
        relation edge(u32, u32);
        relation path(u32, u32);
        path(x, y) <-- edge(x, y);
        path(x, z) <-- edge(x, y), path(y, z);
    }
    ascent::ascent! {
        pub struct SameGeneration;
        relation parent(u32, u32);
        relation sg(u32, u32);
        sg(x, y) <-- parent(x, p), parent(y, p);
        sg(x, y) <-- parent(x, p), sg(p, q), parent(y, q);
    }
    ascent::ascent! {
        pub struct Triangles;
        relation edge(u32, u32);
        relation triangle(u32, u32, u32);
        triangle(x, y, z) <-- edge(x, y), edge(y, z), edge(x, z);
    }
    ascent::ascent! {
        pub struct PointsTo;
        relation address(u32, u32);
        relation copy(u32, u32);
        relation load(u32, u32);
        relation store(u32, u32);
        relation pt(u32, u32);
        pt(y, x) <-- address(y, x);
        pt(y, x) <-- copy(y, z), pt(z, x);
        pt(y, w) <-- load(y, x), pt(x, z), pt(z, w);
        pt(z, w) <-- store(y, x), pt(y, z), pt(x, w);
    }
    ascent::ascent! {
        pub struct Reachable;
        relation source(u32);
        relation edge(u32, u32);
        relation reached(u32);
        reached(y) <-- source(x), edge(x, y);
        reached(z) <-- reached(y), edge(y, z);
    }
}

/// Ascent's run over the facts; only `run` and the copy of the facts count, as for us.
pub fn ascent(work: &Work) -> Option<(usize, Measured)> {
    use programs::*;
    macro_rules! run {
        ($program:ident, $answer:ident, $($relation:ident),*) => {{
            $(let $relation = work.pairs(stringify!($relation));)*
            Measured::of(|| {
                let mut program = $program::default();
                $(program.$relation = $relation;)*
                program.run();
                program.$answer.len()
            })
        }};
    }
    Some(match work.answer.0 {
        "path" if work.pattern.is_some() => {
            let edge = work.pairs("edge");
            let from = work.pattern.as_ref()?[0]?;
            Measured::of(|| {
                let mut program = Reachable::default();
                program.edge = edge;
                program.source = vec![(from,)];
                program.run();
                program.reached.len()
            })
        }
        "path" => run!(Closure, path, edge),
        "sg" => run!(SameGeneration, sg, parent),
        "triangle" => run!(Triangles, triangle, edge),
        "pt" => run!(PointsTo, pt, address, copy, load, store),
        _ => return None,
    })
}

/// The facts and rules as a text that both clingo and SWI-Prolog read.
fn text(work: &Work, negation: &str) -> String {
    let mut text = String::new();
    for facts in &work.facts {
        for row in 0..facts.columns[0].len() {
            let row: Vec<String> = facts.columns.iter().map(|column| column[row].to_string()).collect();
            let _ = writeln!(text, "{}({}).", facts.name, row.join(","));
        }
    }
    text + &work.rules.replace("\\+", negation)
}

/// Seconds after which a process is given up.
pub const LONGEST: &str = "20";
/// What `timeout` exits with when it has given up.
const GIVEN_UP: i32 = 124;

/// User seconds of a command, by the shell's own clock.
fn user_seconds(folder: &Path, command: &str) -> Option<Time> {
    let script = format!("TIMEFORMAT=%U; time timeout {LONGEST} {command} >/dev/null 2>&1 || exit $?");
    let output = Command::new("bash").arg("-c").arg(script).current_dir(folder).stdout(Stdio::null()).output().ok()?;
    match output.status.code() {
        Some(0) => String::from_utf8_lossy(&output.stderr).trim().parse().ok().map(Time::Seconds),
        Some(GIVEN_UP) => Some(Time::Unfinished),
        _ => None,
    }
}

pub fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// gringo's grounding, which evaluates a stratified program wholly, less its reading of the facts alone.
pub fn clingo(work: &Work) -> Option<Time> {
    let folder = tempfile::tempdir().ok()?;
    let whole = text(work, "not");
    // A goal is no goal to a grounder: it evaluates the part that the goal needs, as a user would write it.
    let whole = match work.pattern.as_deref() {
        Some([Some(from), None]) => {
            let facts = whole.strip_suffix(&work.rules).unwrap_or(&whole).to_owned();
            facts + &format!("reached(Y) :- edge({from}, Y).\nreached(Z) :- reached(Y), edge(Y, Z).\n")
        }
        _ => whole,
    };
    let facts = text(&Work { rules: String::new(), ..work.clone() }, "not");
    std::fs::write(folder.path().join("whole.lp"), whole).ok()?;
    std::fs::write(folder.path().join("facts.lp"), facts).ok()?;
    let Time::Seconds(seconds) = user_seconds(folder.path(), "gringo whole.lp")? else { return Some(Time::Unfinished) };
    let Time::Seconds(reading) = user_seconds(folder.path(), "gringo facts.lp")? else { return None };
    Some(Time::Seconds((seconds - reading).max(0.0)))
}

/// SWI-Prolog's tabled evaluation: the processor time of the goal, without loading.
pub fn swi(work: &Work) -> Option<Time> {
    let folder = tempfile::tempdir().ok()?;
    let (name, arity) = work.answer;
    let mut program =
        String::from(":- set_prolog_flag(table_space, 8000000000).\n:- set_prolog_flag(stack_limit, 8000000000).\n");
    let derived: std::collections::BTreeSet<(String, usize)> = work
        .rules
        .lines()
        .filter_map(|line| line.split_once('(').map(|(name, rest)| (name.to_owned(), rest)))
        .map(|(name, rest)| (name, rest.split(')').next().map_or(0, |args| args.split(',').count())))
        .collect();
    for (name, arity) in &derived {
        let _ = writeln!(program, ":- table {name}/{arity}.");
    }
    program += &text(work, "\\+");
    let args: Vec<String> = match &work.pattern {
        Some(pattern) => {
            pattern.iter().map(|code| code.map_or_else(|| "_".to_owned(), |code| code.to_string())).collect()
        }
        None => vec!["_".to_owned(); arity],
    };
    let goal = format!("{name}({})", args.join(","));
    let _ = writeln!(
        program,
        "go :- statistics(cputime, A), aggregate_all(count, {goal}, N), statistics(cputime, B), T is B - A, \
         format(\"~w ~w~n\", [T, N])."
    );
    std::fs::write(folder.path().join("program.pl"), program).ok()?;
    let output = Command::new("timeout")
        .args([LONGEST, "swipl", "-q", "-g", "go", "-t", "halt", "program.pl"])
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if output.status.code() == Some(GIVEN_UP) {
        return Some(Time::Unfinished);
    }
    String::from_utf8_lossy(&output.stdout).split_whitespace().next()?.parse().ok().map(Time::Seconds)
}
