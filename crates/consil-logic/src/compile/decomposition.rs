//! Compilation along a tree decomposition: cost by the width of the ground program given its evidence.
//!
//! A program that is narrow once the evidence is known is answered in time linear in its length: a hidden Markov chain, a tree, a grid
//! of few rows, layers of noisy-or causes. The evidence is propagated first ([`propagation`]); what is left becomes a factor graph
//! ([`model`]) whose variables are eliminated in a narrow order ([`elimination`]). The cliques on the way form a tree ([`tree`]). Each
//! sends to the next what its variables say of those they share, once towards the root and once back to where something is asked
//! ([`messages`]): message passing as in a junction tree, with rows of a circuit in place of numbers (Lauritzen & Spiegelhalter, JRSS B
//! 1988; Chavira & Darwiche, "Compiling Bayesian networks using variable elimination", IJCAI 2007). Tables are sparse, so that
//! what is determined or impossible costs nothing.
//!
//! No node of the graph may rest on itself.

mod condition;
mod elimination;
mod exclusive;
mod messages;
mod model;
mod nodes;
mod propagation;
mod table;
mod tree;

use crate::budget::Budget;
use crate::circuit::{Circuit, Compilation};
use crate::derivation::{Trimmed, Truth};
use crate::error::ReasonError;
use elimination::Elimination;
use messages::Messages;
use model::{Meaning, Model, NoModel, Operand};
use nodes::{Nodes, ONE};
use tree::Tree;

/// Entries that the largest cliques may have, were their tables full: sparse ones have far fewer.
const MAX_LOG_ENTRIES: f64 = 34.0;

/// What is to be a root of the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) truth: Truth,
    /// Whether it holds, or fails.
    pub(super) holds: bool,
}

/// The roots of a graph, each of which is to hold.
pub(super) fn roots(graph: &Trimmed) -> Vec<Root> {
    graph.roots.iter().map(|&truth| Root { truth, holds: true }).collect()
}

/// A graph ready to be compiled along its tree decomposition.
pub(crate) struct Decomposition<'g> {
    graph: &'g Trimmed,
    model: Model,
    tree: Tree,
    width: usize,
    n_variables: usize,
}

impl<'g> Decomposition<'g> {
    /// The decomposition for a graph's roots and evidence; nothing if it has cycles or is wide.
    ///
    /// # Errors
    /// [`ReasonError::ImpossibleEvidence`].
    pub(crate) fn new(graph: &'g Trimmed) -> Result<Option<Self>, ReasonError> {
        let model = match Model::new(graph) {
            Ok(model) => model,
            Err(NoModel::Cyclic) => return Ok(None),
            Err(NoModel::Impossible) => return Err(ReasonError::ImpossibleEvidence),
        };
        // Only variables with a choice are eliminated; these are their numbers.
        let open = |variable: &u32| model.variables[*variable as usize].values.len() > 1;
        let variables: Vec<u32> = (0..model.variables.len() as u32).filter(open).collect();
        let mut numbers = vec![u32::MAX; model.variables.len()];
        variables.iter().zip(0..).for_each(|(&variable, number)| numbers[variable as usize] = number);
        let scope = |step: &model::Step| -> Vec<u32> {
            let open = step.scope().into_iter().map(|variable| numbers[variable as usize]);
            open.filter(|&number| number != u32::MAX).collect()
        };
        let scopes: Vec<Vec<u32>> = model.steps.iter().map(scope).collect();
        let size = |&variable: &u32| (model.variables[variable as usize].values.len() as f64).ln();
        let log_sizes: Vec<f64> = variables.iter().map(size).collect();
        let elimination = Elimination::new(&log_sizes, &scopes);
        if elimination.n_entries.log2() > MAX_LOG_ENTRIES {
            return Ok(None);
        }
        let asked = graph.roots.iter().find_map(|&root| match model.meaning(root) {
            Meaning::Condition(condition) => Some(condition.variable),
            Meaning::Constant(_) => None,
        });
        let Some(tree) = Tree::new(&model, &variables, &elimination, asked) else { return Ok(None) };
        Ok(Some(Self { graph, model, tree, width: elimination.width, n_variables: variables.len() }))
    }

    /// The exact circuit of bounds of width 0: for each answer itself from below and above and, if there is evidence, its negation
    /// likewise.
    ///
    /// # Errors
    /// As [`circuit`](Self::circuit).
    pub(crate) fn exact_bounds(&self, answers: &[Truth], budget: &Budget) -> Result<Circuit, ReasonError> {
        let sides: &[bool] = if self.graph.evidence.is_empty() { &[true] } else { &[true, false] };
        let both = |truth| sides.iter().flat_map(move |&holds| [Root { truth, holds }; 2]);
        let roots: Vec<Root> = answers.iter().flat_map(|&truth| both(truth)).collect();
        let circuit = self.circuit(&roots, budget)?;
        Ok(circuit.compiled_by(self.compilation(None)))
    }

    /// How it is compiled.
    pub(super) fn compilation(&self, given_up: Option<usize>) -> Compilation {
        Compilation::Decomposition { n_variables: self.n_variables, width: self.width, given_up }
    }

    /// The circuit of some roots, each together with the evidence.
    ///
    /// # Errors
    /// [`ReasonError::Budget`], [`ReasonError::ImpossibleEvidence`].
    pub(super) fn circuit(&self, roots: &[Root], budget: &Budget) -> Result<Circuit, ReasonError> {
        let nodes = Nodes::new(self.graph.slot_groups.len(), budget.max_nodes);
        let mut messages = Messages::new(&self.model, &self.tree, nodes, budget);
        if !self.constants_hold() {
            return Err(ReasonError::ImpossibleEvidence);
        }
        messages.towards_root()?;
        let Some(evidence) = messages.evidence()? else { return Err(ReasonError::ImpossibleEvidence) };
        let meanings: Vec<(Meaning, bool)> =
            roots.iter().map(|root| (self.model.meaning(root.truth), root.holds)).collect();
        let asked = meanings.iter().filter_map(|(meaning, _)| match meaning {
            Meaning::Condition(condition) => Some(condition.variable),
            Meaning::Constant(_) => None,
        });
        messages.towards(&asked.collect::<Vec<_>>())?;
        let whole = if self.graph.evidence.is_empty() { ONE } else { evidence };
        let mut rows = Vec::with_capacity(roots.len());
        for (meaning, holds) in meanings {
            rows.push(match meaning {
                Meaning::Constant(truth) => (truth == holds).then_some(whole),
                Meaning::Condition(condition) => {
                    messages.marginal(condition.variable, condition.value, condition.holds == holds)?
                }
            });
        }
        let evidence = (whole != ONE).then_some(whole);
        Ok(messages.into_nodes().into_circuit(&rows, evidence))
    }

    /// Whether the factors without variables allow for anything.
    fn constants_hold(&self) -> bool {
        self.model.steps.iter().all(|step| match (step.before, step.after, &step.inputs[..]) {
            (Operand::Value(before), Operand::Value(after), []) => {
                messages::outcome(before, step.rules.iter().map(|&(_, value)| value)) == Some(after)
            }
            _ => true,
        })
    }
}
