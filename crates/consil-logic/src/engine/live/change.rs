//! Changes of facts, as they are given and as the engine's own terms.

use crate::error::ReasonError;
use crate::number::evaluate_term;
use crate::rules::RuleSet;
use crate::store::TermId;
use crate::term::Term;

/// A change of a [`LiveEngine`](crate::LiveEngine)'s facts or evidence. Atoms are ground.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// `atom` or `0.3::atom` holds from now on, with that probability; an atom that was there before keeps no other.
    Insert(Term),
    /// The fact is gone. One that is not there, or only follows from others, changes nothing.
    Delete(Term),
    /// A fact that is there has another probability.
    Reweigh(Term, f64),
    /// The atom is observed to hold, or not to.
    Observe(Term, bool),
    /// The atom is not observed any more.
    Forget(Term),
}

/// A change whose fact is looked up.
pub(super) enum Looked {
    Insert { predicate: u32, head: TermId, atom: Term, probability: f64 },
    Delete { head: TermId },
    Observe(Term, bool),
    Forget(Term),
}

/// Looks a change up; `is_there` says whether a fact is, the changes before this one made.
pub(super) fn look_up(
    rules: &mut RuleSet,
    change: &Change,
    is_there: &dyn Fn(TermId) -> bool,
) -> Result<Looked, ReasonError> {
    match change {
        Change::Insert(fact) => {
            let (weight, atom) = match fact.args_of::<2>("::") {
                Some([weight, atom]) => (Some(weight), atom),
                None => (None, fact),
            };
            let value = weight.map_or(Some(1.0), |weight| evaluate_term(weight).ok().map(|number| number.as_f64()));
            let probability = probability(fact, value.unwrap_or(f64::NAN))?;
            let (predicate, head) = find(rules, atom)?;
            Ok(Looked::Insert { predicate, head, atom: atom.clone(), probability })
        }
        Change::Delete(atom) => Ok(Looked::Delete { head: find(rules, atom)?.1 }),
        Change::Reweigh(atom, value) => {
            let probability = probability(atom, *value)?;
            let (predicate, head) = find(rules, atom)?;
            if !is_there(head) {
                return Err(bad(atom, "reweighed", "there is no such fact; insert it"));
            }
            Ok(Looked::Insert { predicate, head, atom: atom.clone(), probability })
        }
        Change::Observe(atom, holds) => ground(atom, "evidence").map(|atom| Looked::Observe(atom, *holds)),
        Change::Forget(atom) => ground(atom, "evidence").map(Looked::Forget),
    }
}

fn find(rules: &mut RuleSet, atom: &Term) -> Result<(u32, TermId), ReasonError> {
    let atom = ground(atom, "a fact")?;
    let (name, arity) = atom.functor().map(|(name, args)| (name, args.len())).expect("a ground atom has a functor");
    match rules.find(name, arity).filter(|_| rules.is_own(name, arity)) {
        Some(predicate) => Ok((predicate, rules.store.import(&atom, &mut |_| 0)?)),
        None => Err(rules.unknown(name, arity)),
    }
}

fn ground(atom: &Term, what: &'static str) -> Result<Term, ReasonError> {
    match atom.functor() {
        None => Err(bad(atom, what, "it is no atom")),
        Some(_) if !atom.is_ground() => Err(bad(atom, what, "it has variables")),
        Some(_) => Ok(atom.clone()),
    }
}

fn probability(fact: &Term, value: f64) -> Result<f64, ReasonError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(bad(fact, "a fact", "its probability is no number between 0 and 1")),
    }
}

fn bad(term: &Term, what: &'static str, reason: &'static str) -> ReasonError {
    ReasonError::BadGoal { term: term.to_string(), what, reason: reason.into() }
}
