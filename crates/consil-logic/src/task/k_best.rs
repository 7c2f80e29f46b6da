//! What the most probable derivations alone are worth.
//!
//! A derivation graph cut down to the alternatives of some derivations holds in fewer worlds than the whole one, so its
//! probability is a lower bound, and its circuit is as small as the derivations are few (Kimmig et al., "On the
//! implementation of the probabilistic logic programming language ProbLog", TPLP 2011, section 4.2).

use std::sync::Arc;

use crate::budget::Budget;
use crate::circuit::Workspace;
use crate::compile::compile;
use crate::derivation::{Literal, Trimmed, Truth};
use crate::engine::Engine;
use crate::error::ReasonError;
use crate::plan::{Certificate, Goal, default_log_weights};
use crate::proof::{Best, Search};
use crate::task::Sampler;
use crate::term::Term;

/// An answer with the probability of its best derivations.
#[derive(Clone, Debug, PartialEq)]
pub struct KBest {
    /// The answer.
    pub answer: Term,
    /// How many derivations were found, at most the number asked for.
    pub n_derivations: usize,
    /// The probability that one of them holds, or an alternative made of their parts.
    pub probability: f64,
    /// Exact if there are no others; else the answer's probability is at least this.
    pub certificate: Certificate,
}

impl Engine {
    /// For each answer of a goal the probability that its `k` most probable derivations give it: a lower bound. Only these are
    /// compiled. NaN where a network would have to be asked.
    ///
    /// # Errors
    /// See [`ReasonError`]; evidence is a bad goal, since a bound on a joint probability is none on a conditional one.
    pub fn k_best(&self, goal: &Goal, k: usize, budget: &Budget) -> Result<Vec<KBest>, ReasonError> {
        let Sampler { answers, groups, graph } = self.sampler(goal, budget)?;
        if !graph.evidence.is_empty() {
            let reason = "under evidence or constraints the best derivations bound nothing";
            return Err(ReasonError::BadGoal {
                term: goal.query.to_string(),
                what: "asked for its best",
                reason: reason.into(),
            });
        }
        let weights = default_log_weights(&groups, graph.slot_groups.len());
        // What no network was asked for counts as possible: it decides which derivations come first, not what they are worth.
        let known: Vec<f64> = weights.iter().map(|weight| if weight.is_nan() { 0.0 } else { *weight }).collect();
        let failures = vec![0.0; graph.n_ors()];
        let search = Search::new(&graph, &known, &failures);
        let mut ws = Workspace::new();
        let mut found = Vec::new();
        for (answer, &root) in answers.into_iter().zip(&graph.roots) {
            let Truth::Node(or) = root else {
                let probability = if root == Truth::True { 1.0 } else { 0.0 };
                let n_derivations = usize::from(root == Truth::True);
                found.push(KBest { answer, n_derivations, probability, certificate: Certificate::Exact });
                continue;
            };
            // One more than asked for tells whether these are all.
            let Best { found: mut best, is_cut_short } = search.best(or, k.saturating_add(1));
            let is_all = best.len() <= k && !is_cut_short;
            best.truncate(k);
            let chosen: Vec<(u32, usize)> = best.iter().flat_map(|one| one.chosen.iter().copied()).collect();
            let probability = if best.is_empty() {
                0.0
            } else if weights.iter().any(|weight| weight.is_nan()) {
                f64::NAN
            } else {
                let circuit = Arc::new(compile(&graph.with_alternatives(or, &chosen), budget)?);
                ws.forward(&circuit, &weights, 1);
                ws.log_prob(0, 0).exp()
            };
            let certificate =
                if is_all { Certificate::Exact } else { Certificate::Bounds { lower: probability, upper: 1.0 } };
            found.push(KBest { answer, n_derivations: best.len(), probability, certificate });
        }
        Ok(found)
    }
}

impl Trimmed {
    /// The graph of one root in which the nodes of `chosen` have these alternatives only, unless something rests on their
    /// failing: fewer alternatives there would make more true.
    fn with_alternatives(&self, root: u32, chosen: &[(u32, usize)]) -> Trimmed {
        let mut whole = vec![false; self.n_ors()];
        let mut pending = self.negated();
        while let Some(or) = pending.pop() {
            if !std::mem::replace(&mut whole[or as usize], true) {
                pending.extend(self.ands(or).flat_map(|and| self.literals(and)).filter_map(|literal| match literal {
                    Literal::Node(child) => Some(*child),
                    _ => None,
                }));
            }
        }
        let mut kept: Vec<Option<Vec<usize>>> = vec![None; self.n_ors()];
        for &(or, and) in chosen.iter().filter(|(or, _)| !whole[*or as usize]) {
            kept[or as usize].get_or_insert_default().push(and);
        }
        self.filtered(Truth::Node(root), |or, and| kept[or as usize].as_ref().is_none_or(|ands| ands.contains(&and)))
    }
}
