//! A program: clauses, neural declarations, queries and evidence, as written and with their places.

mod body;
mod check;
mod clause;
mod directive;
mod load;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use consil_diagnostic::nearest;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Diagnostics};
use crate::span::{Place, Source, Span};
use crate::term::Term;

pub(crate) use body::read_body;
pub(crate) use check::SUM_TOLERANCE;
pub(crate) use clause::{Body, Call, Clause, ClauseKind};
pub use load::{ColumnType, Loaded, Loader, Request, RequestKind};
pub(crate) use read::evidence as read_evidence;

/// A program in ProbLog's language, read and checked.
///
/// `Display` writes every clause, query and piece of evidence on a line of its own, in a form that reads back to an
/// equal program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The text that was given, and those that it loaded.
    sources: Vec<Source>,
    clauses: Vec<Clause>,
    networks: Vec<NeuralDecl>,
    /// For each network, its source.
    network_sources: Vec<u32>,
    queries: Vec<Term>,
    /// For each query, its source, its place and its goals.
    asked: Vec<(u32, Span, Body)>,
    evidence: Vec<(Term, bool)>,
    /// For each piece of evidence, its source and its place.
    observed: Vec<(u32, Span)>,
    /// `:- body.`: what holds in no world that counts. Clauses without a head.
    constraints: Vec<Clause>,
    dynamic: Vec<(Arc<str>, usize)>,
    /// `:- unknown(fail)`: a predicate without clauses is false, not an error.
    unknown_fails: bool,
}

/// A neural predicate: `nn(network, [inputs…], Output, [classes…]) :: predicate(…)`.
///
/// For each ground instance of `inputs` the network gives a distribution over `classes`. The binary form
/// `nn(network, [inputs…]) :: predicate(…)` has the two classes `true` and `false`, in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuralDecl {
    /// The name of the network.
    pub network: String,
    /// What the network sees: constants naming a modality (`image`), compounds (`image(0)`), or variables of the head.
    pub inputs: Vec<Term>,
    /// The variable of the head that takes the class; none in the binary form.
    pub output: Option<Arc<str>>,
    /// The classes, ground and distinct.
    pub classes: Vec<Term>,
    /// The head, such as `digit(X, Y)`.
    pub predicate: Term,
    /// Where the declaration stands.
    pub span: Span,
    /// Where the network's name stands.
    pub network_span: Span,
}

/// A head with a probability.
#[derive(Clone, Copy, Debug)]
pub struct UncertainHead<'a> {
    /// The number of its clause, which all ground instances share, as in [`LeafKind::Choice`](crate::LeafKind::Choice).
    pub clause: usize,
    /// Which of the clause's heads it is.
    pub index: usize,
    /// The head.
    pub atom: &'a Term,
    /// Its probability, or the value to start from: a term over the clause's variables.
    pub weight: &'a Term,
    /// Whether it is meant to be learned: `t(0.3)::p(X)` or `t(_)::p(X)`.
    pub is_tunable: bool,
}

impl Program {
    /// Reads a program. `name` is what messages call the source, usually its file's name.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each finding with its place, a message and, where there is one, a remedy.
    pub fn parse(name: &str, source: &str) -> Result<Program, Diagnostics> {
        Self::parse_with(name, source, &mut load::nothing)
    }

    /// Reads a program and, through `loader`, the programs and tables that it names: `:- consult('family.pl')`,
    /// `:- include('family.pl')`, `:- use_module('family.pl')`, `:- load(edge/2, "edges.csv")`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); the loader's own errors stand at the directive that asked.
    pub fn parse_with(name: &str, source: &str, loader: &mut Loader<'_>) -> Result<Program, Diagnostics> {
        let mut findings = Vec::new();
        let program = read::read(Source::new(name, source), loader, &mut findings);
        check::check(&program, &mut findings);
        if findings.is_empty() { Ok(program) } else { Err(Diagnostics::in_sources(program.sources, findings)) }
    }

    /// The text that was read.
    pub fn source(&self) -> &Source {
        &self.sources[0]
    }

    /// The texts that were read: the program's own and those that it loaded.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The neural predicates, in the order of the text.
    pub fn networks(&self) -> &[NeuralDecl] {
        &self.networks
    }

    /// The arguments of `query/1`, in the order of the text.
    pub fn queries(&self) -> &[Term] {
        &self.queries
    }

    /// The heads that have probabilities, in the order of the text.
    pub fn uncertain_heads(&self) -> impl Iterator<Item = UncertainHead<'_>> {
        self.choices().flat_map(|(number, clause)| {
            let heads = clause.heads.iter().enumerate();
            heads.filter_map(move |(index, head)| {
                let weight = head.weight.as_ref()?;
                Some(UncertainHead { clause: number, index, atom: &head.atom, weight, is_tunable: head.is_tunable })
            })
        })
    }

    /// The names and numbers of arguments that it defines or declares, in the standard order, each once.
    pub fn predicates(&self) -> Vec<(&str, usize)> {
        let heads = self.clauses.iter().flat_map(|clause| &clause.heads).filter_map(|head| head.atom.functor());
        let declared = self.dynamic.iter().map(|(name, arity)| (&**name, *arity));
        let mut all: Vec<(&str, usize)> = heads.map(|(name, args)| (name, args.len())).chain(declared).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The clauses with a head of this name, as terms, in the order of the text; all without a name.
    pub fn listing(&self, name: Option<&str>) -> impl Iterator<Item = &Term> {
        let is_meant = move |clause: &&Clause| {
            let named = |head: &clause::Head| head.atom.functor().map(|(found, _)| found) == name;
            name.is_none() || clause.heads.iter().any(named)
        };
        self.clauses.iter().chain(&self.constraints).filter(is_meant).map(|clause| &clause.term)
    }

    /// Where a clause stands, by its number among the clauses with probabilities, networks or decisions.
    pub fn place_of(&self, clause: usize) -> Option<Place> {
        let (_, clause) = self.choices().nth(clause)?;
        Some(self.sources[clause.source as usize].place(clause.span))
    }

    /// The program's own text with other probabilities: for each clause, by its number, those of its heads. What the
    /// program loads stays in its own files.
    pub fn rewritten(&self, probabilities: &BTreeMap<usize, Vec<f64>>) -> String {
        let mut text = String::new();
        let mut end = 0;
        let source = self.source().text();
        for (number, clause) in self.choices().filter(|(_, clause)| clause.source == 0) {
            for (head, probability) in clause.heads.iter().zip(probabilities.get(&number).into_iter().flatten()) {
                if head.weight_span.end > end {
                    text.push_str(&source[end..head.weight_span.start]);
                    // Learning ends long before the eleventh decimal.
                    text.push_str(&format!("{:?}", (probability * 1e10).round() / 1e10));
                    end = head.weight_span.end;
                }
            }
        }
        text + &source[end..]
    }

    /// The clauses that chance, a network or a decision has a part in, numbered as [`LeafKind::Choice`] does.
    ///
    /// [`LeafKind::Choice`]: crate::LeafKind::Choice
    pub(crate) fn choices(&self) -> impl Iterator<Item = (usize, &Clause)> {
        self.clauses.iter().filter(|clause| clause.kind != ClauseKind::Certain).enumerate()
    }

    /// The evidence: atoms with their observed truth.
    pub fn evidence(&self) -> &[(Term, bool)] {
        &self.evidence
    }

    /// Whether the program declares `:- dynamic name/arity`, so that a goal may bring facts of that predicate.
    pub fn takes_facts(&self, name: &str, arity: usize) -> bool {
        self.dynamic.iter().any(|(declared, n)| &**declared == name && *n == arity)
    }

    /// Checks that every network the program names is among `declared`.
    ///
    /// # Errors
    /// A finding for each neural predicate with an unknown network, with the nearest declared name.
    pub fn check_networks(&self, declared: &[&str]) -> Result<(), Diagnostics> {
        let all = self.networks.iter().zip(&self.network_sources);
        let unknown = all.filter(|(decl, _)| !declared.contains(&decl.network.as_str()));
        let finding = |decl: &NeuralDecl| Diagnostic {
            kind: DiagnosticKind::UnknownNetwork,
            span: decl.network_span,
            message: format!("there is no network `{}`", decl.network),
            help: Some(match nearest(&decl.network, declared.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if declared.is_empty() => "no networks are declared".to_owned(),
                None => format!("declared networks: {}", declared.join(", ")),
            }),
        };
        let findings: Vec<_> = unknown.map(|(decl, &source)| (source, finding(decl))).collect();
        if findings.is_empty() { Ok(()) } else { Err(Diagnostics::in_sources(self.sources.clone(), findings)) }
    }

    /// Reads the library, which is part of this crate and has no errors.
    pub(crate) fn read_library(text: &str) -> Program {
        read::read(Source::new("library", text), &mut load::nothing, &mut Vec::new())
    }

    /// Whether the program asks for its own clauses.
    pub(crate) fn reflects(&self) -> bool {
        let defines = |head: &clause::Head| matches!(head.atom.functor(), Some(("clause", [_, _] | [_, _, _])));
        let rules = self.clauses.iter().chain(&self.constraints).filter(|clause| !matches!(clause.body, Body::True));
        !self.clauses.iter().any(|clause| clause.heads.iter().any(defines))
            && rules.map(|clause| &clause.term).chain(&self.queries).any(mentions_clause)
    }

    /// Where the program states a query.
    pub(crate) fn place_of_query(&self, query: &Term) -> Option<Place> {
        let at = self.queries.iter().position(|other| other == query)?;
        let (source, span, _) = self.asked.get(at)?;
        Some(self.sources[*source as usize].place(*span))
    }

    /// Where the pieces of evidence stand that the program states.
    pub(crate) fn places_of_evidence(&self) -> impl Iterator<Item = Place> {
        self.observed.iter().map(|(source, span)| self.sources[*source as usize].place(*span))
    }

    pub(crate) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    pub(crate) fn constraints(&self) -> &[Clause] {
        &self.constraints
    }

    pub(crate) fn unknown_fails(&self) -> bool {
        self.unknown_fails
    }

    /// Predicates declared with `:- dynamic`, whose facts come with each goal.
    pub(crate) fn dynamic(&self) -> &[(Arc<str>, usize)] {
        &self.dynamic
    }
}

/// Whether `clause` stands anywhere in a goal: as a predicate, or as the name of one for `call/N`.
pub(crate) fn mentions_clause(goal: &Term) -> bool {
    let mut pending = vec![goal];
    while let Some(term) = pending.pop() {
        match term.functor() {
            Some(("clause", _)) => return true,
            Some((_, args)) => pending.extend(args),
            None => {}
        }
    }
    false
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, arity) in &self.dynamic {
            writeln!(f, ":- dynamic {}.", Term::compound("/", vec![Term::atom(name), Term::Int(*arity as i64)]))?;
        }
        if self.unknown_fails {
            writeln!(f, ":- unknown(fail).")?;
        }
        for clause in self.clauses.iter().chain(&self.constraints) {
            writeln!(f, "{}.", clause.term)?;
        }
        for (atom, truth) in &self.evidence {
            let truth = Term::atom(if *truth { "true" } else { "false" });
            writeln!(f, "{}.", Term::compound("evidence", vec![atom.clone(), truth]))?;
        }
        for query in &self.queries {
            writeln!(f, "{}.", Term::compound("query", vec![query.clone()]))?;
        }
        Ok(())
    }
}
