//! Programs with every choice come true: forward, goal-directed and incremental evaluation against the engine.

use std::collections::BTreeMap;
use std::path::Path;

use consil_logic::datalog::Database;
use consil_logic::{Budget, Engine, Goal, Program, Term, Workspace};

use super::{beside, programs};

/// How many programs, goals or facts each way was tried on.
type Tried = BTreeMap<&'static str, usize>;

#[test]
fn ways_agree_once_every_choice_has_come_true() {
    let mut tried = Tried::new();
    for path in programs() {
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.contains("%! error") {
            ways_agree(&path, &text, &mut tried);
        }
    }
    println!("{tried:#?}");
    // Floors, so that no way is dropped without notice.
    for (way, least) in [
        ("forward, 1 thread", 100),
        ("forward, 2 threads", 100),
        ("magic sets", 170),
        ("engine against forward", 170),
        ("incremental", 60),
    ] {
        assert!(tried.get(way).is_some_and(|n| *n >= least), "{way}: {tried:#?}");
    }
}

fn budget() -> Budget {
    Budget { max_steps: 1_000_000, ..Budget::default() }
}

/// The program of a text that stands in a file, whose neighbours it may load; nothing where it has errors.
fn program(path: &Path, text: &str) -> Option<Program> {
    Program::parse_with(&path.display().to_string(), text, &mut beside).ok()
}

/// Terms in their order, each once.
fn sorted(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort();
    terms.dedup();
    terms
}

/// The text without its probabilities; a disjunction of choices becomes one clause for each.
fn certain(text: &str) -> String {
    let is_directive =
        |line: &str| ["query(", "evidence(", ":- evidence", ":- query"].iter().any(|p| line.starts_with(p));
    let lines = text.lines().map(|line| line.split('%').next().unwrap_or_default().trim_end());
    let clauses = lines.filter(|line| !is_directive(line.trim_start())).collect::<Vec<_>>().join("\n");
    let mut out = String::new();
    for clause in clauses.split_inclusive(".\n") {
        let (heads, body) =
            clause.split_once(":-").map_or((clause.trim_end().trim_end_matches('.'), None), |(h, b)| (h, Some(b)));
        if !heads.contains("::") {
            out += clause;
            continue;
        }
        for head in heads.split(';') {
            let head = head.rsplit("::").next().unwrap_or(head).trim();
            match body {
                Some(body) => out += &format!("{head} :-{body}"),
                None => out += &format!("{head}.\n"),
            }
        }
        out.push('\n');
    }
    out
}

/// What the engine says is certain of a goal.
fn by_engine(program: Program, goal: &Term) -> Option<Vec<Term>> {
    let plan = Engine::new(program).ok()?.plan(&Goal::new(goal.clone()), &budget()).ok()?;
    let mut ws = Workspace::new();
    plan.forward_f64(&plan.default_log_weights(), &mut ws);
    let holds = plan.answers().iter().enumerate().filter(|(at, _)| ws.log_prob(*at, 0) == 0.0);
    Some(sorted(holds.map(|(_, answer)| answer.clone()).collect()))
}

/// The answers of a goal that was not asked through magic sets: the rows of its relation that match.
fn matching(database: &Database, goal: &Term) -> Vec<Term> {
    let (name, args) = match goal {
        Term::Compound(compound) => (compound.functor(), compound.args()),
        Term::Atom(name) => (&**name, &[][..]),
        _ => return Vec::new(),
    };
    let Ok(relation) = database.relation(name, args.len()) else { return Vec::new() };
    let fits = |row: &Vec<Term>| {
        let mut bound: Vec<(&Term, &Term)> = Vec::new();
        row.iter().zip(args).all(|(value, arg)| match arg {
            Term::Var(_) => match bound.iter().find(|(other, _)| *other == arg) {
                Some((_, known)) => *known == value,
                None => {
                    bound.push((arg, value));
                    true
                }
            },
            constant => constant == value,
        })
    };
    let rows = relation.rows();
    let term = |row: &Vec<Term>| if row.is_empty() { goal.clone() } else { Term::compound(name, row.clone()) };
    sorted(rows.iter().filter(|row| fits(row)).map(term).collect())
}

fn ways_agree(path: &Path, text: &str, tried: &mut Tried) {
    let queries = program(path, text).map(|program| program.queries().to_vec()).unwrap_or_default();
    let text = certain(text);
    let Some(parsed) = program(path, &text) else { return };
    let Ok(mut database) = Database::new(&parsed) else { return };
    if database.evaluate(&Budget::default()).is_err() {
        return;
    }
    let predicates: Vec<(String, usize)> =
        database.predicates().map(|(name, arity)| (name.to_owned(), arity)).collect();
    let rows = |database: &Database| -> Vec<Vec<Vec<Term>>> {
        let of = |(name, arity): &(String, usize)| database.relation(name, *arity).unwrap().rows();
        predicates
            .iter()
            .map(of)
            .map(|mut rows| {
                rows.sort();
                rows
            })
            .collect()
    };
    let whole = rows(&database);
    *tried.entry("forward, 1 thread").or_default() += 1;
    let mut parallel = Database::new(&parsed).unwrap().with_threads(2);
    parallel.evaluate(&Budget::default()).unwrap();
    assert_eq!(rows(&parallel), whole, "{}: two threads", path.display());
    *tried.entry("forward, 2 threads").or_default() += 1;

    for goal in &queries {
        let forward = matching(&database, goal);
        if let Ok(found) = Database::new(&parsed).unwrap().query(goal, &Budget::default()) {
            assert_eq!(sorted(found), forward, "{} {goal}: magic sets", path.display());
            *tried.entry("magic sets").or_default() += 1;
        }
        if let Some(found) = by_engine(program(path, &text).unwrap(), goal) {
            let found: Vec<Term> = found.into_iter().filter(Term::is_ground).collect();
            assert_eq!(found, forward, "{} {goal}: the engine", path.display());
            *tried.entry("engine against forward").or_default() += 1;
        }
    }
    incremental(path, &parsed, &whole, &rows, tried);
}

/// Takes the facts away one after the other and puts them back, in the opposite order: the relations must be those of before.
fn incremental(
    path: &Path,
    parsed: &Program,
    whole: &[Vec<Vec<Term>>],
    rows: &dyn Fn(&Database) -> Vec<Vec<Vec<Term>>>,
    tried: &mut Tried,
) {
    let mut database = Database::new(parsed).unwrap();
    database.evaluate(&Budget::default()).unwrap();
    let facts: Vec<Term> = parsed.source().text().lines().filter_map(fact).collect();
    let mut deleted = Vec::new();
    for fact in &facts {
        if database.update(&[], std::slice::from_ref(fact), &Budget::default()).is_ok() {
            deleted.push(fact.clone());
        }
    }
    for fact in deleted.iter().rev() {
        database.update(std::slice::from_ref(fact), &[], &Budget::default()).unwrap();
    }
    assert_eq!(rows(&database), whole, "{}: facts deleted and inserted", path.display());
    *tried.entry("incremental").or_default() += usize::from(!deleted.is_empty());
    *tried.entry("facts deleted and inserted again").or_default() += deleted.len();
}

/// A ground fact that stands on a line of its own.
fn fact(line: &str) -> Option<Term> {
    let line = line.trim().strip_suffix('.')?;
    if line.contains(":-") {
        return None;
    }
    line.parse::<Term>().ok().filter(Term::is_ground)
}
