//! Bottom-up evaluation against a naive reference, and all ways to the same answers against each other.

mod closures;
mod generate;
mod large;
mod naive;

use std::collections::BTreeSet;

use consil_logic::datalog::Database;
use consil_logic::{Budget, Engine, Goal, Program, Term, Workspace};
use generate::{Case, PREDICATES, case};
use proptest::prelude::*;

fn database(case: &Case) -> Database {
    let text = case.text();
    let program = Program::parse("case.pl", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Database::new(&program).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The rows that the reference gives for a predicate.
fn expected(case: &Case, predicate: usize) -> BTreeSet<Vec<Term>> {
    naive::model(case)[&predicate]
        .iter()
        .map(|row| row.iter().map(|value| value.to_string().parse().unwrap()).collect())
        .collect()
}

fn rows(database: &Database, predicate: usize) -> BTreeSet<Vec<Term>> {
    let (name, arity) = PREDICATES[predicate];
    database.relation(name, arity).unwrap().rows().into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forward_chaining_gives_the_least_model(case in case()) {
        let mut database = database(&case);
        database.evaluate(&Budget::default()).unwrap();
        for predicate in 0..PREDICATES.len() {
            prop_assert_eq!(rows(&database, predicate), expected(&case, predicate), "{}", case.text());
        }
    }
}

/// A goal for a predicate: constants where the pattern has some, variables elsewhere, repeated where it says so.
fn goal(case: &Case, predicate: usize, pattern: &[Option<usize>], repeat: bool) -> (Term, Vec<Option<Term>>) {
    let (name, arity) = PREDICATES[predicate];
    let constants: Vec<Option<Term>> = pattern[..arity]
        .iter()
        .map(|constant| constant.map(|at| case.constants[at].to_string().parse().unwrap()))
        .collect();
    let variable = |at: usize| Term::var(&if repeat { "V".to_owned() } else { format!("V{at}") });
    let args = constants.iter().enumerate().map(|(at, c)| c.clone().unwrap_or_else(|| variable(at))).collect();
    (Term::compound(name, args), constants)
}

fn matching(all: &BTreeSet<Vec<Term>>, pattern: &[Option<Term>], repeat: bool, name: &str) -> BTreeSet<Term> {
    let fits = |row: &&Vec<Term>| {
        let open: Vec<&Term> = row.iter().zip(pattern).filter(|(_, p)| p.is_none()).map(|(value, _)| value).collect();
        row.iter().zip(pattern).all(|(value, p)| p.as_ref().is_none_or(|p| p == value))
            && (!repeat || open.windows(2).all(|pair| pair[0] == pair[1]))
    };
    all.iter().filter(fits).map(|row| Term::compound(name, row.clone())).collect()
}

fn pattern() -> impl Strategy<Value = (usize, Vec<Option<usize>>, bool)> {
    (0..PREDICATES.len(), prop::collection::vec(prop::option::of(0..6usize), 3), prop::bool::weighted(0.2))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn magic_sets_give_the_models_answers(case in case(), goals in prop::collection::vec(pattern(), 1..6)) {
        let mut database = database(&case);
        for (predicate, pattern, repeat) in goals {
            let (goal, pattern) = goal(&case, predicate, &pattern, repeat);
            let answers: BTreeSet<Term> = database.query(&goal, &Budget::default()).unwrap().into_iter().collect();
            let wanted = matching(&expected(&case, predicate), &pattern, repeat, PREDICATES[predicate].0);
            prop_assert_eq!(answers, wanted, "{} in\n{}", goal, case.text());
        }
    }

    #[test]
    fn the_engine_agrees(case in case(), (predicate, pattern, repeat) in pattern()) {
        let (goal, pattern) = goal(&case, predicate, &pattern, repeat);
        let engine = Engine::new(Program::parse("case.pl", &case.text()).unwrap()).unwrap();
        let plan = engine.plan(&Goal::new(goal.clone()), &Budget::default()).unwrap();
        let wanted = matching(&expected(&case, predicate), &pattern, repeat, PREDICATES[predicate].0);
        let mut ws = Workspace::new();
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        let certain = |&(index, _): &(usize, &Term)| ws.log_prob(index, 0) == 0.0;
        let answers: BTreeSet<Term> = plan.answers().iter().enumerate().filter(certain).map(|(_, a)| a.clone()).collect();
        prop_assert_eq!(answers, wanted, "{} in\n{}", goal, case.text());
    }

    /// After each change of the facts the relations are those of the changed program.
    #[test]
    fn updates_give_what_a_new_start_would(
        case in case(),
        updates in prop::collection::vec(prop::collection::vec((0..7usize, prop::collection::vec(0..6usize, 3), any::<bool>()), 1..4), 1..5),
    ) {
        let mut database = database(&case);
        let mut now = case.clone();
        database.evaluate(&Budget::default()).unwrap();
        for update in updates {
            let (mut insert, mut delete) = (Vec::new(), Vec::new());
            let before: Vec<BTreeSet<Vec<Term>>> = (0..PREDICATES.len()).map(|p| rows(&database, p)).collect();
            for (predicate, values, is_insertion) in update {
                // A deletion takes a fact that is there, if there is one.
                let fact = match now.facts.get(values.iter().sum::<usize>() * 7 % now.facts.len().max(1)) {
                    Some(fact) if !is_insertion => fact.clone(),
                    _ => (predicate, values[..PREDICATES[predicate].1].to_vec()),
                };
                let term: Term = now.atom(fact.0, &fact.1).parse().unwrap();
                if is_insertion { insert.push((term, fact)) } else { delete.push((term, fact)) }
            }
            now.facts.retain(|fact| !delete.iter().any(|(_, gone)| gone == fact));
            now.facts.extend(insert.iter().map(|(_, fact)| fact.clone()));
            let terms = |changes: &[(Term, _)]| changes.iter().map(|(term, _)| term.clone()).collect::<Vec<Term>>();
            let difference = database.update(&terms(&insert), &terms(&delete), &Budget::default()).unwrap();
            let (mut n_inserted, mut n_deleted) = (0, 0);
            for (predicate, before) in before.iter().enumerate() {
                let wanted = expected(&now, predicate);
                prop_assert_eq!(&rows(&database, predicate), &wanted, "+{:?} -{:?} gives\n{}", insert, delete, now.text());
                n_inserted += wanted.difference(before).count();
                n_deleted += before.difference(&wanted).count();
            }
            prop_assert_eq!((difference.n_inserted, difference.n_deleted), (n_inserted, n_deleted));
        }
    }
}
