//! Ways through Datalog: bottom-up, magic sets, and update by update.

use std::collections::{BTreeMap, BTreeSet};

use consil_logic::datalog::{Database, DatalogError};
use consil_logic::{Program, Term};

use super::{Outcome, Outside, Refused, Wrong, budget, queries, wrong};

/// More worlds than these are not updated one from the other.
const MOST_UPDATED: usize = 256;

fn without_evidence(program: &Program) -> Result<(), Refused> {
    let text = program.to_string();
    let declares = |line: &str| line.starts_with(":- dynamic") || line.starts_with(":- unknown");
    let restricts = |line: &str| line.starts_with("evidence(") || (line.starts_with(":-") && !declares(line));
    if text.lines().any(restricts) { Err(Outside("have evidence or constraints")) } else { Ok(()) }
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

pub fn whole(program: &Program, n_threads: usize) -> Outcome {
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

pub fn magic(program: &Program, n_threads: usize) -> Outcome {
    ask(&mut database(program, n_threads)?, program)
}

/// Facts come one after the other, every other one goes, which is compared with a new start, and comes again.
pub fn incremental(program: &Program, n_threads: usize) -> Outcome {
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
pub fn updated_worlds(program: &Program, n_threads: usize) -> Outcome {
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
