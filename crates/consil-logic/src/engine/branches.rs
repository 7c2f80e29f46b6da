//! The derivations of a table's answers, one by one: what `findall/3` counts.

use std::rc::Rc;

use super::machine::Machine;
use super::table::Support;
use crate::derivation::Literal;
use crate::error::ReasonError;

/// A list whose tails are shared.
type Shared<T> = Option<Rc<Node<T>>>;

struct Node<T> {
    item: T,
    rest: Shared<T>,
}

impl<T> Drop for Node<T> {
    // A long derivation is a long chain; the default drop would recurse along it.
    fn drop(&mut self) {
        let mut next = self.rest.take();
        while let Some(node) = next {
            next = Rc::into_inner(node).and_then(|mut node| node.rest.take());
        }
    }
}

/// A part of a derivation, below the answers that led to it.
struct Part {
    support: Support,
    above: Shared<(u32, u32)>,
}

impl Machine<'_> {
    /// Each derivation of each answer, in the order in which they were found, as the literals it rests on. Derivations that
    /// run through their own answer are none. A derivation is found when the last of its parts is; a step that only passes
    /// another answer on is no part of its own.
    pub(super) fn branches(&mut self, table: u32) -> Result<Vec<(u32, Vec<Literal>)>, ReasonError> {
        let derivations = self.derivations.take().unwrap_or_default();
        let mut tops: Vec<(u64, u32, &[Support])> = Vec::new();
        let own_time = |time: u64, supports: &[Support]| match supports {
            [Support::Answer(..)] => 0,
            _ => time,
        };
        for index in 0..self.tables[table as usize].answers.len() as u32 {
            let of_answer = derivations.get(&(table, index)).into_iter().flatten();
            tops.extend(of_answer.map(|(time, supports)| (*time, index, &**supports)));
        }
        tops.sort_by_key(|&(time, ..)| time);
        let mut found: Vec<(u64, u32, Vec<Literal>)> = Vec::new();
        let mut outcome = Ok(());
        'all: for (time, index, supports) in tops {
            let above = Some(Rc::new(Node { item: (table, index), rest: None }));
            let mut open = vec![(below(supports, &above, None), Vec::new(), own_time(time, supports))];
            while let Some((pending, mut literals, latest)) = open.pop() {
                if let Err(error) = self.spend(1) {
                    outcome = Err(error);
                    break 'all;
                }
                let Some(node) = pending else {
                    found.push((latest, index, literals));
                    continue;
                };
                match node.item.support {
                    Support::Literal(literal) => {
                        literals.push(literal);
                        open.push((node.rest.clone(), literals, latest));
                    }
                    Support::Answer(table, index) if is_above(&node.item.above, (table, index)) => {}
                    Support::Answer(table, index) => {
                        let above = Some(Rc::new(Node { item: (table, index), rest: node.item.above.clone() }));
                        let ways = derivations.get(&(table, index)).map_or(&[][..], Vec::as_slice);
                        for (time, supports) in ways.iter().rev() {
                            let latest = latest.max(own_time(*time, supports));
                            open.push((below(supports, &above, node.rest.clone()), literals.clone(), latest));
                        }
                    }
                }
            }
        }
        self.derivations = Some(derivations);
        found.sort_by_key(|&(latest, ..)| latest);
        outcome.map(|()| found.into_iter().map(|(_, index, literals)| (index, literals)).collect())
    }
}

fn below(supports: &[Support], above: &Shared<(u32, u32)>, rest: Shared<Part>) -> Shared<Part> {
    supports
        .iter()
        .rev()
        .fold(rest, |rest, &support| Some(Rc::new(Node { item: Part { support, above: above.clone() }, rest })))
}

fn is_above(above: &Shared<(u32, u32)>, answer: (u32, u32)) -> bool {
    let mut next = above;
    while let Some(node) = next {
        if node.item == answer {
            return true;
        }
        next = &node.rest;
    }
    false
}
