//! From a goal to a plan.

mod bindings;
mod bottom_up;
mod branches;
mod builtins;
mod collect;
mod component;
mod cycle;
mod delayed;
mod dependencies;
mod dynamic;
mod groups;
mod inverted;
mod leaf;
pub(crate) mod live;
mod machine;
mod queries;
mod report;
mod sets;
mod subquery;
mod table;
mod wellfounded;

use std::sync::{Arc, Mutex, PoisonError};

use crate::Workspace;
use crate::budget::{Budget, Limit};
use crate::compile::{compile, compile_bounds};
use crate::derivation::Truth;
use crate::error::ReasonError;
use crate::plan::{Bounds, Certificate, Goal, Plan, PlanCache};
use crate::program::{Program, mentions_clause, read_body};
use crate::proof::Derivations;
use crate::rules::{Lowering, Rule, RuleSet};
use crate::span::Source;
use crate::store::{Store, TermId};
use crate::syntax::expr::Expr;
use crate::task::Sampler;
use crate::term::Term;
use bindings::Bindings;
use bottom_up::Deterministic;
use groups::{known_or_even, leaf_groups};
use machine::Machine;

/// Bytes that plans may take until the least recently used are dropped.
const CACHE_BYTES: usize = 256 << 20;

/// A program made ready for goals, with the plans made so far. Shared between threads by reference.
pub struct Engine {
    program: Program,
    pub(crate) rules: RuleSet,
    deterministic: Option<Deterministic>,
    cache: Mutex<PlanCache>,
}

/// An answer to one of a program's queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The query, by its index in [`Program::queries`]; their number if a rule for `query/1` gave it. 0 of a single goal.
    pub query: usize,
    /// The ground answer.
    pub answer: Term,
    /// P(answer | evidence), or the middle of the interval that the certificate names.
    pub probability: f64,
    /// What the probability is.
    pub certificate: Certificate,
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

    /// The same program with other rules, and no plans yet.
    pub(crate) fn with_rules(&self, rules: RuleSet) -> Self {
        // What was worked out for the old rules need not hold under the new.
        Self {
            program: self.program.clone(),
            rules,
            deterministic: None,
            cache: Mutex::new(PlanCache::new(CACHE_BYTES)),
        }
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
        let compiled = self.compile(self.derive(goal, budget)?, budget);
        let (plan, structure) = compiled.map_err(|error| self.located(error))?;
        self.cache().insert(goal.clone(), structure, plan.clone());
        Ok(plan)
    }

    /// One plan for many ground atoms: its answers are the atoms, sorted, each once, even those that cannot hold. Such plans
    /// are not kept.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn plan_atoms(
        &self,
        atoms: &[Term],
        evidence: &[(Term, bool)],
        facts: &[Term],
        budget: &Budget,
    ) -> Result<Arc<Plan>, ReasonError> {
        let mut answers = atoms.to_vec();
        answers.sort();
        answers.dedup();
        let mut rules = self.rules.clone();
        for fact in facts {
            add_fact(&mut rules, fact)?;
        }
        let constraints = std::mem::take(&mut rules.constraints);
        let mut machine = Machine::new(rules, budget, 0);
        let mut roots = Vec::with_capacity(answers.len());
        for atom in &answers {
            let or = observe(&mut machine, atom)?;
            roots.push(or.unwrap_or_else(|| machine.impossible()));
        }
        let stated = self.program.evidence().iter().chain(evidence);
        let mut evidence = observations(&mut machine, stated, constraints, 0)?;
        machine.settle_negation(&mut roots, &mut evidence)?;
        Ok(self.compile(Derived { answers, machine, roots, evidence }, budget)?.0)
    }

    /// The plan of a derivation, with its structure.
    pub(crate) fn compile(&self, derived: Derived, budget: &Budget) -> Result<(Arc<Plan>, Vec<u32>), ReasonError> {
        let Derived { answers, mut machine, roots, evidence } = derived;
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
        Ok((Arc::new(Plan { answers, groups, circuit, derivations }), structure))
    }

    /// Derives a goal and compiles it to bounds: exact where the budget allows, and never an error for want of nodes or time
    /// while compiling. The bounds tighten until they are exact or the budget ends, so a deadline is well spent.
    ///
    /// # Errors
    /// See [`ReasonError`]; a derivation over its budget has no graph to bound.
    pub fn bounds(&self, goal: &Goal, budget: &Budget) -> Result<Bounds, ReasonError> {
        let Derived { answers, mut machine, roots, evidence } = self.derive(goal, budget)?;
        let trimmed = machine.graph.trim(&roots, &evidence);
        let groups = leaf_groups(&machine, &trimmed);
        let weights: Vec<Vec<f64>> = groups.iter().map(known_or_even).collect();
        let (circuit, is_exact) = compile_bounds(&trimmed, &weights, budget);
        Ok(Bounds { answers, groups, circuit: Arc::new(circuit), is_exact })
    }

    /// Derives a goal for sampling, without compiling it.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn sampler(&self, goal: &Goal, budget: &Budget) -> Result<Sampler, ReasonError> {
        let Derived { answers, mut machine, roots, evidence } = self.derive(goal, budget)?;
        let graph = machine.graph.trim(&roots, &evidence);
        let groups = leaf_groups(&machine, &graph);
        Ok(Sampler { answers, groups, graph })
    }

    /// An answer that holds in some world, whatever the evidence; nothing if there is none.
    pub(crate) fn possible(&self, goal: &Goal, budget: &Budget) -> Result<Option<Term>, ReasonError> {
        let Derived { answers, mut machine, roots, .. } = self.derive(goal, budget)?;
        let trimmed = machine.graph.trim(&roots, &[]);
        let holds = answers.into_iter().zip(&trimmed.roots).find(|(_, truth)| **truth != Truth::False);
        Ok(holds.map(|(answer, _)| answer))
    }

    /// Answers all queries of the program, given its evidence: exactly if the budget allows, else with bounds. A query whose
    /// networks would have to be asked has no probability of its own: its answers are NaN.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let mut solutions = Vec::new();
        for (query, term) in self.asked(budget)? {
            let found = self.solve_goal(&Goal::new(term), budget)?;
            solutions.extend(found.into_iter().map(|one| Solution { query, ..one }));
        }
        Ok(solutions)
    }

    /// Answers a goal as [`solve`](Self::solve) answers each query of the program; their `query` is 0.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve_goal(&self, goal: &Goal, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let mut ws = Workspace::new();
        let solution = |(answer, (probability, certificate)): (&Term, (f64, Certificate))| Solution {
            query: 0,
            answer: answer.clone(),
            probability,
            certificate,
        };
        // Under a deadline nothing would be left for bounds after an exact attempt, and bounds end in the exact result.
        let plan = match budget.expired {
            Some(_) => None,
            None => match self.plan(goal, budget) {
                Err(ReasonError::Budget { limit: Limit::Nodes(_) }) => None,
                plan => Some(plan?),
            },
        };
        let Some(plan) = plan else {
            let bounds = self.bounds(goal, budget)?;
            let weights = bounds.default_log_weights();
            let known = weights.iter().all(|weight| !weight.is_nan());
            let values = match known {
                true => bounds.evaluate(&weights, &mut ws),
                false => {
                    let unknown = (f64::NAN, Certificate::Bounds { lower: 0.0, upper: 1.0 });
                    return Ok(bounds.answers().iter().map(|answer| solution((answer, unknown))).collect());
                }
            };
            if values.iter().any(|(probability, _)| probability.is_nan()) {
                return Err(self.located(ReasonError::ImpossibleEvidence));
            }
            return Ok(bounds.answers().iter().zip(values).map(solution).collect());
        };
        let weights = plan.default_log_weights();
        let known = weights.iter().all(|weight| !weight.is_nan());
        if known {
            plan.forward_f64(&weights, &mut ws);
            if ws.log_evidence(0) == f64::NEG_INFINITY {
                return Err(self.located(ReasonError::ImpossibleEvidence));
            }
        }
        let probability = |index| if known { ws.log_prob(index, 0).exp() } else { f64::NAN };
        let answers = plan.answers().iter().enumerate();
        Ok(answers.map(|(index, answer)| solution((answer, (probability(index), Certificate::Exact)))).collect())
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, PlanCache> {
        // A panic elsewhere cannot leave the cache inconsistent: each call completes or changes nothing.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn derive<'b>(&'b self, goal: &Goal, budget: &'b Budget) -> Result<Derived<'b>, ReasonError> {
        let mut rules = self.rules.clone();
        if mentions_clause(&goal.query) && !rules.is_own("clause", 2) && !rules.is_own("clause", 3) {
            rules.reflect(&self.program)?;
        }
        let derived = derive(rules, self.program.evidence(), goal, budget, 0, self.deterministic.as_ref());
        derived.map_err(|error| error.at(self.program.place_of_query(&goal.query)))
    }

    /// Derives a goal after a change of the rules, which gives the predicate to ask instead of the query's.
    pub(crate) fn derive_with<'b>(
        &self,
        goal: &Goal,
        budget: &'b Budget,
        change: impl FnOnce(&mut RuleSet, u32) -> Result<u32, ReasonError>,
    ) -> Result<Derived<'b>, ReasonError> {
        derive_changed(self.rules.clone(), self.program.evidence(), goal, budget, 0, None, change)
    }
}

/// Derives a goal under `evidence`, what the program's own rules observe, and its constraints.
fn derive<'b>(
    rules: RuleSet,
    evidence: &[(Term, bool)],
    goal: &Goal,
    budget: &'b Budget,
    nesting: usize,
    deterministic: Option<&'b Deterministic>,
) -> Result<Derived<'b>, ReasonError> {
    derive_changed(rules, evidence, goal, budget, nesting, deterministic, |_, query| Ok(query))
}

/// [`derive`] after a change of the rules, which gives the predicate to ask instead of the query's.
fn derive_changed<'b>(
    mut rules: RuleSet,
    evidence: &[(Term, bool)],
    goal: &Goal,
    budget: &'b Budget,
    nesting: usize,
    mut deterministic: Option<&'b Deterministic>,
    change: impl FnOnce(&mut RuleSet, u32) -> Result<u32, ReasonError>,
) -> Result<Derived<'b>, ReasonError> {
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
    let mut found: Vec<(Term, u32)> = Vec::new();
    for (values, or) in machine.answers(predicate, call)? {
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
    let mut observed = observations(&mut machine, evidence.iter().chain(&goal.evidence), constraints, nesting)?;
    let (answers, mut roots): (Vec<Term>, Vec<u32>) = found.into_iter().unzip();
    machine.settle_negation(&mut roots, &mut observed)?;
    Ok(Derived { answers, machine, roots, evidence: observed })
}

/// The nodes of evidence, of what the program's own rules observe, and of its constraints, which must not hold.
fn observations<'t>(
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
        observed.push((machine.answers(constraint, call)?.first().map(|&(_, or)| or), false));
    }
    Ok(observed)
}

pub(crate) struct Derived<'b> {
    answers: Vec<Term>,
    machine: Machine<'b>,
    roots: Vec<u32>,
    evidence: Vec<(Option<u32>, bool)>,
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
    fn impossible(&mut self) -> u32 {
        let goal = self.rules.store.atom("fail");
        self.graph.new_or(goal)
    }
}

/// A fact of a goal: certain, with a probability, or open.
/// Gives its predicate.
fn add_fact(rules: &mut RuleSet, fact: &Term) -> Result<u32, ReasonError> {
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
fn add_query(rules: &mut RuleSet, query: &Term, variables: &[Arc<str>]) -> Result<u32, ReasonError> {
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
fn observe(machine: &mut Machine, term: &Term) -> Result<Option<u32>, ReasonError> {
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
