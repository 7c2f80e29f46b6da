//! From a complete derivation to a tree that can be read.

use std::sync::Arc;

use super::search::{Best, Found, Search};
use super::{Proof, ProofNode, Proofs, Step};
use crate::circuit::{Circuit, Workspace};
use crate::compile::Independence;
use crate::derivation::{Graph, Literal, Origin, Trimmed, Truth};
use crate::hash::FastMap;
use crate::leaf::LeafGroup;
use crate::provenance::{self, Provenance};
use crate::rules::RuleSet;
use crate::store::TermId;
use crate::term::Term;

/// A trimmed derivation graph with what is needed to explain it.
pub(crate) struct Derivations {
    rules: RuleSet,
    graph: Trimmed,
    origins: Vec<Origin>,
    /// OR nodes of the trimmed graph by their numbers in the graph.
    numbers: FastMap<u32, u32>,
    /// Slots of the trimmed graph by their numbers in the graph.
    slots: FastMap<u32, u32>,
    /// The nodes that are negated somewhere, and a circuit whose roots they are.
    negated: Vec<u32>,
    negations: Option<Arc<Circuit>>,
}

/// What a child of a node under construction is.
enum Child {
    Done(ProofNode),
    /// An uncertain goal, by its OR node and its text.
    Goal(u32, Term),
}

impl Derivations {
    pub(crate) fn new(rules: RuleSet, graph: &Graph, trimmed: Trimmed, negations: Option<Arc<Circuit>>) -> Self {
        let origins = trimmed.origins.iter().map(|&and| graph.origin(and).clone()).collect();
        let numbers = trimmed.graph_ors.iter().enumerate().map(|(new, &old)| (old, new as u32)).collect();
        let mut slots = FastMap::default();
        for group in &trimmed.groups {
            let old = graph.groups[group.group as usize].first_slot;
            slots.extend((0..group.n_slots).map(|class| (old + class, group.first_slot + class)));
        }
        let negated = trimmed.negated();
        Self { rules, graph: trimmed, origins, numbers, slots, negated, negations }
    }

    pub(crate) fn bytes(&self) -> usize {
        let origins: usize =
            self.origins.iter().map(|origin| 64 + 4 * origin.values.len() + 12 * origin.steps.len()).sum();
        self.rules.store.bytes()
            + self.graph.bytes()
            + origins
            + 16 * (self.numbers.len() + self.slots.len())
            + self.negations.as_ref().map_or(0, |circuit| circuit.bytes())
    }

    pub(crate) fn proofs(
        &self,
        groups: &[LeafGroup],
        (answer, goal): (usize, &Term),
        log_weights: &[f32],
        k: usize,
    ) -> Proofs {
        assert_eq!(log_weights.len(), self.graph.slot_groups.len(), "the log weights of one sample");
        let root = match self.graph.roots[answer] {
            _ if k == 0 => return Proofs { proofs: Vec::new(), is_cut_short: false },
            Truth::False => return Proofs { proofs: Vec::new(), is_cut_short: false },
            Truth::True => {
                let tree = ProofNode { goal: goal.clone(), step: Step::Certain, children: Vec::new() };
                return Proofs { proofs: vec![Proof { probability: 1.0, tree }], is_cut_short: false };
            }
            Truth::Node(root) => root,
        };
        let leaves: Vec<f64> = log_weights.iter().map(|&weight| f64::from(weight)).collect();
        let failures = self.failures(&leaves);
        let shown = Shown { derivations: self, groups, leaves: &leaves, failures: &failures };
        let Best { found, is_cut_short } = Search::new(&self.graph, &leaves, &failures).best(root, k);
        Proofs { proofs: found.iter().map(|found| shown.proof(root, goal, found)).collect(), is_cut_short }
    }
}

impl Derivations {
    /// For each negated goal the logarithm of the probability that it fails; NaN for the others.
    pub(crate) fn failures(&self, log_weights: &[f64]) -> Vec<f64> {
        let mut failures = vec![f64::NAN; self.graph.n_ors()];
        if let Some(circuit) = &self.negations {
            let mut ws = Workspace::new();
            ws.forward(circuit, log_weights, 1);
            for (index, &or) in self.negated.iter().enumerate() {
                failures[or as usize] = (-ws.log_prob(index, 0).exp()).ln_1p();
            }
        }
        failures
    }

    /// The graph in the DOT language.
    pub(crate) fn dot(&self, groups: &[LeafGroup]) -> String {
        let mut out = String::from("digraph derivations {\n  node [fontname=\"monospace\"];\n");
        let name = |index: u32| -> Arc<str> { format!("_{index}").into() };
        for or in 0..self.graph.n_ors() as u32 {
            let goal = self.graph.goals[or as usize];
            let label = goal.map_or_else(String::new, |goal| self.rules.store.export(goal, &name).to_string());
            out += &format!("  g{or} [label=\"{}\"];\n", dot_escaped(&label));
            for and in self.graph.ands(or) {
                out += &format!("  a{and} [shape=point];\n  g{or} -> a{and};\n");
                for &literal in self.graph.literals(and) {
                    out += &match literal {
                        Literal::Leaf(slot) => format!("  a{and} -> s{slot};\n"),
                        Literal::Node(child) => format!("  a{and} -> g{child};\n"),
                        Literal::Not(child) => format!("  a{and} -> g{child} [style=dashed, label=\"not\"];\n"),
                    };
                }
            }
        }
        let leaves =
            (0..self.graph.n_ands()).flat_map(|and| self.graph.literals(and)).filter_map(|literal| match literal {
                Literal::Leaf(slot) => Some(*slot as usize),
                _ => None,
            });
        for slot in leaves.collect::<std::collections::BTreeSet<usize>>() {
            let group = &groups[self.graph.slot_groups[slot] as usize];
            out += &format!("  s{slot} [label=\"{}\", shape=box];\n", dot_escaped(&group.describe(slot)));
        }
        out + "}\n"
    }

    /// The only leaf that an answer rests on, if it holds just where that leaf does.
    pub(crate) fn leaf_of(&self, answer: usize) -> Option<usize> {
        let Truth::Node(or) = self.graph.roots[answer] else { return None };
        let ands = self.graph.ands(or);
        match self.graph.literals(ands.start) {
            [Literal::Leaf(slot)] if ands.len() == 1 => Some(*slot as usize),
            _ => None,
        }
    }

    pub(crate) fn is_certain(&self, answer: usize) -> bool {
        self.graph.roots[answer] == Truth::True
    }

    pub(crate) fn is_impossible(&self, answer: usize) -> bool {
        self.graph.roots[answer] == Truth::False
    }

    pub(crate) fn provenance<S: Provenance>(&self, answer: usize, semiring: &S) -> S::Value {
        match self.graph.roots[answer] {
            Truth::False => semiring.zero(),
            Truth::True => semiring.one(),
            Truth::Node(or) => {
                let independence = Independence::of(&self.graph);
                provenance::graph(&self.graph, &independence, semiring).swap_remove(or as usize)
            }
        }
    }
}

/// One sample's view of the derivations.
struct Shown<'a> {
    derivations: &'a Derivations,
    groups: &'a [LeafGroup],
    leaves: &'a [f64],
    failures: &'a [f64],
}

impl Shown<'_> {
    fn proof(&self, root: u32, goal: &Term, found: &Found) -> Proof {
        let chosen: FastMap<u32, usize> = found.chosen.iter().copied().collect();
        let mut tree = self.node(root, goal.clone(), &chosen);
        // The root is the query's own clause; a query of a single goal needs no node of its own.
        if tree.children.len() == 1 && tree.children[0].goal == *goal {
            tree = tree.children.pop().expect("there is one child");
        }
        Proof { probability: found.log_probability.exp(), tree }
    }

    /// Builds the tree below an OR node with its stack on the heap.
    fn node(&self, root: u32, goal: Term, chosen: &FastMap<u32, usize>) -> ProofNode {
        struct Open {
            node: ProofNode,
            todo: std::vec::IntoIter<Child>,
        }
        let open = |or: u32, goal: Term| {
            let (step, children) = self.open(or, chosen);
            Open { node: ProofNode { goal, step, children: Vec::new() }, todo: children.into_iter() }
        };
        let mut stack = vec![open(root, goal)];
        loop {
            let top = stack.last_mut().expect("the root returns before the stack is empty");
            match top.todo.next() {
                Some(Child::Done(child)) => top.node.children.push(child),
                Some(Child::Goal(or, goal)) => stack.push(open(or, goal)),
                None => {
                    let done = stack.pop().expect("the top was just looked at").node;
                    match stack.last_mut() {
                        Some(parent) => parent.node.children.push(done),
                        None => return done,
                    }
                }
            }
        }
    }

    /// The step of an OR node and its children, in the order of its clause's goals.
    fn open(&self, or: u32, chosen: &FastMap<u32, usize>) -> (Step, Vec<Child>) {
        let derivations = self.derivations;
        let Some(&and) = chosen.get(&or) else { return (Step::Certain, Vec::new()) };
        let origin = &derivations.origins[and];
        let rule = &derivations.rules.rules[origin.rule as usize];
        let literal_of =
            |at: usize| origin.steps.iter().find(|(goal, _)| *goal as usize == at).map(|&(_, literal)| literal);
        let children = rule.goals.iter().enumerate().map(|(at, goal)| {
            let text = self.instantiate(goal.text, &origin.values);
            let done = |goal, step| Child::Done(ProofNode { goal, step, children: Vec::new() });
            match literal_of(at) {
                Some(Literal::Node(old)) => match derivations.numbers.get(&old) {
                    Some(&child) => Child::Goal(child, text),
                    None => done(text, Step::Certain),
                },
                Some(Literal::Leaf(slot)) => done(text, self.leaf(slot)),
                Some(Literal::Not(old)) => match derivations.numbers.get(&old) {
                    Some(&child) => done(text, Step::Negated { probability: self.failures[child as usize].exp() }),
                    None => done(text, Step::Certain),
                },
                None => done(text, Step::Certain),
            }
        });
        let children = children.collect();
        let step = match literal_of(rule.goals.len()) {
            Some(Literal::Leaf(slot)) => self.leaf(slot),
            _ => Step::Rule,
        };
        (step, children)
    }

    fn leaf(&self, old_slot: u32) -> Step {
        let slot = self.derivations.slots[&old_slot] as usize;
        let group = self.derivations.graph.slot_groups[slot] as usize;
        let label = self.groups[group].describe(slot);
        Step::Leaf { group, slot, probability: self.leaves[slot].exp(), label }
    }

    fn instantiate(&self, term: TermId, values: &[TermId]) -> Term {
        let store = &self.derivations.rules.store;
        let name = |index: u32| -> Arc<str> { format!("_{index}").into() };
        store.export(term, &name).substitute(&|variable| {
            let index: Option<usize> = variable.strip_prefix('_').and_then(|digits| digits.parse().ok());
            match index.and_then(|index| values.get(index)) {
                Some(&value) => store.export(value, &name),
                None => Term::Var(variable.clone()),
            }
        })
    }
}

/// A text inside the quotes of a DOT label.
pub(crate) fn dot_escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
