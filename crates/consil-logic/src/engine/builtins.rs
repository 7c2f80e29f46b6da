//! Built-in predicates over the bindings of a frame.

use std::cmp::Ordering;

use super::bindings::Bindings;
use crate::budget::{Budget, Limit};
use crate::error::ReasonError;
use crate::number::{ArithmeticError, Number, apply};
use crate::store::{Shape, Store, TermId};

/// How a built-in goal ended.
pub(super) enum Outcome {
    Once,
    Fails,
    /// It holds with the term equal to each of the values in turn.
    Each(TermId, Vec<TermId>),
    /// A variable needs a value first.
    Lacks,
    Error(BuiltinError),
}

#[derive(Debug)]
pub(super) enum BuiltinError {
    Arithmetic(ArithmeticError),
    Type(&'static str),
    Limit(ReasonError),
}

impl From<ReasonError> for BuiltinError {
    fn from(error: ReasonError) -> Self {
        BuiltinError::Limit(error)
    }
}

impl From<ArithmeticError> for BuiltinError {
    fn from(error: ArithmeticError) -> Self {
        BuiltinError::Arithmetic(error)
    }
}

/// Runs a goal.
pub(super) fn run(store: &mut Store, bindings: &mut Bindings, goal: TermId, budget: &Budget) -> Outcome {
    let (name, args) = match store.shape(goal) {
        Shape::Compound(name, args) => (store.name(name).to_owned(), args.to_vec()),
        _ => return Outcome::Fails,
    };
    let result = match args[..] {
        [a] => unary(store, bindings, &name, a),
        [a, b] => binary(store, bindings, &name, a, b),
        [a, b, c] => ternary(store, bindings, &name, [a, b, c], budget),
        _ => Ok(Outcome::Fails),
    };
    result.unwrap_or_else(Outcome::Error)
}

type Done = Result<Outcome, BuiltinError>;

fn holds(condition: bool) -> Done {
    Ok(if condition { Outcome::Once } else { Outcome::Fails })
}

fn unary(store: &mut Store, bindings: &Bindings, name: &str, a: TermId) -> Done {
    let walked = bindings.walk(store, a);
    let shape = store.shape(walked);
    holds(match name {
        "var" => matches!(shape, Shape::Var(_)),
        "nonvar" => !matches!(shape, Shape::Var(_)),
        "atom" => matches!(shape, Shape::Atom(_)),
        "number" => matches!(shape, Shape::Int(_) | Shape::Float(_)),
        "integer" => matches!(shape, Shape::Int(_)),
        "float" => matches!(shape, Shape::Float(_)),
        "atomic" => !matches!(shape, Shape::Var(_) | Shape::Compound(..)),
        "compound" => matches!(shape, Shape::Compound(..)),
        "is_list" => {
            let list = bindings.resolve(store, a)?;
            store.list_items(list).is_some()
        }
        _ => {
            let term = bindings.resolve(store, a)?;
            store.is_ground(term)
        }
    })
}

fn binary(store: &mut Store, bindings: &mut Bindings, name: &str, a: TermId, b: TermId) -> Done {
    match name {
        "=" => holds(bindings.unify(store, a, b)),
        "is" => match evaluate(store, bindings, b)? {
            None => Ok(Outcome::Lacks),
            Some(value) => {
                let value = number_term(store, value);
                holds(bindings.unify(store, a, value))
            }
        },
        "=:=" | "=\\=" | "<" | ">" | "=<" | ">=" => {
            let (Some(x), Some(y)) = (evaluate(store, bindings, a)?, evaluate(store, bindings, b)?) else {
                return Ok(Outcome::Lacks);
            };
            holds(compares(name, x.compare(y)))
        }
        "\\=" => {
            let (a, b) = (bindings.resolve(store, a)?, bindings.resolve(store, b)?);
            if a != b && !bindings.clone().unify(store, a, b) {
                return Ok(Outcome::Once);
            }
            Ok(if a == b { Outcome::Fails } else { Outcome::Lacks })
        }
        "==" | "\\==" => {
            let (a, b) = (bindings.resolve(store, a)?, bindings.resolve(store, b)?);
            holds((a == b) == (name == "=="))
        }
        "@<" | "@>" | "@=<" | "@>=" => {
            let (a, b) = (bindings.resolve(store, a)?, bindings.resolve(store, b)?);
            holds(compares(&name[1..], store.compare(a, b)))
        }
        "=.." => univ(store, bindings, a, b),
        "length" => length(store, bindings, a, b),
        _ => list_result(store, bindings, name, a, b),
    }
}

fn compares(operator: &str, order: Ordering) -> bool {
    match operator {
        "=:=" => order.is_eq(),
        "=\\=" => order.is_ne(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "=<" => order.is_le(),
        _ => order.is_ge(),
    }
}

/// `sum_list`, `max_list`, `min_list`, `msort` and `sort` of a proper list.
fn list_result(store: &mut Store, bindings: &mut Bindings, name: &str, list: TermId, result: TermId) -> Done {
    let list = bindings.resolve(store, list)?;
    let Some(mut items) = store.list_items(list) else {
        return if store.is_ground(list) { Err(BuiltinError::Type("a list")) } else { Ok(Outcome::Lacks) };
    };
    if matches!(name, "msort" | "sort") {
        items.sort_by(|&a, &b| store.compare(a, b));
        if name == "sort" {
            items.dedup();
        }
        let sorted = store.list(&items)?;
        return holds(bindings.unify(store, result, sorted));
    }
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        match evaluate(store, bindings, item)? {
            Some(number) => numbers.push(number),
            None => return Ok(Outcome::Lacks),
        }
    }
    let folded = match name {
        "max_list" => numbers.into_iter().reduce(|a, b| if b.compare(a).is_gt() { b } else { a }),
        "min_list" => numbers.into_iter().reduce(|a, b| if b.compare(a).is_lt() { b } else { a }),
        _ => Some(numbers.into_iter().try_fold(Number::Int(0), |sum, number| apply("+", &[sum, number]))?),
    };
    let Some(folded) = folded else { return Ok(Outcome::Fails) };
    let folded = number_term(store, folded);
    holds(bindings.unify(store, result, folded))
}

fn length(store: &mut Store, bindings: &mut Bindings, list: TermId, length: TermId) -> Done {
    let mut n = 0i64;
    let mut rest = bindings.walk(store, list);
    while let Shape::Compound(functor, &[_, tail]) = store.shape(rest) {
        if functor != store.cons {
            return Ok(Outcome::Fails);
        }
        n += 1;
        rest = bindings.walk(store, tail);
    }
    if rest == store.nil {
        let n = store.int(n);
        return holds(bindings.unify(store, length, n));
    }
    let wanted = bindings.walk(store, length);
    match (store.shape(rest), store.shape(wanted)) {
        (Shape::Var(_), Shape::Int(wanted)) if wanted >= n => {
            let missing =
                usize::try_from(wanted - n).map_err(|_| BuiltinError::Type("a list length that fits memory"))?;
            if missing > 10_000_000 {
                return Err(BuiltinError::Type("a list of at most ten million elements"));
            }
            let first = bindings.grow(missing);
            let items: Vec<TermId> = (first..).take(missing).map(|index| store.var(index)).collect();
            let tail = store.list(&items)?;
            holds(bindings.unify(store, rest, tail))
        }
        (Shape::Var(_), Shape::Var(_)) => Ok(Outcome::Lacks),
        _ => Ok(Outcome::Fails),
    }
}

fn univ(store: &mut Store, bindings: &mut Bindings, term: TermId, list: TermId) -> Done {
    let term = bindings.resolve(store, term)?;
    let parts = match store.shape(term) {
        Shape::Compound(functor, args) => {
            let args = args.to_vec();
            let mut parts = vec![store.symbol_term(functor)];
            parts.extend(args);
            parts
        }
        Shape::Var(_) => {
            let list = bindings.resolve(store, list)?;
            let Some(parts) = store.list_items(list) else { return Ok(Outcome::Lacks) };
            let built = match (parts.first().map(|&first| store.shape(first)), &parts[..]) {
                (Some(Shape::Atom(functor)), [_, args @ ..]) => store.compound(functor, args)?,
                (Some(Shape::Var(_)), _) => return Ok(Outcome::Lacks),
                (Some(_), [constant]) => *constant,
                _ => return Err(BuiltinError::Type("a list that begins with an atom")),
            };
            return holds(bindings.unify(store, term, built));
        }
        _ => vec![term],
    };
    let parts = store.list(&parts)?;
    holds(bindings.unify(store, list, parts))
}

fn ternary(store: &mut Store, bindings: &mut Bindings, name: &str, [a, b, c]: [TermId; 3], budget: &Budget) -> Done {
    match name {
        "between" => {
            let (Some(low), Some(high)) = (evaluate(store, bindings, a)?, evaluate(store, bindings, b)?) else {
                return Ok(Outcome::Lacks);
            };
            let (Number::Int(low), Number::Int(high)) = (low, high) else {
                return Err(BuiltinError::Type("integer bounds"));
            };
            let value = bindings.walk(store, c);
            match store.shape(value) {
                Shape::Int(value) => holds((low..=high).contains(&value)),
                Shape::Var(_) => {
                    let n = high.saturating_sub(low).saturating_add(1).max(0) as usize;
                    if n > budget.max_answers {
                        return Err(ReasonError::Budget { limit: Limit::Answers(budget.max_answers) }.into());
                    }
                    Ok(Outcome::Each(value, (low..=high).map(|value| store.int(value)).collect()))
                }
                _ => Err(BuiltinError::Type("an integer")),
            }
        }
        "functor" => functor(store, bindings, a, b, c),
        _ => {
            let (index, term) = (bindings.walk(store, a), bindings.walk(store, b));
            let Shape::Compound(_, args) = store.shape(term) else {
                return Ok(if matches!(store.shape(term), Shape::Var(_)) { Outcome::Lacks } else { Outcome::Fails });
            };
            let args = args.to_vec();
            match store.shape(index) {
                Shape::Int(index) => {
                    match usize::try_from(index).ok().and_then(|index| args.get(index.wrapping_sub(1))) {
                        Some(&arg) => holds(bindings.unify(store, c, arg)),
                        None => Ok(Outcome::Fails),
                    }
                }
                Shape::Var(_) => Ok(Outcome::Lacks),
                _ => Err(BuiltinError::Type("an integer")),
            }
        }
    }
}

fn functor(store: &mut Store, bindings: &mut Bindings, term: TermId, name: TermId, arity: TermId) -> Done {
    let term = bindings.walk(store, term);
    let (symbol, n) = match store.shape(term) {
        Shape::Var(_) => {
            let (name, arity) = (bindings.walk(store, name), bindings.walk(store, arity));
            let built = match (store.shape(name), store.shape(arity)) {
                (Shape::Var(_), _) | (_, Shape::Var(_)) => return Ok(Outcome::Lacks),
                (_, Shape::Int(0)) => name,
                (Shape::Atom(functor), Shape::Int(arity @ 1..=1024)) => {
                    let first = bindings.grow(arity as usize);
                    let args: Vec<TermId> = (first..).take(arity as usize).map(|index| store.var(index)).collect();
                    store.compound(functor, &args)?
                }
                _ => return Err(BuiltinError::Type("an atom and its number of arguments")),
            };
            return holds(bindings.unify(store, term, built));
        }
        Shape::Compound(functor, args) => {
            let n = args.len();
            (store.symbol_term(functor), n)
        }
        _ => (term, 0),
    };
    let n = store.int(n as i64);
    holds(bindings.unify(store, name, symbol) && bindings.unify(store, arity, n))
}

pub(super) fn number_term(store: &mut Store, value: Number) -> TermId {
    match value {
        Number::Int(value) => store.int(value),
        Number::Float(value) => store.float(value),
    }
}

/// The value of an arithmetic expression; nothing if it contains an unbound variable. Iterative: an expression that a
/// program builds may be deep.
pub(super) fn evaluate(store: &Store, bindings: &Bindings, term: TermId) -> Result<Option<Number>, ArithmeticError> {
    enum Todo {
        Term(TermId),
        Apply(TermId, usize),
    }
    let mut todo = vec![Todo::Term(term)];
    let mut values: Vec<Number> = Vec::new();
    while let Some(next) = todo.pop() {
        match next {
            Todo::Term(term) => {
                let term = bindings.walk(store, term);
                match store.shape(term) {
                    Shape::Var(_) => return Ok(None),
                    Shape::Int(value) => values.push(Number::Int(value)),
                    Shape::Float(value) => values.push(Number::Float(value)),
                    Shape::Str(text) => return Err(ArithmeticError::NotANumber(store.name(text).to_owned())),
                    Shape::Atom(_) => todo.push(Todo::Apply(term, 0)),
                    Shape::Compound(_, args) => {
                        todo.push(Todo::Apply(term, args.len()));
                        todo.extend(args.iter().rev().map(|&arg| Todo::Term(arg)));
                    }
                }
            }
            Todo::Apply(term, n_args) => {
                let (functor, _) = store.functor(term).expect("only atoms and compounds are applied");
                let args = values.split_off(values.len() - n_args);
                values.push(apply(store.name(functor), &args)?);
            }
        }
    }
    Ok(values.pop())
}
