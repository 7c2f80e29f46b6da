//! Deterministic predicates over many facts are answered by the bottom-up evaluator: no table of theirs is built rule by rule, and
//! no node of theirs enters the derivation graph.

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::budget::Budget;
use crate::datalog::{Database, DatalogError, is_datalog};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::rules::{Code, RuleSet};
use crate::store::{Shape, Store, TermId};
use crate::term::Term;

/// With fewer facts below a predicate, top-down evaluation is fast enough, and its derivations can be shown.
const FEWEST_FACTS: usize = 1024;
/// After this many calls with different constants a predicate is evaluated in full rather than by magic sets each time.
const MOST_MAGIC_CALLS: u32 = 16;

/// The predicates of a program that the bottom-up evaluator answers.
pub(super) struct Deterministic {
    rules: RuleSet,
    answered: FastSet<u32>,
    /// All predicates that they depend on, themselves included.
    cone: FastSet<u32>,
    served: OnceLock<Option<Mutex<Served>>>,
}

struct Served {
    database: Database,
    n_calls: FastMap<u32, u32>,
}

impl Deterministic {
    /// Finds the predicates that are Datalog, certain, and rest on many facts. None if there are none.
    pub(super) fn new(rules: &RuleSet) -> Option<Self> {
        if rules.rules.len() < FEWEST_FACTS {
            return None;
        }
        let n = rules.predicates.len() as u32;
        let is_fact = |rule: u32| rules.rules[rule as usize].goals.is_empty() && rules.rules[rule as usize].n_vars == 0;
        let callees = |predicate: u32| {
            let goals = rules.clauses_of(predicate).iter().flat_map(|&rule| &rules.rules[rule as usize].goals);
            goals.filter_map(|goal| match goal.code {
                Code::Call(callee) | Code::Not(callee) => Some(callee),
                _ => None,
            })
        };
        let mut callers: FastMap<u32, Vec<u32>> = FastMap::default();
        for predicate in 0..n {
            callees(predicate).for_each(|callee| callers.entry(callee).or_default().push(predicate));
        }
        let certain = |&predicate: &u32| rules.clauses_of(predicate).iter().all(|&rule| is_datalog(rules, rule));
        let mut refused: FastSet<u32> = (0..n).filter(|predicate| !certain(predicate)).collect();
        let mut pending: Vec<u32> = refused.iter().copied().collect();
        while let Some(predicate) = pending.pop() {
            let above = callers.get(&predicate).into_iter().flatten().copied();
            pending.extend(above.filter(|&caller| refused.insert(caller)));
        }
        let derived = |&predicate: &u32| rules.clauses_of(predicate).iter().any(|&rule| !is_fact(rule));
        let (mut answered, mut cone) = (FastSet::default(), FastSet::default());
        for predicate in (0..n).filter(derived).filter(|predicate| !refused.contains(predicate)) {
            let mut below: FastSet<u32> = FastSet::from_iter([predicate]);
            let mut pending = vec![predicate];
            while let Some(next) = pending.pop() {
                pending.extend(callees(next).filter(|&callee| below.insert(callee)));
            }
            let facts = |&predicate: &u32| rules.clauses_of(predicate).iter().filter(|&&rule| is_fact(rule)).count();
            if below.iter().map(facts).sum::<usize>() >= FEWEST_FACTS {
                answered.insert(predicate);
                cone.extend(below);
            }
        }
        let rules = rules.clone();
        (!answered.is_empty()).then(|| Self { rules, answered, cone, served: OnceLock::new() })
    }

    /// Whether a fact of this predicate would change the answers.
    pub(super) fn depends_on(&self, predicate: u32) -> bool {
        self.cone.contains(&predicate)
    }

    /// The instances of a call that hold; none if the call has to be evaluated top-down.
    ///
    /// # Errors
    /// Where the budget is exceeded.
    pub(super) fn answers(
        &self,
        store: &mut Store,
        predicate: u32,
        call: TermId,
        budget: &Budget,
    ) -> Result<Option<Vec<TermId>>, ReasonError> {
        if !self.answered.contains(&predicate) {
            return Ok(None);
        }
        let prepare = || {
            let wanted = self.answered.iter().copied().collect();
            let database = Database::of_predicates(self.rules.clone(), wanted).ok()?;
            Some(Mutex::new(Served { database, n_calls: FastMap::default() }))
        };
        let Some(served) = self.served.get_or_init(prepare) else { return Ok(None) };
        // A panic elsewhere leaves the database incomplete at worst, and then it is evaluated again.
        let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
        match served.ask(store, predicate, call, budget) {
            Ok(answers) => Ok(answers),
            Err(DatalogError::Budget { limit }) => Err(ReasonError::Budget { limit }),
            // Bottom-up evaluation may meet a value that no goal asks for; top-down evaluation decides.
            Err(_) => Ok(None),
        }
    }
}

impl Served {
    fn ask(
        &mut self,
        store: &mut Store,
        predicate: u32,
        call: TermId,
        budget: &Budget,
    ) -> Result<Option<Vec<TermId>>, DatalogError> {
        let (functor, args) = match store.shape(call) {
            Shape::Compound(functor, args) => (functor, args.to_vec()),
            _ => return Ok(None),
        };
        let name = store.name(functor).to_owned();
        let mut pattern = Vec::with_capacity(args.len());
        for &arg in &args {
            pattern.push(match store.shape(arg) {
                Shape::Var(_) => None,
                _ if store.is_ground(arg) => Some(self.database.code(&export(store, arg))),
                _ => return Ok(None),
            });
        }
        let n_calls = self.n_calls.entry(predicate).or_default();
        *n_calls += 1;
        if *n_calls > MOST_MAGIC_CALLS {
            self.database.evaluate_predicate(&name, args.len(), budget)?;
        }
        let columns = self.database.select(&name, &pattern, budget)?;
        let mut terms: FastMap<u32, TermId> = FastMap::default();
        let mut answers = Vec::with_capacity(columns[0].len());
        let mut row: Vec<TermId> = Vec::with_capacity(args.len());
        for at in 0..columns[0].len() {
            // A variable that the call repeats has one value.
            let repeats = |a: usize| (0..a).all(|b| args[a] != args[b] || columns[a][at] == columns[b][at]);
            if !(0..args.len()).all(repeats) {
                continue;
            }
            row.clear();
            for column in &columns {
                row.push(match terms.get(&column[at]) {
                    Some(&term) => term,
                    None => {
                        let term = store.import(&self.database.term(column[at]), &mut |_| 0)?;
                        terms.insert(column[at], term);
                        term
                    }
                });
            }
            answers.push(store.compound(functor, &row)?);
        }
        Ok(Some(answers))
    }
}

fn export(store: &Store, term: TermId) -> Term {
    store.export(term, &|index| format!("_{index}").into())
}
