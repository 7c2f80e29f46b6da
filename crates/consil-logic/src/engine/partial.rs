//! Derivations that end before they are complete, and still say something certain.
//!
//! Where a budget is short, what costs too much is *given up*: a frame is left where it stands. Everything else goes on, so that
//! tables are completed without it. What a frame could have derived is not known, but only where the goals behind it hold: its
//! table gets an alternative that rests on those goals and on a leaf *unknown*, for the answer that its head names, or else for
//! every answer of the table and for a node *further* that stands for the answers which are not listed. Whoever calls the table
//! rests on that node too, and whoever denies it denies the node as well.
//!
//! The derivation graph then holds everything that the whole one would: with *unknown* false where it is asserted and true where
//! it is denied, each node holds in no more worlds than it should, and the other way round in no fewer. [`Machine::split`]
//! makes two nodes of each for these two readings. (Incomplete proof trees as bounds: Poole, "Logic programming, abduction and
//! probability", New Generation Computing 1993; De Raedt, Kimmig & Toivonen, "ProbLog", IJCAI 2007, section 4.)

use std::rc::Rc;

use super::bindings::canonical;
use super::leaf::Leaf;
use super::machine::Machine;
use super::table::{Answer, Consumer, Frame, GivenUp, Status, Table, Waiting, Work};
use crate::budget::Limit;
use crate::derivation::{GroupSource, Literal};
use crate::error::ReasonError;
use crate::rules::{Collect, Emits};
use crate::store::{Shape, TermId};

/// Answers that a frame left alone distinguishes; more count as one that is unknown.
const MOST_UNSEEN: usize = 16;

/// What may be spent on one goal of the top before the rest is given up. The depth is the budget's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundLimits {
    /// Steps after which no table is opened; half as many more finish what is begun.
    pub(crate) steps: u64,
    /// Answers that a table lists.
    pub(crate) answers: usize,
    /// Symbols of all answers listed, over all tables.
    pub(crate) symbols: usize,
}

/// The state of a derivation within limits.
pub(super) struct Partial {
    limits: RoundLimits,
    /// Steps since the beginning, of all goals, after which no table is opened, and after which nothing goes on.
    soft: u64,
    hard: u64,
    symbols_left: usize,
    /// The slot of what is unknown, once something is.
    unknown: Option<u32>,
    /// Whether steps were short.
    is_short: bool,
}

/// What is left of a piece of work that could not be done.
pub(super) enum PendingWork {
    /// A frame, and the answer it was given.
    Frame(Rc<Frame>, Option<Literal>),
    /// A clause of a table that was not begun.
    Clause(u32, u32),
}

impl Partial {
    pub(super) fn new(limits: RoundLimits) -> Self {
        Self { limits, soft: 0, hard: 0, symbols_left: limits.symbols, unknown: None, is_short: false }
    }
}

impl PendingWork {
    pub(super) fn of(work: &Work, tables: &[Table]) -> Self {
        match work {
            Work::Run(frame) | Work::Decide { frame, .. } => PendingWork::Frame(Rc::new(frame.clone()), None),
            Work::Expand { table, clauses, next } => PendingWork::Clause(*table, clauses[*next]),
            Work::Feed { table, frame, next, .. } => {
                let or = tables[*table as usize].answers[*next].or;
                PendingWork::Frame(frame.clone(), Some(Literal::Node(or)))
            }
        }
    }
}

impl Machine<'_> {
    /// Counts steps; an error once they are spent.
    pub(super) fn spend(&mut self, n: u64) -> Result<(), ReasonError> {
        self.steps += n;
        let most = self.partial.as_ref().map_or(self.budget.max_steps, |partial| partial.hard);
        if self.steps > most {
            return Err(ReasonError::Budget { limit: Limit::Steps(self.budget.max_steps) });
        }
        Ok(())
    }

    /// New limits, for a goal of the top.
    pub(super) fn begin_round(&mut self) {
        if let Some(partial) = &mut self.partial {
            partial.soft = self.steps + partial.limits.steps;
            partial.hard = partial.soft + partial.limits.steps / 2;
        }
    }

    /// Whether the limits allow for another table.
    pub(super) fn may_open(&mut self) -> Result<(), ReasonError> {
        match &mut self.partial {
            Some(partial) if self.steps > partial.soft => {
                partial.is_short = true;
                Err(ReasonError::Budget { limit: Limit::Steps(partial.limits.steps) })
            }
            _ => Ok(()),
        }
    }

    /// Whether the limits allow a table to list another answer.
    pub(super) fn may_list(&mut self, table: u32, answer: TermId) -> bool {
        let Some(Partial { limits, symbols_left, .. }) = self.partial else { return true };
        let symbols = self.symbols(answer, symbols_left);
        if self.tables[table as usize].answers.len() >= limits.answers || symbols > symbols_left {
            return false;
        }
        if let Some(partial) = &mut self.partial {
            partial.symbols_left -= symbols;
        }
        true
    }

    /// The symbols of a term, written out; more than `most` are not counted.
    fn symbols(&self, term: TermId, most: usize) -> usize {
        let (mut n, mut pending) = (0, vec![term]);
        while let Some(term) = pending.pop() {
            n += 1;
            if n > most {
                break;
            }
            if let Shape::Compound(_, args) = self.rules.store.shape(term) {
                pending.extend_from_slice(args);
            }
        }
        n
    }

    /// Whether anything was given up.
    pub(super) fn is_cut(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| partial.unknown.is_some())
    }

    /// Whether steps were short.
    pub(super) fn is_short(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| partial.is_short)
    }

    /// The slot of what was given up, if anything was.
    pub(super) fn unknown_slot(&self) -> Option<u32> {
        self.partial.as_ref()?.unknown
    }

    /// Leaves a frame as it stands: what it might have derived may hold where its goals so far and `others` do.
    pub(super) fn give_up(&mut self, frame: &Frame, others: &[Literal]) {
        let mut steps = frame.steps.clone();
        steps.extend(others.iter().map(|&literal| (frame.at, literal)));
        match self.own_leaf(frame) {
            Leaf::Never => return,
            Leaf::Always => {}
            Leaf::Slot(slot) => steps.push((frame.at, Literal::Leaf(slot))),
        }
        let rule = self.rules.rules[frame.rule as usize].clone();
        // A head that cannot be written down may be any.
        let head = frame.bindings.resolve(&mut self.rules.store, rule.head);
        let head = head.and_then(|head| canonical(&mut self.rules.store, head));
        let head = head.ok().filter(|&(_, n_vars)| n_vars == 0).map(|(head, _)| head);
        self.record(frame.table, GivenUp { rule: frame.rule, head, steps });
    }

    /// The leaf of a frame's own clause, if its instance is known already.
    fn own_leaf(&mut self, frame: &Frame) -> Leaf {
        let rule = self.rules.rules[frame.rule as usize].clone();
        let Emits::Head { choice, index } = rule.emits else { return Leaf::Always };
        let values = frame.bindings.values(&mut self.rules.store, rule.n_vars as usize);
        if !values.is_ok_and(|values| values.iter().all(|&value| self.rules.store.is_ground(value))) {
            return Leaf::Always;
        }
        // A probability that is none is an error only where the body holds.
        self.head_leaf(frame.rule, choice, index as usize, &frame.bindings).unwrap_or(Leaf::Always)
    }

    fn record(&mut self, table: u32, mut given_up: GivenUp) {
        let unknown = match self.unknown_slot() {
            Some(unknown) => unknown,
            None => {
                let group = self.graph.add_group(GroupSource::Unknown, 1);
                self.graph.groups[group as usize].first_slot
            }
        };
        if let Some(partial) = &mut self.partial {
            partial.unknown = Some(unknown);
        }
        given_up.steps.push((0, Literal::Leaf(unknown)));
        let table = &mut self.tables[table as usize];
        if table.n_vars == 0 {
            given_up.head = Some(table.call);
        }
        table.given_up.push(given_up);
        table.is_cut = true;
    }

    /// Gives up what is left of a piece of work.
    pub(super) fn abandon(&mut self, pending: &PendingWork) {
        match pending {
            PendingWork::Frame(frame, answer) => self.give_up(frame, answer.as_slice()),
            PendingWork::Clause(table, rule) => {
                self.record(*table, GivenUp { rule: *rule, head: None, steps: Vec::new() });
            }
        }
    }

    /// Passes on to a frame's table what a table that it called lacks.
    pub(super) fn rest_on_open(&mut self, frame: &Frame, table: u32) {
        self.touch(frame, table);
        if let Some(further) = self.tables[table as usize].further {
            self.give_up(frame, &[Literal::Node(further)]);
        }
    }

    /// Notes that a frame's table rests on another.
    pub(super) fn touch(&mut self, frame: &Frame, table: u32) {
        let is_cut = self.tables[table as usize].is_cut;
        self.tables[frame.table as usize].is_cut |= is_cut;
    }

    /// Whether all answers of a table can be collected, and then under which conditions. Where some derivations are missing
    /// their number is not known, and where answers may be missing nothing is known unless there are none.
    pub(super) fn may_collect(&mut self, frame: &mut Frame, collect: Collect, table: u32) -> bool {
        let Table { is_cut, further, .. } = self.tables[table as usize];
        let by_answer = matches!(collect, Collect::Answers { .. } | Collect::Aggregate);
        if is_cut && !by_answer {
            self.give_up(frame, &[]);
            return false;
        }
        if let Some(further) = further {
            self.give_up(frame, &[Literal::Node(further)]);
            self.rest_on(frame, Literal::Not(further));
        }
        true
    }

    /// Tells the frames of the topmost component what its tables lack: a call without variables is listed as an answer that may
    /// hold, other tables may have further answers. Whether there was anything to tell.
    pub(super) fn spread(&mut self, first: usize) -> bool {
        let mut any = false;
        for at in first..self.open.len() {
            let id = self.open[at];
            let table = &self.tables[id as usize];
            if table.given_up.is_empty() {
                continue;
            }
            if table.n_vars == 0 {
                any |= self.list_call(id);
                continue;
            }
            let further = self.further(id);
            let mut consumers = std::mem::take(&mut self.tables[id as usize].consumers);
            for Consumer { frame, knows_further, .. } in &mut consumers {
                if !*knows_further && self.is_open_above(frame.table, first) {
                    (*knows_further, any) = (true, true);
                    self.give_up(frame, &[Literal::Node(further)]);
                }
            }
            self.tables[id as usize].consumers = consumers;
        }
        any
    }

    /// Lists a call without variables as its own answer, if it is none yet.
    fn list_call(&mut self, id: u32) -> bool {
        let Table { call, assumed, .. } = self.tables[id as usize];
        if self.tables[id as usize].index.contains_key(&call) {
            return false;
        }
        let or = assumed.unwrap_or_else(|| self.graph.new_or(call));
        let table = &mut self.tables[id as usize];
        table.index.insert(call, table.answers.len() as u32);
        table.answers.push(Answer { term: call, n_vars: 0, or });
        self.n_answers += 1;
        self.dirty.push(id);
        true
    }

    fn further(&mut self, id: u32) -> u32 {
        let Table { call, further, .. } = self.tables[id as usize];
        let further = further.unwrap_or_else(|| self.graph.new_or(call));
        self.tables[id as usize].further = Some(further);
        further
    }

    /// Completes the tables of a component, each with what was given up.
    pub(super) fn close(&mut self, tables: &[u32]) {
        let is_cut = tables.iter().any(|&id| self.tables[id as usize].is_cut);
        for &id in tables {
            self.tables[id as usize].status = Status::Complete;
            self.tables[id as usize].is_cut = is_cut;
            self.assign(id);
        }
    }

    /// Adds what was given up to the answers it may concern.
    fn assign(&mut self, id: u32) {
        let given_up = std::mem::take(&mut self.tables[id as usize].given_up);
        let mut for_any = None;
        for GivenUp { rule, head, steps } in given_up {
            let index = head.map(|head| self.tables[id as usize].index.get(&head).copied());
            let or = match index {
                Some(Some(index)) => self.tables[id as usize].answers[index as usize].or,
                Some(None) => self.further(id),
                None => {
                    let call = self.tables[id as usize].call;
                    *for_any.get_or_insert_with(|| self.graph.new_or(call))
                }
            };
            let rules = &mut self.rules;
            self.graph.derive(or, &steps, || (rules.add_step(rule), Box::default()));
        }
        let Some(any) = for_any else { return };
        let further = self.further(id);
        let answers = self.tables[id as usize].answers.iter().map(|answer| answer.or).chain([further]);
        for or in answers {
            let rules = &mut self.rules;
            self.graph.derive(or, &[(0, Literal::Node(any))], || (rules.add_step(0), Box::default()));
        }
    }

    /// Gives up all that is left to do, and completes every table.
    pub(super) fn give_up_rest(&mut self) -> Result<(), ReasonError> {
        if let Some(partial) = &mut self.partial {
            partial.is_short = true;
        }
        while let Some(work) = self.agenda.pop() {
            match work {
                Work::Expand { table, clauses, next } => {
                    clauses[next..].iter().for_each(|&rule| self.abandon(&PendingWork::Clause(table, rule)));
                }
                Work::Feed { table, frame, next, until } => self.give_up_unseen(&frame, table, next, until),
                Work::Run(frame) | Work::Decide { frame, .. } => self.give_up(&frame, &[]),
            }
        }
        let tables = std::mem::take(&mut self.open);
        for &id in &tables {
            self.tables[id as usize].is_cut = true;
            if self.tables[id as usize].n_vars == 0 {
                self.list_call(id);
            } else {
                self.further(id);
            }
        }
        for &id in &tables {
            let until = self.tables[id as usize].answers.len();
            for Consumer { frame, next, knows_further } in std::mem::take(&mut self.tables[id as usize].consumers) {
                self.give_up_unseen(&frame, id, next, until);
                if !knows_further {
                    self.rest_on_open(&frame, id);
                }
            }
            for Waiting { frame, .. } in std::mem::take(&mut self.tables[id as usize].waiting) {
                self.give_up(&frame, &[]);
            }
        }
        self.components.clear();
        self.dirty.clear();
        self.close(&tables);
        Ok(self.budget.check_time()?)
    }

    fn give_up_unseen(&mut self, frame: &Frame, table: u32, next: usize, until: usize) {
        if until - next > MOST_UNSEEN {
            return self.give_up(frame, &[]);
        }
        for index in next..until {
            let or = self.tables[table as usize].answers[index].or;
            self.give_up(frame, &[Literal::Node(or)]);
        }
    }

    /// An error of the budget with the table that has most answers; others as they are.
    pub(super) fn over_budget(&self, error: ReasonError) -> ReasonError {
        let ReasonError::Budget { limit } = error else { return error };
        let largest = self.tables.iter().max_by_key(|table| table.answers.len());
        let (table, n_answers) =
            largest.map_or((String::new(), 0), |table| (self.show(table.call), table.answers.len()));
        ReasonError::Derivation { limit, table, n_answers, n_all: self.n_answers }
    }
}
