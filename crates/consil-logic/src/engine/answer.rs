//! Where a clause's body holds: the answer that it gives, and what it rests on.

use super::bindings::canonical;
use super::leaf::Leaf;
use super::machine::Machine;
use super::table::{Answer, Frame};
use crate::budget::Limit;
use crate::derivation::Literal;
use crate::error::ReasonError;
use crate::rules::{Choice, Emits, Rule};

impl Machine<'_> {
    /// The body holds: record the answer and what it rests on.
    pub(super) fn succeed(&mut self, mut frame: Frame, rule: &Rule) -> Result<(), ReasonError> {
        debug_assert_eq!(frame.at as usize, rule.goals.len());
        match rule.emits {
            Emits::Nothing => self.answer(frame, rule),
            Emits::Head { choice, index } => {
                match self.head_leaf(frame.rule, choice, index as usize, &frame.bindings)? {
                    Leaf::Never => return Ok(()),
                    Leaf::Always => {}
                    Leaf::Slot(slot) => self.rest_on(&mut frame, Literal::Leaf(slot)),
                }
                self.answer(frame, rule)
            }
            Emits::Classes { choice } => {
                let first = self.network_slots(&frame, rule, choice)?;
                let declaration = self.rules.choices[choice as usize].clone();
                let Choice::Neural { classes, output, .. } = &*declaration else { return Ok(()) };
                let Some(output) = output else {
                    self.rest_on(&mut frame, Literal::Leaf(first));
                    return self.answer(frame, rule);
                };
                let output = self.rules.store.var(*output);
                for (slot, &class) in (first..).zip(classes) {
                    let mut next = frame.clone();
                    if next.bindings.unify(&self.rules.store, output, class) {
                        self.rest_on(&mut next, Literal::Leaf(slot));
                        self.answer(next, rule)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn answer(&mut self, frame: Frame, rule: &Rule) -> Result<(), ReasonError> {
        let head = frame.bindings.resolve(&mut self.rules.store, rule.head)?;
        let (term, n_vars) = canonical(&mut self.rules.store, head)?;
        let index = match self.tables[frame.table as usize].index.get(&term) {
            Some(&index) => index,
            None => {
                if self.n_answers >= self.budget.max_answers {
                    return Err(ReasonError::Budget { limit: Limit::Answers(self.budget.max_answers) });
                }
                if !self.may_list(frame.table, term) {
                    self.give_up(&frame, &[]);
                    return Ok(());
                }
                self.n_answers += 1;
                let table = &mut self.tables[frame.table as usize];
                let or = match table.assumed {
                    Some(or) if term == table.call => or,
                    _ => self.graph.new_or(term),
                };
                let index = table.answers.len() as u32;
                table.index.insert(term, index);
                table.answers.push(Answer { term, n_vars: n_vars as u32, or });
                self.dirty.push(frame.table);
                index
            }
        };
        let or = self.tables[frame.table as usize].answers[index as usize].or;
        if let Some(derivations) = &mut self.derivations {
            let of_answer = derivations.entry((frame.table, index)).or_default();
            of_answer.push((self.steps, frame.supports.as_slice().into()));
        }
        if frame.steps.is_empty() {
            self.graph.derive(or, &[], || unreachable!("a certain answer has no origin"));
            return Ok(());
        }
        let values = frame.bindings.values(&mut self.rules.store, rule.n_vars as usize)?;
        self.graph.derive(or, &frame.steps, || (frame.rule, values));
        Ok(())
    }
}
