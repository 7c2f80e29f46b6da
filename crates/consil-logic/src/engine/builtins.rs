//! Built-in predicates over the bindings of a frame.

mod lists;
mod terms;
mod text;

use std::cmp::Ordering;

use super::bindings::{Bindings, canonical};
use crate::budget::Budget;
use crate::error::ReasonError;
use crate::number::{ArithmeticError, Number, Top};
use crate::store::{Shape, Store, TermId};

/// How a built-in goal ended.
pub(super) enum Outcome {
    Once,
    Fails,
    /// It holds with the term equal to each of the values in turn.
    Each(TermId, Vec<TermId>),
    /// A variable needs a value first.
    Lacks,
    /// This mode is left to the library's clauses.
    Elsewhere,
    Error(BuiltinError),
}

#[derive(Debug)]
pub(super) enum BuiltinError {
    Arithmetic(ArithmeticError),
    Type(&'static str),
    Raised(String),
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

type Done = Result<Outcome, BuiltinError>;

/// What a built-in works on.
struct Frame<'a> {
    store: &'a mut Store,
    bindings: &'a mut Bindings,
    budget: &'a Budget,
}

/// Runs a goal.
pub(super) fn run(store: &mut Store, bindings: &mut Bindings, goal: TermId, budget: &Budget) -> Outcome {
    let Some((functor, _)) = store.functor(goal) else { return Outcome::Fails };
    let name = store.name(functor).to_owned();
    let args = match store.shape(goal) {
        Shape::Compound(_, args) => args.to_vec(),
        _ => Vec::new(),
    };
    let mut frame = Frame { store, bindings, budget };
    frame.run(&name, &args).unwrap_or_else(Outcome::Error)
}

fn holds(condition: bool) -> Done {
    Ok(if condition { Outcome::Once } else { Outcome::Fails })
}

impl Frame<'_> {
    fn run(&mut self, name: &str, args: &[TermId]) -> Done {
        match (name, args) {
            ("nl", []) | ("write" | "writeln" | "writenl" | "debugprint", _) => Ok(Outcome::Once),
            ("error", _) => self.raise(args),
            ("cmd_args", &[list]) => {
                let none = self.store.nil;
                self.equal(list, none)
            }
            (_, &[a]) => self.unary(name, a),
            (_, &[a, b]) => self.binary(name, a, b),
            (_, &[a, b, c]) => self.ternary(name, a, b, c),
            ("sub_string" | "sub_atom", &[text, before, length, after, part]) => {
                self.parts_of_text(text, [before, length, after, part])
            }
            ("enum_groups", &[keys, values, key, group]) => self.enumerate_groups(keys, values, key, group),
            _ => Ok(Outcome::Fails),
        }
    }

    fn equal(&mut self, a: TermId, b: TermId) -> Done {
        holds(self.bindings.unify(self.store, a, b))
    }

    fn walk(&self, term: TermId) -> TermId {
        self.bindings.walk(self.store, term)
    }

    fn shape(&self, term: TermId) -> Shape<'_> {
        self.store.shape(self.walk(term))
    }

    fn resolve(&mut self, term: TermId) -> Result<TermId, BuiltinError> {
        Ok(self.bindings.resolve(self.store, term)?)
    }

    fn is_unbound(&self, term: TermId) -> bool {
        matches!(self.shape(term), Shape::Var(_))
    }

    fn integer(&self, term: TermId) -> Option<i64> {
        match self.shape(term) {
            Shape::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of a proper list, as far as they have values.
    fn items(&self, list: TermId) -> Option<Vec<TermId>> {
        let mut items = Vec::new();
        let mut rest = self.walk(list);
        while let Shape::Compound(functor, &[head, tail]) = self.store.shape(rest) {
            if functor != self.store.cons {
                return None;
            }
            items.push(head);
            rest = self.walk(tail);
        }
        (rest == self.store.nil).then_some(items)
    }

    /// What to do with something that is no proper list: wait if it may become one.
    fn no_list(&mut self, list: TermId) -> Done {
        let mut rest = self.walk(list);
        while let Shape::Compound(functor, &[_, tail]) = self.store.shape(rest) {
            if functor != self.store.cons {
                break;
            }
            rest = self.walk(tail);
        }
        if self.is_unbound(rest) { Ok(Outcome::Lacks) } else { Err(BuiltinError::Type("a list")) }
    }

    /// A tuple of terms, to be equal to each of several tuples of values in turn.
    fn tuple(&mut self, terms: &[TermId]) -> Result<TermId, BuiltinError> {
        let functor = self.store.symbol("$tuple");
        Ok(self.store.compound(functor, terms)?)
    }

    fn unary(&mut self, name: &str, a: TermId) -> Done {
        let shape = self.shape(a);
        holds(match name {
            "var" => matches!(shape, Shape::Var(_)),
            "nonvar" => !matches!(shape, Shape::Var(_)),
            "atom" => matches!(shape, Shape::Atom(_)),
            "string" => matches!(shape, Shape::Str(_)),
            "number" => matches!(shape, Shape::Int(_) | Shape::Float(_)),
            "integer" => matches!(shape, Shape::Int(_)),
            "float" => matches!(shape, Shape::Float(_)),
            "atomic" | "primitive" => !matches!(shape, Shape::Var(_) | Shape::Compound(..)),
            "simple" => !matches!(shape, Shape::Compound(..)),
            "compound" => matches!(shape, Shape::Compound(..)),
            "callable" => matches!(shape, Shape::Atom(_) | Shape::Compound(..)),
            "is_list" => self.items(a).is_some(),
            "ground" => {
                let term = self.resolve(a)?;
                self.store.is_ground(term)
            }
            // There are no rationals and no database references.
            _ => false,
        })
    }

    fn binary(&mut self, name: &str, a: TermId, b: TermId) -> Done {
        match name {
            "=" => self.equal(a, b),
            "is" => match evaluate(self.store, self.bindings, b)? {
                None => Ok(Outcome::Lacks),
                Some(value) => {
                    let value = number_term(self.store, value);
                    self.equal(a, value)
                }
            },
            "=:=" | "=\\=" | "<" | ">" | "=<" | ">=" => {
                let (x, y) = (evaluate(self.store, self.bindings, a)?, evaluate(self.store, self.bindings, b)?);
                match (x, y) {
                    (Some(x), Some(y)) => holds(compares(name, x.compare(y))),
                    _ => Ok(Outcome::Lacks),
                }
            }
            "\\=" => holds(!self.bindings.clone().unify(self.store, a, b)),
            "==" | "\\==" => {
                let (a, b) = (self.resolve(a)?, self.resolve(b)?);
                holds((a == b) == (name == "=="))
            }
            "=@=" | "\\=@=" => {
                let (a, b) = (self.resolve(a)?, self.resolve(b)?);
                let (a, b) = (canonical(self.store, a)?, canonical(self.store, b)?);
                holds((a == b) == (name == "=@="))
            }
            "@<" | "@>" | "@=<" | "@>=" => {
                let (a, b) = (self.resolve(a)?, self.resolve(b)?);
                holds(compares(&name[1..], self.store.compare(a, b)))
            }
            "=.." => self.univ(a, b),
            "copy_term" => self.copy_term(a, b),
            "subsumes_term" | "subsumes_chk" => self.subsumes(a, b),
            "numbervars" => {
                let zero = self.store.int(0);
                self.number_variables(a, zero, b)
            }
            "varnumbers" => self.name_variables(a, b),
            "succ" => self.successor(a, b),
            "atom_number" => self.atom_number(a, b),
            "atom_length" => self.atom_length(a, b),
            "concat" => self.concat(a, b),
            "lst2str" => self.concat(a, b),
            "str2lst" => self.characters(a, b),
            "str2int" => self.string_integer(a, b),
            _ => self.list_binary(name, a, b),
        }
    }

    fn ternary(&mut self, name: &str, a: TermId, b: TermId, c: TermId) -> Done {
        match name {
            "between" => self.between(a, b, c),
            "plus" => self.plus([a, b, c]),
            "compare" => self.compare(a, b, c),
            "functor" => self.functor(a, b, c),
            "arg" => self.argument(a, b, c),
            "numbervars" => self.number_variables(a, b, c),
            "join" => self.join(a, b, c),
            _ => self.list_ternary(name, a, b, c),
        }
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

pub(super) fn number_term(store: &mut Store, value: Number) -> TermId {
    match value {
        Number::Int(value) => store.int(value),
        Number::Float(value) => store.float(value),
    }
}

/// The value of an arithmetic expression; nothing if it contains an unbound variable.
pub(super) fn evaluate(store: &Store, bindings: &Bindings, term: TermId) -> Result<Option<Number>, ArithmeticError> {
    crate::number::evaluate(term, |term, args| match store.shape(bindings.walk(store, term)) {
        Shape::Var(_) => Ok(Top::Unbound),
        Shape::Int(value) => Ok(Top::Number(Number::Int(value))),
        Shape::Float(value) => Ok(Top::Number(Number::Float(value))),
        Shape::Str(text) => Err(ArithmeticError::NotANumber(store.name(text).to_owned())),
        Shape::Atom(name) => Ok(Top::Function(store.name(name))),
        Shape::Compound(name, parts) => {
            args.extend_from_slice(parts);
            Ok(Top::Function(store.name(name)))
        }
    })
}
