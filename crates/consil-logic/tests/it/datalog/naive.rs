//! The reference: every rule over every assignment of constants that its goals allow, again and again until nothing is new.

use std::collections::{BTreeMap, BTreeSet};

use super::generate::{Arg, Atom, Case, Goal, PREDICATES, Value};

pub type Model = BTreeMap<usize, BTreeSet<Vec<Value>>>;

pub fn model(case: &Case) -> Model {
    let mut model: Model = (0..PREDICATES.len()).map(|predicate| (predicate, BTreeSet::new())).collect();
    for (predicate, values) in &case.facts {
        let row = values.iter().map(|&value| case.constants[value].clone()).collect();
        model.entry(*predicate).or_default().insert(row);
    }
    for stratum in [3..5, 5..PREDICATES.len()] {
        loop {
            let mut new = Vec::new();
            for rule in case.rules.iter().filter(|rule| stratum.contains(&rule.head.predicate)) {
                let mut bindings = vec![vec![None; 5]];
                for goal in &rule.body {
                    bindings = bindings.into_iter().flat_map(|binding| extend(case, &model, goal, binding)).collect();
                }
                for binding in bindings {
                    new.push((rule.head.predicate, row(case, &rule.head, &binding)));
                }
            }
            let mut grown = false;
            for (predicate, row) in new {
                grown |= model.entry(predicate).or_default().insert(row);
            }
            if !grown {
                break;
            }
        }
    }
    model
}

type Binding = Vec<Option<Value>>;

fn value(case: &Case, arg: Arg, binding: &Binding) -> Value {
    match arg {
        Arg::Var(variable) => binding[variable].clone().expect("the generator makes safe rules"),
        Arg::Const(constant) => case.constants[constant].clone(),
    }
}

fn row(case: &Case, atom: &Atom, binding: &Binding) -> Vec<Value> {
    atom.args.iter().map(|&arg| value(case, arg, binding)).collect()
}

fn extend(case: &Case, model: &Model, goal: &Goal, binding: Binding) -> Vec<Binding> {
    let keep = |holds: bool| if holds { vec![binding.clone()] } else { Vec::new() };
    match goal {
        Goal::Holds(atom) => {
            model[&atom.predicate].iter().filter_map(|row| matched(case, atom, row, &binding)).collect()
        }
        Goal::Not(atom) => keep(!model[&atom.predicate].contains(&row(case, atom, &binding))),
        Goal::Differ(a, b) => keep(value(case, *a, &binding) != value(case, *b, &binding)),
        // The derived order puts integers before atoms, and atoms by name without their quotes.
        Goal::Before(a, b) => keep(order(&value(case, *a, &binding)) < order(&value(case, *b, &binding))),
        Goal::Same(a, b) => keep(value(case, *a, &binding) == value(case, *b, &binding)),
        Goal::Sum(z, x, y) => match (value(case, *x, &binding), value(case, *y, &binding)) {
            (Value::Int(x), Value::Int(y)) => {
                let mut binding = binding;
                binding[*z] = Some(Value::Int((x + y).rem_euclid(5)));
                vec![binding]
            }
            _ => unreachable!("sums stand in programs of integers"),
        },
    }
}

fn order(value: &Value) -> (u8, i64, &str) {
    match value {
        Value::Int(value) => (0, *value, ""),
        Value::Atom(name) => (1, 0, name.trim_matches('\'')),
    }
}

fn matched(case: &Case, atom: &Atom, row: &[Value], binding: &Binding) -> Option<Binding> {
    let mut binding = binding.clone();
    for (&arg, value) in atom.args.iter().zip(row) {
        match arg {
            Arg::Const(constant) if case.constants[constant] == *value => {}
            Arg::Const(_) => return None,
            Arg::Var(variable) => match &binding[variable] {
                Some(known) if known != value => return None,
                _ => binding[variable] = Some(value.clone()),
            },
        }
    }
    Some(binding)
}
