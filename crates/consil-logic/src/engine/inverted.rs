//! Joins on a sum: of a complete table only the answers that the arithmetic goal behind it can hold of.
//!
//! In `number(Xs, A), number(Ys, B), S is A + B` with `S` and `A` known, `B` is S − A: one look at an index of the table instead
//! of a walk through all its answers, so that a given sum of two numbers with N values each takes N steps and not N².
//! The goal is turned round only where that cannot be told from running it: both sides are integers, every answer has an integer in
//! the place, and no value of it exceeds 64 bits on the way.

use std::rc::Rc;

use super::machine::Machine;
use super::table::{Frame, Table, Work};
use crate::hash::FastMap;
use crate::rules::Code;
use crate::store::{Shape, Store, TermId};

/// With fewer answers than this a walk is as fast.
const FEWEST: usize = 32;
/// Operators nested deeper than this are not turned round.
const MAX_DEPTH: usize = 32;

/// The answers of a table by the integer in one place.
pub(super) struct Index {
    places: FastMap<i64, Vec<u32>>,
    /// The largest absolute value.
    largest: i128,
}

/// `factor · x + rest` of the one variable x.
#[derive(Clone, Copy)]
struct Linear {
    factor: i128,
    rest: i128,
}

/// What a goal says of a variable of the call before it.
struct Determined {
    position: usize,
    /// None if no integer fulfils it.
    value: Option<i64>,
    /// All parts of the expression.
    parts: Vec<Linear>,
}

impl Machine<'_> {
    /// Gives a frame the answers of a complete table.
    pub(super) fn feed_complete(&mut self, frame: Rc<Frame>, table: u32) {
        let until = self.tables[table as usize].answers.len();
        if until >= FEWEST
            && let Some(determined) = self.determined(&frame)
            && let Some(index) =
                Self::index(&mut self.indexes, (&self.tables, &self.rules.store), table, determined.position)
            && determined.parts.iter().all(|part| part.fits(index.largest))
        {
            let fitting = determined.value.and_then(|value| index.places.get(&value));
            // The agenda is a stack: the first answer is pushed last.
            for &next in fitting.into_iter().flatten().rev() {
                let (next, until) = (next as usize, next as usize + 1);
                self.agenda.push(Work::Feed { table, frame: frame.clone(), next, until });
            }
        } else if until > 0 {
            self.agenda.push(Work::Feed { table, frame, next: 0, until });
        }
    }

    /// The place and value of the variable that the goal behind the call leaves no choice for.
    fn determined(&self, frame: &Frame) -> Option<Determined> {
        let store = &self.rules.store;
        let rule = &self.rules.rules[frame.rule as usize];
        let (call, test) = (rule.goals.get(frame.at as usize)?, rule.goals.get(frame.at as usize + 1)?);
        if frame.calling.is_some() || !frame.delayed.is_empty() {
            return None;
        }
        let (Code::Call(_), Code::Builtin) = (call.code, test.code) else { return None };
        let Shape::Compound(name, &[left, right]) = store.shape(test.call) else { return None };
        if store.name(name) != "is" {
            return None;
        }
        let Shape::Int(wanted) = store.shape(frame.bindings.walk(store, left)) else { return None };
        let (mut variable, mut parts) = (None, Vec::new());
        let Linear { factor, rest } = self.linear(frame, right, MAX_DEPTH, &mut variable, &mut parts)?;
        let variable = variable.filter(|_| factor != 0)?;
        let Shape::Compound(_, args) = store.shape(call.call) else { return None };
        let position = args.iter().position(|&arg| frame.bindings.walk(store, arg) == variable)?;
        let difference = i128::from(wanted) - rest;
        let value = (difference % factor == 0).then_some(difference / factor);
        Some(Determined { position, value: value.and_then(|value| value.try_into().ok()), parts })
    }

    fn linear(
        &self,
        frame: &Frame,
        term: TermId,
        depth: usize,
        variable: &mut Option<TermId>,
        parts: &mut Vec<Linear>,
    ) -> Option<Linear> {
        let store = &self.rules.store;
        let term = frame.bindings.walk(store, term);
        let linear = match store.shape(term) {
            Shape::Int(value) => Linear { factor: 0, rest: value.into() },
            Shape::Var(_) if variable.is_none_or(|known| known == term) => {
                *variable = Some(term);
                Linear { factor: 1, rest: 0 }
            }
            Shape::Compound(name, &[a, b]) if depth > 0 => {
                let a = self.linear(frame, a, depth - 1, variable, parts)?;
                let b = self.linear(frame, b, depth - 1, variable, parts)?;
                match store.name(name) {
                    "+" => Linear { factor: a.factor + b.factor, rest: a.rest + b.rest },
                    "-" => Linear { factor: a.factor - b.factor, rest: a.rest - b.rest },
                    "*" if a.factor == 0 => Linear { factor: a.rest * b.factor, rest: a.rest * b.rest },
                    "*" if b.factor == 0 => Linear { factor: b.rest * a.factor, rest: b.rest * a.rest },
                    _ => return None,
                }
            }
            _ => return None,
        };
        // What does not fit by itself fits for no value, and this keeps the arithmetic here in range.
        linear.fits(0).then(|| {
            parts.push(linear);
            linear
        })
    }

    /// The index of a table by one place of its answers; none if some answer has no integer there.
    fn index<'i>(
        indexes: &'i mut FastMap<(u32, u32), Option<Index>>,
        (tables, store): (&[Table], &Store),
        table: u32,
        position: usize,
    ) -> Option<&'i Index> {
        let index = indexes.entry((table, position as u32)).or_insert_with(|| {
            let mut index = Index { places: FastMap::default(), largest: 0 };
            for (at, answer) in tables[table as usize].answers.iter().enumerate() {
                let Shape::Int(value) = store.shape(store.arg(answer.term, position)) else { return None };
                index.places.entry(value).or_default().push(at as u32);
                index.largest = index.largest.max(i128::from(value).abs());
            }
            Some(index)
        });
        index.as_ref()
    }
}

impl Linear {
    /// Whether it stays within 64 bits for every value up to `largest`, and its factor does.
    fn fits(self, largest: i128) -> bool {
        let limit = i128::from(i64::MAX);
        self.factor.abs() <= limit && self.rest.abs() <= limit && self.factor.abs() * largest + self.rest.abs() <= limit
    }
}
