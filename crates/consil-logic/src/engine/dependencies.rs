//! Which tables rest on which, so that a change of facts forgets those that it reaches and no others.
//!
//! A table is stale if a clause of its predicate came or went whose head fits its call, if it read such a fact itself, or if it
//! called a stale table (Saha & Ramakrishnan, "Incremental evaluation of tabled logic programs", ICLP 2003). Stale tables are
//! derived again when they are called again; a complete table is never changed.

use super::bindings::{Bindings, canonical};
use super::machine::Machine;
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::store::{Shape, Store, TermId};

/// Who called what, as it is noted while tables are filled.
#[derive(Default)]
pub(super) struct Dependencies {
    /// For each table, the tables whose clauses called it.
    callers: FastMap<u32, FastSet<u32>>,
    /// By predicate and ground first argument, each call, and the tables that a fact which fits it makes stale: the call's own, or
    /// that of the caller where facts are read without a table.
    asked: FastMap<(u32, Option<TermId>), FastMap<TermId, FastSet<u32>>>,
    /// Tables that looked at more than answers: at clauses, or at the probabilities of other goals.
    opaque: FastSet<u32>,
    /// Tables that the bottom-up evaluator filled.
    certain: FastSet<u32>,
    /// The nodes of answers, by goal and alternatives.
    nodes: FastMap<(TermId, Box<[u32]>), u32>,
    /// Whether the order of some table's answers or derivations has become part of an answer.
    is_ordered: bool,
}

impl Machine<'_> {
    /// Begins to note who calls what.
    pub(super) fn track(&mut self) {
        self.dependencies.get_or_insert_default();
    }

    /// Notes that a clause of one table calls another.
    pub(super) fn note_call(&mut self, caller: u32, table: u32) {
        if let Some(dependencies) = &mut self.dependencies {
            dependencies.callers.entry(table).or_default().insert(caller);
        }
    }

    /// Notes that a table's answers are those of a predicate's clauses whose heads fit a canonical call.
    pub(super) fn note_asked(&mut self, predicate: u32, call: TermId, table: u32) {
        if let Some(dependencies) = &mut self.dependencies {
            let key = (predicate, ground_first(&self.rules.store, call));
            dependencies.asked.entry(key).or_default().entry(call).or_default().insert(table);
        }
    }

    /// Notes that a clause of a table reads facts without a table of their own.
    pub(super) fn note_flat(&mut self, predicate: u32, call: TermId, caller: u32) -> Result<(), ReasonError> {
        if self.dependencies.is_some() {
            let (call, _) = canonical(&mut self.rules.store, call)?;
            self.note_asked(predicate, call, caller);
        }
        Ok(())
    }

    /// Notes that a table depends on what cannot be followed, so that every change makes it stale.
    pub(super) fn note_opaque(&mut self, table: u32) {
        if let Some(dependencies) = &mut self.dependencies {
            dependencies.opaque.insert(table);
        }
    }

    /// Notes that the bottom-up evaluator has filled a table.
    pub(super) fn note_certain(&mut self, table: u32) {
        if let Some(dependencies) = &mut self.dependencies {
            dependencies.certain.insert(table);
        }
    }

    /// Gives the answers of a complete table, which no other table has seen, the nodes of the same answers from before.
    pub(super) fn keep_nodes(&mut self, table: u32) {
        let Some(dependencies) = &mut self.dependencies else { return };
        for answer in &mut self.tables[table as usize].answers {
            let node = &self.graph.ors[answer.or as usize];
            if !node.is_true {
                let mut alternatives: Box<[u32]> = node.ands.as_slice().into();
                alternatives.sort_unstable();
                answer.or = *dependencies.nodes.entry((answer.term, alternatives)).or_insert(answer.or);
            }
        }
    }

    /// Notes that answers or derivations are made a list in the order in which they were found.
    pub(super) fn note_ordered(&mut self) {
        if let Some(dependencies) = &mut self.dependencies {
            dependencies.is_ordered = true;
        }
    }

    /// Whether that has been noted.
    pub(super) fn is_ordered(&self) -> bool {
        self.dependencies.as_ref().is_some_and(|dependencies| dependencies.is_ordered)
    }

    /// Forgets the tables that clauses with these ground heads reach, by predicate and head; and, if it is asked to, those that the
    /// bottom-up evaluator has filled.
    pub(super) fn forget(&mut self, changed: &[(u32, TermId)], forgets_certain: bool) {
        let Some(dependencies) = &self.dependencies else { return };
        let mut pending: Vec<u32> = dependencies.opaque.iter().copied().collect();
        if forgets_certain {
            pending.extend(&dependencies.certain);
        }
        for &(predicate, head) in changed {
            let store = &self.rules.store;
            let first = ground_first(store, head);
            for key in [first, None].into_iter().take(if first.is_some() { 2 } else { 1 }) {
                let calls = dependencies.asked.get(&(predicate, key)).into_iter().flatten();
                let fitting = calls.filter(|(call, _)| fits(store, **call, head));
                pending.extend(fitting.flat_map(|(_, tables)| tables));
            }
        }
        let mut stale: FastSet<u32> = FastSet::default();
        while let Some(table) = pending.pop() {
            if stale.insert(table) {
                pending.extend(dependencies.callers.get(&table).into_iter().flatten());
            }
        }
        for table in stale {
            let forgotten = &mut self.tables[table as usize];
            // A table that was forgotten before may have a successor.
            if self.calls.get(&forgotten.call) == Some(&table) {
                self.calls.remove(&forgotten.call);
            }
            (forgotten.answers, forgotten.index) = (Vec::new(), FastMap::default());
        }
    }
}

/// The first argument of a term, if it has one without variables.
fn ground_first(store: &Store, term: TermId) -> Option<TermId> {
    match store.shape(term) {
        Shape::Compound(_, args) => Some(args[0]).filter(|&first| store.is_ground(first)),
        _ => None,
    }
}

/// Whether a ground term is an instance of a canonical one.
fn fits(store: &Store, call: TermId, ground: TermId) -> bool {
    call == ground || (!store.is_ground(call) && Bindings::new(n_vars(store, call)).unify(store, call, ground))
}

/// The variables of a canonical term are numbered from 0.
fn n_vars(store: &Store, term: TermId) -> usize {
    super::bindings::variables_of(store, term).len()
}
