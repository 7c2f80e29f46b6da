//! A ground program under its evidence as a factor graph over variables of several values.
//!
//! A leaf group is a variable of its classes. OR nodes that exclude each other are the values of one variable, value 0 being *none of
//! them*: the states of a Markov chain at one time, the heads of an annotated disjunction. A variable of OR nodes is defined by its
//! alternatives one after another (`before` the alternatives so far, `after` with the next ones), so that a disjunction of many causes
//! is a chain of small factors and not a factor over all of them (the temporal transformation of noisy-or; Heckerman & Breese,
//! "Causal independence for probability assessment and inference using Bayesian networks", IEEE Trans. SMC 1996).
//!
//! Every assignment of classes to the groups that agrees with the evidence extends to exactly one assignment of all variables that
//! satisfies every factor, and no other assignment does.

use super::condition::{Condition, are_exclusive};
use super::exclusive::Exclusive;
use super::propagation::Propagation;
use crate::derivation::{Literal, Trimmed, Truth};
use crate::hash::FastMap;

/// What may be said of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Constant(bool),
    Condition(Condition),
}

/// A random or a defined variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// The values that it may have under the evidence, ascending.
    pub(super) values: Vec<u32>,
    /// Of a leaf group: the slots of each value.
    pub(super) slots: Vec<Vec<u32>>,
    /// Whether its values are all there are, so that their probabilities add up to one.
    pub(super) is_complete: bool,
}

/// A variable, or the value that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Value(u32),
    Variable(u32),
}

/// A factor: `after` is the value of the rule that applies, or `before` where none does. Rules that apply must agree with each
/// other and with `before`, unless that is 0.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) before: Operand,
    pub(super) after: Operand,
    pub(super) rules: Vec<(Vec<Condition>, u32)>,
    /// The variables of the rules.
    pub(super) inputs: Vec<u32>,
}

impl Step {
    /// All variables, each once.
    pub(super) fn scope(&self) -> Vec<u32> {
        let mut scope = self.inputs.clone();
        for operand in [self.before, self.after] {
            if let Operand::Variable(variable) = operand
                && !scope.contains(&variable)
            {
                scope.push(variable);
            }
        }
        scope
    }
}

/// The factor graph of a ground program.
#[derive(Default)]
pub(super) struct Model {
    pub(super) variables: Vec<Variable>,
    pub(super) steps: Vec<Step>,
    /// Per OR node that is asked for or that something asked for rests on.
    pub(super) meanings: FastMap<u32, Meaning>,
    /// Factors without variables: sums of slots, of each of which the evidence needs one.
    pub(super) constants: Vec<Vec<u32>>,
}

/// Why there is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoModel {
    /// The evidence cannot be.
    Impossible,
    /// A node rests on itself.
    Cyclic,
}

/// Variables that a factor's rules may read before they are gathered in steps.
const MAX_INPUTS: usize = 3;

impl Model {
    /// The model of a graph's roots and evidence.
    pub(super) fn new(graph: &Trimmed) -> Result<Self, NoModel> {
        let known = Propagation::of_evidence(graph).ok_or(NoModel::Impossible)?;
        let order = relevant(graph, &known)?;
        let mut builder = Builder {
            graph,
            known: &known,
            model: Model::default(),
            groups: FastMap::default(),
            pairs: FastMap::default(),
        };
        builder.restricted_groups();
        let mut clusters = Exclusive::default();
        for or in order {
            builder.define(or, &mut clusters);
        }
        builder.settle_values();
        for &root in &graph.roots {
            if let Truth::Node(or) = root
                && let Some(truth) = known.or(or)
            {
                builder.model.meanings.insert(or, Meaning::Constant(truth));
            }
        }
        for cluster in clusters.into_definitions() {
            builder.steps(cluster.variable, cluster.alternatives);
        }
        Ok(builder.model)
    }

    /// What is known of a root.
    pub(super) fn meaning(&self, root: Truth) -> Meaning {
        match root {
            Truth::False => Meaning::Constant(false),
            Truth::True => Meaning::Constant(true),
            Truth::Node(or) => match self.meanings[&or] {
                Meaning::Condition(condition) => self.decide(condition),
                constant => constant,
            },
        }
    }

    /// Decides a condition if the variable's values do.
    fn decide(&self, condition: Condition) -> Meaning {
        let values = &self.variables[condition.variable as usize].values;
        match (values.binary_search(&condition.value).is_ok(), values.len()) {
            (false, _) => Meaning::Constant(!condition.holds),
            (true, 1) => Meaning::Constant(condition.holds),
            _ => Meaning::Condition(condition),
        }
    }

    fn operand(&self, variable: u32) -> Operand {
        match self.variables[variable as usize].values[..] {
            [only] => Operand::Value(only),
            _ => Operand::Variable(variable),
        }
    }
}

/// How far a walk has come with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// The OR nodes that something rests on which is asked for and not decided, or which is observed and not settled; children first.
fn relevant(graph: &Trimmed, known: &Propagation) -> Result<Vec<u32>, NoModel> {
    // A node that the evidence makes true may support itself through others: cycles count with what is decided.
    let all = |literals: &mut dyn Iterator<Item = Literal>| literals.filter_map(node_of).collect::<Vec<u32>>();
    let nodes = 0..graph.n_ors() as u32;
    walk(graph.n_ors(), nodes.clone(), |or| {
        all(&mut known.alive(or).flat_map(|and| graph.literals(and).iter().copied()))
    })?;
    let asked = graph.roots.iter().filter_map(|&root| match root {
        Truth::Node(or) if known.or(or).is_none() => Some(or),
        _ => None,
    });
    let observed = nodes.filter(|&or| known.or(or).is_some() && !known.is_settled(or));
    walk(graph.n_ors(), asked.chain(observed), |or| all(&mut known.alive(or).flat_map(|and| known.open(and))))
}

fn node_of(literal: Literal) -> Option<u32> {
    match literal {
        Literal::Leaf(_) => None,
        Literal::Node(or) | Literal::Not(or) => Some(or),
    }
}

/// The nodes that some nodes lead to, children first.
fn walk(n: usize, tops: impl Iterator<Item = u32>, children: impl Fn(u32) -> Vec<u32>) -> Result<Vec<u32>, NoModel> {
    let mut order = Vec::new();
    let mut states = vec![State::New; n];
    let mut path: Vec<(u32, Vec<u32>)> = Vec::new();
    for top in tops {
        if states[top as usize] == State::New {
            states[top as usize] = State::Open;
            path.push((top, children(top)));
        }
        while let Some((or, rest)) = path.last_mut() {
            match rest.pop() {
                None => {
                    states[*or as usize] = State::Done;
                    order.push(*or);
                    path.pop();
                }
                Some(child) => match states[child as usize] {
                    State::Done => {}
                    State::Open => return Err(NoModel::Cyclic),
                    State::New => {
                        states[child as usize] = State::Open;
                        path.push((child, children(child)));
                    }
                },
            }
        }
    }
    Ok(order)
}

struct Builder<'g> {
    graph: &'g Trimmed,
    known: &'g Propagation<'g>,
    model: Model,
    /// The variable of each group.
    groups: FastMap<u32, u32>,
    /// Variables that say whether two conditions hold.
    pairs: FastMap<(Condition, Condition), u32>,
}

impl Builder<'_> {
    /// Makes variables of the groups that the evidence says something of, as that is to be counted.
    fn restricted_groups(&mut self) {
        for (number, group) in self.graph.groups.iter().enumerate() {
            let slots = group.first_slot..group.first_slot + group.n_slots;
            if let Some(certain) = slots.clone().find(|&slot| self.known.slot(slot) == Some(true)) {
                self.model.constants.push(vec![certain]);
            } else if slots.into_iter().any(|slot| self.known.slot(slot) == Some(false)) {
                self.group(number as u32);
            }
        }
    }

    /// The variable of a group, with a value for each class that may still be.
    fn group(&mut self, group: u32) -> u32 {
        if let Some(&variable) = self.groups.get(&group) {
            return variable;
        }
        let all = self.graph.groups[group as usize];
        let possible = (0..all.n_slots).filter(|&class| self.known.slot(all.first_slot + class) != Some(false));
        let values: Vec<u32> = possible.collect();
        let slots = values.iter().map(|class| vec![all.first_slot + class]).collect();
        let is_complete = values.len() == all.n_slots as usize;
        let variable = self.variable(Variable { values, slots, is_complete });
        self.groups.insert(group, variable);
        variable
    }

    fn variable(&mut self, variable: Variable) -> u32 {
        self.model.variables.push(variable);
        self.model.variables.len() as u32 - 1
    }

    fn defined(&mut self, values: Vec<u32>) -> u32 {
        self.variable(Variable { values, slots: Vec::new(), is_complete: false })
    }

    fn condition(&mut self, literal: Literal) -> Meaning {
        match literal {
            Literal::Leaf(slot) => {
                let group = self.graph.slot_groups[slot as usize];
                let value = slot - self.graph.groups[group as usize].first_slot;
                Meaning::Condition(Condition { variable: self.group(group), value, holds: true })
            }
            Literal::Node(or) => self.model.meanings[&or],
            Literal::Not(or) => match self.model.meanings[&or] {
                Meaning::Condition(condition) => Meaning::Condition(Condition { holds: !condition.holds, ..condition }),
                Meaning::Constant(truth) => Meaning::Constant(!truth),
            },
        }
    }

    /// Gives an OR node its meaning: the same as its only literal, a value of a variable that is there, or a variable of its own.
    fn define(&mut self, or: u32, clusters: &mut Exclusive) {
        let known = self.known;
        let mut alternatives: Vec<Vec<Condition>> = Vec::new();
        for and in known.alive(or) {
            let conditions: Vec<Meaning> = known.open(and).map(|literal| self.condition(literal)).collect();
            if conditions.contains(&Meaning::Constant(false)) {
                continue;
            }
            let open = conditions.into_iter().filter_map(|meaning| match meaning {
                Meaning::Condition(condition) => Some(condition),
                Meaning::Constant(_) => None,
            });
            let mut open: Vec<Condition> = open.collect();
            open.sort_unstable();
            open.dedup();
            if !are_exclusive(&open, &open) {
                alternatives.push(open);
            }
        }
        let truth = known.or(or);
        if let ([only], None) = (&alternatives[..], truth)
            && let [condition] = only[..]
        {
            self.model.meanings.insert(or, Meaning::Condition(condition));
            return;
        }
        let joined = if truth.is_none() { clusters.join(&alternatives) } else { None };
        let (variable, value) = match joined {
            Some((variable, value)) => {
                self.model.variables[variable as usize].values.push(value);
                (variable, value)
            }
            None => {
                let values = match truth {
                    None => vec![0, 1],
                    Some(truth) => vec![u32::from(truth)],
                };
                let variable = self.defined(values);
                clusters.open(variable, truth.is_none());
                (variable, 1)
            }
        };
        clusters.add(variable, value, alternatives);
        self.model.meanings.insert(or, Meaning::Condition(Condition { variable, value, holds: true }));
    }

    /// Joins the classes of each group that nothing tells apart.
    fn settle_values(&mut self) {
        let mut mentioned: Vec<Vec<u32>> = vec![Vec::new(); self.model.variables.len()];
        for meaning in self.model.meanings.values() {
            if let Meaning::Condition(condition) = meaning {
                mentioned[condition.variable as usize].push(condition.value);
            }
        }
        // What stands in an alternative is mentioned even where no node is the same as it.
        for &or in self.model.meanings.keys() {
            for literal in self.known.alive(or).flat_map(|and| self.known.open(and)) {
                if let Literal::Leaf(slot) = literal {
                    let group = self.graph.slot_groups[slot as usize];
                    let class = slot - self.graph.groups[group as usize].first_slot;
                    mentioned[self.groups[&group] as usize].push(class);
                }
            }
        }
        let mut groups: Vec<u32> = self.groups.values().copied().collect();
        groups.sort_unstable();
        for variable in groups {
            let mentioned = &mut mentioned[variable as usize];
            mentioned.sort_unstable();
            mentioned.dedup();
            let Variable { values, slots, is_complete } = &mut self.model.variables[variable as usize];
            let mut rest: Option<usize> = None;
            let (mut kept_values, mut kept_slots): (Vec<u32>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
            for (&value, slots) in values.iter().zip(slots.iter()) {
                match rest {
                    _ if mentioned.binary_search(&value).is_ok() => {}
                    Some(at) => {
                        kept_slots[at].extend(slots);
                        continue;
                    }
                    None => rest = Some(kept_values.len()),
                }
                kept_values.push(value);
                kept_slots.push(slots.clone());
            }
            if let ([only], false) = (&kept_slots[..], *is_complete) {
                self.model.constants.push(only.clone());
            }
            (*values, *slots) = (kept_values, kept_slots);
        }
    }

    /// The factors that define a variable, one for the alternatives over each set of variables.
    fn steps(&mut self, variable: u32, alternatives: Vec<(u32, Vec<Condition>)>) {
        type Rules = Vec<(Vec<Condition>, u32)>;
        let mut by_inputs: Vec<(Vec<u32>, Rules)> = Vec::new();
        let mut places: FastMap<Vec<u32>, usize> = FastMap::default();
        for (value, conditions) in alternatives {
            let Some(open) = self.open_conditions(conditions) else { continue };
            let conditions = self.paired(open);
            let mut inputs: Vec<u32> = conditions.iter().map(|condition| condition.variable).collect();
            inputs.sort_unstable();
            inputs.dedup();
            let place = *places.entry(inputs.clone()).or_insert_with(|| {
                by_inputs.push((inputs, Vec::new()));
                by_inputs.len() - 1
            });
            by_inputs[place].1.push((conditions, value));
        }
        // Alternatives over variables of like age side by side: their numbers follow the graph from its leaves up.
        by_inputs.sort_by(|(a, _), (b, _)| a.iter().rev().cmp(b.iter().rev()));
        if by_inputs.is_empty() {
            by_inputs.push((Vec::new(), Vec::new()));
        }
        let mut so_far: Vec<u32> = self.model.variables[variable as usize].values.clone();
        so_far.retain(|&value| value != 0);
        so_far.insert(0, 0);
        let mut before = Operand::Value(0);
        let last = by_inputs.len() - 1;
        for (at, (inputs, rules)) in by_inputs.into_iter().enumerate() {
            let after = match at {
                _ if at == last => self.model.operand(variable),
                _ if so_far.len() == 1 => Operand::Value(0),
                _ => Operand::Variable(self.defined(so_far.clone())),
            };
            self.model.steps.push(Step { before, after, rules, inputs });
            before = after;
        }
    }

    /// The conditions that the variables' values leave open; nothing if one of them fails.
    fn open_conditions(&self, conditions: Vec<Condition>) -> Option<Vec<Condition>> {
        let mut open = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match self.model.decide(condition) {
                Meaning::Constant(true) => {}
                Meaning::Constant(false) => return None,
                Meaning::Condition(condition) => open.push(condition),
            }
        }
        Some(open)
    }

    /// As many conditions as a factor may have, pairs of them as variables of their own; equal pairs are one variable.
    fn paired(&mut self, mut conditions: Vec<Condition>) -> Vec<Condition> {
        // Leaves last: one that stands nowhere else stays with the alternative.
        conditions.sort_by_key(|condition| !self.model.variables[condition.variable as usize].slots.is_empty());
        while conditions.len() > MAX_INPUTS {
            let (a, b) = (conditions[0], conditions[1]);
            let variable = match self.pairs.get(&(a, b)) {
                Some(&known) => known,
                None => {
                    let variable = self.defined(vec![0, 1]);
                    let (before, after) = (Operand::Value(0), Operand::Variable(variable));
                    let mut inputs = vec![a.variable, b.variable];
                    inputs.dedup();
                    self.model.steps.push(Step { before, after, rules: vec![(vec![a, b], 1)], inputs });
                    self.pairs.insert((a, b), variable);
                    variable
                }
            };
            conditions.splice(..2, [Condition { variable, value: 1, holds: true }]);
        }
        conditions
    }
}
