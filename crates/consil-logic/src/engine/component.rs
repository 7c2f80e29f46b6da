//! Strongly connected components of open tables: feeding them, completing them, and assuming what they deny of themselves.

use super::machine::Machine;
use super::table::{Frame, Purpose, Status, Table, Waiting, Work};
use crate::derivation::Literal;
use crate::error::ReasonError;

/// Where a component begins on the stack of open tables, on the agenda and among the dirty tables: only the topmost
/// component works, so that all three are stacks.
pub(super) struct Component {
    pub(super) open: usize,
    pub(super) agenda: usize,
    pub(super) dirty: usize,
}

impl Machine<'_> {
    /// Gives the topmost component's own frames the answers they have not seen. Whether there were any.
    pub(super) fn feed_component(&mut self) -> bool {
        let Some(&Component { open: start, dirty, .. }) = self.components.last() else { return false };
        let before = self.agenda.len();
        let mut tables = self.dirty.split_off(dirty);
        // A table that waits for a frame below stays, and each of its answers has added it again.
        tables.sort_unstable();
        tables.dedup();
        tables.retain(|&table| {
            let until = self.tables[table as usize].answers.len();
            let mut consumers = std::mem::take(&mut self.tables[table as usize].consumers);
            let mut waits_below = false;
            for consumer in consumers.iter_mut().filter(|consumer| consumer.next < until) {
                if self.is_open_above(consumer.frame.table, start) {
                    self.agenda.push(Work::Feed { table, frame: consumer.frame.clone(), next: consumer.next, until });
                    consumer.next = until;
                } else {
                    waits_below = true;
                }
            }
            self.tables[table as usize].consumers = consumers;
            // A frame below may join the component later and must then be fed.
            waits_below
        });
        self.dirty.append(&mut tables);
        self.agenda.len() > before
    }

    pub(super) fn is_open_above(&self, table: u32, start: usize) -> bool {
        matches!(self.tables[table as usize].status, Status::Open(height) if height >= start)
    }

    /// Closes the topmost component: the frames below that wait for its tables go on. A component whose own frames wait
    /// for it goes on with assumptions instead.
    pub(super) fn complete_component(&mut self) -> Result<(), ReasonError> {
        let Some(component) = self.components.last() else { return Ok(()) };
        let (first, dirty) = (component.open, component.dirty);
        if self.assume_negations(first)? || self.spread(first) {
            return Ok(());
        }
        self.components.pop();
        let tables = self.open.split_off(first);
        self.dirty.truncate(dirty);
        self.close(&tables);
        for &table in &tables {
            let Table { answers, assumed, .. } = &self.tables[table as usize];
            answers.iter().map(|answer| answer.or).chain(*assumed).for_each(|or| self.graph.close(or));
        }
        if let [table] = *tables {
            self.keep_nodes(table);
        }
        if tables.iter().any(|&table| self.tables[table as usize].assumed.is_some()) {
            self.settle(&tables);
        }
        for &table in &tables {
            let until = self.tables[table as usize].answers.len();
            for consumer in std::mem::take(&mut self.tables[table as usize].consumers) {
                if self.tables[consumer.frame.table as usize].status == Status::Complete {
                    continue;
                }
                self.rest_on_open(&consumer.frame, table);
                if consumer.next < until {
                    self.agenda.push(Work::Feed { table, frame: consumer.frame, next: consumer.next, until });
                }
            }
            let waiting = std::mem::take(&mut self.tables[table as usize].waiting).into_iter();
            self.agenda.extend(waiting.map(|Waiting { frame, purpose }| Work::Decide { table, frame, purpose }));
        }
        Ok(())
    }

    /// Frames of the topmost component that wait for its own tables: a negation is assumed, to be settled when all of the
    /// component's derivations are known; a collection cannot be. Whether anything was assumed.
    fn assume_negations(&mut self, first: usize) -> Result<bool, ReasonError> {
        let mut any = false;
        for at in first..self.open.len() {
            let table = self.open[at];
            for Waiting { frame, purpose } in std::mem::take(&mut self.tables[table as usize].waiting) {
                let inside = self.is_open_above(frame.table, first);
                if !inside {
                    self.tables[table as usize].waiting.push(Waiting { frame, purpose });
                } else if purpose == Purpose::Negation && self.tables[table as usize].n_vars == 0 {
                    any = true;
                    self.has_assumed = true;
                    self.assume(frame, table);
                } else {
                    let (from, place) = (frame.table, self.rules.place(frame.rule));
                    let tables = self.open[first..].to_vec();
                    self.tables[table as usize].waiting.push(Waiting { frame, purpose });
                    return Err(self.cycle_error(from, table, &tables, purpose).at(Some(*place)));
                }
            }
        }
        Ok(any)
    }

    fn assume(&mut self, mut frame: Frame, table: u32) {
        let Table { call, assumed, .. } = self.tables[table as usize];
        let or = match (assumed, self.tables[table as usize].index.get(&call)) {
            (Some(or), _) => or,
            (None, Some(&index)) => self.tables[table as usize].answers[index as usize].or,
            (None, None) => self.graph.new_or(call),
        };
        self.tables[table as usize].assumed = Some(or);
        if !self.graph.is_true(or) {
            self.rest_on(&mut frame, Literal::Not(or));
            frame.at += 1;
            self.agenda.push(Work::Run(frame));
        }
    }

    /// Answers of a component with assumptions that are settled already: the certain ones, and those that cannot be.
    fn settle(&mut self, tables: &[u32]) {
        let truths = self.graph.fold_constants();
        for &table in tables {
            for answer in &self.tables[table as usize].answers {
                if truths[answer.or as usize] == Some(true) {
                    self.graph.make_true(answer.or);
                }
            }
            let answers = self.tables[table as usize].answers.iter().map(|answer| answer.or);
            self.impossible.extend(answers.filter(|&or| truths[or as usize] == Some(false)));
        }
    }
}
