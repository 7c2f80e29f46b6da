//! Strongly connected components of predicates, callees first, and the check that negation stays out of them.

use super::closure::Closure;
use super::error::DatalogError;
use super::rule::{Literal, PredicateId, Rule, Rules};

/// Predicates that depend on each other, and the rules that define them.
#[derive(Clone, Debug, Default)]
pub(super) struct Stratum {
    pub(super) predicates: Vec<PredicateId>,
    pub(super) rules: Vec<usize>,
    pub(super) is_recursive: bool,
    /// The predicate is a transitive closure.
    pub(super) closure: Option<Closure>,
}

/// The strata of all predicates that have rules, in an order in which each comes after those it uses.
pub(super) fn stratify(rules: &Rules) -> Result<Vec<Stratum>, DatalogError> {
    let n = rules.predicates.len();
    let mut of_head: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (index, rule) in rules.rules.iter().enumerate() {
        of_head[rule.head.predicate as usize].push(index);
    }
    let callees = |predicate: usize| -> Vec<u32> {
        of_head[predicate].iter().flat_map(|&rule| body_predicates(&rules.rules[rule])).collect()
    };
    let graph: Vec<Vec<u32>> = (0..n).map(callees).collect();
    let components = components(n, |node| &graph[node]);
    let mut component_of = vec![0; n];
    for (index, component) in components.iter().enumerate() {
        component.iter().for_each(|&node| component_of[node as usize] = index);
    }
    let mut strata = Vec::new();
    for (index, component) in components.into_iter().enumerate() {
        let own: Vec<usize> = component.iter().flat_map(|&predicate| of_head[predicate as usize].clone()).collect();
        if own.is_empty() {
            continue;
        }
        let mut is_recursive = false;
        for literal in own.iter().flat_map(|&rule| &rules.rules[rule].body) {
            if literal.atom().is_some_and(|atom| component_of[atom.predicate as usize] == index) {
                is_recursive = true;
                if let Literal::Negative(atom) = literal {
                    return Err(negative_cycle(rules, &graph, &own, atom.predicate));
                }
            }
        }
        strata.push(Stratum { predicates: component, rules: own, is_recursive, closure: None });
    }
    Ok(strata)
}

fn body_predicates(rule: &Rule) -> impl Iterator<Item = PredicateId> {
    rule.body.iter().filter_map(|literal| literal.atom().map(|atom| atom.predicate))
}

fn negative_cycle(rules: &Rules, graph: &[Vec<u32>], own: &[usize], negated: PredicateId) -> DatalogError {
    let negates = |rule: &&usize| {
        let body = &rules.rules[**rule].body;
        body.iter().any(|literal| matches!(literal, Literal::Negative(atom) if atom.predicate == negated))
    };
    let head = own.iter().find(negates).map_or(negated, |&rule| rules.rules[rule].head.predicate);
    // The shortest way back from the negated predicate to the head, by breadth.
    let mut before: Vec<Option<u32>> = vec![None; graph.len()];
    let mut queue = std::collections::VecDeque::from([negated]);
    while let Some(node) = queue.pop_front() {
        for &next in &graph[node as usize] {
            if before[next as usize].is_none() && next != negated {
                before[next as usize] = Some(node);
                queue.push_back(next);
            }
        }
    }
    let mut back = vec![head];
    let mut at = head;
    while at != negated {
        let Some(previous) = before[at as usize] else { break };
        back.push(previous);
        at = previous;
    }
    back.reverse();
    let mut cycle = vec![rules.indicator(head)];
    cycle.push(format!("\\+ {}", rules.indicator(negated)));
    cycle.extend(back.iter().skip(1).map(|&predicate| rules.indicator(predicate)));
    DatalogError::NegativeCycle { cycle }
}

/// Strongly connected components, each after all it reaches (Tarjan, "Depth-first search and linear graph algorithms",
/// 1972), without recursion.
pub(super) fn components<'a>(n: usize, successors: impl Fn(usize) -> &'a [u32]) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let mut number = vec![UNSEEN; n];
    let mut low = vec![0; n];
    let mut is_open = vec![false; n];
    let (mut open, mut path): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    let mut next = 0;
    for root in 0..n as u32 {
        if number[root as usize] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((node, edge)) = path.pop() {
            let at = node as usize;
            if edge == 0 {
                number[at] = next;
                low[at] = next;
                next += 1;
                open.push(node);
                is_open[at] = true;
            }
            let targets = successors(at);
            let mut descended = false;
            for (index, &target) in targets.iter().enumerate().skip(edge) {
                let to = target as usize;
                if number[to] == UNSEEN {
                    path.push((node, index + 1));
                    path.push((target, 0));
                    descended = true;
                    break;
                }
                if is_open[to] {
                    low[at] = low[at].min(number[to]);
                }
            }
            if descended {
                continue;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent as usize] = low[parent as usize].min(low[at]);
            }
            if low[at] == number[at] {
                let first = open.iter().rposition(|&other| other == node).unwrap_or(0);
                let component = open.split_off(first);
                component.iter().for_each(|&member| is_open[member as usize] = false);
                found.push(component);
            }
        }
    }
    found
}
