//! Goal-directed evaluation with tables (SLG resolution; Chen & Warren, "Tabled evaluation with delaying for general
//! logic programs", J. ACM 1996), restricted to programs whose negation never runs through a cycle.
//!
//! Open tables form a stack, cut into strongly connected components as calls reach back into it (Gabow's path-based
//! algorithm). The topmost component alone works. When it has nothing left to do, its frames are fed the answers they have
//! not seen; when there are none, its tables are complete, and only then do the frames below see its answers. So a
//! negation is decided on a complete table, and a frame sees whether an answer is certain before it uses it. The agenda is
//! on the heap: the depth of a program's recursion is limited by the budget, not by the stack.

use std::rc::Rc;

use super::bindings::{Bindings, canonical, shifted};
use super::builtins::{self, Outcome};
use super::leaf::{Leaf, Leaves};
use super::table::{Answer, Consumer, Frame, Status, Table, Work};
use crate::budget::{Budget, Limit};
use crate::derivation::{Graph, Literal};
use crate::error::ReasonError;
use crate::hash::FastMap;
use crate::rules::{Choice, Code, Emits, Rule, RuleSet};
use crate::store::TermId;

/// Steps between two looks at the clock.
const TIME_CHECK: u64 = 4096;

pub(super) struct Machine<'a> {
    pub(super) rules: RuleSet,
    pub(super) graph: Graph,
    pub(super) budget: &'a Budget,
    pub(super) leaves: Leaves,
    tables: Vec<Table>,
    calls: FastMap<TermId, u32>,
    open: Vec<u32>,
    components: Vec<Component>,
    agenda: Vec<Work>,
    /// Open tables that may have answers some consumer has not seen.
    dirty: Vec<u32>,
    steps: u64,
    n_answers: usize,
}

/// Where a component begins on the stack of open tables, on the agenda and among the dirty tables: only the topmost
/// component works, so that all three are stacks.
struct Component {
    open: usize,
    agenda: usize,
    dirty: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(rules: RuleSet, budget: &'a Budget) -> Self {
        Self {
            rules,
            graph: Graph::default(),
            budget,
            leaves: Leaves::default(),
            tables: Vec::new(),
            calls: FastMap::default(),
            open: Vec::new(),
            components: Vec::new(),
            agenda: Vec::new(),
            dirty: Vec::new(),
            steps: 0,
            n_answers: 0,
        }
    }

    /// Completes the table of a call and gives its answers with their nodes.
    pub(super) fn answers(&mut self, predicate: u32, call: TermId) -> Result<Vec<(TermId, u32)>, ReasonError> {
        let (call, n_vars) = canonical(&mut self.rules.store, call)?;
        let table = self.table(predicate, call, n_vars)?;
        while !self.components.is_empty() {
            self.work()?;
        }
        Ok(self.tables[table as usize].answers.iter().map(|answer| (answer.term, answer.or)).collect())
    }

    /// Does one piece of the topmost component's work, or completes the component.
    fn work(&mut self) -> Result<(), ReasonError> {
        self.steps += 1;
        if self.steps > self.budget.max_steps {
            return Err(ReasonError::Budget { limit: Limit::Steps(self.budget.max_steps) });
        }
        if self.steps.is_multiple_of(TIME_CHECK) {
            self.budget.check_time()?;
        }
        let idle = self.components.last().is_none_or(|component| self.agenda.len() <= component.agenda);
        if idle {
            return if self.feed_component() { Ok(()) } else { self.complete_component() };
        }
        match self.agenda.pop() {
            Some(Work::Run(frame)) => self.run(frame),
            Some(Work::Expand { table, clauses, next }) => {
                let rule = clauses[next];
                if next + 1 < clauses.len() {
                    self.agenda.push(Work::Expand { table, clauses, next: next + 1 });
                }
                self.enter(table, rule)
            }
            Some(Work::Feed { table, frame, next, until }) => {
                if next + 1 < until {
                    self.agenda.push(Work::Feed { table, frame: frame.clone(), next: next + 1, until });
                }
                let answer = self.tables[table as usize].answers[next];
                self.resume(&frame, answer)
            }
            None => Ok(()),
        }
    }

    /// The table of a canonical call, opened if it is new.
    fn table(&mut self, predicate: u32, call: TermId, n_vars: usize) -> Result<u32, ReasonError> {
        if let Some(&table) = self.calls.get(&call) {
            return Ok(table);
        }
        if self.open.len() >= self.budget.max_depth {
            return Err(ReasonError::Budget { limit: Limit::Depth(self.budget.max_depth) });
        }
        let id = self.tables.len() as u32;
        self.calls.insert(call, id);
        self.tables.push(Table {
            call,
            n_vars,
            answers: Vec::new(),
            index: FastMap::default(),
            status: Status::Open(self.open.len()),
            consumers: Vec::new(),
            negations: Vec::new(),
        });
        self.components.push(Component { open: self.open.len(), agenda: self.agenda.len(), dirty: self.dirty.len() });
        self.open.push(id);
        let clauses: Rc<[u32]> = self.rules.candidates(predicate, call).into();
        if !clauses.is_empty() {
            self.agenda.push(Work::Expand { table: id, clauses, next: 0 });
        }
        Ok(id)
    }

    /// Gives the topmost component's own frames the answers they have not seen. Whether there were any.
    fn feed_component(&mut self) -> bool {
        let Some(&Component { open: start, dirty, .. }) = self.components.last() else { return false };
        let before = self.agenda.len();
        let mut tables = self.dirty.split_off(dirty);
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

    fn is_open_above(&self, table: u32, start: usize) -> bool {
        matches!(self.tables[table as usize].status, Status::Open(height) if height >= start)
    }

    /// Closes the topmost component: the frames below that wait for its tables go on.
    fn complete_component(&mut self) -> Result<(), ReasonError> {
        let Some(component) = self.components.pop() else { return Ok(()) };
        let tables = self.open.split_off(component.open);
        self.dirty.truncate(component.dirty);
        for &table in &tables {
            let mut negations = self.tables[table as usize].negations.iter();
            if let Some(frame) = negations.find(|frame| self.is_open_above(frame.table, component.open)) {
                return Err(self.negative_cycle(frame.table, table, &tables));
            }
        }
        for &table in &tables {
            self.tables[table as usize].status = Status::Complete;
        }
        for &table in &tables {
            let until = self.tables[table as usize].answers.len();
            for consumer in std::mem::take(&mut self.tables[table as usize].consumers) {
                let waits = self.tables[consumer.frame.table as usize].status != Status::Complete;
                if waits && consumer.next < until {
                    self.agenda.push(Work::Feed { table, frame: consumer.frame, next: consumer.next, until });
                }
            }
            for frame in std::mem::take(&mut self.tables[table as usize].negations) {
                self.decide_negation(frame, table);
            }
        }
        Ok(())
    }

    /// Begins a clause for a table.
    fn enter(&mut self, table: u32, rule_id: u32) -> Result<(), ReasonError> {
        let rule = self.rules.rules[rule_id as usize].clone();
        let mut bindings = Bindings::new(rule.n_vars as usize);
        let Table { call, n_vars, .. } = self.tables[table as usize];
        bindings.grow(n_vars);
        let call = shifted(&mut self.rules.store, call, rule.n_vars)?;
        if !bindings.unify(&self.rules.store, rule.head, call) {
            return Ok(());
        }
        let frame = Frame { table, rule: rule_id, at: 0, bindings, steps: Vec::new(), delayed: Vec::new() };
        self.run(frame)
    }

    /// Goes on with a frame that a table's answer has reached.
    fn resume(&mut self, frame: &Rc<Frame>, answer: Answer) -> Result<(), ReasonError> {
        let mut frame = Frame::clone(frame);
        let goal = self.rules.rules[frame.rule as usize].goals[frame.at as usize].call;
        let offset = frame.bindings.grow(answer.n_vars as usize);
        let term = shifted(&mut self.rules.store, answer.term, offset)?;
        if !frame.bindings.unify(&self.rules.store, goal, term) {
            return Ok(());
        }
        if !self.graph.is_true(answer.or) {
            frame.steps.push((frame.at, Literal::Node(answer.or)));
        }
        frame.at += 1;
        self.run(frame)
    }

    /// Runs a frame until it waits, ends or fails.
    fn run(&mut self, mut frame: Frame) -> Result<(), ReasonError> {
        let rule = self.rules.rules[frame.rule as usize].clone();
        let mut stalled = 0;
        loop {
            let late = frame.at as usize >= rule.goals.len();
            let at = if !late {
                frame.at
            } else if let Some(at) = frame.delayed.pop() {
                at
            } else {
                return self.succeed(frame, &rule);
            };
            let goal = rule.goals[at as usize];
            match goal.code {
                Code::Fail => return Ok(()),
                Code::Builtin => {
                    match builtins::run(&mut self.rules.store, &mut frame.bindings, goal.call, self.budget) {
                        Outcome::Once => stalled = 0,
                        Outcome::Fails => return Ok(()),
                        Outcome::Each(left, values) => {
                            for value in values.into_iter().rev() {
                                let mut next = frame.clone();
                                if next.bindings.unify(&self.rules.store, left, value) {
                                    next.at += u16::from(!late);
                                    self.agenda.push(Work::Run(next));
                                }
                            }
                            return Ok(());
                        }
                        // Another delayed goal may give the value; once none has, the variable is unbound for good.
                        Outcome::Lacks if !late || stalled < frame.delayed.len() => {
                            stalled += usize::from(late);
                            frame.delayed.insert(0, at);
                        }
                        Outcome::Lacks => return Err(self.unbound(&frame, &rule, at)),
                        Outcome::Error(error) => return Err(self.builtin_error(&frame, &rule, at, error)),
                    }
                }
                Code::Call(predicate) => return self.call(frame, predicate, goal.call),
                Code::Not(predicate) => {
                    let call = frame.bindings.resolve(&mut self.rules.store, goal.call)?;
                    if self.rules.store.is_ground(call) {
                        frame.at = if late { rule.goals.len() as u16 } else { frame.at };
                        return self.negate(frame, at, predicate, call);
                    } else if late && stalled >= frame.delayed.len() {
                        return Err(self.unbound(&frame, &rule, at));
                    }
                    stalled += usize::from(late);
                    frame.delayed.insert(0, at);
                }
            }
            frame.at += u16::from(!late);
        }
    }

    fn call(&mut self, frame: Frame, predicate: u32, goal: TermId) -> Result<(), ReasonError> {
        let call = frame.bindings.resolve(&mut self.rules.store, goal)?;
        if self.rules.predicates[predicate as usize].is_flat {
            return self.call_flat(frame, predicate, call);
        }
        let (call, n_vars) = canonical(&mut self.rules.store, call)?;
        let table = self.table(predicate, call, n_vars)?;
        let frame = Rc::new(frame);
        match self.tables[table as usize].status {
            Status::Complete => {
                let until = self.tables[table as usize].answers.len();
                if until > 0 {
                    self.agenda.push(Work::Feed { table, frame, next: 0, until });
                }
            }
            Status::Open(height) => {
                self.merge_components(height);
                self.tables[table as usize].consumers.push(Consumer { frame, next: 0 });
                self.dirty.push(table);
            }
        }
        Ok(())
    }

    /// A call into the stack makes everything above one component. A table just opened is a component of its own; the
    /// caller joins it only if it calls back.
    fn merge_components(&mut self, height: usize) {
        while self.components.last().is_some_and(|component| component.open > height) {
            self.components.pop();
        }
    }

    /// Ground facts are read without a table; an uncertain one contributes its leaf.
    fn call_flat(&mut self, frame: Frame, predicate: u32, call: TermId) -> Result<(), ReasonError> {
        for rule_id in self.rules.candidates(predicate, call) {
            let fact = self.rules.rules[rule_id as usize].clone();
            let mut next = frame.clone();
            if next.bindings.unify(&self.rules.store, call, fact.head) {
                if let Emits::Head { choice, index } = fact.emits {
                    match self.head_leaf(rule_id, choice, index as usize, &Bindings::default())? {
                        Leaf::Never => continue,
                        Leaf::Always => {}
                        Leaf::Slot(slot) => next.steps.push((next.at, Literal::Leaf(slot))),
                    }
                }
                next.at += 1;
                self.agenda.push(Work::Run(next));
            }
        }
        Ok(())
    }

    fn negate(&mut self, mut frame: Frame, at: u16, predicate: u32, call: TermId) -> Result<(), ReasonError> {
        let table = self.table(predicate, call, 0)?;
        match self.tables[table as usize].status {
            Status::Complete => self.decide_negation_at(frame, at, table),
            Status::Open(height) => {
                self.merge_components(height);
                frame.steps.push((at, Literal::Not(u32::MAX)));
                self.tables[table as usize].negations.push(frame);
            }
        }
        Ok(())
    }

    /// A frame that waited at a negation, marked by the placeholder at the end of its steps.
    fn decide_negation(&mut self, mut frame: Frame, table: u32) {
        if let Some((at, _)) = frame.steps.pop() {
            self.decide_negation_at(frame, at, table);
        }
    }

    fn decide_negation_at(&mut self, mut frame: Frame, at: u16, table: u32) {
        match self.tables[table as usize].answers.first() {
            Some(answer) if self.graph.is_true(answer.or) => return,
            Some(answer) => frame.steps.push((at, Literal::Not(answer.or))),
            None => {}
        }
        if at == frame.at {
            frame.at += 1;
        }
        self.agenda.push(Work::Run(frame));
    }

    /// The body holds: record the answer and what it rests on.
    fn succeed(&mut self, mut frame: Frame, rule: &Rule) -> Result<(), ReasonError> {
        let behind = rule.goals.len() as u16;
        match rule.emits {
            Emits::Nothing => self.answer(frame, rule),
            Emits::Head { choice, index } => {
                match self.head_leaf(frame.rule, choice, index as usize, &frame.bindings)? {
                    Leaf::Never => return Ok(()),
                    Leaf::Always => {}
                    Leaf::Slot(slot) => frame.steps.push((behind, Literal::Leaf(slot))),
                }
                self.answer(frame, rule)
            }
            Emits::Classes { choice } => {
                let first = self.network_slots(&frame, rule, choice)?;
                let declaration = self.rules.choices[choice as usize].clone();
                let Choice::Neural { classes, output, .. } = &*declaration else { return Ok(()) };
                let Some(output) = output else {
                    frame.steps.push((behind, Literal::Leaf(first)));
                    return self.answer(frame, rule);
                };
                let output = self.rules.store.var(*output);
                for (slot, &class) in (first..).zip(classes) {
                    let mut next = frame.clone();
                    if next.bindings.unify(&self.rules.store, output, class) {
                        next.steps.push((behind, Literal::Leaf(slot)));
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
        if n_vars > 0 && !frame.steps.is_empty() {
            return Err(self.non_ground(frame.rule, term));
        }
        let table = &mut self.tables[frame.table as usize];
        let or = match table.index.get(&term) {
            Some(&index) => table.answers[index as usize].or,
            None => {
                self.n_answers += 1;
                if self.n_answers > self.budget.max_answers {
                    return Err(ReasonError::Budget { limit: Limit::Answers(self.budget.max_answers) });
                }
                let or = self.graph.new_or(term);
                table.index.insert(term, table.answers.len() as u32);
                table.answers.push(Answer { term, n_vars: n_vars as u32, or });
                self.dirty.push(frame.table);
                or
            }
        };
        if frame.steps.is_empty() {
            self.graph.derive(or, &[], || unreachable!("a certain answer has no origin"));
            return Ok(());
        }
        let values = frame.bindings.values(&mut self.rules.store, rule.n_vars as usize)?;
        self.graph.derive(or, &frame.steps, || (frame.rule, values));
        Ok(())
    }

    /// The subgoals from `from`, which negates `to`, back to `from`.
    fn negative_cycle(&self, from: u32, to: u32, tables: &[u32]) -> ReasonError {
        // Search backwards from `from` along "is called by" until `to` is reached... forwards this is a path to → from.
        let callees = |caller: u32| {
            tables.iter().copied().filter(move |&table| {
                let table = &self.tables[table as usize];
                table.consumers.iter().any(|consumer| consumer.frame.table == caller)
                    || table.negations.iter().any(|frame| frame.table == caller)
            })
        };
        let mut parents: FastMap<u32, u32> = FastMap::default();
        let mut queue = std::collections::VecDeque::from([to]);
        while let Some(table) = queue.pop_front() {
            if table == from {
                break;
            }
            for callee in callees(table) {
                if callee != to && !parents.contains_key(&callee) {
                    parents.insert(callee, table);
                    queue.push_back(callee);
                }
            }
        }
        let mut path = vec![from];
        while let Some(&parent) = parents.get(path.last().expect("the path starts with one element")) {
            path.push(parent);
        }
        path.reverse();
        let name = |table: u32| self.show(self.tables[table as usize].call);
        let mut cycle = vec![name(from)];
        let mut caller = from;
        for table in path {
            // `to` itself when it is `from`: a goal that negates itself.
            let negated = self.tables[table as usize].negations.iter().any(|frame| frame.table == caller);
            cycle.push(if negated { format!("\\+ {}", name(table)) } else { name(table) });
            caller = table;
        }
        ReasonError::NegativeCycle { cycle }
    }
}
