//! Message passing over the cliques: tables of rows, first from below to the root, then back to where something is asked.

use super::model::{Model, Operand, Step};
use super::nodes::{Nodes, ONE};
use super::table::{Assignments, Message};
use super::tree::{Clique, Field, Tree};
use crate::budget::{Budget, Limit};
use crate::error::ReasonError;
use crate::hash::FastMap;

/// Assignments between two looks at the clock.
const CLOCK_ASSIGNMENTS: usize = 1 << 14;
/// Assignments in all for each node of the budget: they are smaller, and many become one node.
const MOST_BY_NODES: usize = 8;

/// The value that rules give which apply, after the alternatives `before`; nothing if they disagree.
pub(super) fn outcome(before: u32, mut values: impl Iterator<Item = u32>) -> Option<u32> {
    let Some(value) = values.next() else { return Some(before) };
    (values.all(|other| other == value) && (before == 0 || before == value)).then_some(value)
}

/// Messages of a tree, and the nodes that their rows are.
pub(super) struct Messages<'a> {
    model: &'a Model,
    tree: &'a Tree,
    nodes: Nodes,
    budget: &'a Budget,
    /// What each clique sends to its parent, in the parent's bits.
    up: Vec<Message>,
    /// What each clique hears from its parent, in its own bits, where that is wanted.
    down: Vec<Option<Message>>,
    /// The factor without variables, for the root.
    constant: Message,
    /// The rows of each value of leaf groups.
    weights: FastMap<u32, Vec<(u32, u32)>>,
    /// For each variable asked for, the row of each value together with the evidence.
    marginals: FastMap<u32, Message>,
    n_assignments: usize,
    most_assignments: usize,
    next_look: usize,
}

impl<'a> Messages<'a> {
    pub(super) fn new(model: &'a Model, tree: &'a Tree, nodes: Nodes, budget: &'a Budget) -> Self {
        Self {
            model,
            tree,
            nodes,
            budget,
            up: vec![Message::default(); tree.cliques.len()],
            down: vec![None; tree.cliques.len()],
            constant: Message { mask: 0, keys: vec![0], rows: vec![ONE] },
            weights: FastMap::default(),
            marginals: FastMap::default(),
            n_assignments: 0,
            most_assignments: budget.max_nodes.saturating_mul(MOST_BY_NODES),
            next_look: 0,
        }
    }

    pub(super) fn into_nodes(self) -> Nodes {
        self.nodes
    }

    /// Sends every message towards the root.
    pub(super) fn towards_root(&mut self) -> Result<(), ReasonError> {
        let mut factors = Vec::with_capacity(self.model.constants.len());
        for slots in &self.model.constants {
            slots.iter().for_each(|&slot| self.nodes.edge([slot]));
            factors.push(self.nodes.finish()?);
        }
        self.nodes.edge(factors);
        self.constant.rows = vec![self.nodes.finish()?];
        for &at in self.tree.order.iter().rev() {
            let clique = &self.tree.cliques[at as usize];
            let Some(parent) = clique.parent else { continue };
            let table = self.weighted(at, None, |_| true)?;
            let message = self.project(&table, clique, &self.tree.cliques[parent as usize], &clique.separator)?;
            self.up[at as usize] = message;
        }
        Ok(())
    }

    /// The row of the evidence; nothing if it is impossible.
    pub(super) fn evidence(&mut self) -> Result<Option<u32>, ReasonError> {
        let root = self.tree.order[0];
        let clique = &self.tree.cliques[root as usize];
        let table = self.weighted(root, None, |_| true)?;
        Ok(self.project(&table, clique, clique, &[])?.rows.first().copied())
    }

    /// Sends messages from the root to the cliques of some variables.
    pub(super) fn towards(&mut self, variables: &[u32]) -> Result<(), ReasonError> {
        let mut is_wanted = vec![false; self.tree.cliques.len()];
        for &variable in variables {
            let mut at = self.tree.homes[variable as usize];
            while let Some(clique) = at
                && !std::mem::replace(&mut is_wanted[clique as usize], true)
            {
                at = self.tree.cliques[clique as usize].parent;
            }
        }
        for &at in self.tree.order.iter().filter(|&&at| is_wanted[at as usize]) {
            let clique = &self.tree.cliques[at as usize];
            let Some(parent) = clique.parent else { continue };
            let table = self.weighted(parent, Some(at), |variable| !clique.separator.contains(&variable))?;
            let message = self.project(&table, &self.tree.cliques[parent as usize], clique, &clique.separator)?;
            self.down[at as usize] = Some(message);
        }
        Ok(())
    }

    /// The row of a variable having a value, or another, together with the evidence; nothing if that is impossible.
    pub(super) fn marginal(&mut self, variable: u32, value: u32, holds: bool) -> Result<Option<u32>, ReasonError> {
        if !self.marginals.contains_key(&variable) {
            let home = self.tree.homes[variable as usize].expect("a variable with a choice is eliminated");
            let clique = &self.tree.cliques[home as usize];
            let table = self.weighted(home, None, |other| other != variable)?;
            let marginal = self.project(&table, clique, clique, &[variable])?;
            self.marginals.insert(variable, marginal);
        }
        let home = self.tree.homes[variable as usize].expect("a variable with a choice is eliminated");
        let field = self.tree.cliques[home as usize].field(variable).expect("its home has it");
        let Message { keys, rows, .. } = &self.marginals[&variable];
        let mut n = 0;
        for (&key, &row) in keys.iter().zip(rows) {
            if (field.value(key) == value) == holds {
                self.nodes.edge([row]);
                n += 1;
            }
        }
        if n == 0 { Ok(None) } else { self.nodes.finish().map(Some) }
    }

    /// All that is possible in a clique, by its own factors and what it hears but for one child, and with the weights of the groups
    /// that it is the uppermost clique of.
    fn weighted(
        &mut self,
        at: u32,
        except: Option<u32>,
        may_drop: impl Fn(u32) -> bool,
    ) -> Result<Assignments, ReasonError> {
        let mut table = self.possible(at, except)?;
        let clique = &self.tree.cliques[at as usize];
        for &field in &clique.fields {
            let variable = &self.model.variables[field.variable as usize];
            if variable.slots.is_empty() || clique.separator.contains(&field.variable) {
                continue;
            }
            if table.bound & field.mask == 0 {
                self.count(table.len() * variable.values.len())?;
                table.enumerate(field, &variable.values);
            }
            let rows = self.weights(field.variable)?;
            table.weigh(field, &rows, variable.is_complete && may_drop(field.variable));
        }
        Ok(table)
    }

    fn possible(&mut self, at: u32, except: Option<u32>) -> Result<Assignments, ReasonError> {
        let tree = self.tree;
        let clique = &tree.cliques[at as usize];
        let mut steps: Vec<Fitted> = clique
            .steps
            .iter()
            .map(|&step| Fitted::new(self.model, clique, &self.model.steps[step as usize]))
            .collect();
        let up = std::mem::take(&mut self.up);
        let down = self.down[at as usize].take();
        let mut messages: Vec<&Message> =
            clique.children.iter().filter(|&&child| Some(child) != except).map(|&child| &up[child as usize]).collect();
        messages.extend(&down);
        let constant = self.constant.clone();
        if clique.parent.is_none() {
            messages.push(&constant);
        }
        let joined = self.join(messages, &mut steps);
        self.up = up;
        self.down[at as usize] = down;
        joined
    }

    /// Joins messages and factors, at each turn the one that leaves the fewest assignments.
    fn join(&mut self, mut messages: Vec<&Message>, steps: &mut Vec<Fitted>) -> Result<Assignments, ReasonError> {
        let mut table = Assignments::new();
        loop {
            if let Some(ready) = steps.iter().position(|step| step.needs & !table.bound == 0) {
                let step = steps.swap_remove(ready);
                step.apply(&mut table);
                continue;
            }
            let growth = |message: &Message| match message.mask & !table.bound {
                0 => 0.0,
                _ => message.keys.len() as f64 / ((message.mask & table.bound).count_ones() as f64).exp2(),
            };
            let least = (0..messages.len()).min_by(|&a, &b| growth(messages[a]).total_cmp(&growth(messages[b])));
            let unbound = |step: &Fitted| (step.needs & !table.bound).count_ones();
            let wanted = steps.iter().min_by_key(|step| unbound(step));
            let wanted = wanted.and_then(|step| step.unbound(table.bound));
            match (least, wanted) {
                (None, None) => return Ok(table),
                (Some(at), wanted) if wanted.is_none_or(|(_, values)| growth(messages[at]) <= values.len() as f64) => {
                    let message = messages.swap_remove(at);
                    let room = self.most_assignments - self.n_assignments;
                    let has_room = table.join(message, room);
                    self.count(if has_room { table.len() } else { room + 1 })?;
                }
                (_, Some((field, values))) => {
                    self.count(table.len() * values.len())?;
                    table.enumerate(field, values);
                }
                (Some(_), None) => unreachable!("without a wanted variable a message is joined"),
            }
        }
    }

    /// Sums out all but some variables, and moves these into the bits of another clique.
    fn project(
        &mut self,
        table: &Assignments,
        from: &Clique,
        to: &Clique,
        kept: &[u32],
    ) -> Result<Message, ReasonError> {
        let moves: Vec<(Field, Field)> = kept
            .iter()
            .filter_map(|&variable| Some((from.field(variable)?, to.field(variable)?)))
            .filter(|(source, _)| table.bound & source.mask != 0)
            .collect();
        let moved = |key: u64| moves.iter().fold(0, |new, (source, target)| target.with(new, source.value(key)));
        let mut order: Vec<(u64, u32)> = table.keys.iter().zip(0..).map(|(&key, at)| (moved(key), at)).collect();
        order.sort_unstable();
        let mut message =
            Message { mask: moves.iter().fold(0, |mask, (_, target)| mask | target.mask), ..Message::default() };
        for run in order.chunk_by(|a, b| a.0 == b.0) {
            for &(_, at) in run {
                self.nodes.edge(table.factors(at as usize).iter().copied());
            }
            message.keys.push(run[0].0);
            message.rows.push(self.nodes.finish()?);
        }
        Ok(message)
    }

    /// The row of each value of a leaf group.
    fn weights(&mut self, variable: u32) -> Result<Vec<(u32, u32)>, ReasonError> {
        if let Some(rows) = self.weights.get(&variable) {
            return Ok(rows.clone());
        }
        let of = &self.model.variables[variable as usize];
        let mut rows = Vec::with_capacity(of.values.len());
        for (&value, slots) in of.values.iter().zip(&of.slots) {
            slots.iter().for_each(|&slot| self.nodes.edge([slot]));
            rows.push((value, self.nodes.finish()?));
        }
        self.weights.insert(variable, rows.clone());
        Ok(rows)
    }

    fn count(&mut self, n: usize) -> Result<(), ReasonError> {
        self.n_assignments = self.n_assignments.saturating_add(n);
        if self.n_assignments > self.most_assignments {
            return Err(ReasonError::Budget { limit: Limit::Nodes(self.budget.max_nodes) });
        }
        if self.n_assignments >= self.next_look {
            self.next_look = self.n_assignments + CLOCK_ASSIGNMENTS;
            self.budget.check_time()?;
        }
        Ok(())
    }
}

/// A factor with its variables' bits in a clique.
struct Fitted<'a> {
    before: Source,
    after: Source,
    /// The values that `after` may have.
    values: &'a [u32],
    rules: Vec<FittedRule>,
    /// The bits of all variables but `after`.
    needs: u64,
    fields: Vec<(Field, &'a [u32])>,
}

/// Conditions (the variable's bits, a value, and whether it is that), and the value that they give.
type FittedRule = (Vec<(Field, u32, bool)>, u32);

#[derive(Clone, Copy)]
enum Source {
    Value(u32),
    Field(Field),
}

impl<'a> Fitted<'a> {
    fn new(model: &'a Model, clique: &Clique, step: &Step) -> Self {
        let field = |variable: u32| clique.field(variable).expect("a factor lies in its clique");
        let source = |operand| match operand {
            Operand::Value(value) => Source::Value(value),
            Operand::Variable(variable) => Source::Field(field(variable)),
        };
        let rules = step.rules.iter().map(|(conditions, value)| {
            let fitted = conditions.iter().map(|one| (field(one.variable), one.value, one.holds));
            (fitted.collect(), *value)
        });
        let (before, after) = (source(step.before), source(step.after));
        let values: &[u32] = match step.after {
            Operand::Value(_) => &[],
            Operand::Variable(variable) => &model.variables[variable as usize].values,
        };
        let mut fields: Vec<(Field, &[u32])> =
            step.inputs.iter().map(|&v| (field(v), &model.variables[v as usize].values[..])).collect();
        if let Operand::Variable(variable) = step.before {
            fields.push((field(variable), &model.variables[variable as usize].values));
        }
        let needs = fields.iter().fold(0, |mask, (field, _)| mask | field.mask);
        Self { before, after, values, rules: rules.collect(), needs, fields }
    }

    /// A variable that has no value yet, the one of fewest values.
    fn unbound(&self, bound: u64) -> Option<(Field, &'a [u32])> {
        let open = self.fields.iter().filter(|(field, _)| bound & field.mask == 0);
        open.min_by_key(|(_, values)| values.len()).copied()
    }

    /// Keeps the assignments that the factor allows; `after` gets its value if it has none.
    fn apply(&self, table: &mut Assignments) {
        let bound = table.bound;
        let result = |key: u64| {
            let before = match self.before {
                Source::Value(value) => value,
                Source::Field(field) => field.value(key),
            };
            let applies = |conditions: &[(Field, u32, bool)]| {
                conditions.iter().all(|&(field, value, holds)| (field.value(key) == value) == holds)
            };
            outcome(before, self.rules.iter().filter(|(conditions, _)| applies(conditions)).map(|&(_, value)| value))
        };
        match self.after {
            Source::Value(value) => table.retain(bound, |key| (result(key) == Some(value)).then_some(key)),
            Source::Field(field) if bound & field.mask != 0 => {
                table.retain(bound, |key| (result(key) == Some(field.value(key))).then_some(key));
            }
            Source::Field(field) => table.retain(bound | field.mask, |key| {
                let value = result(key).filter(|value| self.values.binary_search(value).is_ok())?;
                Some(field.with(key, value))
            }),
        }
    }
}
