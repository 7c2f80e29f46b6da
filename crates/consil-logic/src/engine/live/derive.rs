//! From facts as they are to the nodes that are asked for.

use std::sync::Arc;

use super::partition::Asked;
use super::{LiveEngine, Update};
use crate::budget::{Budget, Limit};
use crate::engine::bottom_up::Deterministic;
use crate::engine::machine::Machine;
use crate::engine::{instantiate, observations};
use crate::error::ReasonError;
use crate::rules::RuleSet;
use crate::store::TermId;
use crate::term::Term;

/// Derivations begin anew when the graph has grown this many times over, as forgotten nodes stay in it.
const GROWTH: usize = 3;
/// A graph below this size is never begun anew for its size.
const SMALL: usize = 1 << 14;

/// Tables, or, before they are first filled and after an error, only the rules for them.
pub(super) enum State {
    Filled(Box<Machine<'static>>),
    Empty(Box<RuleSet>),
    /// While it is being worked on.
    Taken,
}

/// A query and its answers.
pub(super) struct Watched {
    pub(super) query: Term,
    pub(super) variables: Vec<Arc<str>>,
    pub(super) predicate: u32,
    pub(super) call: TermId,
    /// The table that the answers were read from.
    pub(super) table: Option<u32>,
    pub(super) answers: Vec<Answer>,
}

/// An answer and its place in the graph.
pub(super) struct Answer {
    pub(super) term: Term,
    /// Its node in the table; none of a ground query that never holds.
    pub(super) derived: Option<u32>,
    /// Its node with negations inside cycles settled.
    pub(super) node: Option<u32>,
    pub(super) is_certain: bool,
}

/// What the tables of nobody are kept under.
static UNUSED: Budget = Budget { max_depth: 0, max_steps: 0, max_answers: 0, max_nodes: 0, expired: None };

impl LiveEngine {
    /// Fills tables and finds the nodes of the answers and of the evidence.
    pub(super) fn derive(&mut self, budget: &Budget, update: &mut Update) -> Result<(), ReasonError> {
        let result = self.try_derive(budget, update);
        // A fact that is not there may have led to where no goal leads without it, and one that is certain may have been taken
        // for uncertain where that is hopeless. Without leaves there is nothing but the facts themselves.
        let by_time = matches!(result, Err(ReasonError::Budget { limit: Limit::Time }));
        if result.is_ok() || by_time || !self.facts.has_leaves() {
            return result;
        }
        self.facts.fix_all(self.state.rules())?;
        let again = self.try_derive(budget, update);
        if again.is_err() {
            // It was not for the leaves.
            self.facts.release(self.state.rules());
        }
        again
    }

    fn try_derive(&mut self, budget: &Budget, update: &mut Update) -> Result<(), ReasonError> {
        let changed = std::mem::take(&mut self.changed);
        // The evaluator's facts are those it began with: once one of them changes it is of no use until tables are filled anew.
        let is_outdated = |one: &Arc<Deterministic>| changed.iter().any(|&(predicate, _)| one.depends_on(predicate));
        let outdated = self.deterministic.take_if(|one| is_outdated(one)).is_some();
        let mut machine = match std::mem::replace(&mut self.state, State::Taken) {
            State::Filled(machine) if machine.graph.ors.len() < SMALL.max(GROWTH * self.n_nodes) => {
                let mut machine = suspended(*machine, budget);
                machine.forget(&changed, outdated);
                machine
            }
            State::Filled(machine) => self.begin(machine.rules, budget),
            State::Empty(rules) => self.begin(*rules, budget),
            State::Taken => unreachable!("the state is put back before anything returns"),
        };
        let deterministic = self.deterministic.clone();
        machine.deterministic = deterministic.as_deref();
        let before = (machine.tables.len(), machine.calls.len());
        match self.ask(&mut machine) {
            Ok(()) => {
                update.tables_derived = machine.tables.len() - before.0;
                update.tables_kept = before.1;
                if before.0 == 0 {
                    self.n_nodes = machine.graph.ors.len();
                }
                self.state = State::Filled(Box::new(suspended(machine, &UNUSED)));
                Ok(())
            }
            Err(error) => {
                self.state = State::Empty(Box::new(machine.rules));
                Err(error)
            }
        }
    }

    /// Empty tables; what was derived before is forgotten, but for the circuits.
    fn begin<'b>(&mut self, mut rules: RuleSet, budget: &'b Budget) -> Machine<'b> {
        self.facts.sweep(&mut rules);
        self.deterministic = Deterministic::new(&rules).map(Arc::new);
        self.partition = Default::default();
        self.watched.iter_mut().for_each(|watched| watched.table = None);
        let mut machine = Machine::new(rules, budget, 0);
        machine.track();
        machine
    }

    /// Asks what is watched and what is observed, and makes connected components of the nodes.
    fn ask(&mut self, machine: &mut Machine) -> Result<(), ReasonError> {
        loop {
            for watched in &mut self.watched {
                if self.is_ordered {
                    machine.calls.clear();
                }
                watched.ask(machine)?;
            }
            if self.is_ordered || !machine.is_ordered() {
                break;
            }
            self.is_ordered = true;
        }
        let mut evidence = observations(machine, self.evidence.iter(), self.constraints.clone(), 0)?;
        let mut derived: Vec<&mut Answer> = self.watched.iter_mut().flat_map(|watched| &mut watched.answers).collect();
        derived.retain(|answer| answer.derived.is_some());
        let mut nodes: Vec<u32> = derived.iter().filter_map(|answer| answer.derived).collect();
        machine.settle_negation(&mut nodes, &mut evidence)?;
        let mut asked = Asked::default();
        for (answer, node) in derived.into_iter().zip(nodes) {
            answer.node = Some(node);
            answer.is_certain = machine.graph.is_true(node);
            if !answer.is_certain {
                asked.uses(node).is_answer = true;
            }
        }
        self.is_impossible = false;
        for (node, holds) in evidence {
            match node {
                Some(node) if !machine.graph.is_true(node) => {
                    asked.uses(node).observed[usize::from(!holds)] = true;
                }
                certain => self.is_impossible |= certain.is_some() != holds,
            }
        }
        self.partition.update(&machine.graph, &asked);
        Ok(())
    }
}

impl State {
    pub(super) fn rules(&mut self) -> &mut RuleSet {
        match self {
            State::Filled(machine) => &mut machine.rules,
            State::Empty(rules) => rules,
            State::Taken => unreachable!("the state is put back before anything returns"),
        }
    }
}

impl Watched {
    /// Reads the answers anew if their table is another.
    fn ask(&mut self, machine: &mut Machine) -> Result<(), ReasonError> {
        let known = machine.calls.get(&self.call).copied();
        if known.is_some() && known == self.table {
            return Ok(());
        }
        self.answers.clear();
        self.table = None;
        for (values, or) in machine.answers(self.predicate, self.call)?.list {
            let term = instantiate(machine, &self.query, &self.variables, values);
            if !term.is_ground() {
                let reason = "it still has variables";
                return Err(ReasonError::BadGoal { term: term.to_string(), what: "an answer", reason: reason.into() });
            }
            self.answers.push(Answer { term, derived: Some(or), node: None, is_certain: false });
        }
        if self.answers.is_empty() && self.variables.is_empty() {
            let term = self.query.clone();
            self.answers.push(Answer { term, derived: None, node: None, is_certain: false });
        }
        self.answers.sort_unstable_by(|a, b| a.term.cmp(&b.term));
        self.table = machine.calls.get(&self.call).copied();
        Ok(())
    }
}

/// The same tables under another budget.
fn suspended<'b>(machine: Machine<'_>, budget: &'b Budget) -> Machine<'b> {
    Machine {
        budget,
        deterministic: None,
        rules: machine.rules,
        graph: machine.graph,
        leaves: machine.leaves,
        certain: machine.certain,
        tables: machine.tables,
        calls: machine.calls,
        dependencies: machine.dependencies,
        indexes: machine.indexes,
        open: machine.open,
        components: machine.components,
        agenda: machine.agenda,
        dirty: machine.dirty,
        steps: 0,
        n_answers: 0,
        derivations: machine.derivations,
        made: machine.made,
        has_assumed: machine.has_assumed,
        impossible: machine.impossible,
        nesting: machine.nesting,
        partial: None,
    }
}
