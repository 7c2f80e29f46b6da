//! The decision diagram of each OR node, made when it is first needed.

use super::components::{Components, children};
use crate::derivation::{Literal, Trimmed};
use crate::diagram::{Diagram, Diagrams, FALSE, TRUE};
use crate::error::ReasonError;
use crate::hash::FastMap;

pub(super) struct Functions<'a> {
    graph: &'a Trimmed,
    components: &'a Components,
    pub(super) diagrams: Diagrams<'a>,
    levels: Vec<u32>,
    functions: Vec<Option<Diagram>>,
    negations: FastMap<u32, Diagram>,
}

impl<'a> Functions<'a> {
    pub(super) fn new(graph: &'a Trimmed, components: &'a Components, order: &[u32], diagrams: Diagrams<'a>) -> Self {
        let mut levels = vec![0; order.len()];
        for (level, &group) in order.iter().enumerate() {
            levels[group as usize] = level as u32;
        }
        let functions = vec![None; graph.n_ors()];
        Self { graph, components, diagrams, levels, functions, negations: FastMap::default() }
    }

    pub(super) fn set_negation(&mut self, or: u32, negation: Diagram) {
        self.negations.insert(or, negation);
    }

    pub(super) fn negation(&self, or: u32) -> Diagram {
        self.negations[&or]
    }

    /// The diagram of an OR node, with those of everything below it.
    pub(super) fn of(&mut self, or: u32) -> Result<Diagram, ReasonError> {
        if let Some(function) = self.functions[or as usize] {
            return Ok(function);
        }
        let mut needed = vec![false; self.components.n()];
        let mut pending = vec![or];
        while let Some(or) = pending.pop() {
            let component = self.components.component(or);
            if self.functions[or as usize].is_some() || std::mem::replace(&mut needed[component], true) {
                continue;
            }
            for &member in self.components.members(component) {
                pending.extend(children(self.graph, member));
            }
        }
        for component in (0..self.components.n()).filter(|&component| needed[component]) {
            self.solve(component)?;
        }
        Ok(self.functions[or as usize].expect("its component has just been solved"))
    }

    /// Iterates the members of a component from false until nothing changes. The functions only grow, and there are
    /// finitely many, so this ends; a member is looked at again only after one of its children has changed.
    fn solve(&mut self, component: usize) -> Result<(), ReasonError> {
        let members = self.components.members(component).to_vec();
        if let [or] = members[..]
            && !self.components.is_cyclic(or)
        {
            self.functions[or as usize] = Some(self.evaluate(or)?);
            return Ok(());
        }
        let mut parents: FastMap<u32, Vec<u32>> = FastMap::default();
        for &or in &members {
            self.functions[or as usize] = Some(FALSE);
            for child in children(self.graph, or) {
                if self.components.component(child) == component {
                    parents.entry(child).or_default().push(or);
                }
            }
        }
        let mut queued: FastMap<u32, bool> = members.iter().map(|&or| (or, true)).collect();
        let mut queue: std::collections::VecDeque<u32> = members.iter().copied().collect();
        while let Some(or) = queue.pop_front() {
            queued.insert(or, false);
            let function = self.evaluate(or)?;
            if self.functions[or as usize] != Some(function) {
                self.functions[or as usize] = Some(function);
                for &parent in parents.get(&or).into_iter().flatten() {
                    if queued.insert(parent, true) != Some(true) {
                        queue.push_back(parent);
                    }
                }
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, or: u32) -> Result<Diagram, ReasonError> {
        let mut alternatives = Vec::new();
        for and in self.graph.ands(or) {
            let mut parts = Vec::new();
            for &literal in self.graph.literals(and) {
                parts.push(match literal {
                    Literal::Leaf(slot) => {
                        let group = self.graph.slot_groups[slot as usize];
                        let class = slot - self.graph.groups[group as usize].first_slot;
                        self.diagrams.literal(self.levels[group as usize], class)?
                    }
                    Literal::Node(child) => self.functions[child as usize].expect("children come first"),
                    Literal::Not(child) => {
                        let function = self.functions[child as usize].expect("children come first");
                        self.diagrams.not(function)?
                    }
                });
            }
            // Deep parts first: an operand high in the order then only puts nodes on top.
            parts.sort_unstable_by_key(|&part| std::cmp::Reverse(self.diagrams.level(part)));
            let mut product = TRUE;
            for part in parts {
                product = self.diagrams.and(product, part)?;
            }
            alternatives.push(product);
        }
        self.disjunction(alternatives)
    }

    /// Pairwise, so that operands stay of similar size.
    fn disjunction(&mut self, mut operands: Vec<Diagram>) -> Result<Diagram, ReasonError> {
        operands.sort_unstable_by_key(|&operand| std::cmp::Reverse(self.diagrams.level(operand)));
        while operands.len() > 1 {
            let mut next = Vec::with_capacity(operands.len().div_ceil(2));
            for pair in operands.chunks(2) {
                next.push(match *pair {
                    [a, b] => self.diagrams.or(a, b)?,
                    _ => pair[0],
                });
            }
            operands = next;
        }
        Ok(operands.pop().unwrap_or(FALSE))
    }
}
