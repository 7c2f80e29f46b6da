//! Goals evaluated inside a goal: `subquery/2,3`, and what a program's rules for `query` and `evidence` state.

use super::derive::{Asked, Derived, derive};
use super::machine::{Answered, Machine};
use super::table::Frame;
use crate::Workspace;
use crate::budget::Limit;
use crate::compile::compile;
use crate::derivation::GroupSource;
use crate::error::ReasonError;
use crate::plan::Goal;
use crate::rules;
use crate::store::{Shape, TermId};
use crate::term::Term;

/// Subqueries inside subqueries: each is an evaluation of its own, on the stack.
const MAX_NESTING: usize = 16;

impl Machine<'_> {
    /// `subquery(G, P)` and `subquery(G, P, Evidence)`: each answer of G with its probability.
    pub(super) fn subquery(&mut self, mut frame: Frame, goal: &rules::Goal) -> Result<(), ReasonError> {
        if self.nesting >= MAX_NESTING {
            return Err(ReasonError::Budget { limit: Limit::Depth(MAX_NESTING) });
        }
        self.note_opaque(frame.table);
        let args: Vec<TermId> = match self.rules.store.shape(goal.text) {
            Shape::Compound(_, args) => args.to_vec(),
            _ => return Ok(()),
        };
        let query = self.export_resolved(&frame, args[0])?;
        let mut inner = Goal::new(query);
        if let Some(&evidence) = args.get(2) {
            let evidence = self.export_resolved(&frame, evidence)?;
            let Some(items) = evidence.list_items() else { return Err(self.type_error(&frame, "a list of evidence")) };
            for item in items {
                inner.evidence.push(match item.args_of::<1>("\\+") {
                    Some([atom]) => (atom.clone(), false),
                    None => (item.clone(), true),
                });
            }
        }
        let mut rules = self.rules.clone();
        rules.constraints.clear();
        let asked = Asked { rules, goal: &inner, evidence: &[], nesting: self.nesting + 1, deterministic: None };
        let Derived { answers, mut machine, roots, evidence } = derive(asked, self.budget)?;
        let trimmed = machine.graph.trim(&roots, &evidence);
        let circuit = compile(&trimmed, self.budget)?;
        let mut weights = Vec::new();
        for group in &trimmed.groups {
            match &machine.graph.groups[group.group as usize].source {
                GroupSource::Choice { probabilities, .. } => weights.extend(probabilities.iter().map(|p| p.ln())),
                _ => {
                    return Err(ReasonError::BadGoal {
                        term: inner.query.to_string(),
                        what: "a subquery",
                        reason: "its probability depends on what only a sample knows".into(),
                    });
                }
            }
        }
        let mut ws = Workspace::new();
        ws.forward(&std::sync::Arc::new(circuit), &weights, 1);
        if ws.log_evidence(0) == f64::NEG_INFINITY {
            return Err(ReasonError::ImpossibleEvidence);
        }
        let tuple = self.rules.store.symbol("$tuple");
        let mut values = Vec::with_capacity(answers.len());
        for (index, answer) in answers.iter().enumerate() {
            let answer = self.rules.store.import(answer, &mut |_| 0)?;
            let probability = self.rules.store.float(ws.log_prob(index, 0).exp());
            values.push(self.rules.store.compound(tuple, &[answer, probability])?);
        }
        let left = self.rules.store.compound(tuple, &[args[0], args[1]])?;
        frame.at += 1;
        self.run_each(&frame, left, values);
        Ok(())
    }

    /// The arguments of each answer of `query/1` or `evidence/1,2`; the second is `true` where there is none.
    pub(super) fn stated(&mut self, name: &str, arity: usize) -> Result<Vec<[Term; 2]>, ReasonError> {
        if !self.rules.is_own(name, arity) {
            return Ok(Vec::new());
        }
        let Some(predicate) = self.rules.find(name, arity) else { return Ok(Vec::new()) };
        let args: Vec<TermId> = (0..arity as u32).map(|index| self.rules.store.var(index)).collect();
        let functor = self.rules.store.symbol(name);
        let call = self.rules.store.compound(functor, &args)?;
        let mut stated = Vec::new();
        let Answered { list, is_cut, .. } = self.answers(predicate, call)?;
        if is_cut {
            // What is asked or observed must be known to be all.
            let limit = Limit::Steps(self.budget.max_steps);
            return Err(self.over_budget(ReasonError::Budget { limit }));
        }
        for (term, or) in list {
            let bad = |reason: &'static str| ReasonError::BadGoal {
                term: self.show(term),
                what: "stated",
                reason: reason.into(),
            };
            if !self.graph.is_true(or) {
                return Err(bad("whether it is depends on chance"));
            }
            let exported = self.rules.store.export(term, &|index| format!("_{index}").into());
            match exported.functor() {
                Some((_, [only])) => stated.push([only.clone(), Term::atom("true")]),
                Some((_, [atom, truth])) => stated.push([atom.clone(), truth.clone()]),
                _ => return Err(bad("it is no atom")),
            }
        }
        Ok(stated)
    }
}
