//! Every way to evaluate a program gives what the program expects.
//!
//! The expected values come from another implementation, so that no way is compared with another of ours. A program outside of
//! what a way can do is counted with its reason, and each way has a floor below which the number of programs must not fall.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use consil_logic::datalog::{Database, DatalogError};
use consil_logic::{
    Boolean, Budget, Certificate, Engine, Given, Goal, Plan, Probability, Program, ReasonError, Term, Workspace,
};

use super::{beside, compare, programs, split};

/// Answers with their probabilities, or why there are none.
type Outcome = Result<Vec<(Term, f64)>, Refused>;

enum Refused {
    /// The way does not reach this program.
    Outside(&'static str),
    Wrong(String),
}

use Refused::{Outside, Wrong};

/// A way to evaluate, and how many programs it has to reach.
struct Way {
    name: &'static str,
    floor: usize,
    run: fn(&Program) -> Outcome,
}

const WAYS: [Way; 13] = [
    Way { name: "tabling, circuit", floor: 245, run: circuit },
    Way { name: "tabling, bounds that closed", floor: 245, run: bounds },
    Way { name: "semiring of probabilities on the circuit", floor: 200, run: semiring },
    Way { name: "every world in the Boolean semiring", floor: 195, run: worlds },
    Way { name: "most probable world", floor: 195, run: best_world },
    // Most programs of the suite have probabilities, built-ins or functions, which Datalog has not.
    Way { name: "bottom-up, 1 thread", floor: 9, run: |program| whole(program, 1) },
    Way { name: "bottom-up, 2 threads", floor: 9, run: |program| whole(program, 2) },
    Way { name: "magic sets, 1 thread", floor: 9, run: |program| magic(program, 1) },
    Way { name: "magic sets, 2 threads", floor: 9, run: |program| magic(program, 2) },
    Way { name: "fact by fact, 1 thread", floor: 9, run: |program| incremental(program, 1) },
    Way { name: "fact by fact, 2 threads", floor: 9, run: |program| incremental(program, 2) },
    Way { name: "every world bottom-up, by updates", floor: 45, run: |program| updated_worlds(program, 1) },
    Way { name: "the same on 2 threads", floor: 45, run: |program| updated_worlds(program, 2) },
];

/// More worlds than these are not enumerated.
const MOST_WORLDS: usize = 4096;

/// More than these are not updated one from the other.
const MOST_UPDATED: usize = 256;

fn budget() -> Budget {
    Budget { max_steps: 1_000_000, max_nodes: 20_000, ..Budget::default() }
}

#[test]
fn all_ways_give_what_is_expected() {
    let mut failures = Vec::new();
    let mut covered = [0; WAYS.len()];
    let mut outside: [BTreeMap<&str, usize>; WAYS.len()] = Default::default();
    let files = programs();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let Some((program, expected)) = expectation(path, &text) else {
            outside.iter_mut().for_each(|reasons| *reasons.entry("expects an error").or_default() += 1);
            continue;
        };
        for (index, way) in WAYS.iter().enumerate() {
            let result = (way.run)(&program).and_then(|got| compare(&got, &expected).map_err(Wrong));
            match result {
                Ok(()) => covered[index] += 1,
                Err(Outside(reason)) => *outside[index].entry(reason).or_default() += 1,
                Err(Wrong(message)) => failures.push(format!("{}, {}: {message}", path.display(), way.name)),
            }
        }
    }
    for ((way, covered), outside) in WAYS.iter().zip(covered).zip(&outside) {
        let reasons: Vec<String> = outside.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        println!("{}: {covered} of {} programs; outside: {}", way.name, files.len(), reasons.join(", "));
        if covered < way.floor {
            failures.push(format!("{} reaches {covered} programs, fewer than {}", way.name, way.floor));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// A program and the answers it expects; nothing where it expects an error.
fn expectation(path: &Path, text: &str) -> Option<(Program, Vec<(Term, f64)>)> {
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("%! ")).collect();
    if lines.iter().any(|line| line.starts_with("error: ")) {
        return None;
    }
    let program = Program::parse_with(&path.display().to_string(), text, &mut beside).unwrap();
    let expected = lines.into_iter().map(split).map(|(answer, p)| (answer.parse().unwrap(), p.parse().unwrap()));
    Some((program, expected.collect()))
}

fn wrong(error: impl std::fmt::Display) -> Refused {
    Wrong(error.to_string())
}

/// The stated queries; a program may ask by rules as well.
fn queries(program: &Program) -> Result<&[Term], Refused> {
    let by_rule = |line: &str| line.starts_with("query(") && line.contains(":-");
    if program.to_string().lines().any(by_rule) {
        return Err(Outside("ask by a rule"));
    }
    Ok(program.queries())
}

fn plans(program: &Program) -> Result<Vec<std::sync::Arc<Plan>>, Refused> {
    let engine = Engine::new(program.clone()).map_err(wrong)?;
    let plan = |query: &Term| match engine.plan(&Goal::new(query.clone()), &budget()) {
        Err(ReasonError::Budget { .. }) => Err(Outside("exceed the test's budget")),
        plan => plan.map_err(wrong),
    };
    let plans: Vec<_> = queries(program)?.iter().map(plan).collect::<Result<_, _>>()?;
    if plans.iter().any(|plan| plan.default_log_weights().iter().any(|weight| weight.is_nan())) {
        return Err(Outside("ask networks"));
    }
    Ok(plans)
}

fn circuit(program: &Program) -> Outcome {
    let mut ws = Workspace::new();
    let mut answers = Vec::new();
    for plan in plans(program)? {
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        answers.extend(plan.answers().iter().enumerate().map(|(at, a)| (a.clone(), ws.log_prob(at, 0).exp())));
    }
    Ok(answers)
}

fn bounds(program: &Program) -> Outcome {
    let engine = Engine::new(program.clone()).map_err(wrong)?;
    let mut ws = Workspace::new();
    let mut answers = Vec::new();
    for query in queries(program)? {
        let bounds = match engine.bounds(&Goal::new(query.clone()), &budget()) {
            Err(ReasonError::Budget { .. }) => return Err(Outside("exceed the test's budget")),
            bounds => bounds.map_err(wrong)?,
        };
        let weights = bounds.default_log_weights();
        if weights.iter().any(|weight| weight.is_nan()) {
            return Err(Outside("ask networks"));
        }
        for (answer, (value, certificate)) in bounds.answers().iter().zip(bounds.evaluate(&weights, &mut ws)) {
            if certificate != Certificate::Exact {
                return Err(Outside("do not close"));
            }
            answers.push((answer.clone(), value));
        }
    }
    Ok(answers)
}

fn without_evidence(program: &Program) -> Result<(), Refused> {
    let text = program.to_string();
    let declares = |line: &str| line.starts_with(":- dynamic") || line.starts_with(":- unknown");
    let restricts = |line: &str| line.starts_with("evidence(") || (line.starts_with(":-") && !declares(line));
    if text.lines().any(restricts) { Err(Outside("have evidence or constraints")) } else { Ok(()) }
}

fn semiring(program: &Program) -> Outcome {
    without_evidence(program)?;
    let mut answers = Vec::new();
    for plan in plans(program)? {
        let weights: Vec<f64> = plan.default_log_weights().iter().map(|weight| weight.exp()).collect();
        let value = |(at, answer): (usize, &Term)| (answer.clone(), plan.evaluate(at, &Probability, &weights));
        answers.extend(plan.answers().iter().enumerate().map(value));
    }
    Ok(answers)
}

/// Calls `visit` with each choice of a slot for each group, and its probability.
fn each_world(plan: &Plan, visit: &mut dyn FnMut(&[bool], f64)) -> Result<(), Refused> {
    let groups = plan.groups();
    let n_worlds = groups.iter().try_fold(1usize, |n, group| n.checked_mul(group.slots.len()));
    let n_worlds = n_worlds.filter(|&n| n <= MOST_WORLDS).ok_or(Outside("have too many worlds"))?;
    let weights = plan.default_log_weights();
    for world in 0..n_worlds {
        let mut holds = vec![false; plan.n_slots()];
        let (mut rest, mut weight) = (world, 1.0);
        for group in groups {
            let slot = group.slots.start + rest % group.slots.len();
            rest /= group.slots.len();
            holds[slot] = true;
            weight *= weights[slot].exp();
        }
        visit(&holds, weight);
    }
    Ok(())
}

fn worlds(program: &Program) -> Outcome {
    without_evidence(program)?;
    let mut answers = Vec::new();
    for plan in plans(program)? {
        let mut sums = vec![0.0; plan.answers().len()];
        each_world(&plan, &mut |holds, weight| {
            let world = Boolean { holds: holds.to_vec() };
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += if plan.provenance(at, &world) { weight } else { 0.0 };
            }
        })?;
        answers.extend(plan.answers().iter().cloned().zip(sums));
    }
    Ok(answers)
}

/// The most probable world is the best of all; the answers given are those of the enumeration.
fn best_world(program: &Program) -> Outcome {
    without_evidence(program)?;
    for plan in plans(program)? {
        let logs = plan.default_log_weights();
        for at in 0..plan.answers().len() {
            let mut best = 0.0f64;
            each_world(&plan, &mut |holds, weight| {
                if plan.provenance(at, &Boolean { holds: holds.to_vec() }) {
                    best = best.max(weight);
                }
            })?;
            let found = plan.most_probable_world(Given::Answer(at), &logs);
            let found = found.map_or(0.0, |world| world.log_probability.exp());
            if (found - best).abs() > super::TOLERANCE {
                return Err(Wrong(format!("the best world of {} has {found}, not {best}", plan.answers()[at])));
            }
        }
    }
    worlds(program)
}

/// The program as a database; only what Datalog has.
fn database(program: &Program, n_threads: usize) -> Result<Database, Refused> {
    without_evidence(program)?;
    match Database::new(program) {
        Ok(database) => Ok(database.with_threads(n_threads)),
        Err(DatalogError::NotDatalog { what, .. }) => Err(Outside(match what.to_string().as_str() {
            "a head with a probability" => "have probabilities",
            "a compound argument with variables" => "have functions",
            _ => "have built-ins that are not Datalog",
        })),
        Err(DatalogError::Unsafe { .. }) => Err(Outside("are not range-restricted")),
        Err(DatalogError::NegativeCycle { .. }) => Err(Outside("have a negative cycle")),
        Err(error) => Err(wrong(error)),
    }
}

fn ask(database: &mut Database, program: &Program) -> Outcome {
    let mut answers = Vec::new();
    for query in queries(program)? {
        let found = match database.query(query, &budget()) {
            Err(DatalogError::BadAtom { .. }) => return Err(Outside("ask for a term with variables inside")),
            Err(DatalogError::UnknownPredicate { .. }) => {
                return Err(Outside("ask a built-in or an unknown predicate"));
            }
            found => found.map_err(wrong)?,
        };
        answers.extend(found.into_iter().map(|answer| (answer, 1.0)));
    }
    Ok(answers)
}

fn whole(program: &Program, n_threads: usize) -> Outcome {
    let mut database = database(program, n_threads)?;
    evaluate(&mut database)?;
    ask(&mut database, program)
}

fn evaluate(database: &mut Database) -> Result<(), Refused> {
    match database.evaluate(&budget()) {
        Err(DatalogError::Arithmetic { .. }) => Err(Outside("meet arithmetic that no goal asks for")),
        result => result.map_err(wrong),
    }
}

fn magic(program: &Program, n_threads: usize) -> Outcome {
    ask(&mut database(program, n_threads)?, program)
}

/// Facts come one after the other, every other one goes, which is compared with a new start, and comes again.
fn incremental(program: &Program, n_threads: usize) -> Outcome {
    database(program, n_threads)?;
    let (facts, rules) = facts_and_rules(program);
    let start = |facts: &[Term]| {
        let lines: String = facts.iter().map(|fact| format!("{fact}.\n")).collect();
        Program::parse("facts.pl", &(rules.clone() + &lines)).map_err(wrong)
    };
    let mut database = database(&start(&[])?, n_threads)?;
    evaluate(&mut database)?;
    let update =
        |insert: &[Term], delete: &[Term], database: &mut Database| match database.update(insert, delete, &budget()) {
            Err(DatalogError::Arithmetic { .. }) => Err(Outside("meet arithmetic that no goal asks for")),
            difference => difference.map(|_| ()).map_err(wrong),
        };
    for fact in &facts {
        update(std::slice::from_ref(fact), &[], &mut database)?;
    }
    let all = ask(&mut database, program)?;
    // A fact that is written twice is one.
    let gone: Vec<Term> = facts.iter().step_by(2).cloned().collect();
    let left: Vec<Term> = facts.iter().filter(|fact| !gone.contains(fact)).cloned().collect();
    for fact in &gone {
        update(&[], std::slice::from_ref(fact), &mut database)?;
    }
    let (now, anew) = (ask(&mut database, program)?, whole_of(&start(&left)?, program, n_threads)?);
    if now != anew {
        return Err(Wrong(format!("without {} facts {now:?} instead of {anew:?}", gone.len())));
    }
    for fact in gone.iter().rev() {
        update(std::slice::from_ref(fact), &[], &mut database)?;
    }
    let again = ask(&mut database, program)?;
    let sorted = |mut answers: Vec<(Term, f64)>| {
        answers.sort_by(|a, b| a.0.cmp(&b.0));
        answers
    };
    let (all, again) = (sorted(all), sorted(again));
    if all == again { Ok(all) } else { Err(Wrong(format!("{again:?} after deletion and insertion of {all:?}"))) }
}

/// Each world of a program whose probabilities stand at ground facts: the next world is one fact more or less (Gray's code).
fn updated_worlds(program: &Program, n_threads: usize) -> Outcome {
    without_evidence(program)?;
    let mut chances: Vec<(Term, f64)> = Vec::new();
    let mut rest = String::new();
    for line in program.to_string().lines() {
        let term: Option<Term> = line.strip_suffix('.').and_then(|text| text.parse().ok());
        match term.as_ref().and_then(Term::functor) {
            Some(("::", [Term::Float(p), fact])) if fact.is_ground() && fact.functor().is_some_and(is_plain) => {
                chances.push((fact.clone(), *p));
            }
            _ => rest += &format!("{line}\n"),
        }
    }
    if chances.is_empty() || 1 << chances.len().min(30) > MOST_UPDATED {
        return Err(Outside("have no facts with probabilities, or too many"));
    }
    let declared: String = chances.iter().map(|(fact, _)| declaration(fact)).collect();
    let certain = Program::parse("worlds.pl", &(declared + &rest)).map_err(wrong)?;
    let mut database = database(&certain, n_threads)?;
    // A fact may be written several times, each with its own chance, or be certain as well.
    let (facts, _) = facts_and_rules(&certain);
    let mut copies: BTreeMap<Term, usize> = BTreeMap::new();
    facts.into_iter().for_each(|fact| *copies.entry(fact).or_default() += 1);
    let mut holds = vec![false; chances.len()];
    let mut sums: BTreeMap<Term, f64> = BTreeMap::new();
    for step in 0..1usize << chances.len() {
        if step > 0 {
            let at = step.trailing_zeros() as usize;
            holds[at] = !holds[at];
            let fact = std::slice::from_ref(&chances[at].0);
            let n = copies.entry(chances[at].0.clone()).or_default();
            *n = if holds[at] { *n + 1 } else { *n - 1 };
            let (insert, delete): (&[Term], &[Term]) = match (holds[at], *n) {
                (true, 1) => (fact, &[]),
                (false, 0) => (&[], fact),
                _ => (&[], &[]),
            };
            database.update(insert, delete, &budget()).map_err(wrong)?;
        }
        let weight: f64 = chances.iter().zip(&holds).map(|((_, p), holds)| if *holds { *p } else { 1.0 - p }).product();
        // Queries may have answers in common.
        let answers: BTreeSet<Term> = ask(&mut database, &certain)?.into_iter().map(|(answer, _)| answer).collect();
        for answer in answers {
            *sums.entry(answer).or_default() += weight;
        }
    }
    Ok(sums.into_iter().collect())
}

fn whole_of(facts: &Program, asks: &Program, n_threads: usize) -> Outcome {
    let mut database = database(facts, n_threads)?;
    evaluate(&mut database)?;
    ask(&mut database, asks)
}

/// The program's ground facts, and the text of all else with their predicates declared.
fn facts_and_rules(program: &Program) -> (Vec<Term>, String) {
    let (mut facts, mut rules) = (Vec::new(), String::new());
    for line in program.to_string().lines() {
        let term: Option<Term> = line.strip_suffix('.').and_then(|text| text.parse().ok());
        let fact = term.filter(|term| term.is_ground() && term.functor().is_some_and(is_plain));
        match fact {
            Some(fact) => facts.push(fact),
            None => rules += &format!("{line}\n"),
        }
    }
    let declared: BTreeSet<String> = facts.iter().map(declaration).collect();
    let declarations: String = declared.into_iter().collect();
    (facts, declarations + &rules)
}

/// Whether a line with this functor is a fact.
fn is_plain((name, _): (&str, &[Term])) -> bool {
    !matches!(name, ":-" | "::" | ";" | "," | "<-" | "query" | "evidence")
}

fn declaration(fact: &Term) -> String {
    let (name, args) = fact.functor().unwrap();
    let indicator = Term::compound("/", vec![Term::atom(name), Term::Int(args.len() as i64)]);
    format!(":- dynamic {indicator}.\n")
}
