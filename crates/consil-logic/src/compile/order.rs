//! Orders of the groups for decision diagrams, from the structure of the graph.

use super::components::Components;
use super::functions::Method;
use super::independence::Independence;
use super::reachability::{Network, SOURCE};
use crate::derivation::{Literal, Trimmed, Truth};

/// An order of the groups, and how cyclic components are solved in it.
pub(super) struct Order {
    pub(super) groups: Vec<u32>,
    pub(super) method: Method,
}

/// Orders to try, the most promising first. Where cyclic components are reachability problems: along a narrow frontier.
/// Else depth-first, which keeps the leaves of one derivation together, and breadth-first, which keeps the leaves at one
/// distance from the query together.
pub(super) fn candidates(graph: &Trimmed, independence: &Independence) -> Vec<Order> {
    let mut orders = Vec::new();
    let networks = networks(graph, independence.components());
    if !networks.is_empty() {
        let groups = along_frontiers(graph, independence, &networks);
        orders.push(Order { groups, method: Method::Frontier });
    }
    let (depth, breadth) = (walk(graph, true), walk(graph, false));
    let same = depth == breadth;
    orders.push(Order { groups: depth, method: Method::Iteration });
    if !same {
        orders.push(Order { groups: breadth, method: Method::Iteration });
    }
    orders
}

/// The cyclic components that are reachability problems, the largest first.
fn networks(graph: &Trimmed, components: &Components) -> Vec<Network> {
    let cyclic = (0..components.n()).filter(|&component| components.is_cyclic(components.members(component)[0]));
    let mut networks: Vec<Network> = cyclic.filter_map(|component| Network::of(graph, components, component)).collect();
    networks.sort_by_key(|network| std::cmp::Reverse(network.n_vertices));
    networks
}

/// The groups on the arcs of each network, vertex by vertex; then all others.
fn along_frontiers(graph: &Trimmed, independence: &Independence, networks: &[Network]) -> Vec<u32> {
    let mut order = Collected::new(graph);
    for network in networks {
        let mut arcs: Vec<Vec<usize>> = vec![Vec::new(); network.n_vertices];
        for (index, arc) in network.arcs.iter().enumerate() {
            arcs[arc.to as usize].push(index);
            arcs[arc.from as usize].push(index);
        }
        let vertices = narrow(network);
        let mut position = vec![usize::MAX; network.n_vertices];
        position[SOURCE as usize] = 0;
        for (at, &vertex) in vertices.iter().enumerate() {
            position[vertex as usize] = at + 1;
            let other = |&index: &usize| {
                let arc = network.arcs[index];
                position[if arc.to == vertex { arc.from } else { arc.to } as usize]
            };
            let mut back: Vec<usize> = arcs[vertex as usize].iter().copied().filter(|i| other(i) <= at + 1).collect();
            back.sort_by_key(other);
            for index in back {
                for &literal in graph.literals(network.arcs[index].and) {
                    match literal {
                        Literal::Leaf(slot) => order.add(slot),
                        Literal::Node(child) if network.is_member(child) => {}
                        Literal::Node(child) | Literal::Not(child) => {
                            let groups = independence.groups(child);
                            groups.for_each(|group| order.add(graph.groups[group as usize].first_slot));
                        }
                    }
                }
            }
        }
    }
    walk(graph, true).into_iter().for_each(|group| order.add(graph.groups[group as usize].first_slot));
    order.order
}

/// Vertices that a sweep may begin with, at most.
const MAX_STARTS: usize = 64;
/// What a sweep counts that does not begin at the source: as if its frontier were wider by two.
const AWAY: f64 = 9.0;
/// Vertices times starts, at most.
const MAX_WORK: usize = 1 << 16;

/// An order of the vertices in which few of those behind have neighbours ahead, at any time. Tried from many starts; each
/// step takes the vertex that leaves the fewest open, the one met earliest among equals.
fn narrow(network: &Network) -> Vec<u32> {
    let n = network.n_vertices;
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); n];
    for arc in network.arcs.iter().filter(|arc| arc.from != SOURCE && arc.from != arc.to) {
        neighbours[arc.from as usize].push(arc.to);
        neighbours[arc.to as usize].push(arc.from);
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let n_starts = (MAX_WORK / n).clamp(1, MAX_STARTS).min(n - 1);
    // Vertices of few neighbours are at the rim, where a narrow sweep begins.
    let mut starts: Vec<u32> = (1..n as u32).collect();
    starts.sort_by_key(|&vertex| neighbours[vertex as usize].len());
    // A sweep that begins at the source drops what is cut off from it on the way, however much is still ahead.
    let mut is_begun = vec![false; n];
    network.arcs.iter().filter(|arc| arc.from == SOURCE).for_each(|arc| is_begun[arc.to as usize] = true);
    starts.sort_by_key(|&vertex| !is_begun[vertex as usize]);
    let sweeps = starts[..n_starts].iter().map(|&start| {
        let (order, cost) = sweep(&neighbours, start);
        (order, if is_begun[start as usize] { cost } else { AWAY * cost })
    });
    let best = sweeps.min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("a component has a member");
    best.0
}

/// A greedy sweep from a vertex with its cost, the sum over steps of 3 to the power of the frontier's width.
fn sweep(neighbours: &[Vec<u32>], start: u32) -> (Vec<u32>, f64) {
    let n = neighbours.len();
    let mut ahead: Vec<usize> = neighbours.iter().map(Vec::len).collect();
    let (mut done, mut met) = (vec![false; n], vec![usize::MAX; n]);
    done[SOURCE as usize] = true;
    let mut order = Vec::with_capacity(n - 1);
    let mut rim: Vec<u32> = vec![start];
    let (mut width, mut cost) = (0usize, 0.0);
    let mut unmet = 1..n as u32;
    loop {
        let closes =
            |v: u32| neighbours[v as usize].iter().filter(|&&u| done[u as usize] && ahead[u as usize] == 1).count();
        let opens = |v: u32| usize::from(neighbours[v as usize].iter().any(|&u| !done[u as usize]));
        let next = rim.iter().copied().min_by_key(|&v| (width + opens(v) - closes(v), met[v as usize]));
        let Some(vertex) = next.or_else(|| unmet.find(|&v| !done[v as usize])) else { break };
        width = width + opens(vertex) - closes(vertex);
        cost += 3f64.powi(width as i32);
        done[vertex as usize] = true;
        rim.retain(|&v| v != vertex);
        order.push(vertex);
        for &u in &neighbours[vertex as usize] {
            ahead[u as usize] -= 1;
            if !done[u as usize] && met[u as usize] == usize::MAX {
                met[u as usize] = order.len();
                if !rim.contains(&u) {
                    rim.push(u);
                }
            }
        }
    }
    (order, cost)
}

fn walk(graph: &Trimmed, depth_first: bool) -> Vec<u32> {
    let mut order = Collected::new(graph);
    let mut visited = vec![false; graph.n_ors()];
    let roots = graph.roots.iter().chain(graph.evidence.iter().map(|(root, _)| root));
    let mut pending: std::collections::VecDeque<u32> = std::collections::VecDeque::new();
    for &root in roots {
        if let Truth::Node(or) = root {
            pending.push_back(or);
        }
        while let Some(or) = if depth_first { pending.pop_back() } else { pending.pop_front() } {
            if std::mem::replace(&mut visited[or as usize], true) {
                continue;
            }
            let mut children: Vec<u32> = Vec::new();
            for and in graph.ands(or) {
                for &literal in graph.literals(and) {
                    match literal {
                        Literal::Leaf(slot) => order.add(slot),
                        Literal::Node(child) | Literal::Not(child) => children.push(child),
                    }
                }
            }
            if depth_first {
                children.reverse();
            }
            pending.extend(children);
        }
    }
    // What no root reaches has a level all the same.
    graph.groups.iter().for_each(|group| order.add(group.first_slot));
    order.order
}

/// Groups in the order in which they are met.
struct Collected<'a> {
    graph: &'a Trimmed,
    seen: Vec<bool>,
    order: Vec<u32>,
}

impl<'a> Collected<'a> {
    fn new(graph: &'a Trimmed) -> Self {
        Self { graph, seen: vec![false; graph.groups.len()], order: Vec::new() }
    }

    fn add(&mut self, slot: u32) {
        let group = self.graph.slot_groups[slot as usize];
        if !std::mem::replace(&mut self.seen[group as usize], true) {
            self.order.push(group);
        }
    }
}
