//! Ways through an engine whose facts change.

use std::collections::BTreeSet;

use consil_logic::{Change, LiveEngine, Program, ReasonError, Term};

use super::{Outcome, Outside, Refused, budget, queries, wrong};

fn engine(program: &Program) -> Result<LiveEngine, Refused> {
    queries(program)?;
    LiveEngine::new(program.clone(), &budget()).map_err(wrong)
}

fn solutions(engine: &LiveEngine) -> Outcome {
    let solutions = engine.solutions().expect("it has just been brought up to date");
    if solutions.iter().any(|one| one.probability.is_nan()) {
        return Err(Outside("ask networks"));
    }
    Ok(solutions.into_iter().map(|one| (one.answer, one.probability)).collect())
}

pub fn whole(program: &Program) -> Outcome {
    let mut engine = engine(program)?;
    match engine.refresh(&budget()) {
        Err(ReasonError::Budget { .. }) => return Err(Outside("exceed the test's budget")),
        outcome => outcome.map_err(wrong)?,
    };
    solutions(&engine)
}

/// All facts go, each by itself, and come back in their order.
pub fn without_facts_and_back(program: &Program) -> Outcome {
    let ordered = ["findall", "all(", "all_or_none", "aggregate", "=>", "recorded", "clause"];
    if ordered.iter().any(|name| program.to_string().contains(name)) {
        return Err(Outside("depend on the order of their clauses"));
    }
    let mut engine = engine(program)?;
    let facts: Vec<(&Term, &Term)> = program.listing(None).filter_map(|clause| Some((clause, fact(clause)?))).collect();
    if facts.iter().map(|(_, atom)| *atom).collect::<BTreeSet<_>>().len() < facts.len() {
        return Err(Outside("state a fact twice"));
    }
    for (_, atom) in &facts {
        match engine.apply(&[Change::Delete((*atom).clone())], &budget()) {
            // Evidence may need the fact, and without it a recursion may not end, or a value not come.
            Ok(_) | Err(ReasonError::ImpossibleEvidence) => {}
            Err(_) => return Err(Outside("have an error without their facts")),
        }
    }
    let back: Vec<Change> = facts.iter().map(|(clause, _)| Change::Insert((*clause).clone())).collect();
    match engine.apply(&back, &budget()) {
        Err(ReasonError::Budget { .. }) => return Err(Outside("exceed the test's budget")),
        outcome => outcome.map_err(wrong)?,
    };
    solutions(&engine)
}

/// The atom of a clause that is a ground fact with a number for its probability, or none.
fn fact(clause: &Term) -> Option<&Term> {
    let atom = match clause.args_of::<2>("::") {
        Some([Term::Float(_) | Term::Int(_), atom]) => atom,
        Some(_) => return None,
        None => clause,
    };
    let (name, _) = atom.functor()?;
    (atom.is_ground() && ![":-", "<-", ";", ","].contains(&name)).then_some(atom)
}
