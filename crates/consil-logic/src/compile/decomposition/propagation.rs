//! Unit propagation: what the evidence decides by itself.
//!
//! An OR node that holds and has one alternative left needs it; one that fails needs every alternative to fail; a group of which all
//! classes but one are ruled out has come out as that one (the unit rule of Davis, Logemann & Loveland, CACM 1962, on the ground
//! program's completion). Each alternative is looked at again only when one of its literals has been decided.

use crate::derivation::{Literal, Trimmed, Truth};

/// What is decided of a graph once the evidence is.
pub(super) struct Propagation<'g> {
    graph: &'g Trimmed,
    ors: Vec<Option<bool>>,
    ands: Vec<Option<bool>>,
    slots: Vec<Option<bool>>,
    /// The OR node of each AND node.
    owners: Vec<u32>,
    /// AND nodes that mention each OR node, and each slot.
    users: Lists,
    slot_users: Lists,
    /// Alternatives of each OR node that have not failed.
    n_alive: Vec<u32>,
    /// Classes of each group that have not been ruled out.
    n_classes: Vec<u32>,
    pending: Vec<u32>,
    is_contradiction: bool,
}

impl<'g> Propagation<'g> {
    /// Decides what follows from the graph's evidence; nothing if the evidence is impossible.
    pub(super) fn of_evidence(graph: &'g Trimmed) -> Option<Self> {
        let n_ors = graph.n_ors();
        let mut owners = vec![0; graph.n_ands()];
        for or in 0..n_ors as u32 {
            graph.ands(or).for_each(|and| owners[and] = or);
        }
        let mentions = |wanted: fn(Literal) -> Option<u32>| {
            let ands = 0..graph.n_ands();
            ands.flat_map(move |and| {
                let keys = graph.literals(and).iter().filter_map(move |&literal| wanted(literal));
                keys.map(move |key| (key, and as u32))
            })
        };
        let node = |literal| match literal {
            Literal::Leaf(_) => None,
            Literal::Node(or) | Literal::Not(or) => Some(or),
        };
        let leaf = |literal| match literal {
            Literal::Leaf(slot) => Some(slot),
            _ => None,
        };
        let mut this = Self {
            graph,
            ors: vec![None; n_ors],
            ands: vec![None; graph.n_ands()],
            slots: vec![None; graph.slot_groups.len()],
            owners,
            users: Lists::new(n_ors, || mentions(node)),
            slot_users: Lists::new(graph.slot_groups.len(), || mentions(leaf)),
            n_alive: (0..n_ors as u32).map(|or| graph.ands(or).len() as u32).collect(),
            n_classes: graph.groups.iter().map(|group| group.n_slots).collect(),
            pending: Vec::new(),
            is_contradiction: false,
        };
        for &(truth, holds) in &graph.evidence {
            match truth {
                Truth::Node(or) => this.decide(or, holds),
                constant => this.is_contradiction |= (constant == Truth::True) != holds,
            }
        }
        while let Some(and) = this.pending.pop() {
            if this.is_contradiction {
                break;
            }
            this.examine(and as usize);
        }
        (!this.is_contradiction).then_some(this)
    }

    /// The truth of an OR node, if it is decided.
    pub(super) fn or(&self, or: u32) -> Option<bool> {
        self.ors[or as usize]
    }

    /// Whether a slot is decided.
    pub(super) fn slot(&self, slot: u32) -> Option<bool> {
        self.slots[slot as usize]
    }

    /// The alternatives of an OR node that may still hold.
    pub(super) fn alive(&self, or: u32) -> impl Iterator<Item = usize> + '_ {
        self.graph.ands(or).filter(|&and| self.ands[and] != Some(false))
    }

    /// The literals of an alternative that are not decided.
    pub(super) fn open(&self, and: usize) -> impl Iterator<Item = Literal> + '_ {
        self.graph.literals(and).iter().copied().filter(|&literal| self.literal(literal).is_none())
    }

    /// Whether a decided OR node is so in every world that agrees with what else is decided.
    pub(super) fn is_settled(&self, or: u32) -> bool {
        match self.ors[or as usize] {
            Some(true) => self.graph.ands(or).any(|and| self.ands[and] == Some(true)),
            Some(false) => self.n_alive[or as usize] == 0,
            None => false,
        }
    }

    fn literal(&self, literal: Literal) -> Option<bool> {
        match literal {
            Literal::Leaf(slot) => self.slots[slot as usize],
            Literal::Node(or) => self.ors[or as usize],
            Literal::Not(or) => self.ors[or as usize].map(|truth| !truth),
        }
    }

    fn examine(&mut self, and: usize) {
        if self.ands[and].is_some() {
            return;
        }
        let owner = self.owners[and];
        let graph = self.graph;
        let mut open = (0, None);
        for &literal in graph.literals(and) {
            match self.literal(literal) {
                Some(true) => {}
                Some(false) => return self.fail(and, owner),
                None => open = (open.0 + 1, Some(literal)),
            }
        }
        match (open, self.ors[owner as usize]) {
            ((0, _), _) => {
                self.ands[and] = Some(true);
                self.decide(owner, true);
            }
            ((1, Some(literal)), Some(false)) => self.force(literal, false),
            (_, Some(true)) if self.n_alive[owner as usize] == 1 => {
                graph.literals(and).iter().for_each(|&literal| self.force(literal, true));
            }
            _ => {}
        }
    }

    fn fail(&mut self, and: usize, owner: u32) {
        self.ands[and] = Some(false);
        let n_alive = &mut self.n_alive[owner as usize];
        *n_alive -= 1;
        match *n_alive {
            0 => self.decide(owner, false),
            1 if self.ors[owner as usize] == Some(true) => self.look_at_alternatives(owner),
            _ => {}
        }
    }

    fn look_at_alternatives(&mut self, or: u32) {
        self.pending.extend(self.graph.ands(or).map(|and| and as u32));
    }

    fn force(&mut self, literal: Literal, truth: bool) {
        match literal {
            Literal::Leaf(slot) => self.decide_slot(slot, truth),
            Literal::Node(or) => self.decide(or, truth),
            Literal::Not(or) => self.decide(or, !truth),
        }
    }

    fn decide(&mut self, or: u32, truth: bool) {
        match self.ors[or as usize] {
            Some(known) => self.is_contradiction |= known != truth,
            None => {
                self.ors[or as usize] = Some(truth);
                self.pending.extend_from_slice(self.users.of(or));
                self.look_at_alternatives(or);
            }
        }
    }

    fn decide_slot(&mut self, slot: u32, truth: bool) {
        if let Some(known) = self.slots[slot as usize] {
            self.is_contradiction |= known != truth;
            return;
        }
        self.slots[slot as usize] = Some(truth);
        self.pending.extend_from_slice(self.slot_users.of(slot));
        let group = self.graph.slot_groups[slot as usize];
        let all = self.graph.groups[group as usize];
        let mut others = (all.first_slot..all.first_slot + all.n_slots).filter(|&other| other != slot);
        if truth {
            others.for_each(|other| self.decide_slot_among(other, false));
            return;
        }
        self.n_classes[group as usize] -= 1;
        match self.n_classes[group as usize] {
            0 => self.is_contradiction = true,
            1 => {
                if let Some(last) = others.find(|&other| self.slots[other as usize] != Some(false)) {
                    self.decide_slot_among(last, true);
                }
            }
            _ => {}
        }
    }

    /// Decides a slot because of another of its group, without asking the group again.
    fn decide_slot_among(&mut self, slot: u32, truth: bool) {
        match self.slots[slot as usize] {
            Some(known) => self.is_contradiction |= known != truth,
            None => {
                self.slots[slot as usize] = Some(truth);
                self.pending.extend_from_slice(self.slot_users.of(slot));
            }
        }
    }
}

/// A list for each of so many keys, side by side.
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn new<I: Iterator<Item = (u32, u32)>>(n: usize, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0u32; n + 1];
        pairs().for_each(|(key, _)| starts[key as usize + 1] += 1);
        (0..n).for_each(|key| starts[key + 1] += starts[key]);
        let mut next = starts.clone();
        let mut items = vec![0; starts[n] as usize];
        for (key, item) in pairs() {
            items[next[key as usize] as usize] = item;
            next[key as usize] += 1;
        }
        Self { starts, items }
    }

    fn of(&self, key: u32) -> &[u32] {
        &self.items[self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize]
    }
}
