//! Random safe, stratified Datalog programs.

use std::fmt;

use proptest::prelude::*;

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Int(i64),
    Atom(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    Var(usize),
    Const(usize),
}

#[derive(Clone, Debug)]
pub struct Atom {
    pub predicate: usize,
    pub args: Vec<Arg>,
}

#[derive(Clone, Debug)]
pub enum Goal {
    Holds(Atom),
    Not(Atom),
    Differ(Arg, Arg),
    Before(Arg, Arg),
    Same(Arg, Arg),
    /// `Z is (X + Y) mod 5`, in programs of integers only.
    Sum(usize, Arg, Arg),
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub head: Atom,
    pub body: Vec<Goal>,
}

#[derive(Clone)]
pub struct Case {
    pub constants: Vec<Value>,
    /// Predicate and constants.
    pub facts: Vec<(usize, Vec<usize>)>,
    pub rules: Vec<Rule>,
}

/// Three given predicates, two that depend on each other, and two above them. Facts may be given for any.
pub const PREDICATES: [(&str, usize); 8] =
    [("a", 1), ("e", 2), ("t", 3), ("p", 1), ("q", 2), ("r", 2), ("s", 3), ("go", 0)];
const GIVEN: usize = 3;
const VARIABLES: [&str; 5] = ["X", "Y", "Z", "W", "V"];

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Case {
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, arity) in PREDICATES {
            text += &format!(":- dynamic {name}/{arity}.\n");
        }
        for (predicate, values) in &self.facts {
            text += &format!("{}.\n", self.atom(*predicate, values));
        }
        for rule in &self.rules {
            let body: Vec<String> = rule.body.iter().map(|goal| self.goal(goal)).collect();
            text += &format!("{} :- {}.\n", self.show(&rule.head), body.join(", "));
        }
        text
    }

    pub fn atom(&self, predicate: usize, values: &[usize]) -> String {
        self.show(&Atom { predicate, args: values.iter().map(|&value| Arg::Const(value)).collect() })
    }

    pub fn show(&self, atom: &Atom) -> String {
        let name = PREDICATES[atom.predicate].0;
        let args: Vec<String> = atom.args.iter().map(|&arg| self.arg(arg)).collect();
        if args.is_empty() { name.to_owned() } else { format!("{name}({})", args.join(", ")) }
    }

    fn arg(&self, arg: Arg) -> String {
        match arg {
            Arg::Var(variable) => VARIABLES[variable].to_owned(),
            Arg::Const(value) => self.constants[value].to_string(),
        }
    }

    fn goal(&self, goal: &Goal) -> String {
        match goal {
            Goal::Holds(atom) => self.show(atom),
            Goal::Not(atom) => format!("\\+ {}", self.show(atom)),
            Goal::Differ(a, b) => format!("{} \\== {}", self.arg(*a), self.arg(*b)),
            Goal::Before(a, b) => format!("{} @< {}", self.arg(*a), self.arg(*b)),
            Goal::Same(a, b) => format!("{} = {}", self.arg(*a), self.arg(*b)),
            Goal::Sum(z, x, y) => format!("{} is ({} + {}) mod 5", VARIABLES[*z], self.arg(*x), self.arg(*y)),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Int(value) => write!(f, "{value}"),
            Value::Atom(name) => write!(f, "{name}"),
        }
    }
}

const N_CONSTANTS: usize = 6;

pub fn case() -> impl Strategy<Value = Case> {
    let fact = (0..PREDICATES.len() - 1, prop::collection::vec(0..N_CONSTANTS, 3));
    // Most facts are of given predicates.
    let fact = fact.prop_map(|(predicate, values)| {
        let predicate = if values.iter().sum::<usize>() % 4 == 0 { predicate } else { predicate % GIVEN };
        (predicate, values[..PREDICATES[predicate].1].to_vec())
    });
    let facts = prop::collection::vec(fact, 0..30);
    (any::<bool>(), facts, prop::collection::vec(rule(), 1..9)).prop_map(|(integers, facts, mut rules)| {
        let constants = if integers {
            (0..N_CONSTANTS as i64).map(Value::Int).collect()
        } else {
            [Value::Int(0), Value::Int(-1), Value::Int(1 << 40)]
                .into_iter()
                .chain(["b", "c", "'D e'"].map(Value::Atom))
                .collect()
        };
        if !integers {
            rules.retain(|rule| !rule.body.iter().any(|goal| matches!(goal, Goal::Sum(..))));
        }
        Case { constants, facts, rules }
    })
}

fn args(n: usize) -> impl Strategy<Value = Vec<Arg>> {
    let arg = prop_oneof![5 => (0..4usize).prop_map(Arg::Var), 1 => (0..N_CONSTANTS).prop_map(Arg::Const)];
    prop::collection::vec(arg, n)
}

fn rule() -> impl Strategy<Value = Rule> {
    let positive = prop::collection::vec((0..PREDICATES.len(), args(3)), 1..4);
    let extra = prop::option::of((0..5u8, 0..PREDICATES.len(), args(3)));
    (3..PREDICATES.len(), args(3), positive, extra, any::<prop::sample::Index>()).prop_map(
        |(head, head_args, positive, extra, pick)| {
            // The upper stratum begins at predicate 5: below it, nothing of it may be called.
            let limit = if head < 5 { 5 } else { PREDICATES.len() };
            let mut body: Vec<Goal> = Vec::new();
            let mut bound: Vec<usize> = Vec::new();
            for (predicate, args) in positive {
                let predicate = predicate % limit;
                let args = args[..PREDICATES[predicate].1].to_vec();
                bound.extend(args.iter().filter_map(|arg| match arg {
                    Arg::Var(variable) => Some(*variable),
                    Arg::Const(_) => None,
                }));
                body.push(Goal::Holds(Atom { predicate, args }));
            }
            let mut extra_bound = None;
            if let Some((kind, predicate, args)) = extra {
                let args: Vec<Arg> = args.into_iter().map(|arg| safe(arg, &bound, pick)).collect();
                body.push(match kind {
                    0 => {
                        let predicate = predicate % if head < 5 { GIVEN } else { 5 };
                        Goal::Not(Atom { predicate, args: args[..PREDICATES[predicate].1].to_vec() })
                    }
                    1 => Goal::Differ(args[0], args[1]),
                    2 => Goal::Before(args[0], args[1]),
                    3 => Goal::Same(args[0], args[1]),
                    _ => {
                        extra_bound = Some(4);
                        Goal::Sum(4, args[0], args[1])
                    }
                });
            }
            let mut args: Vec<Arg> =
                head_args[..PREDICATES[head].1].iter().map(|&arg| safe(arg, &bound, pick)).collect();
            if let (Some(sum), Some(first)) = (extra_bound, args.first_mut()) {
                *first = Arg::Var(sum);
            }
            Rule { head: Atom { predicate: head, args }, body }
        },
    )
}

/// The argument, or one that has a value.
fn safe(arg: Arg, bound: &[usize], pick: prop::sample::Index) -> Arg {
    match arg {
        Arg::Var(variable) if !bound.contains(&variable) => {
            if bound.is_empty() {
                Arg::Const(pick.index(N_CONSTANTS))
            } else {
                Arg::Var(bound[pick.index(bound.len())])
            }
        }
        arg => arg,
    }
}
