//! A program whose facts change, with its answers kept current.
//!
//! A change of a fact goes through four stages, each of which stops where nothing is different:
//!
//! 1. *Clauses.* A fact with a leaf of its own (see [`facts`]) only gets another weight. Otherwise its clause comes or goes.
//! 2. *Tables.* The tables that the clause reaches are forgotten (see [`dependencies`](super::dependencies)); asking the watched
//!    queries again derives them anew, over tables and nodes that stay.
//! 3. *Components.* Nodes that rest on common random variables are in one connected component, which falls into modules, which alone give
//!    on their random variables, and the rest above them. Each is a component: compiled by itself, and not at all where a
//!    component of the same structure was.
//! 4. *Values.* Components are evaluated from the changed weights upwards, as far as values change.

mod change;
mod circuits;
mod connected_component;
mod derive;
mod facts;
mod partition;

use std::sync::Arc;

pub use change::Change;

use super::bottom_up::Deterministic;
use super::machine::Machine;
use super::{Solution, add_query};
use crate::budget::Budget;
use crate::derivation::GroupSource;
use crate::error::ReasonError;
use crate::hash::FastMap;
use crate::plan::Certificate;
use crate::program::{Program, mentions_clause};
use crate::rules::RuleSet;
use crate::store::TermId;
use crate::term::Term;
use change::{Looked, look_up};
use circuits::Circuits;
use derive::{Answer, State, Watched};
use facts::{Effect, Facts};
use partition::Partition;

/// Bytes that circuits may take until those used longest ago are dropped.
const CACHE_BYTES: usize = 256 << 20;
/// A program whose facts come, go and change their probabilities, with the answers of its queries kept current.
///
/// Answers are those of an [`Engine`](crate::Engine) over the program with the facts as they are, up to rounding; what does not
/// change is neither derived nor compiled again, and [`Update`] says how much was. It belongs to one thread.
///
/// Every uncertain fact, and every fact of a predicate declared `:- dynamic`, has a weight of its own: to change it, to delete the
/// fact or to put it back evaluates the components above it and compiles nothing. A new fact, and a certain fact of another
/// predicate, derive the tables and compile the components that they reach.
///
/// ```
/// use consil_logic::{Budget, Change, LiveEngine, Program};
///
/// let program = Program::parse("edges.pl", "
///     :- dynamic edge/2.
///     0.9::edge(a, b). 0.8::edge(b, c).
///     path(X, Y) :- edge(X, Y).
///     path(X, Y) :- edge(X, Z), path(Z, Y).
///     query(path(a, c)).
/// ")?;
/// let budget = Budget::default();
/// let mut live = LiveEngine::new(program, &budget)?;
/// let at = |live: &LiveEngine| live.probability(0, &"path(a, c)".parse().ok()?);
///
/// live.refresh(&budget)?;
/// assert!((at(&live).unwrap() - 0.72).abs() < 1e-9);
///
/// // A new edge derives and compiles what it reaches.
/// let update = live.apply(&[Change::Insert("0.5::edge(a, c)".parse()?)], &budget)?;
/// assert!((at(&live).unwrap() - 0.86).abs() < 1e-9);
/// assert_eq!(update.components_compiled, 1);
///
/// // Closing it again only sets its weight to zero.
/// let update = live.apply(&[Change::Delete("edge(a, c)".parse()?)], &budget)?;
/// assert!((at(&live).unwrap() - 0.72).abs() < 1e-9);
/// assert_eq!((update.tables_derived, update.components_compiled), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LiveEngine {
    program: Program,
    evidence: Vec<(Term, bool)>,
    constraints: Vec<u32>,
    facts: Facts,
    state: State,
    /// Answers certain predicates over many facts.
    deterministic: Option<Arc<Deterministic>>,
    watched: Vec<Watched>,
    partition: Partition,
    circuits: Circuits,
    /// Heads of clauses that came or went since the tables were filled, by predicate.
    changed: Vec<(u32, TermId)>,
    /// Leaves whose weights changed since the values were worked out.
    touched: Vec<TermId>,
    /// Whether the watched nodes are those of the facts as they are.
    is_derived: bool,
    /// Whether the values are.
    is_current: bool,
    /// Observed something that never holds.
    is_impossible: bool,
    /// Whether a list of answers stands in an order that depends on which tables were full already: then each query is derived
    /// with tables of its own, as an engine does.
    is_ordered: bool,
    /// Nodes of the graph when it was last derived from nothing.
    n_nodes: usize,
}

/// What an update had to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Tables of subgoals that were filled.
    pub tables_derived: usize,
    /// Tables that were kept as they were.
    pub tables_kept: usize,
    /// Components that were compiled.
    pub components_compiled: usize,
    /// Components whose circuit was there already: unchanged ones, and others of the same structure.
    pub components_reused: usize,
    /// Components that were evaluated.
    pub components_evaluated: usize,
}

impl LiveEngine {
    /// Prepares a program and watches its queries; nothing is derived before the first [`refresh`](Self::refresh),
    /// [`apply`](Self::apply) or [`watch`](Self::watch).
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn new(program: Program, budget: &Budget) -> Result<Self, ReasonError> {
        let mut rules = RuleSet::new(&program)?;
        let constraints = std::mem::take(&mut rules.constraints);
        let mut queries = program.queries().to_vec();
        if rules.is_own("query", 1) {
            let mut machine = Machine::new(rules.clone(), budget, 0);
            queries.extend(machine.stated("query", 1)?.into_iter().map(|[query, _]| query));
        }
        let facts = Facts::new(&mut rules, &program);
        let mut live = Self {
            evidence: program.evidence().to_vec(),
            program,
            constraints,
            facts,
            state: State::Empty(Box::new(rules)),
            deterministic: None,
            watched: Vec::new(),
            partition: Partition::default(),
            circuits: Circuits::new(CACHE_BYTES),
            changed: Vec::new(),
            touched: Vec::new(),
            is_derived: false,
            is_current: false,
            is_impossible: false,
            is_ordered: false,
            n_nodes: 0,
        };
        queries.into_iter().try_for_each(|query| live.add(query))?;
        Ok(live)
    }

    /// The program as it was read, without the changes.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The queries that are watched: those of the program, then those that were added.
    pub fn queries(&self) -> impl Iterator<Item = &Term> {
        self.watched.iter().map(|watched| &watched.query)
    }

    /// Keeps the answers of one more query current, and gives its number.
    ///
    /// # Errors
    /// See [`ReasonError`]; the query is then not watched.
    pub fn watch(&mut self, query: Term, budget: &Budget) -> Result<usize, ReasonError> {
        self.add(query)?;
        match self.refresh(budget) {
            // It is watched all the same: the evidence may change.
            Ok(_) | Err(ReasonError::ImpossibleEvidence) => Ok(self.watched.len() - 1),
            Err(error) => {
                self.watched.pop();
                self.is_derived = false;
                Err(error)
            }
        }
    }

    /// Makes changes, in their order, and brings all answers up to date.
    ///
    /// # Errors
    /// [`ReasonError::BadGoal`] and [`ReasonError::UnknownPredicate`] where a change is none; then nothing is changed. After any
    /// other error the changes are made and the answers are out of date until a later call succeeds: evidence that no world
    /// fulfils, or a budget that is exceeded.
    pub fn apply(&mut self, changes: &[Change], budget: &Budget) -> Result<Update, ReasonError> {
        let looked = self.look_up(changes)?;
        self.is_current &= looked.is_empty();
        for change in looked {
            self.make(change)?;
        }
        self.refresh(budget)
    }

    /// Brings all answers up to date after an error, or for the first time.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn refresh(&mut self, budget: &Budget) -> Result<Update, ReasonError> {
        self.is_current = false;
        let mut update = Update::default();
        if let State::Filled(machine) = &self.state {
            let slots = self.touched.iter().filter_map(|&atom| machine.leaves.open_slot(atom));
            slots.for_each(|slot| self.partition.touch(machine.graph.slot_group(slot)));
        }
        self.touched.clear();
        if !self.is_derived {
            self.derive(budget, &mut update)?;
            self.is_derived = true;
        }
        let State::Filled(machine) = &self.state else { return Ok(update) };
        if update.tables_derived == 0 {
            update.tables_kept = machine.calls.len();
        }
        if self.is_impossible {
            return Err(ReasonError::ImpossibleEvidence);
        }
        let (facts, graph) = (&self.facts, &machine.graph);
        let mut weights = |group: u32, out: &mut Vec<f64>| {
            let group = &graph.groups[group as usize];
            match &group.source {
                GroupSource::Choice { probabilities, .. } => out.extend(probabilities),
                GroupSource::Open { atom } => {
                    let holds = facts.weight(*atom).unwrap_or(f64::NAN);
                    out.extend([holds, 1.0 - holds]);
                }
                // What is unknown appears only where a derivation may be given up, which none of a live engine is.
                GroupSource::Neural { .. } | GroupSource::Unknown => {
                    out.extend(std::iter::repeat_n(f64::NAN, group.n_slots as usize))
                }
            }
        };
        let done = self.partition.refresh(graph, &mut self.circuits, budget, &mut weights)?;
        update.components_compiled = done.compiled;
        update.components_reused = self.partition.n_components() - done.compiled;
        update.components_evaluated = done.evaluated;
        self.is_current = true;
        Ok(update)
    }

    /// The answers of a watched query with their probabilities given the evidence, in the standard order; none while they are
    /// out of date. An answer that cannot hold is one only of a ground query. NaN where a network or a decision has a part.
    ///
    /// # Panics
    /// If there is no such query.
    pub fn answers(&self, query: usize) -> Option<impl Iterator<Item = (&Term, f64)>> {
        let watched = &self.watched[query];
        let is_ground = watched.variables.is_empty();
        let answers = watched.answers.iter().map(|answer| (&answer.term, self.value(answer)));
        self.is_current.then(|| answers.filter(move |&(_, probability)| is_ground || probability != 0.0))
    }

    /// The probability of one answer of a watched query given the evidence, 0 of what is none; nothing while answers are out of
    /// date.
    ///
    /// # Panics
    /// If there is no such query.
    pub fn probability(&self, query: usize, answer: &Term) -> Option<f64> {
        let answers = &self.watched[query].answers;
        let found = answers.binary_search_by(|other| other.term.cmp(answer));
        self.is_current.then(|| found.map_or(0.0, |at| self.value(&answers[at])))
    }

    /// All answers as [`Engine::solve`](crate::Engine::solve) gives them; none while they are out of date.
    pub fn solutions(&self) -> Option<Vec<Solution>> {
        let mut solutions = Vec::new();
        for query in 0..self.watched.len() {
            solutions.extend(self.answers(query)?.map(|(answer, probability)| Solution {
                query,
                answer: answer.clone(),
                probability,
                certificate: Certificate::Exact,
            }));
        }
        Some(solutions)
    }

    fn value(&self, answer: &Answer) -> f64 {
        match answer.node {
            _ if answer.is_certain => 1.0,
            Some(node) => self.partition.probability(node).unwrap_or(f64::NAN),
            None => 0.0,
        }
    }

    /// Looks changes up, each after the ones before it.
    fn look_up(&mut self, changes: &[Change]) -> Result<Vec<Looked>, ReasonError> {
        let mut before: FastMap<TermId, bool> = FastMap::default();
        let mut looked = Vec::with_capacity(changes.len());
        for change in changes {
            let facts = &self.facts;
            let is_there = |head: TermId| before.get(&head).copied().unwrap_or_else(|| facts.is_there(head));
            let change = look_up(self.state.rules(), change, &is_there)?;
            match change {
                Looked::Insert { head, .. } => before.insert(head, true),
                Looked::Delete { head } => before.insert(head, false),
                Looked::Observe(..) | Looked::Forget(_) => None,
            };
            looked.push(change);
        }
        Ok(looked)
    }

    fn make(&mut self, change: Looked) -> Result<(), ReasonError> {
        let rules = self.state.rules();
        let effect = match change {
            Looked::Insert { predicate, head, atom, probability } => {
                self.facts.insert(rules, (predicate, head), &atom, probability)?
            }
            Looked::Delete { head } => self.facts.delete(rules, head),
            Looked::Observe(atom, holds) => {
                self.evidence.retain(|(other, _)| *other != atom);
                self.evidence.push((atom, holds));
                self.is_derived = false;
                Effect::None
            }
            Looked::Forget(atom) => {
                self.evidence.retain(|(other, _)| *other != atom);
                self.is_derived = false;
                Effect::None
            }
        };
        match effect {
            Effect::None => {}
            Effect::Weight(atom) => self.touched.push(atom),
            Effect::Clauses(predicate, head) => {
                self.changed.push((predicate, head));
                self.is_derived = false;
            }
        }
        Ok(())
    }

    fn add(&mut self, query: Term) -> Result<(), ReasonError> {
        let rules = self.state.rules();
        if mentions_clause(&query) && !rules.is_own("clause", 2) && !rules.is_own("clause", 3) {
            rules.reflect(&self.program)?;
        }
        let variables = query.variables();
        let predicate = add_query(rules, &query, &variables)?;
        let args: Vec<TermId> = (0..variables.len() as u32).map(|index| rules.store.var(index)).collect();
        let name = rules.predicates[predicate as usize].name;
        let call = rules.store.compound(name, &args)?;
        self.changed.extend(self.facts.observe(rules)?);
        self.watched.push(Watched { query, variables, predicate, call, table: None, answers: Vec::new() });
        self.is_derived = false;
        Ok(())
    }
}
