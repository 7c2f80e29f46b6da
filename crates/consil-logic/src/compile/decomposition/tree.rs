//! A tree decomposition: cliques such that every factor lies in one, and each variable in a subtree.
//!
//! Buckets of an elimination order are one (Dechter, "Bucket elimination: a unifying framework for reasoning", Artificial
//! Intelligence 1999). Its root is where most is asked, and a clique with many neighbours below is split in a balanced way, so that what
//! is sent down to each of them is no product of all others.

use super::elimination::Elimination;
use super::model::{Model, Step};

/// Cliques that a clique may have below it.
const MAX_CHILDREN: usize = 3;

/// A clique of variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Clique {
    /// Its variables with their bits in a key.
    pub(super) fields: Vec<Field>,
    pub(super) parent: Option<u32>,
    pub(super) children: Vec<u32>,
    /// The variables shared with the parent.
    pub(super) separator: Vec<u32>,
    /// The factors that lie in it.
    pub(super) steps: Vec<u32>,
}

/// Where a variable's value stands in a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) variable: u32,
    pub(super) shift: u32,
    /// In place.
    pub(super) mask: u64,
}

impl Field {
    pub(super) fn value(self, key: u64) -> u32 {
        ((key & self.mask) >> self.shift) as u32
    }

    pub(super) fn with(self, key: u64, value: u32) -> u64 {
        key | u64::from(value) << self.shift
    }
}

impl Clique {
    pub(super) fn field(&self, variable: u32) -> Option<Field> {
        self.fields.iter().copied().find(|field| field.variable == variable)
    }
}

/// Cliques with one root; all others below it.
pub(super) struct Tree {
    pub(super) cliques: Vec<Clique>,
    /// Parents before children.
    pub(super) order: Vec<u32>,
    /// The clique in which each variable was eliminated.
    pub(super) homes: Vec<Option<u32>>,
}

impl Tree {
    /// The tree of an elimination whose variables are numbered by `variables`; nothing if a key would not fit a word.
    pub(super) fn new(model: &Model, variables: &[u32], elimination: &Elimination, asked: Option<u32>) -> Option<Self> {
        let mut homes: Vec<Option<u32>> = vec![None; model.variables.len()];
        for (at, bucket) in elimination.buckets.iter().enumerate() {
            homes[variables[bucket.variable as usize] as usize] = Some(at as u32);
        }
        let mut cliques = Vec::with_capacity(elimination.buckets.len() + 1);
        for bucket in &elimination.buckets {
            let separator: Vec<u32> = bucket.neighbours.iter().map(|&local| variables[local as usize]).collect();
            let fields =
                fields(model, std::iter::once(variables[bucket.variable as usize]).chain(separator.iter().copied()))?;
            let parent = separator.iter().filter_map(|&variable| homes[variable as usize]).min();
            cliques.push(Clique { fields, parent, separator, ..Clique::default() });
        }
        for (number, step) in model.steps.iter().enumerate() {
            if let Some(home) = first_home(step, &homes) {
                cliques[home as usize].steps.push(number as u32);
            }
        }
        let asked = asked.and_then(|variable| homes[variable as usize]);
        let root = reroot(&mut cliques, asked);
        let mut tree = Self { cliques, order: Vec::new(), homes };
        for at in 0..tree.cliques.len() as u32 {
            if let Some(parent) = tree.cliques[at as usize].parent {
                tree.cliques[parent as usize].children.push(at);
            }
        }
        for at in 0..tree.cliques.len() {
            tree.split(model, at)?;
        }
        tree.order.push(root);
        let mut next = 0;
        while next < tree.order.len() {
            let at = tree.order[next] as usize;
            next += 1;
            tree.order.extend_from_slice(&tree.cliques[at].children);
        }
        Some(tree)
    }

    /// Puts cliques between a clique and its children until it has few.
    fn split(&mut self, model: &Model, at: usize) -> Option<()> {
        let mut children = std::mem::take(&mut self.cliques[at].children);
        // Those that share the same variables side by side.
        children.sort_by(|&a, &b| self.cliques[a as usize].separator.cmp(&self.cliques[b as usize].separator));
        while children.len() > MAX_CHILDREN {
            let mut next = Vec::with_capacity(children.len().div_ceil(2));
            for pair in children.chunks(2) {
                let &[a, b] = pair else {
                    next.push(pair[0]);
                    continue;
                };
                let mut separator = self.cliques[a as usize].separator.clone();
                separator.extend_from_slice(&self.cliques[b as usize].separator);
                separator.sort_unstable();
                separator.dedup();
                let between = self.cliques.len() as u32;
                for child in [a, b] {
                    self.cliques[child as usize].parent = Some(between);
                }
                self.cliques.push(Clique {
                    fields: fields(model, separator.iter().copied())?,
                    parent: Some(at as u32),
                    children: vec![a, b],
                    separator,
                    steps: Vec::new(),
                });
                next.push(between);
            }
            children = next;
        }
        self.cliques[at].children = children;
        Some(())
    }
}

/// The earliest clique of a factor's variables; none of a factor without.
fn first_home(step: &Step, homes: &[Option<u32>]) -> Option<u32> {
    step.scope().iter().filter_map(|&variable| homes[variable as usize]).min()
}

/// Bits for each variable of a clique; nothing if they are too many.
fn fields(model: &Model, variables: impl Iterator<Item = u32>) -> Option<Vec<Field>> {
    let mut shift = 0;
    let mut fields = Vec::new();
    for variable in variables {
        let largest = model.variables[variable as usize].values.last().copied().unwrap_or(0);
        let bits = (u32::BITS - largest.leading_zeros()).max(1);
        if shift + bits > u64::BITS {
            return None;
        }
        fields.push(Field { variable, shift, mask: ((1u64 << bits) - 1) << shift });
        shift += bits;
    }
    Some(fields)
}

/// Turns the tree so that one clique is the root, and hangs the roots of other trees below it; an empty clique where there is none.
fn reroot(cliques: &mut Vec<Clique>, asked: Option<u32>) -> u32 {
    let Some(root) = asked.or_else(|| (cliques.len() as u32).checked_sub(1)) else {
        cliques.push(Clique::default());
        return 0;
    };
    let (mut at, mut parent, mut separator) = (root, None, Vec::new());
    loop {
        let clique = &mut cliques[at as usize];
        let above = std::mem::replace(&mut clique.parent, parent);
        let shared = std::mem::replace(&mut clique.separator, separator);
        let Some(next) = above else { break };
        (parent, at, separator) = (Some(at), next, shared);
    }
    for other in 0..cliques.len() as u32 {
        let clique = &mut cliques[other as usize];
        if other != root && clique.parent.is_none() {
            clique.parent = Some(root);
        }
    }
    root
}
