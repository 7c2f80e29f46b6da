//! Goals about all answers of another: lists of them, aggregates, probabilities.
//!
//! Which answers a goal has depends on chance, so that a collection has one value for each set of answers that can come
//! true together, as in ProbLog. Aggregates are folded answer by answer instead: values that meet on the way are one node
//! of the graph, so that a count of n answers has n + 1 nodes for each of them and not 2^n sets.

use super::bindings::{canonical, shifted};
use super::builtins::{evaluate, number_term};
use super::machine::Machine;
use super::sets::possible_sets;
use super::table::{Frame, Purpose, Work};
use crate::derivation::Literal;
use crate::error::ReasonError;
use crate::hash::FastMap;
use crate::number::{Number, apply};
use crate::rules::{Collect, Goal};
use crate::store::{Shape, TermId};

/// An element of a collection, and the node that says whether it is there; none if it always is.
#[derive(Clone, Copy)]
pub(super) struct Element {
    pub(super) value: TermId,
    pub(super) or: Option<u32>,
}

/// The aggregates that are folded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    Average,
}

impl Aggregate {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Aggregate::Count,
            "sum" => Aggregate::Sum,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            "avg" => Aggregate::Average,
            _ => return None,
        })
    }
}

/// A value on the way: how many elements, and their sum or the best so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Partial {
    count: i64,
    value: Option<TermId>,
}

impl Machine<'_> {
    pub(super) fn begin_collecting(
        &mut self,
        mut frame: Frame,
        goal: &Goal,
        collect: Collect,
        predicate: u32,
    ) -> Result<(), ReasonError> {
        match collect {
            Collect::Probability => return self.subquery(frame, goal),
            // The name was made by what no clause shows, such as a `concat/2` whose own name was made.
            Collect::Derivations if self.derivations.is_none() => {
                return Err(ReasonError::BadGoal {
                    term: self.show(goal.text),
                    what: "called by a name that was made",
                    reason:
                        "which derivations there are is remembered only where the program writes `findall` somewhere"
                            .into(),
                });
            }
            Collect::Aggregate if self.aggregate(&frame, goal)?.is_none() => {
                // Another function of the list: the library collects the lists of each group and calls it.
                let Shape::Compound(_, args) = self.rules.store.shape(goal.text) else { return Ok(()) };
                let args = args.to_vec();
                let name = self.rules.store.symbol("$aggregate");
                let called = self.rules.store.compound(name, &args)?;
                let Some(predicate) = self.rules.find("$aggregate", args.len()) else { return Ok(()) };
                frame.calling = Some(called);
                return self.call(frame, predicate, called);
            }
            _ => {}
        }
        self.when_complete(frame, predicate, goal.call, Purpose::Collect(collect))
    }

    /// The aggregate that a goal names; none if it is no built-in one.
    fn aggregate(&self, frame: &Frame, goal: &Goal) -> Result<Option<Aggregate>, ReasonError> {
        let name = frame.bindings.walk(&self.rules.store, self.rules.store.arg(goal.text, 0));
        Ok(match self.rules.store.shape(name) {
            Shape::Atom(name) => {
                let name = self.rules.store.name(name);
                Aggregate::named(name).filter(|_| !self.rules.is_own(name, 2))
            }
            _ => None,
        })
    }

    /// Goes on with a frame that waited for all answers of a table.
    pub(super) fn collect(&mut self, mut frame: Frame, collect: Collect, table: u32) -> Result<(), ReasonError> {
        let goal = self.rules.rules[frame.rule as usize].goals[frame.at as usize];
        if !self.may_collect(&mut frame, collect, table) {
            return Ok(());
        }
        let arg = |machine: &Self, index| machine.rules.store.arg(goal.text, index);
        match collect {
            Collect::Probability => Ok(()),
            Collect::Possible => {
                let answers = self.tables[table as usize].answers.clone();
                for answer in answers.iter().rev().filter(|answer| !self.impossible.contains(&answer.or)) {
                    let mut next = frame.clone();
                    let offset = next.bindings.grow(answer.n_vars as usize);
                    let term = shifted(&mut self.rules.store, answer.term, offset)?;
                    if next.bindings.unify(&self.rules.store, goal.call, term) {
                        next.at += 1;
                        self.agenda.push(Work::Run(next));
                    }
                }
                Ok(())
            }
            Collect::Derivations => {
                self.note_ordered();
                let (template, result) = (arg(self, 0), arg(self, 2));
                let mut elements = Vec::new();
                for (index, literals) in self.branches(table)? {
                    let value = self.instance(&mut frame, goal.call, table, index as usize, template)?;
                    let or = if literals.is_empty() { None } else { Some(self.node_of(&frame, value, &literals)?) };
                    elements.extend(value.map(|value| Element { value, or }));
                }
                self.lists(frame, result, &elements, true)
            }
            Collect::Answers { even_none } => {
                self.note_ordered();
                let (template, result) = (arg(self, 0), arg(self, 2));
                let elements = self.elements(&mut frame, goal.call, table, template)?;
                self.lists(frame, result, &elements, even_none)
            }
            Collect::Aggregate => {
                let (value, group, result) = (arg(self, 1), arg(self, 2), arg(self, 4));
                let pair = self.pair(group, value)?;
                let elements = self.elements(&mut frame, goal.call, table, pair)?;
                self.aggregates(frame, &goal, group, result, &elements)
            }
        }
    }

    fn pair(&mut self, a: TermId, b: TermId) -> Result<TermId, ReasonError> {
        let comma = self.rules.store.symbol(",");
        self.rules.store.compound(comma, &[a, b])
    }

    /// The template for each answer of a table.
    fn elements(
        &mut self,
        frame: &mut Frame,
        call: TermId,
        table: u32,
        template: TermId,
    ) -> Result<Vec<Element>, ReasonError> {
        let mut elements = Vec::new();
        for index in 0..self.tables[table as usize].answers.len() {
            let or = self.tables[table as usize].answers[index].or;
            if self.impossible.contains(&or) {
                continue;
            }
            let or = (!self.graph.is_true(or)).then_some(or);
            let value = self.instance(frame, call, table, index, template)?;
            elements.extend(value.map(|value| Element { value, or }));
        }
        Ok(elements)
    }

    /// The template as an answer makes it, with variables of its own.
    fn instance(
        &mut self,
        frame: &mut Frame,
        call: TermId,
        table: u32,
        index: usize,
        template: TermId,
    ) -> Result<Option<TermId>, ReasonError> {
        let answer = self.tables[table as usize].answers[index];
        let mut bindings = frame.bindings.clone();
        let offset = bindings.grow(answer.n_vars as usize);
        let term = shifted(&mut self.rules.store, answer.term, offset)?;
        if !bindings.unify(&self.rules.store, call, term) {
            return Ok(None);
        }
        let value = bindings.resolve(&mut self.rules.store, template)?;
        let (value, n_vars) = canonical(&mut self.rules.store, value)?;
        let offset = frame.bindings.grow(n_vars);
        shifted(&mut self.rules.store, value, offset).map(Some)
    }

    /// A node that holds where all literals do.
    fn node_of(&mut self, frame: &Frame, shown: Option<TermId>, literals: &[Literal]) -> Result<u32, ReasonError> {
        let goal = match shown {
            Some(shown) => canonical(&mut self.rules.store, shown)?.0,
            None => self.rules.store.atom("true"),
        };
        let or = self.graph.new_or(goal);
        self.alternative(frame, or, literals);
        self.graph.close(or);
        Ok(or)
    }

    fn alternative(&mut self, frame: &Frame, or: u32, literals: &[Literal]) {
        let steps: Vec<(u32, Literal)> = literals.iter().map(|&literal| (0, literal)).collect();
        let (rules, rule) = (&mut self.rules, frame.rule);
        self.graph.derive(or, &steps, || (rules.add_step(rule), Box::default()));
    }

    /// One frame for each set of elements that may be there together, from all of them to none.
    fn lists(
        &mut self,
        frame: Frame,
        result: TermId,
        elements: &[Element],
        even_none: bool,
    ) -> Result<(), ReasonError> {
        let open: Vec<u32> = elements.iter().filter_map(|element| element.or).collect();
        let found = possible_sets(&self.graph, &frame.steps, &open, self.budget)?;
        self.steps += found.n_steps;
        let at = frame.at;
        // The agenda is a stack: the set that comes first is pushed last.
        for set in found.sets.iter().rev() {
            let mut flags = set.iter();
            let is_there = |element: &&Element| element.or.is_none() || flags.next().is_some_and(|flag| *flag);
            let there: Vec<TermId> = elements.iter().filter(is_there).map(|element| element.value).collect();
            if there.is_empty() && !even_none {
                continue;
            }
            let list = self.rules.store.list(&there)?;
            let mut next = frame.clone();
            if !next.bindings.unify(&self.rules.store, result, list) {
                continue;
            }
            for (&or, &is_there) in open.iter().zip(set) {
                self.rest_on(&mut next, if is_there { Literal::Node(or) } else { Literal::Not(or) });
            }
            next.at = at + 1;
            self.agenda.push(Work::Run(next));
        }
        Ok(())
    }

    /// One frame for each group and each value that its aggregate may take.
    fn aggregates(
        &mut self,
        frame: Frame,
        goal: &Goal,
        group: TermId,
        result: TermId,
        elements: &[Element],
    ) -> Result<(), ReasonError> {
        let Some(aggregate) = self.aggregate(&frame, goal)? else { return Ok(()) };
        let mut order: Vec<TermId> = Vec::new();
        let mut groups: FastMap<TermId, Vec<Element>> = FastMap::default();
        for &Element { value, or } in elements {
            let (key, value) = (self.rules.store.arg(value, 0), self.rules.store.arg(value, 1));
            let members = groups.entry(key).or_default();
            if members.is_empty() {
                order.push(key);
            }
            members.push(Element { value, or });
        }
        let at = frame.at;
        for key in order.into_iter().rev() {
            for (value, or) in self.fold(&frame, aggregate, &groups[&key])?.into_iter().rev() {
                let mut next = frame.clone();
                let found = self.pair(key, value)?;
                let fits = next.bindings.unify(&self.rules.store, result, found)
                    && next.bindings.unify(&self.rules.store, group, key);
                if fits {
                    if let Some(or) = or {
                        self.rest_on(&mut next, Literal::Node(or));
                    }
                    next.at = at + 1;
                    self.agenda.push(Work::Run(next));
                }
            }
        }
        Ok(())
    }

    /// The values of an aggregate over at least one element, each with the node that says when it is the value.
    fn fold(
        &mut self,
        frame: &Frame,
        aggregate: Aggregate,
        elements: &[Element],
    ) -> Result<Vec<(TermId, Option<u32>)>, ReasonError> {
        let empty = Partial { count: 0, value: None };
        let mut layer: Vec<(Partial, Option<u32>)> = vec![(empty, None)];
        for element in elements {
            let mut next: Vec<(Partial, Vec<Vec<Literal>>)> = Vec::new();
            let mut index: FastMap<Partial, usize> = FastMap::default();
            let mut add = |partial: Partial, literals: Vec<Literal>| {
                let at = *index.entry(partial).or_insert_with(|| {
                    next.push((partial, Vec::new()));
                    next.len() - 1
                });
                next[at].1.push(literals);
            };
            for &(partial, or) in &layer {
                let before = or.map(Literal::Node);
                let with = self.include(frame, aggregate, partial, element.value)?;
                add(with, before.into_iter().chain(element.or.map(Literal::Node)).collect());
                if let Some(or) = element.or {
                    add(partial, before.into_iter().chain([Literal::Not(or)]).collect());
                }
            }
            self.spend(next.len() as u64)?;
            layer = Vec::with_capacity(next.len());
            for (partial, alternatives) in next {
                let or = match alternatives.iter().any(Vec::is_empty) {
                    true => None,
                    false => {
                        let shown = partial.value.unwrap_or_else(|| self.rules.store.int(partial.count));
                        let or = self.graph.new_or(shown);
                        alternatives.iter().for_each(|literals| self.alternative(frame, or, literals));
                        self.graph.close(or);
                        Some(or)
                    }
                };
                layer.push((partial, or));
            }
        }
        let mut found = Vec::new();
        for (partial, or) in layer.into_iter().filter(|(partial, _)| partial.count > 0 || partial.value.is_some()) {
            let value = match (aggregate, partial.value) {
                (Aggregate::Average, Some(sum)) => {
                    let sum = self.number(frame, sum)?;
                    let average = apply("/", &[sum, Number::Int(partial.count)]);
                    let average = average.map_err(|error| self.arithmetic_error(frame, error))?;
                    number_term(&mut self.rules.store, average)
                }
                (Aggregate::Count, _) | (_, None) => self.rules.store.int(partial.count),
                (_, Some(value)) => value,
            };
            found.push((value, or));
        }
        Ok(found)
    }

    fn include(
        &mut self,
        frame: &Frame,
        aggregate: Aggregate,
        partial: Partial,
        element: TermId,
    ) -> Result<Partial, ReasonError> {
        if aggregate == Aggregate::Count {
            return Ok(Partial { count: partial.count + 1, value: None });
        }
        let new = self.number(frame, element)?;
        let count = if aggregate == Aggregate::Average { partial.count + 1 } else { 0 };
        let old = match partial.value {
            Some(value) => self.number(frame, value)?,
            None if matches!(aggregate, Aggregate::Sum | Aggregate::Average) => Number::Int(0),
            None => new,
        };
        let value = match aggregate {
            Aggregate::Min if new.compare(old).is_ge() => old,
            Aggregate::Max if new.compare(old).is_le() => old,
            Aggregate::Min | Aggregate::Max => new,
            _ => apply("+", &[old, new]).map_err(|error| self.arithmetic_error(frame, error))?,
        };
        Ok(Partial { count, value: Some(number_term(&mut self.rules.store, value)) })
    }

    fn number(&mut self, frame: &Frame, term: TermId) -> Result<Number, ReasonError> {
        match evaluate(&self.rules.store, &frame.bindings, term) {
            Ok(Some(number)) => Ok(number),
            Ok(None) => Err(self.type_error(frame, "numbers")),
            Err(error) => Err(self.arithmetic_error(frame, error)),
        }
    }
}
