//! Reduced ordered multi-valued decision diagrams: canonical forms of functions from leaf groups to truth.
//!
//! A node tests one group and has a child for each class (Kam et al., "Multi-valued decision diagrams: theory and
//! applications", 1998). Equal functions are the same node, so that equivalence is a comparison of numbers.

mod cut;

use std::hash::Hasher;

use crate::budget::{Budget, Limit};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet, IdTable, WordHasher};

/// A node of [`Diagrams`].
pub(crate) type Diagram = u32;
/// The function that is never true.
pub(crate) const FALSE: Diagram = 0;
/// The function that is always true.
pub(crate) const TRUE: Diagram = 1;

const TERMINAL: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    And,
    Or,
    Xor,
}

/// All diagrams over one order of groups.
pub(crate) struct Diagrams<'a> {
    /// Classes of the group at each level.
    arities: Vec<u32>,
    levels: Vec<u32>,
    starts: Vec<u32>,
    children: Vec<Diagram>,
    index: IdTable,
    cache: FastMap<(Operation, Diagram, Diagram), Diagram>,
    max_nodes: usize,
    budget: &'a Budget,
    frames: Vec<Frame>,
    results: Vec<Diagram>,
}

/// An application in progress: the children found so far are the results from `first` on.
struct Frame {
    operation: Operation,
    a: Diagram,
    b: Diagram,
    level: u32,
    first: usize,
}

impl<'a> Diagrams<'a> {
    pub(crate) fn new(arities: Vec<u32>, max_nodes: usize, budget: &'a Budget) -> Self {
        Self {
            arities,
            levels: vec![TERMINAL; 2],
            starts: vec![0; 2],
            children: Vec::new(),
            index: IdTable::default(),
            cache: FastMap::default(),
            max_nodes,
            budget,
            frames: Vec::new(),
            results: Vec::new(),
        }
    }

    /// The level of a node's group; larger than every level for the constants.
    pub(crate) fn level(&self, node: Diagram) -> u32 {
        self.levels[node as usize]
    }

    /// A child for each class of the node's group.
    pub(crate) fn children(&self, node: Diagram) -> &[Diagram] {
        let level = self.levels[node as usize];
        if level == TERMINAL {
            return &[];
        }
        let start = self.starts[node as usize] as usize;
        &self.children[start..start + self.arities[level as usize] as usize]
    }

    /// True exactly for one class of the group at a level.
    pub(crate) fn literal(&mut self, level: u32, class: u32) -> Result<Diagram, ReasonError> {
        let first = self.results.len();
        self.results.extend((0..self.arities[level as usize]).map(|other| if other == class { TRUE } else { FALSE }));
        self.make(level, first)
    }

    /// The node of a level with a child for each class, all of deeper levels.
    pub(crate) fn node(&mut self, level: u32, children: &[Diagram]) -> Result<Diagram, ReasonError> {
        let first = self.results.len();
        self.results.extend_from_slice(children);
        let made = self.make(level, first);
        self.results.truncate(first);
        made
    }

    /// What is left of a function once the group at `level` has come out as `class`; no group above that level may matter.
    pub(crate) fn cofactor(&self, node: Diagram, level: u32, class: usize) -> Diagram {
        self.child(node, level, class)
    }

    pub(crate) fn max_nodes(&self) -> usize {
        self.max_nodes
    }

    pub(crate) fn budget(&self) -> &'a Budget {
        self.budget
    }

    pub(crate) fn n_classes(&self, level: u32) -> usize {
        self.arities[level as usize] as usize
    }

    /// Where the nodes made from now on begin.
    pub(crate) fn mark(&self) -> usize {
        self.levels.len()
    }

    /// Forgets the nodes made since a mark; none of them may be in use.
    pub(crate) fn undo(&mut self, mark: usize) {
        if mark == self.levels.len() {
            return;
        }
        self.children.truncate(self.starts[mark] as usize);
        self.starts.truncate(mark);
        self.levels.truncate(mark);
        self.cache.clear();
        self.index = IdTable::default();
        for id in 2..mark as u32 {
            self.enter_index(hash_node(self.level(id), self.children(id)), id);
        }
    }

    fn enter_index(&mut self, hash: u64, id: u32) {
        let (levels, starts, children, arities) = (&self.levels, &self.starts, &self.children, &self.arities);
        self.index.insert(hash, id, |id| {
            let (level, start) = (levels[id as usize], starts[id as usize] as usize);
            hash_node(level, &children[start..start + arities[level as usize] as usize])
        });
    }

    /// The levels that a function depends on, ascending.
    pub(crate) fn support(&self, node: Diagram) -> Vec<u32> {
        let mut levels = Vec::new();
        let mut seen: FastSet<Diagram> = FastSet::default();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if self.level(node) != TERMINAL && seen.insert(node) {
                levels.push(self.level(node));
                pending.extend(self.children(node));
            }
        }
        levels.sort_unstable();
        levels.dedup();
        levels
    }

    pub(crate) fn and(&mut self, a: Diagram, b: Diagram) -> Result<Diagram, ReasonError> {
        self.apply(Operation::And, a, b)
    }

    pub(crate) fn or(&mut self, a: Diagram, b: Diagram) -> Result<Diagram, ReasonError> {
        self.apply(Operation::Or, a, b)
    }

    pub(crate) fn not(&mut self, a: Diagram) -> Result<Diagram, ReasonError> {
        self.apply(Operation::Xor, a, TRUE)
    }

    /// Combines two diagrams class by class, with its stack on the heap.
    fn apply(&mut self, operation: Operation, a: Diagram, b: Diagram) -> Result<Diagram, ReasonError> {
        let (frames, results) = (self.frames.len(), self.results.len());
        let outcome = self.apply_from(frames, operation, a, b);
        self.frames.truncate(frames);
        self.results.truncate(results);
        outcome
    }

    fn apply_from(
        &mut self,
        bottom: usize,
        operation: Operation,
        a: Diagram,
        b: Diagram,
    ) -> Result<Diagram, ReasonError> {
        self.enter(operation, a, b);
        loop {
            if self.frames.len() == bottom {
                return Ok(self.results.pop().expect("an application leaves its result"));
            }
            let frame = &self.frames[self.frames.len() - 1];
            let (operation, a, b, level, first) = (frame.operation, frame.a, frame.b, frame.level, frame.first);
            let class = self.results.len() - first;
            if class < self.arities[level as usize] as usize {
                self.enter(operation, self.child(a, level, class), self.child(b, level, class));
            } else {
                let node = self.make(level, first)?;
                self.cache.insert((operation, a, b), node);
                self.results.push(node);
                self.frames.pop();
            }
        }
    }

    /// Pushes the result if it is known, else a frame that computes it.
    fn enter(&mut self, operation: Operation, a: Diagram, b: Diagram) {
        if let Some(result) = terminal(operation, a, b) {
            return self.results.push(result);
        }
        let (a, b) = (a.min(b), a.max(b));
        if let Some(&result) = self.cache.get(&(operation, a, b)) {
            return self.results.push(result);
        }
        let level = self.level(a).min(self.level(b));
        self.frames.push(Frame { operation, a, b, level, first: self.results.len() });
    }

    fn child(&self, node: Diagram, level: u32, class: usize) -> Diagram {
        if self.levels[node as usize] == level {
            self.children[self.starts[node as usize] as usize + class]
        } else {
            node
        }
    }

    /// The node whose children are the results from `first` on, which are consumed.
    fn make(&mut self, level: u32, first: usize) -> Result<Diagram, ReasonError> {
        let wanted = &self.results[first..];
        if wanted.iter().all(|&child| child == wanted[0]) {
            let only = wanted[0];
            self.results.truncate(first);
            return Ok(only);
        }
        let hash = hash_node(level, wanted);
        let found = self.index.find(hash, |id| self.levels[id as usize] == level && self.children(id) == wanted);
        if let Some(id) = found {
            self.results.truncate(first);
            return Ok(id);
        }
        let id = self.levels.len() as u32;
        if self.levels.len() >= self.max_nodes {
            return Err(ReasonError::Budget { limit: Limit::Nodes(self.max_nodes) });
        }
        if id.is_multiple_of(4096) {
            self.budget.check_time()?;
        }
        self.levels.push(level);
        self.starts.push(self.children.len() as u32);
        self.children.extend(self.results.drain(first..));
        self.enter_index(hash, id);
        Ok(id)
    }
}

fn terminal(operation: Operation, a: Diagram, b: Diagram) -> Option<Diagram> {
    match operation {
        Operation::And if a == FALSE || b == FALSE => Some(FALSE),
        Operation::And if a == TRUE || a == b => Some(b),
        Operation::And if b == TRUE => Some(a),
        Operation::Or if a == TRUE || b == TRUE => Some(TRUE),
        Operation::Or if a == FALSE || a == b => Some(b),
        Operation::Or if b == FALSE => Some(a),
        Operation::Xor if a == b => Some(FALSE),
        Operation::Xor if a == FALSE => Some(b),
        Operation::Xor if b == FALSE => Some(a),
        _ => None,
    }
}

fn hash_node(level: u32, children: &[Diagram]) -> u64 {
    let mut hasher = WordHasher::default();
    hasher.word(u64::from(level));
    children.iter().for_each(|&child| hasher.word(u64::from(child)));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_functions_are_one_node() {
        let budget = Budget::default();
        let mut diagrams = Diagrams::new(vec![3, 2, 2], 1000, &budget);
        let (x, y, z) =
            (diagrams.literal(0, 2).unwrap(), diagrams.literal(1, 0).unwrap(), diagrams.literal(2, 1).unwrap());
        let yz = diagrams.or(y, z).unwrap();
        let left = diagrams.and(x, yz).unwrap();
        let (xy, xz) = (diagrams.and(x, y).unwrap(), diagrams.and(x, z).unwrap());
        assert_eq!(diagrams.or(xy, xz).unwrap(), left);
        let not = diagrams.not(left).unwrap();
        assert_eq!(diagrams.or(left, not).unwrap(), TRUE);
        assert_eq!(diagrams.and(left, not).unwrap(), FALSE);
        let again = diagrams.not(not).unwrap();
        assert_eq!(again, left);
    }

    #[test]
    fn the_classes_of_a_group_exclude_and_exhaust_each_other() {
        let budget = Budget::default();
        let mut diagrams = Diagrams::new(vec![3], 1000, &budget);
        let classes: Vec<Diagram> = (0..3).map(|class| diagrams.literal(0, class).unwrap()).collect();
        assert_eq!(diagrams.and(classes[0], classes[1]).unwrap(), FALSE);
        let two = diagrams.or(classes[0], classes[1]).unwrap();
        assert_eq!(diagrams.or(two, classes[2]).unwrap(), TRUE);
        assert_eq!(diagrams.not(two).unwrap(), classes[2]);
    }

    #[test]
    fn what_is_undone_can_be_made_again() {
        let budget = Budget::default();
        let mut diagrams = Diagrams::new(vec![2; 3], 5, &budget);
        let x = diagrams.literal(0, 1).unwrap();
        let mark = diagrams.mark();
        let (y, z) = (diagrams.literal(1, 1).unwrap(), diagrams.literal(2, 1).unwrap());
        assert!(diagrams.and(y, z).is_err());
        diagrams.undo(mark);
        assert_eq!(diagrams.literal(0, 1).unwrap(), x);
        let y = diagrams.literal(1, 1).unwrap();
        assert_eq!(diagrams.and(x, y).map(|both| diagrams.support(both)), Ok(vec![0, 1]));
    }

    #[test]
    fn the_node_budget_is_a_typed_error() {
        let budget = Budget::default();
        let mut diagrams = Diagrams::new(vec![2; 8], 4, &budget);
        let parity = (0..8).try_fold(FALSE, |parity, level| {
            let literal = diagrams.literal(level, 1)?;
            diagrams.apply(Operation::Xor, parity, literal)
        });
        assert_eq!(parity, Err(ReasonError::Budget { limit: Limit::Nodes(4) }));
    }
}
