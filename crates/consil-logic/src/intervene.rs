//! Interventions: clauses cut off from their heads, and twins of all predicates.
//!
//! `do(x)` makes an atom hold, or fail, whatever its causes say (Pearl, *Causality*, 2009): its clauses lose that one instance.
//! A counterfactual asks what would hold after an intervention in a world of which something was observed before it. Both
//! worlds stand in one program: every predicate has a twin for the changed world, and since a random variable is known by
//! its clause and the values of its variables, not by the predicate that reads it, the twins share their chances (Balke &
//! Pearl, "Counterfactual probabilities", UAI 1994).

use std::sync::Arc;

use crate::budget::Budget;
use crate::engine::Engine;
use crate::error::ReasonError;
use crate::plan::Plan;
use crate::rules::{Code, Goal, Lowering, Rule, RuleSet};
use crate::span::Source;
use crate::store::{Shape, TermId};
use crate::term::Term;

impl RuleSet {
    /// Makes a ground atom of a predicate hold or fail.
    pub(crate) fn intervene(&mut self, predicate: u32, atom: TermId, holds: bool) -> Result<(), ReasonError> {
        let cut: Vec<u32> =
            (0..self.rules.len() as u32).filter(|&rule| self.rules[rule as usize].predicate == predicate).collect();
        for rule in cut {
            let head = self.rules[rule as usize].head;
            let goal = if head == atom {
                let call = self.store.atom("fail");
                Goal { code: Code::Fail, call, text: call }
            } else if self.store.is_ground(head) {
                continue;
            } else {
                // Last in the body, where the head's variables have their values.
                let differs = self.store.symbol("\\==");
                let call = self.store.compound(differs, &[head, atom])?;
                Goal { code: Code::Builtin, call, text: call }
            };
            let rule = Arc::make_mut(&mut self.rules[rule as usize]);
            rule.goals.push(goal);
            Arc::make_mut(&mut self.predicates[predicate as usize]).is_flat = false;
        }
        if holds {
            let fact = self.store.export(atom, &|index| format!("_{index}").into());
            let source = self.add_source(Source::new("intervention", &fact.to_string()));
            Lowering::new(self, source).fact(None, &fact)?;
        }
        Ok(())
    }

    /// A twin of every predicate of the program, by the predicates' numbers; twins call twins.
    pub(crate) fn twin(&mut self) -> Result<Vec<u32>, ReasonError> {
        // The library is the same in both worlds.
        let mut twins: Vec<u32> = (0..self.predicates.len() as u32).collect();
        for (predicate, (name, arity)) in self.own() {
            let name = format!("$twin {}", self.store.name(name));
            let name = self.store.symbol(&name);
            let twin = self.predicate(name, arity);
            if self.predicates[predicate as usize].is_defined {
                self.define(twin);
            }
            twins[predicate as usize] = twin;
        }
        for index in 0..self.rules.len() {
            let mut rule = Rule::clone(&self.rules[index]);
            if twins[rule.predicate as usize] == rule.predicate {
                continue;
            }
            rule.head = self.renamed(rule.head, twins[rule.predicate as usize])?;
            rule.predicate = twins[rule.predicate as usize];
            for goal in &mut rule.goals {
                match &mut goal.code {
                    Code::Call(predicate) | Code::Not(predicate) => {
                        *predicate = twins[*predicate as usize];
                        let twin = *predicate;
                        goal.call = self.renamed(goal.call, twin)?;
                    }
                    // The library's own predicates are the same in both worlds; the others are refused where they are reached.
                    Code::Builtin
                    | Code::Fail
                    | Code::Shortcut(_)
                    | Code::Dynamic
                    | Code::Collect(..)
                    | Code::FirstArguments => {}
                }
            }
            self.add_rule(rule);
        }
        Ok(twins)
    }

    /// Refuses goals below a predicate that a twin cannot follow: those that are known only when they are reached, or that are
    /// about all answers of another.
    pub(crate) fn check_followable(&self, predicate: u32) -> Result<(), ReasonError> {
        let mut seen = vec![false; self.predicates.len()];
        let mut pending = vec![predicate];
        while let Some(predicate) = pending.pop() {
            if std::mem::replace(&mut seen[predicate as usize], true) {
                continue;
            }
            for rule in self.rules.iter().filter(|rule| rule.predicate == predicate) {
                for goal in &rule.goals {
                    match goal.code {
                        Code::Call(next) | Code::Not(next) => pending.push(next),
                        Code::Builtin | Code::Fail | Code::Shortcut(_) => {}
                        Code::Dynamic | Code::Collect(..) | Code::FirstArguments => {
                            let variable = |index: u32| -> Arc<str> { format!("_{index}").into() };
                            return Err(ReasonError::BadGoal {
                                term: self.store.export(goal.text, &variable).to_string(),
                                what: "part of a counterfactual",
                                reason: "twin worlds follow neither `call` nor goals about all answers".into(),
                            });
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The same arguments under the name of another predicate.
    pub(crate) fn renamed(&mut self, term: TermId, predicate: u32) -> Result<TermId, ReasonError> {
        let name = self.predicates[predicate as usize].name;
        let args = match self.store.shape(term) {
            Shape::Compound(_, args) => args.to_vec(),
            _ => Vec::new(),
        };
        self.store.compound(name, &args)
    }
}

/// An atom of an intervention, looked up.
pub(crate) fn target(rules: &mut RuleSet, atom: &Term) -> Result<(u32, TermId), ReasonError> {
    let bad = |reason: &'static str| ReasonError::BadGoal {
        term: atom.to_string(),
        what: "an intervention",
        reason: reason.into(),
    };
    let Some((name, args)) = atom.functor() else { return Err(bad("it is no atom")) };
    if !atom.is_ground() {
        return Err(bad("it has variables"));
    }
    match rules.find(name, args.len()) {
        Some(predicate) if rules.predicates[predicate as usize].is_defined => {
            Ok((predicate, rules.store.import(atom, &mut |_| 0)?))
        }
        _ => Err(bad("no clause defines it")),
    }
}

impl Engine {
    /// The engine of the program under an intervention: each atom holds or fails, whatever its clauses say. Observations are
    /// then made in the changed world.
    ///
    /// # Errors
    /// [`ReasonError::BadGoal`] for an atom with variables, or one that no clause defines.
    pub fn intervene(&self, interventions: &[(Term, bool)]) -> Result<Engine, ReasonError> {
        let mut rules = self.rules.clone();
        for (atom, holds) in interventions {
            let (predicate, atom) = target(&mut rules, atom)?;
            rules.intervene(predicate, atom, *holds)?;
        }
        Ok(self.with_rules(rules))
    }

    /// The probability of a query had the interventions been made, in a world of which the goal's and the program's evidence
    /// was observed without them: P(query after do(interventions) | evidence).
    ///
    /// # Errors
    /// As [`intervene`](Self::intervene), and see [`ReasonError`].
    pub fn counterfactual(
        &self,
        goal: &crate::plan::Goal,
        interventions: &[(Term, bool)],
        budget: &Budget,
    ) -> Result<Arc<Plan>, ReasonError> {
        let derived = self.derive_with(goal, budget, |rules, query| {
            rules.check_followable(query)?;
            let twins = rules.twin()?;
            for (atom, holds) in interventions {
                let (predicate, atom) = target(rules, atom)?;
                let twin = twins[predicate as usize];
                let atom = rules.renamed(atom, twin)?;
                rules.intervene(twin, atom, *holds)?;
            }
            Ok(twins[query as usize])
        })?;
        Ok(self.compile(derived, budget)?.0)
    }
}
