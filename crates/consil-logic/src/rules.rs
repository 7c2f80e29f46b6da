//! Clauses made ready for evaluation: interned, numbered variables, control flattened into auxiliary predicates.

mod lower;

use std::sync::Arc;

use crate::hash::FastMap;
use crate::program::Program;
use crate::span::{Place, Source, Span};
use crate::store::{Shape, Store, Symbol, TermId};
use crate::{ReasonError, library};

pub(crate) use lower::Lowering;

/// The predicates of a program. Cloning is cheap enough to do for each goal, which adds its own clauses to its copy.
#[derive(Clone, Default)]
pub(crate) struct RuleSet {
    pub(crate) store: Store,
    pub(crate) predicates: Vec<Arc<Predicate>>,
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) choices: Vec<Arc<Choice>>,
    index: FastMap<(Symbol, usize), u32>,
    sources: Vec<Source>,
}

/// The clauses of one name and arity.
#[derive(Clone)]
pub(crate) struct Predicate {
    pub(crate) name: Symbol,
    /// Its clauses may all be read without a table: ground facts, each certain or with a leaf of its own.
    pub(crate) is_flat: bool,
    /// Some clause or declaration makes it known.
    pub(crate) is_defined: bool,
    all: Vec<u32>,
    by_first: FastMap<FirstArg, Vec<u32>>,
    open_first: Vec<u32>,
}

/// What a first argument looks like from outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum FirstArg {
    Constant(TermId),
    Compound(Symbol, usize),
}

#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) predicate: u32,
    pub(crate) head: TermId,
    pub(crate) goals: Vec<Goal>,
    pub(crate) emits: Emits,
    pub(crate) n_vars: u32,
    pub(crate) names: Vec<Arc<str>>,
    source: u32,
    span: Span,
}

/// What a clause's success depends on beyond its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emits {
    Nothing,
    /// A head of a choice.
    Head {
        choice: u32,
        index: u32,
    },
    /// Every class of a network.
    Classes {
        choice: u32,
    },
}

/// A goal of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) code: Code,
    /// What is called, over the clause's variables.
    pub(crate) call: TermId,
    /// The goal as it was written.
    pub(crate) text: TermId,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Code {
    Call(u32),
    Not(u32),
    Builtin,
    Fail,
}

/// A random variable with one copy for each ground instance.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// An annotated disjunction: weights and heads over the clause's variables.
    Disjunction { weights: Vec<TermId>, heads: Vec<TermId> },
    /// A neural predicate; `output` is the clause's variable that takes the class.
    Neural { network: String, inputs: Vec<TermId>, classes: Vec<TermId>, output: Option<u32> },
    /// A fact of the goal whose weight each sample supplies.
    Open { atom: TermId },
}

impl RuleSet {
    pub(crate) fn new(program: &Program) -> Result<Self, ReasonError> {
        let mut rules = RuleSet::default();
        let user = rules.add_source(program.source().clone());
        for (name, arity) in program.dynamic() {
            let name = rules.store.symbol(name);
            let predicate = rules.predicate(name, *arity);
            rules.define(predicate);
        }
        for clause in program.clauses() {
            Lowering::new(&mut rules, user).clause(clause, program.networks())?;
        }
        let library = library::program();
        let source = rules.add_source(library.source().clone());
        let own: Vec<bool> = library
            .clauses()
            .iter()
            .map(|clause| {
                let (name, args) = clause.heads[0].atom.functor().expect("a head is an atom or a compound");
                rules.find(name, args.len()).is_none_or(|id| !rules.predicates[id as usize].is_defined)
            })
            .collect();
        for (clause, _) in library.clauses().iter().zip(own).filter(|(_, own)| *own) {
            Lowering::new(&mut rules, source).clause(clause, &[])?;
        }
        Ok(rules)
    }

    pub(crate) fn add_source(&mut self, source: Source) -> u32 {
        self.sources.push(source);
        self.sources.len() as u32 - 1
    }

    pub(crate) fn find(&self, name: &str, arity: usize) -> Option<u32> {
        self.index.get(&(self.store.find_symbol(name)?, arity)).copied()
    }

    /// The predicate of this name and arity, made if need be.
    pub(crate) fn predicate(&mut self, name: Symbol, arity: usize) -> u32 {
        *self.index.entry((name, arity)).or_insert_with(|| {
            self.predicates.push(Arc::new(Predicate {
                name,
                is_flat: true,
                is_defined: false,
                all: Vec::new(),
                by_first: FastMap::default(),
                open_first: Vec::new(),
            }));
            self.predicates.len() as u32 - 1
        })
    }

    pub(crate) fn define(&mut self, predicate: u32) {
        Arc::make_mut(&mut self.predicates[predicate as usize]).is_defined = true;
    }

    pub(crate) fn add_rule(&mut self, rule: Rule) {
        let id = self.rules.len() as u32;
        let first = match self.store.shape(rule.head) {
            Shape::Compound(_, args) => self.first_arg(args[0]),
            _ => None,
        };
        let ground = self.store.is_ground(rule.head) && rule.goals.is_empty();
        let own_leaf = match rule.emits {
            Emits::Nothing => true,
            Emits::Head { choice, .. } => {
                matches!(&*self.choices[choice as usize], Choice::Open { .. } | Choice::Disjunction { .. })
            }
            Emits::Classes { .. } => false,
        };
        // Two uncertain facts of the same head must meet in a table, or each goal over them would double.
        let uncertain = rule.emits != Emits::Nothing;
        let rules = &self.rules;
        let predicate = Arc::make_mut(&mut self.predicates[rule.predicate as usize]);
        let repeated = || {
            let same = first.and_then(|first| predicate.by_first.get(&first)).unwrap_or(&predicate.all);
            same.iter().any(|&other| {
                let other = &rules[other as usize];
                other.head == rule.head && (uncertain || other.emits != Emits::Nothing)
            })
        };
        predicate.is_flat = predicate.is_flat && ground && own_leaf && !repeated();
        predicate.is_defined = true;
        predicate.all.push(id);
        match first {
            Some(first) => predicate.by_first.entry(first).or_default().push(id),
            None => predicate.open_first.push(id),
        }
        self.rules.push(Arc::new(rule));
    }

    fn first_arg(&self, term: TermId) -> Option<FirstArg> {
        match self.store.shape(term) {
            Shape::Var(_) => None,
            Shape::Compound(name, args) => Some(FirstArg::Compound(name, args.len())),
            _ => Some(FirstArg::Constant(term)),
        }
    }

    /// The clauses whose head may unify with a call.
    pub(crate) fn candidates(&self, predicate: u32, call: TermId) -> Vec<u32> {
        let predicate = &self.predicates[predicate as usize];
        let first = match self.store.shape(call) {
            Shape::Compound(_, args) => self.first_arg(args[0]),
            _ => None,
        };
        match first {
            None => predicate.all.clone(),
            Some(first) => {
                let keyed = predicate.by_first.get(&first).map_or(&[][..], Vec::as_slice);
                keyed.iter().chain(&predicate.open_first).copied().collect()
            }
        }
    }

    pub(crate) fn place(&self, rule: u32) -> Box<Place> {
        let rule = &self.rules[rule as usize];
        Box::new(self.sources[rule.source as usize].place(rule.span))
    }

    /// Name and arity of every predicate, by its number.
    pub(crate) fn indicators(&self) -> Vec<(Symbol, usize)> {
        let mut all: Vec<(u32, (Symbol, usize))> = self.index.iter().map(|(&key, &id)| (id, key)).collect();
        all.sort_unstable_by_key(|&(id, _)| id);
        all.into_iter().map(|(_, key)| key).collect()
    }

    /// Names of all defined predicates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.predicates.iter().filter(|p| p.is_defined).map(|p| self.store.name(p.name))
    }
}
