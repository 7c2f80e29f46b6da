//! A table holds the answers of one subgoal, up to the names of its variables.

use std::rc::Rc;

use super::bindings::Bindings;
use crate::derivation::Literal;
use crate::hash::FastMap;
use crate::rules::Collect;
use crate::store::TermId;

/// A clause in the middle of its body.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The table that the clause's head answers.
    pub(super) table: u32,
    pub(super) rule: u32,
    /// The next goal of the body.
    pub(super) at: u32,
    pub(super) bindings: Bindings,
    /// What the goals so far rest on.
    pub(super) steps: Vec<(u32, Literal)>,
    /// Goals put off because they lacked a value.
    pub(super) delayed: Vec<u32>,
    /// The goal whose answers it waits for, where the clause does not say which: the goal of a `call/N`.
    pub(super) calling: Option<TermId>,
    /// What `steps` says and what was certain besides, kept only where derivations are counted.
    pub(super) supports: Vec<Support>,
}

/// A part of a derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// An answer of a table.
    Answer(u32, u32),
    Literal(Literal),
}

/// When an answer was derived, and from what.
pub(super) type Derivation = (u64, Box<[Support]>);

/// A frame that can go on only when a table is complete.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) frame: Frame,
    pub(super) purpose: Purpose,
}

/// What a frame needs a complete table for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Negation,
    Collect(Collect),
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) call: TermId,
    pub(super) n_vars: usize,
    pub(super) answers: Vec<Answer>,
    pub(super) index: FastMap<TermId, u32>,
    pub(super) status: Status,
    pub(super) consumers: Vec<Consumer>,
    pub(super) waiting: Vec<Waiting>,
    /// The node of the call itself, if its negation was assumed before the table was complete.
    pub(super) assumed: Option<u32>,
    /// Derivations that were given up.
    pub(super) given_up: Vec<GivenUp>,
    /// Whether any was, here or in a table that this one rests on.
    pub(super) is_cut: bool,
    /// The node that says whether there may be an answer which is not listed.
    pub(super) further: Option<u32>,
}

impl Table {
    pub(super) fn new(call: TermId, n_vars: usize, status: Status) -> Self {
        Self {
            call,
            n_vars,
            answers: Vec::new(),
            index: FastMap::default(),
            status,
            consumers: Vec::new(),
            waiting: Vec::new(),
            assumed: None,
            given_up: Vec::new(),
            is_cut: false,
            further: None,
        }
    }
}

/// A derivation that was not followed to its end.
#[derive(Debug)]
pub(super) struct GivenUp {
    pub(super) rule: u32,
    /// The only answer that it could give; any, if that is not known.
    pub(super) head: Option<TermId>,
    /// What it rests on so far.
    pub(super) steps: Vec<(u32, Literal)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// On the stack of open tables, at this height.
    Open(usize),
    Complete,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) term: TermId,
    pub(super) n_vars: u32,
    /// Its node in the derivation graph.
    pub(super) or: u32,
}

/// A frame that wants every answer of a table.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) frame: Rc<Frame>,
    /// The first answer it has not seen.
    pub(super) next: usize,
    /// Whether its own table knows that this one may have answers which are not listed.
    pub(super) knows_further: bool,
}

/// A piece of work on the agenda.
pub(super) enum Work {
    /// Go on with a frame.
    Run(Frame),
    /// Try the clauses of a table from `next` on.
    Expand { table: u32, clauses: Rc<[u32]>, next: usize },
    /// Give a table's answers `next..until` to a frame.
    Feed { table: u32, frame: Rc<Frame>, next: usize, until: usize },
    /// Go on with a frame that waited for a table to be complete.
    Decide { table: u32, frame: Frame, purpose: Purpose },
}
