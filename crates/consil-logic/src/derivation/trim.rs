//! The part of a derivation graph that some answers and the evidence depend on, with constants folded away and everything
//! numbered in the order of a walk from the answers: equal structures get equal numbers, whatever their terms are called.

mod cut;

pub(crate) use cut::Stand;

use super::{Graph, Literal};
use crate::store::TermId;

/// What a root turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    True,
    /// An uncertain OR node.
    Node(u32),
}

/// A trimmed derivation graph; no literal is constant and no AND or OR node is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trimmed {
    or_starts: Vec<u32>,
    and_starts: Vec<u32>,
    literals: Vec<Literal>,
    /// For each OR node, its goal.
    pub(crate) goals: Vec<Option<TermId>>,
    /// For each AND node, its origin in the graph.
    pub(crate) origins: Vec<u32>,
    /// For each OR node, its number in the graph.
    pub(crate) graph_ors: Vec<u32>,
    pub(crate) groups: Vec<TrimmedGroup>,
    pub(crate) slot_groups: Vec<u32>,
    pub(crate) roots: Vec<Truth>,
    pub(crate) evidence: Vec<(Truth, bool)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TrimmedGroup {
    /// The group in the graph.
    pub(crate) group: u32,
    pub(crate) first_slot: u32,
    pub(crate) n_slots: u32,
}

impl Trimmed {
    pub(crate) fn n_ors(&self) -> usize {
        self.goals.len()
    }

    pub(crate) fn n_ands(&self) -> usize {
        self.origins.len()
    }

    /// The AND nodes of an OR node.
    pub(crate) fn ands(&self, or: u32) -> std::ops::Range<usize> {
        self.or_starts[or as usize] as usize..self.or_starts[or as usize + 1] as usize
    }

    pub(crate) fn literals(&self, and: usize) -> &[Literal] {
        &self.literals[self.and_starts[and] as usize..self.and_starts[and + 1] as usize]
    }

    /// The OR nodes that are negated somewhere, each once.
    pub(crate) fn negated(&self) -> Vec<u32> {
        let mut negated: Vec<u32> = self
            .literals
            .iter()
            .filter_map(|&literal| match literal {
                Literal::Not(or) => Some(or),
                _ => None,
            })
            .collect();
        negated.sort_unstable();
        negated.dedup();
        negated
    }

    /// The same graph with the negated nodes as roots and no evidence; none if nothing is negated.
    pub(crate) fn of_negated(&self) -> Option<Trimmed> {
        let roots: Vec<Truth> = self.negated().into_iter().map(Truth::Node).collect();
        (!roots.is_empty()).then(|| self.asked(roots, Vec::new()))
    }

    /// The same graph with other roots and evidence.
    pub(crate) fn asked(&self, roots: Vec<Truth>, evidence: Vec<(Truth, bool)>) -> Trimmed {
        Trimmed { roots, evidence, ..self.clone() }
    }

    /// The same graph with one root, no evidence, and those alternatives only for which `keeps(or, and)`.
    pub(crate) fn filtered(&self, root: Truth, keeps: impl Fn(u32, usize) -> bool) -> Trimmed {
        let mut out = Trimmed {
            or_starts: vec![0],
            and_starts: vec![0],
            literals: Vec::new(),
            origins: Vec::new(),
            roots: vec![root],
            evidence: Vec::new(),
            goals: self.goals.clone(),
            graph_ors: self.graph_ors.clone(),
            groups: self.groups.clone(),
            slot_groups: self.slot_groups.clone(),
        };
        for or in 0..self.n_ors() as u32 {
            for and in self.ands(or).filter(|&and| keeps(or, and)) {
                out.literals.extend_from_slice(self.literals(and));
                out.and_starts.push(out.literals.len() as u32);
                out.origins.push(self.origins[and]);
            }
            out.or_starts.push(out.origins.len() as u32);
        }
        out
    }

    /// Everything that the circuit depends on, as a key.
    pub(crate) fn structure(&self) -> Vec<u32> {
        let truth = |truth: Truth| match truth {
            Truth::False => 0,
            Truth::True => 1,
            Truth::Node(or) => or + 2,
        };
        let mut key = vec![self.groups.len() as u32, self.n_ors() as u32, self.roots.len() as u32];
        key.extend(self.groups.iter().map(|group| group.n_slots));
        key.extend(&self.or_starts);
        key.extend(&self.and_starts);
        for literal in &self.literals {
            let (kind, index) = match *literal {
                Literal::Leaf(slot) => (0, slot),
                Literal::Node(or) => (1, or),
                Literal::Not(or) => (2, or),
            };
            key.extend([kind, index]);
        }
        key.extend(self.roots.iter().map(|&root| truth(root)));
        key.extend(self.evidence.iter().flat_map(|&(root, holds)| [truth(root), u32::from(holds)]));
        key
    }

    pub(crate) fn bytes(&self) -> usize {
        4 * (self.or_starts.len() + self.and_starts.len() + self.origins.len() + self.slot_groups.len())
            + 8 * (self.literals.len() + self.goals.len())
    }
}

impl Graph {
    /// Trims the graph to `roots` and `evidence`.
    pub(crate) fn trim(&mut self, roots: &[u32], evidence: &[(Option<u32>, bool)]) -> Trimmed {
        let truths = self.fold_constants();
        let mut trim = Trim {
            graph: self,
            truths: &truths,
            out: Trimmed { or_starts: vec![0], and_starts: vec![0], ..Trimmed::default() },
            numbers: vec![None; self.ors.len()],
            groups: vec![None; self.groups.len()],
            queue: Vec::new(),
        };
        trim.out.roots = roots.iter().map(|&root| trim.truth(root)).collect();
        trim.out.evidence =
            evidence.iter().map(|&(root, holds)| (root.map_or(Truth::False, |root| trim.truth(root)), holds)).collect();
        trim.copy_nodes();
        trim.out
    }

    /// Decides which OR nodes are constant: certain ones, and ones without any well-founded derivation. What follows from a
    /// constant is propagated; then nodes that rest on each other alone are sought, until there are none, because a negation
    /// of a constant can make another constant.
    pub(crate) fn fold_constants(&self) -> Vec<Option<bool>> {
        let mut fold = Fold::new(self);
        loop {
            fold.propagate();
            let founded = self.founded(&fold.truths);
            let unfounded: Vec<u32> = (0..self.ors.len() as u32).filter(|&or| !founded[or as usize]).collect();
            let before = fold.n_decided;
            unfounded.into_iter().for_each(|or| fold.decide(or, false));
            if fold.n_decided == before {
                return fold.truths;
            }
        }
    }

    /// The least set of OR nodes closed under "some alternative has all its positive literals in the set".
    fn founded(&self, truths: &[Option<bool>]) -> Vec<bool> {
        let mut founded: Vec<bool> = truths.iter().map(|&truth| truth == Some(true)).collect();
        let mut users: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.ors.len()];
        let mut missing: Vec<u32> = Vec::new();
        let mut ready: Vec<u32> = Vec::new();
        for (or, node) in self.ors.iter().enumerate().filter(|&(or, _)| truths[or].is_none()) {
            for &and in &node.ands {
                let literals = self.and_literals(and);
                if literals
                    .iter()
                    .any(|&literal| matches!(literal, Literal::Not(n) if truths[n as usize] == Some(true)))
                {
                    continue;
                }
                let index = missing.len() as u32;
                let mut n_missing = 0;
                for &literal in literals {
                    if let Literal::Node(child) = literal
                        && !founded[child as usize]
                    {
                        users[child as usize].push((index, or as u32));
                        n_missing += 1;
                    }
                }
                missing.push(n_missing);
                if n_missing == 0 {
                    ready.push(or as u32);
                }
            }
        }
        while let Some(or) = ready.pop() {
            if std::mem::replace(&mut founded[or as usize], true) {
                continue;
            }
            for &(and, user) in &users[or as usize] {
                missing[and as usize] -= 1;
                if missing[and as usize] == 0 {
                    ready.push(user);
                }
            }
        }
        founded
    }
}

/// Constants on their way up.
struct Fold {
    truths: Vec<Option<bool>>,
    n_decided: usize,
    /// Where each OR node is a literal: the alternative, by its place in `open`.
    users: Vec<Vec<(u32, bool)>>,
    /// For each alternative of each OR node: the OR node, and how many of its literals are undecided; 0 once it fails.
    open: Vec<(u32, u32)>,
    /// For each OR node, how many of its alternatives have not failed.
    alive: Vec<u32>,
    pending: Vec<u32>,
}

impl Fold {
    fn new(graph: &Graph) -> Self {
        let n = graph.ors.len();
        let mut fold = Self {
            truths: vec![None; n],
            n_decided: 0,
            users: vec![Vec::new(); n],
            open: Vec::new(),
            alive: vec![0; n],
            pending: Vec::new(),
        };
        for (or, node) in graph.ors.iter().enumerate() {
            fold.alive[or] = node.ands.len() as u32;
            for &and in &node.ands {
                let index = fold.open.len() as u32;
                fold.open.push((or as u32, graph.and_literals(and).len() as u32));
                for literal in graph.and_literals(and) {
                    match *literal {
                        // A leaf is never decided, so that its alternative never holds for certain.
                        Literal::Leaf(_) => {}
                        Literal::Node(child) => fold.users[child as usize].push((index, true)),
                        Literal::Not(child) => fold.users[child as usize].push((index, false)),
                    }
                }
            }
        }
        for (or, node) in graph.ors.iter().enumerate() {
            if node.is_true || node.ands.is_empty() {
                fold.decide(or as u32, node.is_true);
            }
        }
        fold
    }

    fn decide(&mut self, or: u32, truth: bool) {
        if self.truths[or as usize].is_none() {
            self.truths[or as usize] = Some(truth);
            self.n_decided += 1;
            self.pending.push(or);
        }
    }

    fn propagate(&mut self) {
        while let Some(or) = self.pending.pop() {
            let truth = self.truths[or as usize] == Some(true);
            for (and, holds) in std::mem::take(&mut self.users[or as usize]) {
                let (user, undecided) = &mut self.open[and as usize];
                let user = *user;
                if *undecided == 0 {
                    continue;
                }
                if truth == holds {
                    *undecided -= 1;
                    if *undecided == 0 {
                        self.decide(user, true);
                    }
                } else {
                    *undecided = 0;
                    self.alive[user as usize] -= 1;
                    if self.alive[user as usize] == 0 {
                        self.decide(user, false);
                    }
                }
            }
        }
    }
}

struct Trim<'a> {
    graph: &'a Graph,
    truths: &'a [Option<bool>],
    out: Trimmed,
    numbers: Vec<Option<u32>>,
    groups: Vec<Option<u32>>,
    /// OR nodes in the order of their numbers.
    queue: Vec<u32>,
}

impl Trim<'_> {
    fn truth(&mut self, or: u32) -> Truth {
        match self.truths[or as usize] {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Node(self.number(or)),
        }
    }

    fn number(&mut self, or: u32) -> u32 {
        *self.numbers[or as usize].get_or_insert_with(|| {
            self.queue.push(or);
            self.queue.len() as u32 - 1
        })
    }

    fn slot(&mut self, slot: u32) -> u32 {
        let id = self.graph.slot_group(slot);
        let group = &self.graph.groups[id as usize];
        let new = *self.groups[id as usize].get_or_insert_with(|| {
            let first_slot = self.out.slot_groups.len() as u32;
            let number = self.out.groups.len() as u32;
            self.out.groups.push(TrimmedGroup { group: id, first_slot, n_slots: group.n_slots });
            self.out.slot_groups.extend(std::iter::repeat_n(number, group.n_slots as usize));
            number
        });
        self.out.groups[new as usize].first_slot + (slot - group.first_slot)
    }

    fn copy_nodes(&mut self) {
        let mut next = 0;
        while next < self.queue.len() {
            let or = self.queue[next];
            next += 1;
            let node = &self.graph.ors[or as usize];
            self.out.goals.push(node.goal);
            self.out.graph_ors.push(or);
            for &and in &node.ands {
                let before = self.out.literals.len();
                if self.copy_literals(and) {
                    self.out.and_starts.push(self.out.literals.len() as u32);
                    self.out.origins.push(and);
                } else {
                    self.out.literals.truncate(before);
                }
            }
            self.out.or_starts.push(self.out.origins.len() as u32);
        }
    }

    /// Whether the AND node is possible; its uncertain literals are appended.
    fn copy_literals(&mut self, and: u32) -> bool {
        let impossible = |literal: &Literal| match *literal {
            Literal::Leaf(_) => false,
            Literal::Node(or) => self.truths[or as usize] == Some(false),
            Literal::Not(or) => self.truths[or as usize] == Some(true),
        };
        if self.graph.and_literals(and).iter().any(impossible) {
            return false;
        }
        for &literal in self.graph.and_literals(and) {
            let copied = match literal {
                Literal::Leaf(slot) => Literal::Leaf(self.slot(slot)),
                Literal::Node(or) | Literal::Not(or) if self.truths[or as usize].is_some() => continue,
                Literal::Node(or) => Literal::Node(self.number(or)),
                Literal::Not(or) => Literal::Not(self.number(or)),
            };
            self.out.literals.push(copied);
        }
        true
    }
}
