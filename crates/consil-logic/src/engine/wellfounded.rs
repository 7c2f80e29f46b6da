//! The well-founded semantics of negation inside cycles (Van Gelder, Ross & Schlipf, "The well-founded semantics for general
//! logic programs", J. ACM 1991), for every world at once.
//!
//! The alternating fixpoint computes, in turn, what holds at most and what holds at least, each from the negations that the
//! other allows, until both stay. Here a step is a layer of the derivation graph: a copy of the cyclic part whose
//! negations point to the layer before. Each layer settles at least one more negated atom or none ever again, so as many
//! layers as there are negated atoms suffice, in whatever world. The copies have no negation inside a cycle. An atom that
//! holds at most but not at least is undefined; a query that can be undefined is an error that shows the cycle.

use std::collections::VecDeque;
use std::sync::Arc;

use super::machine::Machine;
use super::split::Reading;
use crate::Workspace;
use crate::budget::Limit;
use crate::compile::compile;
use crate::derivation::{Graph, Literal, Origin};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};

/// What holds at least and what holds at most, as nodes of the graph.
#[derive(Clone, Copy)]
struct Bounds {
    least: u32,
    most: u32,
}

/// The nodes of observations, and whether each was seen to hold.
type Observed = [(Option<u32>, bool)];

/// What is known of some nodes.
struct Settled {
    /// The constants.
    truths: Vec<Option<bool>>,
    /// The nodes with a negation inside a cycle somewhere below.
    bounds: FastMap<u32, Bounds>,
    /// Those inside such a cycle.
    cyclic: Vec<u32>,
}

/// How the literals of a copied alternative are replaced; no literal is one that always holds.
pub(super) type Replace<'a> = dyn Fn(Literal) -> Option<Literal> + 'a;

impl Machine<'_> {
    /// Rewrites the graph below the roots so that no negation is inside a cycle.
    pub(super) fn settle_negation(
        &mut self,
        roots: &mut [u32],
        evidence: &mut [(Option<u32>, bool)],
    ) -> Result<(), ReasonError> {
        if !self.has_assumed {
            return Ok(());
        }
        let settled = self.alternating(roots, evidence)?;
        self.refuse_undefined(roots, evidence, &settled)?;
        let settle = |or: &mut u32| *or = settled.bounds.get(or).map_or(*or, |bounds| bounds.least);
        roots.iter_mut().for_each(settle);
        evidence.iter_mut().filter_map(|(or, _)| or.as_mut()).for_each(settle);
        Ok(())
    }

    /// Likewise for two readings of each node: what is undefined, or costs too much to decide, may or may not hold. An error
    /// only if the whole is known, as the roots and the evidence that are `checked`.
    pub(super) fn settle_readings(
        &mut self,
        readings: &mut [Reading],
        checked: Option<(&[u32], &Observed)>,
    ) -> Result<(), ReasonError> {
        if !self.has_assumed {
            return Ok(());
        }
        let tops: Vec<u32> = readings.iter().flat_map(|reading| [reading.lower, reading.upper]).collect();
        let settled = self.alternating(&tops, &[])?;
        if let Some((roots, evidence)) = checked {
            match self.refuse_undefined(roots, evidence, &settled) {
                Err(error) if error.limit().is_none() => return Err(error),
                _ => {}
            }
        }
        for Reading { lower, upper } in readings {
            *lower = settled.bounds.get(lower).map_or(*lower, |bounds| bounds.least);
            *upper = settled.bounds.get(upper).map_or(*upper, |bounds| bounds.most);
        }
        Ok(())
    }

    fn alternating(&mut self, roots: &[u32], evidence: &Observed) -> Result<Settled, ReasonError> {
        let truths = self.graph.fold_constants();
        let tops = roots.iter().copied().chain(evidence.iter().filter_map(|(or, _)| *or));
        let tops: Vec<u32> = tops.filter(|&or| truths[or as usize].is_none()).collect();
        let components = components(&self.graph, &truths, &tops);
        let mut bounds: FastMap<u32, Bounds> = FastMap::default();
        let mut cyclic: Vec<u32> = Vec::new();
        for component in &components {
            let inside: FastSet<u32> = component.iter().copied().collect();
            let denied = self.denied_inside(component, &inside, &truths);
            if !denied.is_empty() {
                cyclic.extend(component);
                self.alternate(component, &inside, denied.len(), &truths, &mut bounds)?;
            } else if self.touches(component, &bounds) {
                let least = self.layer(
                    component,
                    &truths,
                    &|or, copies| copies.get(&or).copied().or(bounds.get(&or).map(|b| b.least)).unwrap_or(or),
                    &|or| Some(bounds.get(&or).map_or(or, |b| b.most)),
                );
                let most = self.layer(
                    component,
                    &truths,
                    &|or, copies| copies.get(&or).copied().or(bounds.get(&or).map(|b| b.most)).unwrap_or(or),
                    &|or| Some(bounds.get(&or).map_or(or, |b| b.least)),
                );
                bounds.extend(component.iter().map(|or| (*or, Bounds { least: least[or], most: most[or] })));
            }
        }
        Ok(Settled { truths, bounds, cyclic })
    }

    /// The members of a component that another member denies.
    fn denied_inside(&self, component: &[u32], inside: &FastSet<u32>, truths: &[Option<bool>]) -> FastSet<u32> {
        let mut denied = FastSet::default();
        for &or in component {
            for literal in possible_ands(&self.graph, truths, or).flat_map(|and| self.graph.and_literals(and)) {
                if let Literal::Not(child) = literal
                    && inside.contains(child)
                {
                    denied.insert(*child);
                }
            }
        }
        denied
    }

    fn touches(&self, component: &[u32], bounds: &FastMap<u32, Bounds>) -> bool {
        component.iter().any(|&or| {
            let literals = self.graph.ors[or as usize].ands.iter().flat_map(|&and| self.graph.and_literals(and));
            literals.into_iter().any(|literal| match *literal {
                Literal::Node(child) | Literal::Not(child) => bounds.contains_key(&child),
                Literal::Leaf(_) => false,
            })
        })
    }

    /// The alternating fixpoint of a component, layer by layer.
    fn alternate(
        &mut self,
        component: &[u32],
        inside: &FastSet<u32>,
        n_denied: usize,
        truths: &[Option<bool>],
        bounds: &mut FastMap<u32, Bounds>,
    ) -> Result<(), ReasonError> {
        // Fewer layers than would decide everything are bounds.
        let most_layers = (self.budget.max_nodes / (2 * component.len())).saturating_sub(2);
        if n_denied > most_layers && self.partial.is_none() {
            return Err(ReasonError::Budget { limit: Limit::Nodes(self.budget.max_nodes) });
        }
        let outer: FastMap<u32, Bounds> = bounds.clone();
        let least_outside = |or: u32| outer.get(&or).map_or(or, |b| b.least);
        let most_outside = |or: u32| outer.get(&or).map_or(or, |b| b.most);
        // At most: everything that holds if no member is denied.
        let mut most = self.layer(
            component,
            truths,
            &|or, copies| copies.get(&or).copied().unwrap_or_else(|| most_outside(or)),
            &|or| (!inside.contains(&or)).then(|| least_outside(or)),
        );
        let mut least = FastMap::default();
        for _ in 0..=n_denied.min(most_layers) {
            self.budget.check_time()?;
            least = self.layer(
                component,
                truths,
                &|or, copies| copies.get(&or).copied().unwrap_or_else(|| least_outside(or)),
                &|or| Some(most.get(&or).copied().unwrap_or_else(|| most_outside(or))),
            );
            most = self.layer(
                component,
                truths,
                &|or, copies| copies.get(&or).copied().unwrap_or_else(|| most_outside(or)),
                &|or| Some(least.get(&or).copied().unwrap_or_else(|| least_outside(or))),
            );
        }
        bounds.extend(component.iter().map(|or| (*or, Bounds { least: least[or], most: most[or] })));
        Ok(())
    }

    /// A copy of a component. `holds` gives the node of a positive literal, `denied` that of a negative one; none if the
    /// negation holds anyway.
    fn layer(
        &mut self,
        component: &[u32],
        truths: &[Option<bool>],
        holds: &dyn Fn(u32, &FastMap<u32, u32>) -> u32,
        denied: &dyn Fn(u32) -> Option<u32>,
    ) -> FastMap<u32, u32> {
        let mut copies: FastMap<u32, u32> = FastMap::default();
        for &or in component {
            let copy = match self.graph.ors[or as usize].goal {
                Some(goal) => self.graph.new_or(goal),
                None => {
                    let goal = self.rules.store.atom("true");
                    self.graph.new_or(goal)
                }
            };
            copies.insert(or, copy);
        }
        let replace = |literal: Literal| match literal {
            Literal::Leaf(_) => Some(literal),
            Literal::Node(or) => Some(Literal::Node(holds(or, &copies))),
            Literal::Not(or) => denied(or).map(Literal::Not),
        };
        for &or in component {
            let ands: Vec<u32> = possible_ands(&self.graph, truths, or).collect();
            for and in ands {
                copy_and(&mut self.graph, and, copies[&or], &replace);
            }
        }
        copies
    }

    /// Errors if a root, under the evidence, is undefined in some world.
    fn refuse_undefined(&mut self, roots: &[u32], evidence: &Observed, settled: &Settled) -> Result<(), ReasonError> {
        let Settled { truths, bounds, cyclic } = settled;
        let tops: Vec<u32> = roots.iter().copied().chain(evidence.iter().filter_map(|(or, _)| *or)).collect();
        let suspects: Vec<(u32, Bounds)> =
            tops.iter().chain(cyclic).filter_map(|or| bounds.get(or).map(|bounds| (*or, *bounds))).collect();
        if suspects.is_empty() {
            return Ok(());
        }
        let mut undefined: Vec<u32> = Vec::with_capacity(suspects.len());
        for (or, Bounds { least, most }) in &suspects {
            let goal = self.graph.ors[*or as usize].goal.unwrap_or(self.rules.store.nil);
            let node = self.graph.new_or(goal);
            let steps = [(0, Literal::Node(*most)), (0, Literal::Not(*least))];
            let rules = &mut self.rules;
            self.graph.derive(node, &steps, || (rules.add_step(0), Box::default()));
            undefined.push(node);
        }
        // What is observed to hold must hold at least, what is observed not to must not hold even at most.
        let settled: Vec<(Option<u32>, bool)> = evidence
            .iter()
            .map(|&(or, holds)| {
                let of = |or: u32| bounds.get(&or).map_or(or, |b| if holds { b.most } else { b.least });
                (or.map(of), holds)
            })
            .collect();
        let trimmed = self.graph.trim(&undefined, &settled);
        let circuit = match compile(&trimmed, self.budget) {
            Err(ReasonError::ImpossibleEvidence) => return Ok(()),
            circuit => circuit?,
        };
        let mut weights: Vec<f64> = Vec::new();
        for group in &trimmed.groups {
            weights.extend(std::iter::repeat_n(-f64::from(group.n_slots).ln(), group.n_slots as usize));
        }
        let mut ws = Workspace::new();
        ws.forward(&Arc::new(circuit), &weights, 1);
        let can_be: Vec<u32> = (0..suspects.len())
            .filter(|&index| ws.log_prob(index, 0) > f64::NEG_INFINITY)
            .map(|index| suspects[index].0)
            .collect();
        if !can_be.iter().any(|or| tops.contains(or)) {
            return Ok(());
        }
        let members: FastSet<u32> = can_be.iter().copied().filter(|or| cyclic.contains(or)).collect();
        Err(ReasonError::NegativeCycle { cycle: self.cycle_among(&members, truths) })
    }

    /// The shortest cycle with a negation among some nodes, as goals.
    fn cycle_among(&self, members: &FastSet<u32>, truths: &[Option<bool>]) -> Vec<String> {
        let edges = |or: u32| {
            let literals = possible_ands(&self.graph, truths, or).flat_map(|and| self.graph.and_literals(and));
            literals.filter_map(|literal| match *literal {
                Literal::Node(child) if members.contains(&child) => Some((child, false)),
                Literal::Not(child) if members.contains(&child) => Some((child, true)),
                _ => None,
            })
        };
        let mut sorted: Vec<u32> = members.iter().copied().collect();
        sorted.sort_unstable();
        let mut shortest: Vec<(u32, bool)> = Vec::new();
        // A cycle begins with its negation.
        for &from in &sorted {
            for (denied, _) in edges(from).filter(|&(_, is_negation)| is_negation) {
                let mut parents: FastMap<u32, (u32, bool)> = FastMap::default();
                let mut queue = VecDeque::from([denied]);
                while let Some(or) = queue.pop_front().filter(|&or| or != from) {
                    for (child, is_negation) in edges(or) {
                        if child != denied && !parents.contains_key(&child) {
                            parents.insert(child, (or, is_negation));
                            queue.push_back(child);
                        }
                    }
                }
                let mut path = Vec::new();
                let mut at = from;
                while at != denied {
                    let Some(&(parent, is_negation)) = parents.get(&at) else { break };
                    path.push((at, is_negation));
                    at = parent;
                }
                if at == denied {
                    path.push((denied, true));
                    path.push((from, false));
                    path.reverse();
                    if shortest.is_empty() || path.len() < shortest.len() {
                        shortest = path;
                    }
                }
            }
        }
        let name = |or: u32| self.graph.ors[or as usize].goal.map_or_else(String::new, |goal| self.show(goal));
        let step = |&(or, denied): &(u32, bool)| if denied { format!("\\+ {}", name(or)) } else { name(or) };
        shortest.iter().map(step).collect()
    }
}

/// The alternatives of a node that no constant excludes.
fn possible_ands<'g>(graph: &'g Graph, truths: &'g [Option<bool>], or: u32) -> impl Iterator<Item = u32> + 'g {
    let truth = |or: u32| truths.get(or as usize).copied().flatten();
    let possible = move |literal: &Literal| match *literal {
        Literal::Leaf(_) => true,
        Literal::Node(or) => truth(or) != Some(false),
        Literal::Not(or) => truth(or) != Some(true),
    };
    let ands = graph.ors[or as usize].ands.iter().copied();
    ands.filter(move |&and| graph.and_literals(and).iter().all(possible))
}

pub(super) fn copy_and(graph: &mut Graph, and: u32, or: u32, replace: &Replace<'_>) {
    let Origin { rule, values, steps } = graph.origin(and).clone();
    let steps: Vec<(u32, Literal)> =
        steps.iter().filter_map(|&(at, literal)| replace(literal).map(|literal| (at, literal))).collect();
    graph.derive(or, &steps, || (rule, values));
}

/// The strongly connected components below some nodes that are no constants, callees first (Tarjan 1972, its stack on the
/// heap).
fn components(graph: &Graph, truths: &[Option<bool>], tops: &[u32]) -> Vec<Vec<u32>> {
    struct Visit {
        or: u32,
        children: std::vec::IntoIter<u32>,
    }
    let visit = |or: u32| {
        let mut children: Vec<u32> = possible_ands(graph, truths, or)
            .flat_map(|and| graph.and_literals(and))
            .filter_map(|literal| match *literal {
                Literal::Node(child) | Literal::Not(child) => Some(child),
                Literal::Leaf(_) => None,
            })
            .filter(|&child| truths[child as usize].is_none())
            .collect();
        children.sort_unstable();
        children.dedup();
        Visit { or, children: children.into_iter() }
    };
    let mut found: Vec<Vec<u32>> = Vec::new();
    let mut numbers: FastMap<u32, (u32, u32)> = FastMap::default();
    let mut on_stack: FastSet<u32> = FastSet::default();
    let mut stack: Vec<u32> = Vec::new();
    for &top in tops {
        if numbers.contains_key(&top) {
            continue;
        }
        let mut path: Vec<Visit> = Vec::new();
        let mut enter = Some(top);
        loop {
            if let Some(or) = enter.take() {
                let number = numbers.len() as u32;
                numbers.insert(or, (number, number));
                on_stack.insert(or);
                stack.push(or);
                path.push(visit(or));
            }
            let Some(current) = path.last_mut() else { break };
            match current.children.next() {
                Some(child) if !numbers.contains_key(&child) => enter = Some(child),
                Some(child) => {
                    if on_stack.contains(&child) {
                        let seen = numbers[&child].0;
                        let low = numbers.get_mut(&current.or).expect("a node on the path has a number");
                        low.1 = low.1.min(seen);
                    }
                }
                None => {
                    let or = current.or;
                    path.pop();
                    let (number, low) = numbers[&or];
                    if let Some(parent) = path.last() {
                        let above = numbers.get_mut(&parent.or).expect("a node on the path has a number");
                        above.1 = above.1.min(low);
                    }
                    if number == low {
                        let at = stack.iter().rposition(|&other| other == or).unwrap_or(0);
                        let component = stack.split_off(at);
                        component.iter().for_each(|member| {
                            on_stack.remove(member);
                        });
                        found.push(component);
                    }
                }
            }
        }
    }
    found
}
