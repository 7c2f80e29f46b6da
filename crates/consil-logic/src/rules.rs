//! Clauses made ready for evaluation: interned, numbered variables, control flattened into auxiliary predicates.

pub(crate) mod library;
mod lower;

use std::sync::Arc;

use consil_diagnostic::nearest;

use crate::hash::FastMap;
use crate::program::{Body, Program};
use crate::span::{Place, Source, Span};
use crate::store::{Shape, Store, Symbol, TermId};
use crate::term::Term;
use crate::{ReasonError, builtin};

pub(crate) use lower::Lowering;

/// The predicates of a program. Cloning is cheap enough to do for each goal, which adds its own clauses to its copy.
#[derive(Clone, Default)]
pub(crate) struct RuleSet {
    pub(crate) store: Store,
    pub(crate) predicates: Vec<Arc<Predicate>>,
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) choices: Vec<Arc<Choice>>,
    /// For each `:- body.`, the predicate that must not hold.
    pub(crate) constraints: Vec<u32>,
    /// Whether a clause puts atoms together, so that a program may call what it does not name.
    pub(crate) makes_names: bool,
    /// Whether a predicate without clauses is false rather than an error.
    pub(crate) unknown_fails: bool,
    index: FastMap<(Symbol, usize), u32>,
    /// The library's predicates have names of their own, so that a program may define the same ones.
    library: FastMap<(Symbol, usize), u32>,
    /// Choices of the library, which come before the program's.
    pub(crate) n_library_choices: usize,
    sources: Vec<Source>,
}

/// The clauses of one name and arity.
#[derive(Clone)]
pub(crate) struct Predicate {
    pub(crate) name: Symbol,
    pub(crate) arity: usize,
    /// Its clauses may all be read without a table: ground facts, each certain or with a leaf of its own.
    pub(crate) is_flat: bool,
    /// Some clause or declaration makes it known.
    pub(crate) is_defined: bool,
    /// It stands for a conditional: its second clause begins with the negation of the condition.
    pub(crate) is_conditional: bool,
    /// What a part of a clause stands for, over its own arguments.
    pub(crate) text: Option<TermId>,
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
    /// A built-in that covers the usual modes of a predicate of the library.
    Shortcut(u32),
    /// `call/N`: the goal is known only when it is reached.
    Dynamic,
    /// A goal about all answers of the predicate.
    Collect(Collect, u32),
    /// The first arguments of a predicate's clauses.
    FirstArguments,
    Fail,
}

/// What is made of all answers of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collect {
    /// `findall/3`: the list of one element for each derivation.
    Derivations,
    /// `all/3`: the list of the distinct answers, if there is any; `all_or_none/3` if there is none, too.
    Answers { even_none: bool },
    /// `aggregate/5`.
    Aggregate,
    /// `subquery/2,3`: each answer with its probability.
    Probability,
    /// `possible/1`: each answer, whatever its probability.
    Possible,
}

/// A random variable with one copy for each ground instance.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// An annotated disjunction: weights and heads over the clause's variables. There is a copy for each value of those
    /// variables that the heads or the body's own goals have.
    Disjunction { weights: Vec<TermId>, heads: Vec<TermId>, instance: Vec<u32> },
    /// A neural predicate; `output` is the clause's variable that takes the class.
    Neural { network: String, inputs: Vec<TermId>, classes: Vec<TermId>, output: Option<u32> },
    /// A fact of the goal whose weight each sample supplies, or a decision of the program; the atom is over the clause's
    /// variables.
    Open { atom: TermId },
}

/// The library is the first source of all.
const LIBRARY_SOURCE: u32 = 0;

impl Rule {
    /// Whether the clause, or what it was made for, stands in the library.
    pub(crate) fn is_of_library(&self) -> bool {
        self.source == LIBRARY_SOURCE
    }
}

impl RuleSet {
    pub(crate) fn new(program: &Program) -> Result<Self, ReasonError> {
        let mut rules = library::rules().clone();
        rules.unknown_fails = program.unknown_fails();
        let first = rules.sources.len() as u32;
        rules.sources.extend(program.sources().iter().cloned());
        let heads = program.clauses().iter().flat_map(|clause| &clause.heads).filter_map(|head| head.atom.functor());
        let dynamic = program.dynamic().iter().map(|(name, arity)| (&**name, *arity));
        for (name, arity) in heads.map(|(name, args)| (name, args.len())).chain(dynamic) {
            let name = rules.store.symbol(name);
            let predicate = rules.predicate(name, arity);
            rules.define(predicate);
        }
        if program.reflects() {
            rules.reflect(program)?;
        }
        for clause in program.clauses() {
            Lowering::new(&mut rules, first + clause.source).clause(clause, program.networks())?;
        }
        for (index, clause) in program.constraints().iter().enumerate() {
            let name = format!("$constraint{index}");
            let lowering = Lowering::new(&mut rules, first + clause.source);
            let predicate = lowering.query(&name, &[], &clause.body, clause.span)?;
            rules.constraints.push(predicate);
        }
        Ok(rules)
    }

    /// Adds what `clause/2` and `clause/3` find: a fact for each head of each clause of the program.
    pub(crate) fn reflect(&mut self, program: &Program) -> Result<(), ReasonError> {
        let first = self.sources.len() as u32;
        self.sources.extend(program.sources().iter().cloned());
        for clause in program.clauses() {
            let body = match clause.term.args_of::<2>(":-").or_else(|| clause.term.args_of::<2>("<-")) {
                Some([_, body]) => body.clone(),
                None => Term::atom("true"),
            };
            for head in &clause.heads {
                let weight = head.weight.clone().unwrap_or(Term::Float(1.0));
                let pair = vec![head.atom.clone(), body.clone()];
                let triple = pair.iter().cloned().chain([weight]).collect();
                for fact in [Term::compound("clause", pair), Term::compound("clause", triple)] {
                    Lowering::new(self, first + clause.source).fact(None, &fact)?;
                }
            }
        }
        Ok(())
    }

    /// The rules of the library itself.
    pub(crate) fn of_library(library: &Program) -> Result<Self, ReasonError> {
        let mut rules = RuleSet::default();
        rules.sources.extend(library.sources().iter().cloned());
        for (name, args) in library.clauses().iter().flat_map(|clause| &clause.heads).filter_map(|h| h.atom.functor()) {
            let name = rules.store.symbol(name);
            let predicate = rules.predicate(name, args.len());
            rules.define(predicate);
        }
        for clause in library.clauses() {
            Lowering::new(&mut rules, LIBRARY_SOURCE).clause(clause, &[])?;
        }
        rules.library = std::mem::take(&mut rules.index);
        rules.n_library_choices = rules.choices.len();
        // What the library calls by a name that it made begins with `collect_`.
        rules.makes_names = false;
        Ok(rules)
    }

    pub(crate) fn add_source(&mut self, source: Source) -> u32 {
        self.sources.push(source);
        self.sources.len() as u32 - 1
    }

    /// A predicate of the program, or else of the library.
    pub(crate) fn find(&self, name: &str, arity: usize) -> Option<u32> {
        let key = (self.store.find_symbol(name)?, arity);
        let own = self.index.get(&key).copied();
        own.filter(|&id| self.predicates[id as usize].is_defined).or_else(|| self.library.get(&key).copied()).or(own)
    }

    /// Whether the program itself defines the predicate.
    pub(crate) fn is_own(&self, name: &str, arity: usize) -> bool {
        let key = self.store.find_symbol(name).map(|name| (name, arity));
        let own = key.and_then(|key| self.index.get(&key));
        own.is_some_and(|&id| self.predicates[id as usize].is_defined)
    }

    /// Whether the program may ask for the list of a goal's derivations.
    pub(crate) fn may_count_derivations(&self) -> bool {
        self.makes_names || self.store.find_symbol("findall").is_some()
    }

    /// Says what a part of a clause stands for, for messages.
    pub(crate) fn set_text(&mut self, predicate: u32, text: TermId) {
        Arc::make_mut(&mut self.predicates[predicate as usize]).text = Some(text);
    }

    pub(crate) fn set_conditional(&mut self, predicate: u32) {
        Arc::make_mut(&mut self.predicates[predicate as usize]).is_conditional = true;
    }

    /// The ground first arguments of a predicate's clauses, each once, in the order of the clauses.
    pub(crate) fn first_arguments(&self, predicate: u32) -> Vec<TermId> {
        let mut found: Vec<TermId> = Vec::new();
        for &rule in &self.predicates[predicate as usize].all {
            if let Shape::Compound(_, args) = self.store.shape(self.rules[rule as usize].head)
                && self.store.is_ground(args[0])
                && !found.contains(&args[0])
            {
                found.push(args[0]);
            }
        }
        found
    }

    /// The predicate of this name and arity, made if need be.
    pub(crate) fn predicate(&mut self, name: Symbol, arity: usize) -> u32 {
        *self.index.entry((name, arity)).or_insert_with(|| {
            self.predicates.push(Arc::new(Predicate {
                name,
                arity,
                is_flat: true,
                is_defined: false,
                is_conditional: false,
                text: None,
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
        // The other heads of a choice, or its probabilities, may have variables although this head has none.
        let ground = rule.n_vars == 0 && rule.goals.is_empty();
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

    /// Takes a clause out of its predicate.
    pub(crate) fn remove(&mut self, id: u32) {
        let rule = &self.rules[id as usize];
        let first = match self.store.shape(rule.head) {
            Shape::Compound(_, args) => self.first_arg(args[0]),
            _ => None,
        };
        let predicate = Arc::make_mut(&mut self.predicates[rule.predicate as usize]);
        predicate.all.retain(|&other| other != id);
        match first.and_then(|first| predicate.by_first.get_mut(&first)) {
            Some(same) => same.retain(|&other| other != id),
            None => predicate.open_first.retain(|&other| other != id),
        }
    }

    /// Gives a ground fact another random variable of its own, or none. Its first head is the fact.
    pub(crate) fn set_choice(&mut self, id: u32, choice: Option<Choice>) {
        let emits = match choice {
            None => Emits::Nothing,
            Some(choice) => {
                self.choices.push(Arc::new(choice));
                Emits::Head { choice: self.choices.len() as u32 - 1, index: 0 }
            }
        };
        Arc::make_mut(&mut self.rules[id as usize]).emits = emits;
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

    /// The source and the place of a rule, for rules that are made on its behalf.
    pub(crate) fn origin(&self, rule: u32) -> (u32, Span) {
        let rule = &self.rules[rule as usize];
        (rule.source, rule.span)
    }

    /// A rule without goals that stands for a step which no clause writes down, such as one element of a collected list.
    pub(crate) fn add_step(&mut self, like: u32) -> u32 {
        let Rule { predicate, source, span, .. } = *self.rules[like as usize];
        let head = self.store.atom("true");
        let (goals, names) = (Vec::new(), Vec::new());
        self.rules.push(Arc::new(Rule {
            predicate,
            head,
            goals,
            emits: Emits::Nothing,
            n_vars: 0,
            names,
            source,
            span,
        }));
        self.rules.len() as u32 - 1
    }

    /// All clauses of a predicate.
    pub(crate) fn clauses_of(&self, predicate: u32) -> &[u32] {
        &self.predicates[predicate as usize].all
    }

    pub(crate) fn place(&self, rule: u32) -> Box<Place> {
        let rule = &self.rules[rule as usize];
        Box::new(self.sources[rule.source as usize].place(rule.span))
    }

    /// The program's own predicates, those of goals and auxiliary ones among them, in the order of their numbers.
    pub(crate) fn own(&self) -> Vec<(u32, (Symbol, usize))> {
        let mut all: Vec<(u32, (Symbol, usize))> = self.index.iter().map(|(&key, &id)| (id, key)).collect();
        all.sort_unstable_by_key(|&(id, _)| id);
        all
    }

    /// Refuses goals that nothing defines.
    pub(crate) fn check_known(&self, body: &Body) -> Result<(), ReasonError> {
        for call in body.all_calls() {
            let (name, arity) = call.indicator();
            let defined = self.find(name, arity).is_some_and(|id| self.predicates[id as usize].is_defined);
            if !defined && !builtin::is_builtin(name, arity) && !self.unknown_fails {
                return Err(self.unknown(name, arity));
            }
        }
        Ok(())
    }

    /// The error of a goal that nothing defines, with what may have been meant.
    pub(crate) fn unknown(&self, name: &str, arity: usize) -> ReasonError {
        let candidates = self.names().filter(|name| !name.starts_with('$')).chain(crate::library::names());
        let suggestion = nearest(name, candidates).map(str::to_owned);
        ReasonError::UnknownPredicate { name: format!("{name}/{arity}"), suggestion }
    }

    /// Names of all defined predicates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.predicates.iter().filter(|p| p.is_defined).map(|p| self.store.name(p.name))
    }
}
