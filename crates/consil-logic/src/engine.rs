//! From a goal to a plan.

mod bindings;
mod bottom_up;
mod branches;
mod builtins;
mod collect;
mod component;
mod cycle;
mod dynamic;
mod leaf;
mod machine;
mod report;
mod subquery;
mod table;
mod wellfounded;

use std::sync::{Arc, Mutex, PoisonError};

use crate::budget::Budget;
use crate::compile::compile;
use crate::derivation::{GroupSource, Trimmed, TrimmedGroup};
use crate::error::ReasonError;
use crate::nearest::nearest;
use crate::plan::{Goal, LeafGroup, LeafKind, Plan, PlanCache};
use crate::program::{Program, read_body};
use crate::proof::Derivations;
use crate::rules::{Choice, Lowering, RuleSet};
use crate::span::Source;
use crate::store::TermId;
use crate::syntax::expr::Expr;
use crate::term::Term;
use crate::{Workspace, library};
use bottom_up::Deterministic;
use machine::Machine;

/// Bytes that plans may take until the least recently used are dropped.
const CACHE_BYTES: usize = 256 << 20;

/// A program made ready for goals, with the plans made so far. Shared between threads by reference.
pub struct Engine {
    program: Program,
    rules: RuleSet,
    deterministic: Option<Deterministic>,
    cache: Mutex<PlanCache>,
}

/// An answer to one of a program's queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The query, by its index in [`Program::queries`]; their number if a rule for `query/1` gave it.
    pub query: usize,
    /// The ground answer.
    pub answer: Term,
    /// P(answer | evidence).
    pub probability: f64,
}

impl Engine {
    /// Prepares a program; plans may take 256 MiB until the least recently used are dropped.
    ///
    /// # Errors
    /// [`ReasonError::Budget`] if a term of the program is nested too deeply.
    pub fn new(program: Program) -> Result<Self, ReasonError> {
        Self::with_cache(program, CACHE_BYTES)
    }

    /// Prepares a program with room for `max_bytes` of plans; the plan made last is always kept.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_cache(program: Program, max_bytes: usize) -> Result<Self, ReasonError> {
        let rules = RuleSet::new(&program)?;
        let deterministic = Deterministic::new(&rules);
        Ok(Self { program, rules, deterministic, cache: Mutex::new(PlanCache::new(max_bytes)) })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many plans the cache holds.
    pub fn n_cached(&self) -> usize {
        self.cache().len()
    }

    /// Derives and compiles a goal, or gives the plan made for it before. Goals with the same ground structure share a
    /// circuit even if they speak of different things.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn plan(&self, goal: &Goal, budget: &Budget) -> Result<Arc<Plan>, ReasonError> {
        if let Some(plan) = self.cache().get(goal) {
            return Ok(plan);
        }
        let Derived { answers, mut machine, roots, evidence } = self.derive(goal, budget)?;
        let trimmed = machine.graph.trim(&roots, &evidence);
        let structure = trimmed.structure();
        // The lock is not held while compiling; two threads may compile the same goal, and one result is kept.
        let shared = self.cache().circuit(&structure);
        let circuit = match shared {
            Some(circuit) => circuit,
            None => Arc::new(compile(&trimmed, budget)?),
        };
        let groups = leaf_groups(&machine, &trimmed);
        let negations = match trimmed.of_negated() {
            Some(negated) => Some(Arc::new(compile(&negated, budget)?)),
            None => None,
        };
        let derivations = Derivations::new(machine.rules, &machine.graph, trimmed, negations);
        let plan = Arc::new(Plan { answers, groups, circuit, derivations });
        self.cache().insert(goal.clone(), structure, plan.clone());
        Ok(plan)
    }

    /// Answers all queries of the program, given its evidence. A query whose networks would have to be asked has no
    /// probability of its own: its answers are NaN.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let mut solutions = Vec::new();
        let mut ws = Workspace::new();
        let stated = self.program.queries().len();
        for (query, term) in self.queries(budget)?.iter().enumerate() {
            let query = query.min(stated);
            let plan = self.plan(&Goal::new(term.clone()), budget)?;
            let weights = plan.default_log_weights();
            let known = weights.iter().all(|weight| !weight.is_nan());
            if known {
                plan.forward_f64(&weights, &mut ws);
                if ws.log_evidence(0) == f64::NEG_INFINITY {
                    return Err(ReasonError::ImpossibleEvidence);
                }
            }
            for (index, answer) in plan.answers().iter().enumerate() {
                let probability = if known { ws.log_prob(index, 0).exp() } else { f64::NAN };
                solutions.push(Solution { query, answer: answer.clone(), probability });
            }
        }
        Ok(solutions)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, PlanCache> {
        // A panic elsewhere cannot leave the cache inconsistent: each call completes or changes nothing.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program's queries: those that it states, then those that its rules for `query/1` give.
    fn queries(&self, budget: &Budget) -> Result<Vec<Term>, ReasonError> {
        let mut queries = self.program.queries().to_vec();
        if self.rules.is_own("query", 1) {
            let mut machine = Machine::new(self.rules.clone(), budget, 0);
            queries.extend(machine.stated("query", 1)?.into_iter().map(|[query, _]| query));
        }
        Ok(queries)
    }

    fn derive<'b>(&'b self, goal: &Goal, budget: &'b Budget) -> Result<Derived<'b>, ReasonError> {
        derive(self.rules.clone(), self.program.evidence(), goal, budget, 0, self.deterministic.as_ref())
    }
}

/// Derives a goal under `evidence`, what the program's own rules observe, and its constraints.
fn derive<'b>(
    mut rules: RuleSet,
    evidence: &[(Term, bool)],
    goal: &Goal,
    budget: &'b Budget,
    nesting: usize,
    mut deterministic: Option<&'b Deterministic>,
) -> Result<Derived<'b>, ReasonError> {
    for fact in &goal.facts {
        let predicate = add_fact(&mut rules, fact)?;
        deterministic = deterministic.filter(|deterministic| !deterministic.depends_on(predicate));
    }
    let variables = goal.query.variables();
    let predicate = add_query(&mut rules, &goal.query, &variables)?;
    let args: Vec<TermId> = (0..variables.len() as u32).map(|index| rules.store.var(index)).collect();
    let name = rules.predicates[predicate as usize].name;
    let call = rules.store.compound(name, &args)?;
    let constraints = std::mem::take(&mut rules.constraints);

    let mut machine = Machine::new(rules, budget, nesting);
    machine.deterministic = deterministic;
    let mut found: Vec<(Term, u32)> = Vec::new();
    for (values, or) in machine.answers(predicate, call)? {
        let answer = instantiate(&machine, &goal.query, &variables, values);
        if !answer.is_ground() {
            return Err(ReasonError::BadGoal {
                term: answer.to_string(),
                what: "an answer",
                reason: "it still has variables",
            });
        }
        found.push((answer, or));
    }
    if found.is_empty() && variables.is_empty() {
        let or = machine.graph.new_or(call);
        found.push((goal.query.clone(), or));
    }
    found.sort();
    let mut observed = Vec::new();
    for (term, holds) in evidence.iter().chain(&goal.evidence) {
        observed.push((observe(&mut machine, term)?, *holds));
    }
    if nesting == 0 {
        for (name, arity) in [("evidence", 1), ("evidence", 2)] {
            for [atom, truth] in machine.stated(name, arity)? {
                let holds = !matches!(truth, Term::Atom(name) if &*name == "false");
                let (atom, holds) = match atom.args_of::<1>("\\+") {
                    Some([inner]) => (inner.clone(), !holds),
                    None => (atom, holds),
                };
                observed.push((observe(&mut machine, &atom)?, holds));
            }
        }
    }
    for constraint in constraints {
        let name = machine.rules.predicates[constraint as usize].name;
        let call = machine.rules.store.symbol_term(name);
        observed.push((machine.answers(constraint, call)?.first().map(|&(_, or)| or), false));
    }
    let (answers, mut roots): (Vec<Term>, Vec<u32>) = found.into_iter().unzip();
    machine.settle_negation(&mut roots, &mut observed)?;
    Ok(Derived { answers, machine, roots, evidence: observed })
}

struct Derived<'b> {
    answers: Vec<Term>,
    machine: Machine<'b>,
    roots: Vec<u32>,
    evidence: Vec<(Option<u32>, bool)>,
}

/// A fact of a goal: certain, with a probability, or open.
/// Gives its predicate.
fn add_fact(rules: &mut RuleSet, fact: &Term) -> Result<u32, ReasonError> {
    let (weight, atom) = match fact.args_of::<2>("::") {
        Some([weight, atom]) => (Some(weight), atom),
        None => (None, fact),
    };
    let bad = |reason| ReasonError::BadGoal { term: fact.to_string(), what: "a fact", reason };
    let Some((name, args)) = atom.functor() else { return Err(bad("it is no atom")) };
    if !atom.is_ground() {
        return Err(bad("it has variables"));
    }
    let defined = rules.find(name, args.len()).filter(|&id| rules.predicates[id as usize].is_defined);
    let Some(predicate) = defined else { return Err(unknown(rules, name, args.len())) };
    let source = rules.add_source(Source::new("fact", &fact.to_string()));
    Lowering::new(rules, source).fact(weight, atom)?;
    Ok(predicate)
}

/// Adds a predicate over the query's variables whose body is the query.
fn add_query(rules: &mut RuleSet, query: &Term, variables: &[Arc<str>]) -> Result<u32, ReasonError> {
    let text = query.to_string();
    let span = crate::span::Span { start: 0, end: text.len() };
    let bad = |reason| ReasonError::BadGoal { term: text.clone(), what: "a query", reason };
    let expr = Expr::goal_of(query, span).map_err(|_| bad("it is nested too deeply"))?;
    let body = read_body(&expr).map_err(|_| bad("it is no goal"))?;
    for call in body.all_calls() {
        let (name, arity) = call.indicator();
        let defined = rules.find(name, arity).is_some_and(|id| rules.predicates[id as usize].is_defined);
        if !defined && !crate::builtin::is_builtin(name, arity) && !rules.unknown_fails {
            return Err(unknown(rules, name, arity));
        }
    }
    let source = rules.add_source(Source::new("query", &text));
    let name = format!("$query{}", rules.predicates.len());
    Lowering::new(rules, source).query(&name, variables, &body, span)
}

fn unknown(rules: &RuleSet, name: &str, arity: usize) -> ReasonError {
    let candidates = rules.names().filter(|name| !name.starts_with('$')).chain(library::names());
    let suggestion = nearest(name, candidates).map(str::to_owned);
    ReasonError::UnknownPredicate { name: format!("{name}/{arity}"), suggestion }
}

/// The node of a piece of evidence; none if it can never hold.
fn observe(machine: &mut Machine, term: &Term) -> Result<Option<u32>, ReasonError> {
    let bad = |reason| ReasonError::BadGoal { term: term.to_string(), what: "evidence", reason };
    let Some((name, args)) = term.functor() else { return Err(bad("it is no atom")) };
    if !term.is_ground() {
        return Err(bad("it has variables"));
    }
    let predicate = match machine.rules.find(name, args.len()) {
        Some(id) if machine.rules.predicates[id as usize].is_defined => id,
        _ if machine.rules.unknown_fails => return Ok(None),
        _ => return Err(unknown(&machine.rules, name, args.len())),
    };
    let call = machine.rules.store.import(term, &mut |_| 0)?;
    Ok(machine.answers(predicate, call)?.first().map(|&(_, or)| or))
}

/// The query with the values of its variables, which are the arguments of `values`.
fn instantiate(machine: &Machine, query: &Term, variables: &[Arc<str>], values: TermId) -> Term {
    let store = &machine.rules.store;
    let value = |name: &Arc<str>| {
        let index = variables.iter().position(|other| other == name).expect("the variable is one of the query's");
        store.export(store.arg(values, index), &|index| format!("_{index}").into())
    };
    query.substitute(&value)
}

fn leaf_groups(machine: &Machine, trimmed: &Trimmed) -> Vec<LeafGroup> {
    let store = &machine.rules.store;
    let export = |term: &TermId| store.export(*term, &|index| format!("_{index}").into());
    let group = |group: &TrimmedGroup| {
        let slots = group.first_slot as usize..(group.first_slot + group.n_slots) as usize;
        let kind = match &machine.graph.groups[group.group as usize].source {
            GroupSource::Neural { choice, inputs } => match &*machine.rules.choices[*choice as usize] {
                Choice::Neural { network, classes, .. } => LeafKind::Neural {
                    network: network.clone(),
                    inputs: inputs.iter().map(export).collect(),
                    classes: classes.iter().map(export).collect(),
                },
                _ => unreachable!("a neural group comes from a neural clause"),
            },
            GroupSource::Choice { heads, probabilities } => {
                LeafKind::Choice { heads: heads.iter().map(export).collect(), probabilities: probabilities.clone() }
            }
            GroupSource::Open { atom } => LeafKind::Fact { atom: export(atom) },
        };
        LeafGroup { kind, slots }
    };
    trimmed.groups.iter().map(group).collect()
}
