//! The decision diagram of each OR node, made when it is first needed.

use std::collections::BTreeMap;

use super::components::{Components, children};
use super::frontier::Frontier;
use super::order::Order;
use super::reachability::Network;
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
    method: Method,
    /// Components met as networks, with the diagrams of their arcs' conditions.
    networks: FastMap<usize, Option<(Network, Vec<Diagram>)>>,
}

/// How the members of a cyclic component get their diagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// By the frontier where the component is a reachability problem, else by iteration.
    Frontier,
    /// From false to the fixpoint.
    Iteration,
}

impl<'a> Functions<'a> {
    pub(super) fn new(graph: &'a Trimmed, components: &'a Components, order: &Order, diagrams: Diagrams<'a>) -> Self {
        let (method, order) = (order.method, &order.groups);
        let mut levels = vec![0; order.len()];
        for (level, &group) in order.iter().enumerate() {
            levels[group as usize] = level as u32;
        }
        let functions = vec![None; graph.n_ors()];
        Self {
            graph,
            components,
            diagrams,
            levels,
            functions,
            negations: FastMap::default(),
            method,
            networks: FastMap::default(),
        }
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
        // Per component, the members that are asked for from outside it.
        let mut needed: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut seen = vec![false; self.components.n()];
        let mut pending = vec![or];
        while let Some(or) = pending.pop() {
            let component = self.components.component(or);
            if self.functions[or as usize].is_some() {
                continue;
            }
            let entries = needed.entry(component).or_default();
            if !entries.contains(&or) {
                entries.push(or);
            }
            if std::mem::replace(&mut seen[component], true) {
                continue;
            }
            for &member in self.components.members(component) {
                let outside = |child: &u32| self.components.component(*child) != component;
                pending.extend(children(self.graph, member).into_iter().filter(outside));
            }
        }
        for (component, entries) in needed {
            self.solve(component, &entries)?;
        }
        Ok(self.functions[or as usize].expect("its component has just been solved"))
    }

    fn solve(&mut self, component: usize, entries: &[u32]) -> Result<(), ReasonError> {
        if let [or] = *self.components.members(component)
            && !self.components.is_cyclic(or)
        {
            self.functions[or as usize] = Some(self.evaluate(or)?);
            return Ok(());
        }
        for &or in entries {
            if self.functions[or as usize].is_none() && !self.sweep(component, or)? {
                return self.iterate(component);
            }
        }
        Ok(())
    }

    /// Finds the function of one member by the frontier of its network; whether that is possible.
    fn sweep(&mut self, component: usize, or: u32) -> Result<bool, ReasonError> {
        if self.method != Method::Frontier {
            return Ok(false);
        }
        if !self.networks.contains_key(&component) {
            let network = match Network::of(self.graph, self.components, component) {
                None => None,
                Some(network) => {
                    let mut conditions = Vec::with_capacity(network.arcs.len());
                    for arc in &network.arcs {
                        conditions.push(self.product(arc.and, &|child| !network.is_member(child))?);
                    }
                    Some((network, conditions))
                }
            };
            self.networks.insert(component, network);
        }
        let Some((network, conditions)) = &self.networks[&component] else { return Ok(false) };
        let target = network.vertex(or);
        let Some(frontier) = Frontier::new(network, target, conditions.clone(), &self.diagrams) else {
            return Ok(false);
        };
        let max_states = self.diagrams.max_nodes();
        let budget = self.diagrams.budget();
        self.functions[or as usize] = Some(frontier.compile(&mut self.diagrams, max_states, budget)?);
        Ok(true)
    }

    /// Iterates the members of a component from false until nothing changes. The functions only grow, and there are
    /// finitely many, so this ends; a member is looked at again only after one of its children has changed.
    fn iterate(&mut self, component: usize) -> Result<(), ReasonError> {
        let members = self.components.members(component).to_vec();
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
            alternatives.push(self.product(and, &|_| true)?);
        }
        self.disjunction(alternatives)
    }

    /// The conjunction of an AND node's literals, of positive ones those that are `wanted`.
    fn product(&mut self, and: usize, wanted: &dyn Fn(u32) -> bool) -> Result<Diagram, ReasonError> {
        let mut parts = Vec::new();
        for &literal in self.graph.literals(and) {
            parts.push(match literal {
                Literal::Leaf(slot) => {
                    let group = self.graph.slot_groups[slot as usize];
                    let class = slot - self.graph.groups[group as usize].first_slot;
                    self.diagrams.literal(self.levels[group as usize], class)?
                }
                Literal::Node(child) if !wanted(child) => continue,
                Literal::Node(child) => self.functions[child as usize].expect("children come first"),
                Literal::Not(child) => {
                    let function = self.functions[child as usize].expect("children come first");
                    self.diagrams.not(function)?
                }
            });
        }
        // Deep parts first: an operand high in the order then only puts nodes on top.
        parts.sort_unstable_by_key(|&part| std::cmp::Reverse(self.diagrams.level(part)));
        parts.into_iter().try_fold(TRUE, |product, part| self.diagrams.and(product, part))
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
