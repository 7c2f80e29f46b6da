//! Hash-consed terms: equal terms have equal ids, and ground subterms are shared for free.
//!
//! A variable is a number whose meaning depends on who holds the term: in a clause it is the clause's variable, in a
//! call or an answer the n-th distinct variable from the left, in a frame an index into the frame's bindings.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::budget::Limit;
use crate::error::ReasonError;
use crate::hash::{FastMap, IdTable, WordHasher};
use crate::term::{CONS, NIL, Term, float_to_int};
use std::hash::Hasher;

/// A term in a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TermId(u32);

impl TermId {
    /// Its place in the store: terms are numbered in the order in which they were made.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// An interned name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol(u32);

/// The outermost layer of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    Var(u32),
    Int(i64),
    Float(f64),
    Atom(Symbol),
    Str(Symbol),
    Compound(Symbol, &'a [TermId]),
}

#[derive(Clone, Copy, PartialEq)]
enum Node {
    Var(u32),
    Int(i64),
    /// The bits of a float, so that equality is identity.
    Float(u64),
    Atom(Symbol),
    Str(Symbol),
    Compound {
        functor: Symbol,
        start: u32,
        len: u32,
    },
}

#[derive(Clone, Copy)]
struct Facts {
    ground: bool,
    /// Levels of nesting along arguments other than the last: how deep a recursion over the term goes.
    depth: u16,
}

/// Terms nested deeper than this along arguments other than the last are refused; lists are not affected.
const MAX_DEPTH: u16 = 1000;

#[derive(Clone)]
pub(crate) struct Store {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    args: Vec<TermId>,
    index: IdTable,
    names: Vec<Arc<str>>,
    symbols: FastMap<Arc<str>, Symbol>,
    pub(crate) cons: Symbol,
    pub(crate) nil: TermId,
}

impl Default for Store {
    fn default() -> Self {
        let mut store = Self {
            nodes: Vec::new(),
            facts: Vec::new(),
            args: Vec::new(),
            index: IdTable::default(),
            names: Vec::new(),
            symbols: FastMap::default(),
            cons: Symbol(0),
            nil: TermId(0),
        };
        store.cons = store.symbol(CONS);
        store.nil = store.atom(NIL);
        store
    }
}

impl Store {
    /// How many distinct terms there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(name) {
            return symbol;
        }
        let name: Arc<str> = name.into();
        let symbol = Symbol(self.names.len() as u32);
        self.names.push(name.clone());
        self.symbols.insert(name, symbol);
        symbol
    }

    pub(crate) fn find_symbol(&self, name: &str) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    pub(crate) fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol.0 as usize]
    }

    pub(crate) fn shape(&self, term: TermId) -> Shape<'_> {
        match self.nodes[term.0 as usize] {
            Node::Var(index) => Shape::Var(index),
            Node::Int(value) => Shape::Int(value),
            Node::Float(bits) => Shape::Float(f64::from_bits(bits)),
            Node::Atom(symbol) => Shape::Atom(symbol),
            Node::Str(symbol) => Shape::Str(symbol),
            Node::Compound { functor, start, len } => {
                Shape::Compound(functor, &self.args[start as usize..(start + len) as usize])
            }
        }
    }

    /// The `index`-th argument of a compound.
    pub(crate) fn arg(&self, term: TermId, index: usize) -> TermId {
        match self.nodes[term.0 as usize] {
            Node::Compound { start, len, .. } if index < len as usize => self.args[start as usize + index],
            _ => unreachable!("the caller has seen a compound of this arity"),
        }
    }

    /// Name and number of arguments of an atom or a compound.
    pub(crate) fn functor(&self, term: TermId) -> Option<(Symbol, usize)> {
        match self.shape(term) {
            Shape::Atom(name) => Some((name, 0)),
            Shape::Compound(name, args) => Some((name, args.len())),
            _ => None,
        }
    }

    pub(crate) fn is_ground(&self, term: TermId) -> bool {
        self.facts[term.0 as usize].ground
    }

    pub(crate) fn var(&mut self, index: u32) -> TermId {
        self.intern(Node::Var(index), Facts { ground: false, depth: 0 })
    }

    pub(crate) fn int(&mut self, value: i64) -> TermId {
        self.intern(Node::Int(value), Facts { ground: true, depth: 0 })
    }

    pub(crate) fn float(&mut self, value: f64) -> TermId {
        self.intern(Node::Float(value.to_bits()), Facts { ground: true, depth: 0 })
    }

    pub(crate) fn atom(&mut self, name: &str) -> TermId {
        let symbol = self.symbol(name);
        self.symbol_term(symbol)
    }

    pub(crate) fn symbol_term(&mut self, symbol: Symbol) -> TermId {
        self.intern(Node::Atom(symbol), Facts { ground: true, depth: 0 })
    }

    fn intern(&mut self, node: Node, facts: Facts) -> TermId {
        let hash = hash_simple(node);
        if let Some(id) = self.index.find(hash, |id| self.nodes[id as usize] == node) {
            return TermId(id);
        }
        self.add(node, facts, hash)
    }

    /// `functor(args…)`.
    ///
    /// # Errors
    /// Where the term would be nested too deeply.
    pub(crate) fn compound(&mut self, functor: Symbol, args: &[TermId]) -> Result<TermId, ReasonError> {
        let Some((&last, front)) = args.split_last() else { return Ok(self.symbol_term(functor)) };
        let hash = hash_compound(functor, args);
        let same = |id: u32| match self.nodes[id as usize] {
            Node::Compound { functor: other, start, len } => {
                other == functor && self.args[start as usize..(start + len) as usize] == *args
            }
            _ => false,
        };
        if let Some(id) = self.index.find(hash, same) {
            return Ok(TermId(id));
        }
        let of = |term: TermId| self.facts[term.0 as usize];
        let depth = front.iter().map(|&arg| of(arg).depth + 1).max().unwrap_or(0).max(of(last).depth);
        if depth > MAX_DEPTH {
            return Err(ReasonError::Budget { limit: Limit::TermDepth(MAX_DEPTH.into()) });
        }
        let ground = args.iter().all(|&arg| of(arg).ground);
        let start = self.args.len() as u32;
        self.args.extend_from_slice(args);
        Ok(self.add(Node::Compound { functor, start, len: args.len() as u32 }, Facts { ground, depth }, hash))
    }

    fn add(&mut self, node: Node, facts: Facts, hash: u64) -> TermId {
        let id = self.nodes.len() as u32;
        self.nodes.push(node);
        self.facts.push(facts);
        let (nodes, args) = (&self.nodes, &self.args);
        self.index.insert(hash, id, |id| match nodes[id as usize] {
            Node::Compound { functor, start, len } => {
                hash_compound(functor, &args[start as usize..(start + len) as usize])
            }
            simple => hash_simple(simple),
        });
        TermId(id)
    }

    pub(crate) fn list(&mut self, items: &[TermId]) -> Result<TermId, ReasonError> {
        let cons = self.cons;
        items.iter().rev().try_fold(self.nil, |tail, &item| self.compound(cons, &[item, tail]))
    }

    /// Rebuilds a term with each variable replaced. Recursion is along all arguments but the last, and so bounded.
    pub(crate) fn replace(
        &mut self,
        term: TermId,
        by: &mut dyn FnMut(&mut Store, u32) -> Result<TermId, ReasonError>,
    ) -> Result<TermId, ReasonError> {
        // Cells waiting for their last argument.
        let mut open: Vec<(Symbol, Vec<TermId>)> = Vec::new();
        let mut current = term;
        let mut built = loop {
            if self.is_ground(current) {
                break current;
            }
            match self.nodes[current.0 as usize] {
                Node::Var(index) => break by(self, index)?,
                Node::Compound { functor, start, len } => {
                    let mut args = Vec::with_capacity(len as usize);
                    for at in start..start + len - 1 {
                        let arg = self.args[at as usize];
                        args.push(self.replace(arg, by)?);
                    }
                    open.push((functor, args));
                    current = self.args[(start + len - 1) as usize];
                }
                _ => break current,
            }
        };
        while let Some((functor, mut args)) = open.pop() {
            args.push(built);
            built = self.compound(functor, &args)?;
        }
        Ok(built)
    }

    /// Adds a public term; `variable` numbers its variables.
    pub(crate) fn import(
        &mut self,
        term: &Term,
        variable: &mut dyn FnMut(&Arc<str>) -> u32,
    ) -> Result<TermId, ReasonError> {
        // On the heap, since nothing bounds the depth of a public term before it is here.
        let mut todo: Vec<(&Term, bool)> = vec![(term, false)];
        let mut done: Vec<TermId> = Vec::new();
        while let Some((term, is_open)) = todo.pop() {
            let built = match term {
                Term::Var(name) => {
                    let index = variable(name);
                    self.var(index)
                }
                Term::Int(value) => self.int(*value),
                Term::Float(value) => self.float(*value),
                Term::Atom(name) => self.atom(name),
                Term::Str(text) => {
                    let symbol = self.symbol(text);
                    self.intern(Node::Str(symbol), Facts { ground: true, depth: 0 })
                }
                Term::Compound(compound) if is_open => {
                    let functor = self.symbol(compound.functor());
                    let args = done.split_off(done.len() - compound.args().len());
                    self.compound(functor, &args)?
                }
                Term::Compound(compound) => {
                    todo.push((term, true));
                    todo.extend(compound.args().iter().rev().map(|arg| (arg, false)));
                    continue;
                }
            };
            done.push(built);
        }
        Ok(done.pop().expect("the term itself is built last"))
    }

    /// A public copy; `variable` names the variables.
    pub(crate) fn export(&self, term: TermId, variable: &dyn Fn(u32) -> Arc<str>) -> Term {
        let mut open: Vec<(Symbol, Vec<Term>)> = Vec::new();
        let mut current = term;
        let mut built = loop {
            match self.shape(current) {
                Shape::Var(index) => break Term::Var(variable(index)),
                Shape::Int(value) => break Term::Int(value),
                Shape::Float(value) => break Term::Float(value),
                Shape::Atom(symbol) => break Term::Atom(self.names[symbol.0 as usize].clone()),
                Shape::Str(symbol) => break Term::Str(self.names[symbol.0 as usize].clone()),
                Shape::Compound(functor, args) => {
                    let (&last, front) = args.split_last().expect("a compound has arguments");
                    open.push((functor, front.iter().map(|&arg| self.export(arg, variable)).collect()));
                    current = last;
                }
            }
        };
        while let Some((functor, mut args)) = open.pop() {
            args.push(built);
            built = Term::compound(self.name(functor), args);
        }
        built
    }

    /// The standard order of terms, as [`Term`]'s: variables by number, numbers by value, strings, atoms, compounds by arity,
    /// name and arguments.
    pub(crate) fn compare(&self, a: TermId, b: TermId) -> Ordering {
        let mut pending = vec![(a, b)];
        while let Some((a, b)) = pending.pop() {
            // Equal terms have equal ids.
            if a == b {
                continue;
            }
            let order = match (self.shape(a), self.shape(b)) {
                (Shape::Compound(f, xs), Shape::Compound(g, ys)) => {
                    let order = xs.len().cmp(&ys.len()).then_with(|| self.name(f).cmp(self.name(g)));
                    pending.extend(xs.iter().copied().zip(ys.iter().copied()).rev());
                    order
                }
                (Shape::Var(x), Shape::Var(y)) => x.cmp(&y),
                (Shape::Atom(x), Shape::Atom(y)) | (Shape::Str(x), Shape::Str(y)) => self.name(x).cmp(self.name(y)),
                (Shape::Int(x), Shape::Int(y)) => x.cmp(&y),
                (Shape::Float(x), Shape::Float(y)) => x.total_cmp(&y),
                (Shape::Float(x), Shape::Int(y)) => float_to_int(x, y),
                (Shape::Int(x), Shape::Float(y)) => float_to_int(y, x).reverse(),
                (x, y) => rank(x).cmp(&rank(y)),
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    pub(crate) fn bytes(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + size_of::<Facts>())
            + self.args.len() * size_of::<TermId>()
            + self.index.bytes()
            + self.names.iter().map(|name| name.len() + 64).sum::<usize>()
    }
}

/// The place of a term's kind in the standard order.
fn rank(shape: Shape) -> u8 {
    match shape {
        Shape::Var(_) => 0,
        Shape::Int(_) | Shape::Float(_) => 1,
        Shape::Str(_) => 2,
        Shape::Atom(_) => 3,
        Shape::Compound(..) => 4,
    }
}

fn hash_simple(node: Node) -> u64 {
    let mut hasher = WordHasher::default();
    let (kind, word) = match node {
        Node::Var(index) => (1, u64::from(index)),
        Node::Int(value) => (2, value as u64),
        Node::Float(bits) => (3, bits),
        Node::Atom(symbol) => (4, u64::from(symbol.0)),
        Node::Str(symbol) => (5, u64::from(symbol.0)),
        Node::Compound { .. } => unreachable!("compounds are hashed with their arguments"),
    };
    hasher.word(kind);
    hasher.word(word);
    hasher.finish()
}

fn hash_compound(functor: Symbol, args: &[TermId]) -> u64 {
    let mut hasher = WordHasher::default();
    hasher.word(6 + (u64::from(functor.0) << 8));
    args.iter().for_each(|arg| hasher.word(u64::from(arg.0)));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of stored terms against that of public ones, which is another implementation.
    #[test]
    fn stored_terms_have_the_standard_order() {
        let texts = [
            "_",
            "-1.5",
            "-0.0",
            "0.0",
            "1.0",
            "1",
            "2",
            "9007199254740993",
            "9007199254740992.0",
            "\"a\"",
            "\"b\"",
            "a",
            "b",
            "[]",
            "f(a)",
            "f(b)",
            "g(a)",
            "a(a, b)",
            "a(a, 1)",
            "[1, 2]",
            "[1, 2, 3]",
            "[2]",
            "f(f(1.0))",
            "f(f(1))",
        ];
        let mut store = Store::default();
        let terms: Vec<Term> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let ids: Vec<TermId> = terms.iter().map(|term| store.import(term, &mut |_| 0).unwrap()).collect();
        for (a, x) in ids.iter().zip(&terms) {
            for (b, y) in ids.iter().zip(&terms) {
                assert_eq!(store.compare(*a, *b), x.cmp(y), "{x} and {y}");
            }
        }
    }
}
