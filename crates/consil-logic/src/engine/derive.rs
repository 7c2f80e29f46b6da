//! From a goal to its part of the derivation graph.

use std::sync::Arc;

use super::bindings::Bindings;
use super::bottom_up::Deterministic;
use super::machine::{Answered, Machine};
use super::partial::{Partial, RoundLimits};
use super::split::Reading;
use crate::budget::Budget;
use crate::error::ReasonError;
use crate::plan::Goal;
use crate::program::read_body;
use crate::rules::{Lowering, Rule, RuleSet};
use crate::span::Source;
use crate::store::{Store, TermId};
use crate::syntax::expr::Expr;
use crate::term::Term;

/// Derives a goal under its evidence, what the program's own rules observe, and its constraints.
pub(super) fn derive<'b>(asked: Asked<'_, 'b>, budget: &'b Budget) -> Result<Derived<'b>, ReasonError> {
    derive_changed(asked, budget, |_, query| Ok(query))
}

/// [`derive`] after a change of the rules, which gives the predicate to ask instead of the query's.
pub(super) fn derive_changed<'b>(
    asked: Asked<'_, 'b>,
    budget: &'b Budget,
    change: impl FnOnce(&mut RuleSet, u32) -> Result<u32, ReasonError>,
) -> Result<Derived<'b>, ReasonError> {
    let Found { answers, mut machine, mut roots, mut observed, .. } = find(asked, None, budget, change)?;
    machine.settle_negation(&mut roots, &mut observed)?;
    Ok(Derived { answers, machine, roots, evidence: observed })
}

/// Derives a goal as far as the limits allow, with two readings of everything that is not known to its end.
pub(super) fn derive_within<'b>(
    rules: RuleSet,
    evidence: &[(Term, bool)],
    goal: &Goal,
    budget: &'b Budget,
    deterministic: Option<&'b Deterministic>,
    limits: RoundLimits,
) -> Result<Readings<'b>, ReasonError> {
    let asked = Asked { rules, goal, evidence, nesting: 0, deterministic };
    let Found { answers, mut machine, roots, observed, further } =
        find(asked, Some(limits), budget, |_, query| Ok(query))?;
    let (is_whole, is_short) = (!machine.is_cut(), machine.is_short());
    let impossible = machine.impossible();
    let both = |or: u32| Reading { lower: or, upper: or };
    let mut readings: Vec<Reading> = roots.iter().copied().map(both).collect();
    readings.push(both(further.unwrap_or(impossible)));
    readings.extend(observed.iter().map(|(or, _)| both(or.unwrap_or(impossible))));
    machine.split(&mut readings);
    machine.settle_readings(&mut readings, is_whole.then_some((&roots[..], &observed[..])))?;
    let holds: Vec<bool> = observed.iter().map(|&(_, holds)| holds).collect();
    Ok(Readings { answers, machine, readings, holds, is_whole, is_short })
}

/// What is to be derived, and from what.
pub(super) struct Asked<'g, 'b> {
    pub(super) rules: RuleSet,
    pub(super) goal: &'g Goal,
    /// Observed beside what the goal says and the program's own rules give.
    pub(super) evidence: &'g [(Term, bool)],
    /// How many subqueries deep it is asked; the program's own rules observe only at 0.
    pub(super) nesting: usize,
    pub(super) deterministic: Option<&'b Deterministic>,
}

/// The nodes of the answers and of what was observed.
struct Found<'b> {
    answers: Vec<Term>,
    machine: Machine<'b>,
    roots: Vec<u32>,
    observed: Vec<(Option<u32>, bool)>,
    /// What may hold beside the answers.
    further: Option<u32>,
}

fn find<'b>(
    asked: Asked<'_, 'b>,
    limits: Option<RoundLimits>,
    budget: &'b Budget,
    change: impl FnOnce(&mut RuleSet, u32) -> Result<u32, ReasonError>,
) -> Result<Found<'b>, ReasonError> {
    let Asked { mut rules, goal, evidence, nesting, mut deterministic } = asked;
    for fact in &goal.facts {
        let predicate = add_fact(&mut rules, fact)?;
        deterministic = deterministic.filter(|deterministic| !deterministic.depends_on(predicate));
    }
    let variables = goal.query.variables();
    let predicate = add_query(&mut rules, &goal.query, &variables)?;
    let predicate = change(&mut rules, predicate)?;
    let args: Vec<TermId> = (0..variables.len() as u32).map(|index| rules.store.var(index)).collect();
    let name = rules.predicates[predicate as usize].name;
    let call = rules.store.compound(name, &args)?;
    let constraints = std::mem::take(&mut rules.constraints);

    let mut machine = Machine::new(rules, budget, nesting);
    machine.deterministic = deterministic;
    machine.partial = limits.map(Partial::new);
    let mut found: Vec<(Term, u32)> = Vec::new();
    let Answered { list, further, .. } = machine.answers(predicate, call)?;
    for (values, or) in list {
        let answer = instantiate(&machine, &goal.query, &variables, values);
        if !answer.is_ground() {
            return Err(ReasonError::BadGoal {
                term: answer.to_string(),
                what: "an answer",
                reason: "it still has variables".into(),
            });
        }
        found.push((answer, or));
    }
    if found.is_empty() && variables.is_empty() {
        let or = machine.impossible();
        found.push((goal.query.clone(), or));
    }
    found.sort();
    let observed = observations(&mut machine, evidence.iter().chain(&goal.evidence), constraints, nesting)?;
    let (answers, roots): (Vec<Term>, Vec<u32>) = found.into_iter().unzip();
    Ok(Found { answers, machine, roots, observed, further })
}

/// The nodes of evidence, of what the program's own rules observe, and of its constraints, which must not hold.
pub(super) fn observations<'t>(
    machine: &mut Machine,
    evidence: impl Iterator<Item = &'t (Term, bool)>,
    constraints: Vec<u32>,
    nesting: usize,
) -> Result<Vec<(Option<u32>, bool)>, ReasonError> {
    let mut observed = Vec::new();
    for (term, holds) in evidence {
        observed.push((observe(machine, term)?, *holds));
    }
    if nesting == 0 {
        for (name, arity) in [("evidence", 1), ("evidence", 2)] {
            for [atom, truth] in machine.stated(name, arity)? {
                let holds = match &truth {
                    Term::Atom(name) if &**name == "true" => true,
                    Term::Atom(name) if &**name == "false" => false,
                    _ => {
                        let reason = "what is observed is `true` or `false`";
                        return Err(ReasonError::BadGoal {
                            term: truth.to_string(),
                            what: "the evidence",
                            reason: reason.into(),
                        });
                    }
                };
                let (atom, holds) = match atom.args_of::<1>("\\+") {
                    Some([inner]) => (inner.clone(), !holds),
                    None => (atom, holds),
                };
                observed.push((observe(machine, &atom)?, holds));
            }
        }
    }
    for constraint in constraints {
        let name = machine.rules.predicates[constraint as usize].name;
        let call = machine.rules.store.symbol_term(name);
        observed.push((machine.answers(constraint, call)?.list.first().map(|&(_, or)| or), false));
    }
    Ok(observed)
}

/// A goal derived to its end.
pub(crate) struct Derived<'b> {
    pub(super) answers: Vec<Term>,
    pub(super) machine: Machine<'b>,
    pub(super) roots: Vec<u32>,
    pub(super) evidence: Vec<(Option<u32>, bool)>,
}

/// A goal derived as far as the limits allowed.
pub(super) struct Readings<'b> {
    pub(super) answers: Vec<Term>,
    pub(super) machine: Machine<'b>,
    /// The answers, what may hold beside them, and what was observed.
    pub(super) readings: Vec<Reading>,
    /// For each observation, whether it was seen to hold.
    pub(super) holds: Vec<bool>,
    /// Whether nothing was given up.
    pub(super) is_whole: bool,
    /// Whether steps were what was short, not depth or answers.
    pub(super) is_short: bool,
}

/// The values of a clause's variables once its head is a ground call; nothing if it is not.
pub(crate) fn head_bindings(
    store: &mut Store,
    rule: &Rule,
    call: TermId,
) -> Result<Option<Box<[TermId]>>, ReasonError> {
    let mut bindings = Bindings::new(rule.n_vars as usize);
    if !bindings.unify(store, rule.head, call) {
        return Ok(None);
    }
    bindings.values(store, rule.n_vars as usize).map(Some)
}

impl Machine<'_> {
    /// A node without alternatives.
    pub(super) fn impossible(&mut self) -> u32 {
        let goal = self.rules.store.atom("fail");
        self.graph.new_or(goal)
    }
}

/// A fact of a goal: certain, with a probability, or open.
/// Gives its predicate.
pub(super) fn add_fact(rules: &mut RuleSet, fact: &Term) -> Result<u32, ReasonError> {
    let (weight, atom) = match fact.args_of::<2>("::") {
        Some([weight, atom]) => (Some(weight), atom),
        None => (None, fact),
    };
    let bad =
        |reason: &'static str| ReasonError::BadGoal { term: fact.to_string(), what: "a fact", reason: reason.into() };
    let Some((name, args)) = atom.functor() else { return Err(bad("it is no atom")) };
    if !atom.is_ground() {
        return Err(bad("it has variables"));
    }
    let defined = rules.find(name, args.len()).filter(|&id| rules.predicates[id as usize].is_defined);
    let Some(predicate) = defined else { return Err(rules.unknown(name, args.len())) };
    let source = rules.add_source(Source::new("fact", &fact.to_string()));
    Lowering::new(rules, source).fact(weight, atom)?;
    Ok(predicate)
}

/// Adds a predicate over the query's variables whose body is the query.
pub(super) fn add_query(rules: &mut RuleSet, query: &Term, variables: &[Arc<str>]) -> Result<u32, ReasonError> {
    let text = query.to_string();
    let span = crate::span::Span { start: 0, end: text.len() };
    let bad =
        |reason: std::borrow::Cow<'static, str>| ReasonError::BadGoal { term: text.clone(), what: "a query", reason };
    let expr = Expr::goal_of(query, span).map_err(|_| bad("it is nested too deeply".into()))?;
    let body = read_body(&expr).map_err(|finding| {
        let help = finding.help.map(|help| format!("; {help}")).unwrap_or_default();
        bad(format!("{}{help}", finding.message).into())
    })?;
    rules.check_known(&body)?;
    let source = rules.add_source(Source::new("query", &text));
    let name = format!("$query{}", rules.predicates.len());
    Lowering::new(rules, source).query(&name, variables, &body, span)
}

/// The node of a piece of evidence; none if it can never hold.
pub(super) fn observe(machine: &mut Machine, term: &Term) -> Result<Option<u32>, ReasonError> {
    let bad =
        |reason: &'static str| ReasonError::BadGoal { term: term.to_string(), what: "evidence", reason: reason.into() };
    let Some((name, args)) = term.functor() else { return Err(bad("it is no atom")) };
    if !term.is_ground() {
        return Err(bad("it has variables"));
    }
    let predicate = match machine.rules.find(name, args.len()) {
        Some(id) if machine.rules.predicates[id as usize].is_defined => id,
        _ if machine.rules.unknown_fails => return Ok(None),
        _ => return Err(machine.rules.unknown(name, args.len())),
    };
    let call = machine.rules.store.import(term, &mut |_| 0)?;
    Ok(machine.answers(predicate, call)?.list.first().map(|&(_, or)| or))
}

/// The query with the values of its variables, which are the arguments of `values`.
pub(super) fn instantiate(machine: &Machine, query: &Term, variables: &[Arc<str>], values: TermId) -> Term {
    let store = &machine.rules.store;
    let value = |name: &Arc<str>| {
        let index = variables.iter().position(|other| other == name).expect("the variable is one of the query's");
        store.export(store.arg(values, index), &|index| format!("_{index}").into())
    };
    query.substitute(&value)
}
