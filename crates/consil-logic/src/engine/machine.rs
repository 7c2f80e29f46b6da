//! Goal-directed evaluation with tables (SLG resolution; Chen & Warren, "Tabled evaluation with delaying for general
//! logic programs", J. ACM 1996). A negation inside a cycle is not decided here: it becomes a literal of the derivation
//! graph, which the well-founded semantics settles afterwards.
//!
//! Open tables form a stack, cut into strongly connected components as calls reach back into it (Gabow's path-based
//! algorithm). The topmost component alone works. When it has nothing left to do, its frames are fed the answers they have
//! not seen; when there are none, its tables are complete, and only then do the frames below see its answers. So a
//! negation is decided on a complete table, and a frame sees whether an answer is certain before it uses it. The agenda is
//! on the heap: the depth of a program's recursion is limited by the budget, not by the stack.

use std::rc::Rc;

use super::bindings::{Bindings, canonical, shifted};
use super::bottom_up::Deterministic;
use super::builtins::{self, Outcome};
use super::component::Component;
use super::delayed::Woken;
use super::dependencies::Dependencies;
use super::inverted::Index;
use super::leaf::{Leaf, Leaves};
use super::partial::{Partial, PendingWork};
use super::table::{Answer, Consumer, Derivation, Frame, Purpose, Status, Support, Table, Waiting, Work};
use crate::budget::{Budget, Limit};
use crate::derivation::{Graph, Literal};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::rules::{Code, Emits, RuleSet};
use crate::store::TermId;

/// Steps between two looks at the clock.
const TIME_CHECK: u64 = 4096;

/// Cells of new terms that one step may build; more count as more steps.
const CELLS_PER_STEP: u64 = 16;

pub(super) struct Machine<'a> {
    pub(super) rules: RuleSet,
    pub(super) graph: Graph,
    pub(super) budget: &'a Budget,
    pub(super) leaves: Leaves,
    /// Answers certain predicates over many facts; none where a fact of the goal concerns them.
    pub(super) deterministic: Option<&'a Deterministic>,
    /// The node of every answer that it gave.
    pub(super) certain: Option<u32>,
    pub(super) tables: Vec<Table>,
    pub(super) calls: FastMap<TermId, u32>,
    /// Who called what; kept only where facts may change.
    pub(super) dependencies: Option<Dependencies>,
    /// Complete tables by a place of their answers, where that was asked for.
    pub(super) indexes: FastMap<(u32, u32), Option<Index>>,
    pub(super) open: Vec<u32>,
    pub(super) components: Vec<Component>,
    pub(super) agenda: Vec<Work>,
    /// Open tables that may have answers some consumer has not seen.
    pub(super) dirty: Vec<u32>,
    pub(super) steps: u64,
    pub(super) n_answers: usize,
    /// The derivations of each answer, with the order in which they were found; kept where the program counts them.
    pub(super) derivations: Option<FastMap<(u32, u32), Vec<Derivation>>>,
    /// Predicates made for goals that were known only when they were reached.
    pub(super) made: FastMap<TermId, u32>,
    /// Whether a negation inside a cycle was assumed.
    pub(super) has_assumed: bool,
    /// Answers that rest on assumptions which turned out wrong.
    pub(super) impossible: FastSet<u32>,
    /// How many evaluations this one is inside of.
    pub(super) nesting: usize,
    /// Where what costs too much is given up, not an error.
    pub(super) partial: Option<Partial>,
}

/// The answers of a call.
pub(super) struct Answered {
    /// Each with its node.
    pub(super) list: Vec<(TermId, u32)>,
    /// What may hold beside them.
    pub(super) further: Option<u32>,
    /// Whether something that they rest on was given up.
    pub(super) is_cut: bool,
}

impl<'a> Machine<'a> {
    pub(super) fn new(rules: RuleSet, budget: &'a Budget, nesting: usize) -> Self {
        let derivations = rules.may_count_derivations().then(FastMap::default);
        Self {
            derivations,
            made: FastMap::default(),
            has_assumed: false,
            impossible: FastSet::default(),
            nesting,
            partial: None,
            rules,
            graph: Graph::default(),
            budget,
            leaves: Leaves::default(),
            deterministic: None,
            certain: None,
            tables: Vec::new(),
            calls: FastMap::default(),
            dependencies: None,
            indexes: FastMap::default(),
            open: Vec::new(),
            components: Vec::new(),
            agenda: Vec::new(),
            dirty: Vec::new(),
            steps: 0,
            n_answers: 0,
        }
    }

    /// Completes the table of a call and gives its answers with their nodes.
    pub(super) fn answers(&mut self, predicate: u32, call: TermId) -> Result<Answered, ReasonError> {
        let (call, n_vars) = canonical(&mut self.rules.store, call)?;
        self.begin_round();
        let table = self.complete(predicate, call, n_vars).map_err(|error| self.over_budget(error))?;
        let Table { answers, further, is_cut, .. } = &self.tables[table as usize];
        let list = answers.iter().map(|answer| (answer.term, answer.or));
        let list = list.filter(|(_, or)| !self.impossible.contains(or)).collect();
        Ok(Answered { list, further: *further, is_cut: *is_cut })
    }

    fn complete(&mut self, predicate: u32, call: TermId, n_vars: usize) -> Result<u32, ReasonError> {
        let table = self.table(predicate, call, n_vars)?;
        while !self.components.is_empty() {
            let cells = self.rules.store.len();
            self.work()?;
            // Terms with variables are built anew for each call and answer, and may grow with each.
            self.steps += (self.rules.store.len() - cells) as u64 / CELLS_PER_STEP;
        }
        Ok(table)
    }

    /// Does one piece of the topmost component's work, or completes the component.
    fn work(&mut self) -> Result<(), ReasonError> {
        if let Err(error) = self.spend(1) {
            return if self.partial.is_some() { self.give_up_rest() } else { Err(error) };
        }
        if self.steps.is_multiple_of(TIME_CHECK) {
            self.budget.check_time()?;
        }
        let idle = self.components.last().is_none_or(|component| self.agenda.len() <= component.agenda);
        if idle {
            return if self.feed_component() { Ok(()) } else { self.complete_component() };
        }
        let Some(work) = self.agenda.pop() else { return Ok(()) };
        if self.partial.is_none() {
            return self.perform(work);
        }
        let pending = PendingWork::of(&work, &self.tables);
        match self.perform(work) {
            Err(error) if error.limit().is_some_and(|limit| limit != Limit::Time) => {
                self.abandon(&pending);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn perform(&mut self, work: Work) -> Result<(), ReasonError> {
        match work {
            Work::Run(frame) => self.run(frame),
            Work::Expand { table, clauses, next } => {
                let rule = clauses[next];
                if next + 1 < clauses.len() {
                    self.agenda.push(Work::Expand { table, clauses, next: next + 1 });
                }
                self.enter(table, rule)
            }
            Work::Feed { table, frame, next, until } => {
                if next + 1 < until {
                    self.agenda.push(Work::Feed { table, frame: frame.clone(), next: next + 1, until });
                }
                self.resume(&frame, table, next)
            }
            Work::Decide { table, frame, purpose } => self.decide(frame, purpose, table),
        }
    }

    /// The table of a canonical call, opened if it is new.
    fn table(&mut self, predicate: u32, call: TermId, n_vars: usize) -> Result<u32, ReasonError> {
        if let Some(&table) = self.calls.get(&call) {
            return Ok(table);
        }
        // Where derivations are counted, an answer alone does not say how many it has.
        if let Some(deterministic) = self.deterministic.filter(|_| self.derivations.is_none())
            && let Some(answers) = deterministic.answers(&mut self.rules.store, predicate, call, self.budget)?
        {
            return self.complete_table(call, n_vars, answers);
        }
        if self.open.len() >= self.budget.max_depth {
            return Err(ReasonError::Budget { limit: Limit::Depth(self.budget.max_depth) });
        }
        self.may_open()?;
        let id = self.tables.len() as u32;
        self.calls.insert(call, id);
        self.tables.push(Table::new(call, n_vars, Status::Open(self.open.len())));
        self.components.push(Component { open: self.open.len(), agenda: self.agenda.len(), dirty: self.dirty.len() });
        self.open.push(id);
        self.note_asked(predicate, call, id);
        let clauses: Rc<[u32]> = self.rules.candidates(predicate, call).into();
        if !clauses.is_empty() {
            self.agenda.push(Work::Expand { table: id, clauses, next: 0 });
        }
        Ok(id)
    }

    /// A table whose answers are known, each certain.
    fn complete_table(&mut self, call: TermId, n_vars: usize, answers: Vec<TermId>) -> Result<u32, ReasonError> {
        if self.n_answers + answers.len() > self.budget.max_answers {
            return Err(ReasonError::Budget { limit: Limit::Answers(self.budget.max_answers) });
        }
        self.n_answers += answers.len();
        let graph = &mut self.graph;
        let or = *self.certain.get_or_insert_with(|| {
            let or = graph.new_or(call);
            graph.derive(or, &[], || unreachable!("a certain answer has no origin"));
            or
        });
        let id = self.tables.len() as u32;
        self.note_certain(id);
        self.calls.insert(call, id);
        let answers = answers.into_iter().map(|term| Answer { term, n_vars: 0, or }).collect();
        self.tables.push(Table { answers, ..Table::new(call, n_vars, Status::Complete) });
        Ok(id)
    }

    /// Adds a part to what a frame's goals so far rest on.
    pub(super) fn rest_on(&self, frame: &mut Frame, literal: Literal) {
        frame.steps.push((frame.at, literal));
        if self.derivations.is_some() {
            frame.supports.push(Support::Literal(literal));
        }
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
        let frame = Frame {
            table,
            rule: rule_id,
            at: 0,
            bindings,
            steps: Vec::new(),
            delayed: Vec::new(),
            calling: None,
            supports: Vec::new(),
        };
        self.run(frame)
    }

    /// Goes on with a frame that a table's answer has reached.
    fn resume(&mut self, frame: &Rc<Frame>, table: u32, index: usize) -> Result<(), ReasonError> {
        let answer = self.tables[table as usize].answers[index];
        if self.impossible.contains(&answer.or) {
            return Ok(());
        }
        let mut frame = Frame::clone(frame);
        let written = self.rules.rules[frame.rule as usize].goals[frame.at as usize].call;
        let goal = frame.calling.take().unwrap_or(written);
        let offset = frame.bindings.grow(answer.n_vars as usize);
        let term = shifted(&mut self.rules.store, answer.term, offset)?;
        if !frame.bindings.unify(&self.rules.store, goal, term) {
            return Ok(());
        }
        if !self.graph.is_true(answer.or) {
            frame.steps.push((frame.at, Literal::Node(answer.or)));
        }
        if self.derivations.is_some() {
            frame.supports.push(Support::Answer(table, index as u32));
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
            if !late && !frame.delayed.is_empty() {
                if let Woken::Ended = self.wake(&mut frame, &rule)? {
                    return Ok(());
                }
                if let Some(waiting) = self.looks_ahead(&frame, &rule, frame.at)? {
                    match rule.goals[frame.at as usize].code {
                        // It waits as well, and behind the other.
                        Code::Builtin => {
                            frame.delayed.insert(0, frame.at);
                            frame.at += 1;
                            continue;
                        }
                        _ => return Err(self.unbound(&frame, &rule, waiting)),
                    }
                }
            }
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
                Code::Builtin | Code::Shortcut(_) => {
                    match builtins::run(&mut self.rules.store, &mut frame.bindings, goal.call, self.budget) {
                        Outcome::Once => stalled = 0,
                        Outcome::Fails => return Ok(()),
                        Outcome::Each(left, values) => {
                            frame.at += u32::from(!late);
                            self.run_each(&frame, left, values);
                            return Ok(());
                        }
                        Outcome::Elsewhere => match goal.code {
                            Code::Shortcut(predicate) => return self.call(frame, predicate, goal.call),
                            _ => return Ok(()),
                        },
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
                    self.check_denied(&frame, &rule, at)?;
                    return self.when_complete(frame, predicate, goal.call, Purpose::Negation);
                }
                Code::Collect(collect, predicate) => return self.begin_collecting(frame, &goal, collect, predicate),
                Code::Dynamic => return self.call_dynamic(frame, &goal),
                Code::FirstArguments => return self.first_arguments(frame, &goal),
            }
            frame.at += u32::from(!late);
        }
    }

    /// Goes on with a frame for each value that a term may take.
    pub(super) fn run_each(&mut self, frame: &Frame, left: TermId, values: Vec<TermId>) {
        for value in values.into_iter().rev() {
            let mut next = frame.clone();
            if next.bindings.unify(&self.rules.store, left, value) {
                self.agenda.push(Work::Run(next));
            }
        }
    }

    pub(super) fn call(&mut self, frame: Frame, predicate: u32, goal: TermId) -> Result<(), ReasonError> {
        let call = frame.bindings.resolve(&mut self.rules.store, goal)?;
        if self.rules.predicates[predicate as usize].is_flat {
            return self.call_flat(frame, predicate, call);
        }
        let (call, n_vars) = canonical(&mut self.rules.store, call)?;
        let table = self.table(predicate, call, n_vars)?;
        self.note_call(frame.table, table);
        let frame = Rc::new(frame);
        match self.tables[table as usize].status {
            Status::Complete => {
                self.rest_on_open(&frame, table);
                self.feed_complete(frame, table);
            }
            Status::Open(height) => {
                self.merge_components(height);
                self.tables[table as usize].consumers.push(Consumer { frame, next: 0, knows_further: false });
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
        self.note_flat(predicate, call, frame.table)?;
        // The agenda is a stack: the first fact is pushed last.
        for rule_id in self.rules.candidates(predicate, call).into_iter().rev() {
            let fact = self.rules.rules[rule_id as usize].clone();
            let mut next = frame.clone();
            next.calling = None;
            if next.bindings.unify(&self.rules.store, call, fact.head) {
                if let Emits::Head { choice, index } = fact.emits {
                    match self.head_leaf(rule_id, choice, index as usize, &Bindings::default())? {
                        Leaf::Never => continue,
                        Leaf::Always => {}
                        Leaf::Slot(slot) => self.rest_on(&mut next, Literal::Leaf(slot)),
                    }
                }
                next.at += 1;
                self.agenda.push(Work::Run(next));
            }
        }
        Ok(())
    }

    /// Goes on with a frame once the table of a goal is complete.
    pub(super) fn when_complete(
        &mut self,
        frame: Frame,
        predicate: u32,
        goal: TermId,
        purpose: Purpose,
    ) -> Result<(), ReasonError> {
        let call = frame.bindings.resolve(&mut self.rules.store, goal)?;
        let (call, n_vars) = canonical(&mut self.rules.store, call)?;
        let table = self.table(predicate, call, n_vars)?;
        self.note_call(frame.table, table);
        match self.tables[table as usize].status {
            Status::Complete => self.decide(frame, purpose, table),
            Status::Open(height) => {
                self.merge_components(height);
                self.tables[table as usize].waiting.push(Waiting { frame, purpose });
                Ok(())
            }
        }
    }

    pub(super) fn decide(&mut self, mut frame: Frame, purpose: Purpose, table: u32) -> Result<(), ReasonError> {
        self.touch(&frame, table);
        match purpose {
            Purpose::Collect(collect) => self.collect(frame, collect, table),
            Purpose::Negation => {
                // A goal that still has variables is denied for every value.
                for index in 0..self.tables[table as usize].answers.len() {
                    let or = self.tables[table as usize].answers[index].or;
                    if self.graph.is_true(or) {
                        return Ok(());
                    }
                    if !self.impossible.contains(&or) {
                        self.rest_on(&mut frame, Literal::Not(or));
                    }
                }
                if let Some(further) = self.tables[table as usize].further {
                    self.rest_on(&mut frame, Literal::Not(further));
                }
                frame.at += 1;
                self.agenda.push(Work::Run(frame));
                Ok(())
            }
        }
    }
}
