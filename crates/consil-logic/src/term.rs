//! Terms: what rules speak about.

mod order;

use std::sync::Arc;

pub(crate) use order::float_to_int;

/// The functor of a list cell.
pub(crate) const CONS: &str = "[|]";
/// The empty list.
pub(crate) const NIL: &str = "[]";

/// A Prolog term, with named variables.
///
/// Terms are immutable and cheap to clone. Equality is structural; `Ord` is Prolog's standard order (variables, numbers
/// by value, strings, atoms, compounds by arity, name and arguments). `Display` writes a term that parses back to itself.
/// Terms may be of any depth: no operation recurses.
#[derive(Clone, Debug)]
pub enum Term {
    /// A variable, by name.
    Var(Arc<str>),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// An atom such as `a`, `'New York'`, `[]` or `+`.
    Atom(Arc<str>),
    /// A double-quoted string.
    Str(Arc<str>),
    /// A functor with at least one argument.
    Compound(Compound),
}

/// A functor applied to arguments.
#[derive(Clone, Debug)]
pub struct Compound {
    functor: Arc<str>,
    args: Arc<[Term]>,
}

impl Compound {
    /// The functor's name.
    pub fn functor(&self) -> &str {
        &self.functor
    }

    /// The arguments, at least one.
    pub fn args(&self) -> &[Term] {
        &self.args
    }
}

impl Drop for Compound {
    // Lists are nested cells; the default drop would recurse once per element.
    fn drop(&mut self) {
        if !self.args.iter().any(|arg| matches!(arg, Term::Compound(_))) {
            return;
        }
        let mut pending = vec![std::mem::take(&mut self.args)];
        while let Some(mut args) = pending.pop() {
            for arg in Arc::get_mut(&mut args).into_iter().flatten() {
                if let Term::Compound(inner) = arg {
                    pending.push(std::mem::take(&mut inner.args));
                }
            }
        }
    }
}

impl Term {
    /// A variable called `name`.
    pub fn var(name: &str) -> Self {
        Term::Var(name.into())
    }

    /// The atom `name`.
    pub fn atom(name: &str) -> Self {
        Term::Atom(name.into())
    }

    /// `functor(args…)`; an atom if there are no arguments.
    pub fn compound(functor: &str, args: Vec<Term>) -> Self {
        if args.is_empty() {
            Term::atom(functor)
        } else {
            Term::Compound(Compound { functor: functor.into(), args: args.into() })
        }
    }

    /// The list of `items`.
    pub fn list(items: Vec<Term>) -> Self {
        Self::list_with_tail(items, Term::atom(NIL))
    }

    /// `[items… | tail]`.
    pub fn list_with_tail(items: Vec<Term>, tail: Term) -> Self {
        items.into_iter().rev().fold(tail, |tail, item| Term::compound(CONS, vec![item, tail]))
    }

    /// Name and arguments of an atom or a compound.
    pub fn functor(&self) -> Option<(&str, &[Term])> {
        match self {
            Term::Atom(name) => Some((name, &[])),
            Term::Compound(compound) => Some((compound.functor(), compound.args())),
            _ => None,
        }
    }

    /// The arguments if the term is `functor(…)` with `N` arguments.
    pub fn args_of<const N: usize>(&self, functor: &str) -> Option<&[Term; N]> {
        match self {
            Term::Compound(compound) if compound.functor() == functor => compound.args().try_into().ok(),
            _ => None,
        }
    }

    /// The elements, if the term is a proper list.
    pub fn list_items(&self) -> Option<Vec<&Term>> {
        let mut items = Vec::new();
        let mut rest = self;
        while let Some([head, tail]) = rest.args_of(CONS) {
            items.push(head);
            rest = tail;
        }
        matches!(rest, Term::Atom(name) if &**name == NIL).then_some(items)
    }

    /// Whether the term has no variables.
    pub fn is_ground(&self) -> bool {
        let mut pending = vec![self];
        while let Some(term) = pending.pop() {
            match term {
                Term::Var(_) => return false,
                Term::Compound(compound) => pending.extend(compound.args()),
                _ => {}
            }
        }
        true
    }

    /// The term with every variable replaced.
    pub(crate) fn substitute(&self, value: &dyn Fn(&Arc<str>) -> Term) -> Term {
        let mut todo: Vec<(&Term, bool)> = vec![(self, false)];
        let mut done: Vec<Term> = Vec::new();
        while let Some((term, is_open)) = todo.pop() {
            match term {
                Term::Var(name) => done.push(value(name)),
                Term::Compound(compound) if is_open => {
                    let args = done.split_off(done.len() - compound.args().len());
                    done.push(Term::compound(compound.functor(), args));
                }
                Term::Compound(compound) => {
                    todo.push((term, true));
                    todo.extend(compound.args().iter().rev().map(|arg| (arg, false)));
                }
                constant => done.push(constant.clone()),
            }
        }
        done.pop().expect("the term itself is built last")
    }

    /// Whether giving values to this term's variables makes it the other one, whose own variables are constants here.
    pub fn subsumes(&self, other: &Term) -> bool {
        let mut values: Vec<(&str, &Term)> = Vec::new();
        let mut pending = vec![(self, other)];
        while let Some((general, special)) = pending.pop() {
            match (general, special) {
                (Term::Var(name), _) => match values.iter().find(|(known, _)| *known == &**name) {
                    Some((_, value)) if *value != special => return false,
                    Some(_) => {}
                    None => values.push((name, special)),
                },
                (Term::Compound(a), Term::Compound(b))
                    if a.functor() == b.functor() && a.args().len() == b.args().len() =>
                {
                    pending.extend(a.args().iter().zip(b.args()));
                }
                (Term::Compound(_), _) => return false,
                _ if general != special => return false,
                _ => {}
            }
        }
        true
    }

    /// The names of the variables, each once, in the order of their first occurrence.
    pub fn variables(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut seen: std::collections::HashSet<&str> = std::collections::HashSet::new();
        let mut pending = vec![self];
        while let Some(term) = pending.pop() {
            match term {
                Term::Var(name) if seen.insert(name) => names.push(name.clone()),
                Term::Compound(compound) => pending.extend(compound.args().iter().rev()),
                _ => {}
            }
        }
        names
    }
}

impl From<i64> for Term {
    fn from(value: i64) -> Self {
        Term::Int(value)
    }
}

impl From<f64> for Term {
    fn from(value: f64) -> Self {
        Term::Float(value)
    }
}
