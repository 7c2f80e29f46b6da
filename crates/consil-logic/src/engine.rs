//! From a goal to a plan.

mod answer;
mod bindings;
mod bottom_up;
mod branches;
mod builtins;
mod collect;
mod component;
mod cycle;
mod delayed;
mod dependencies;
mod derive;
mod dynamic;
mod groups;
mod inverted;
mod leaf;
pub(crate) mod live;
mod machine;
mod partial;
mod queries;
mod report;
mod rounds;
mod sets;
mod solve;
mod split;
mod subquery;
mod table;
mod wellfounded;

use std::sync::{Arc, Mutex, PoisonError};

use crate::budget::Budget;
use crate::compile::compile;
use crate::derivation::{Trimmed, Truth};
use crate::error::ReasonError;
use crate::leaf::LeafGroup;
use crate::plan::{Goal, Plan, PlanCache};
use crate::program::{Program, mentions_clause};
use crate::proof::Derivations;
use crate::rules::RuleSet;
use crate::term::Term;
use bottom_up::Deterministic;
use derive::{Asked, add_fact, add_query, derive, derive_changed, instantiate, observations, observe};
use groups::leaf_groups;
use machine::Machine;

pub(crate) use derive::{Derived, head_bindings};
pub use solve::Solution;

/// Bytes that plans may take until the least recently used are dropped.
const CACHE_BYTES: usize = 256 << 20;

/// A program made ready for goals, with the plans made so far. Shared between threads by reference.
pub struct Engine {
    program: Program,
    pub(crate) rules: RuleSet,
    deterministic: Option<Deterministic>,
    cache: Mutex<PlanCache>,
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

    /// Derives a goal without compiling it: its answers, its random variables and its relevant ground program.
    pub(crate) fn derive_graph(
        &self,
        goal: &Goal,
        budget: &Budget,
    ) -> Result<(Vec<Term>, Vec<LeafGroup>, Trimmed), ReasonError> {
        let Derived { answers, mut machine, roots, evidence } = self.derive(goal, budget)?;
        let graph = machine.graph.trim(&roots, &evidence);
        let groups = leaf_groups(&machine, &graph);
        Ok((answers, groups, graph))
    }

    /// An answer that holds in some world, whatever the evidence; nothing if there is none.
    pub(crate) fn possible(&self, goal: &Goal, budget: &Budget) -> Result<Option<Term>, ReasonError> {
        let Derived { answers, mut machine, roots, .. } = self.derive(goal, budget)?;
        let trimmed = machine.graph.trim(&roots, &[]);
        let holds = answers.into_iter().zip(&trimmed.roots).find(|(_, truth)| **truth != Truth::False);
        Ok(holds.map(|(answer, _)| answer))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, PlanCache> {
        // A panic elsewhere cannot leave the cache inconsistent: each call completes or changes nothing.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn derive<'b>(&'b self, goal: &Goal, budget: &'b Budget) -> Result<Derived<'b>, ReasonError> {
        let (evidence, deterministic) = (self.program.evidence(), self.deterministic.as_ref());
        let asked = Asked { rules: self.rules_for(goal)?, goal, evidence, nesting: 0, deterministic };
        derive(asked, budget).map_err(|error| error.at(self.program.place_of_query(&goal.query)))
    }

    /// The rules that a goal may ask.
    fn rules_for(&self, goal: &Goal) -> Result<RuleSet, ReasonError> {
        let mut rules = self.rules.clone();
        if mentions_clause(&goal.query) && !rules.is_own("clause", 2) && !rules.is_own("clause", 3) {
            rules.reflect(&self.program)?;
        }
        Ok(rules)
    }

    /// Derives a goal after a change of the rules, which gives the predicate to ask instead of the query's.
    pub(crate) fn derive_with<'b>(
        &self,
        goal: &Goal,
        budget: &'b Budget,
        change: impl FnOnce(&mut RuleSet, u32) -> Result<u32, ReasonError>,
    ) -> Result<Derived<'b>, ReasonError> {
        let (rules, evidence) = (self.rules.clone(), self.program.evidence());
        derive_changed(Asked { rules, goal, evidence, nesting: 0, deterministic: None }, budget, change)
    }
}
