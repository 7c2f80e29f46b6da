//! A program: clauses, neural declarations, queries and evidence, as written and with their places.

mod check;
mod clause;
mod read;

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Diagnostics};
use crate::nearest::nearest;
use crate::span::{Source, Span};
use crate::term::Term;

pub(crate) use clause::{Body, Call, Clause, ClauseKind};

/// A program in ProbLog's language, read and checked.
///
/// `Display` writes every clause, query and piece of evidence on a line of its own, in a form that reads back to an
/// equal program.
#[derive(Clone, Debug)]
pub struct Program {
    source: Source,
    clauses: Vec<Clause>,
    networks: Vec<NeuralDecl>,
    queries: Vec<Term>,
    evidence: Vec<(Term, bool)>,
    dynamic: Vec<(Arc<str>, usize)>,
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

/// Reads a goal, such as a query.
pub(crate) fn read_goal(text: &str) -> Result<Body, Diagnostics> {
    let expr = crate::syntax::parse_single_expr(text)?;
    read::read_body(&expr).map_err(|finding| Diagnostics::new(Source::new("query", text), vec![finding]))
}

impl Program {
    /// Reads a program. `name` is what messages call the source, usually its file's name.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each finding with its place, a message and, where there is one, a remedy.
    pub fn parse(name: &str, source: &str) -> Result<Program, Diagnostics> {
        let source = Source::new(name, source);
        let mut findings = Vec::new();
        let program = read::read(source.clone(), &mut findings);
        check::check(&program, &mut findings);
        if findings.is_empty() { Ok(program) } else { Err(Diagnostics::new(source, findings)) }
    }

    /// The text that was read.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The neural predicates, in the order of the text.
    pub fn networks(&self) -> &[NeuralDecl] {
        &self.networks
    }

    /// The arguments of `query/1`, in the order of the text.
    pub fn queries(&self) -> &[Term] {
        &self.queries
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
        let unknown = self.networks.iter().filter(|decl| !declared.contains(&decl.network.as_str()));
        let findings: Vec<Diagnostic> = unknown
            .map(|decl| Diagnostic {
                kind: DiagnosticKind::UnknownNetwork,
                span: decl.network_span,
                message: format!("there is no network `{}`", decl.network),
                help: Some(match nearest(&decl.network, declared.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if declared.is_empty() => "no networks are declared".to_owned(),
                    None => format!("declared networks: {}", declared.join(", ")),
                }),
            })
            .collect();
        if findings.is_empty() { Ok(()) } else { Err(Diagnostics::new(self.source.clone(), findings)) }
    }

    /// Reads the library, which is part of this crate and has no errors.
    pub(crate) fn read_library(text: &str) -> Program {
        read::read(Source::new("library", text), &mut Vec::new())
    }

    pub(crate) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Predicates declared with `:- dynamic`, whose facts come with each goal.
    pub(crate) fn dynamic(&self) -> &[(Arc<str>, usize)] {
        &self.dynamic
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, arity) in &self.dynamic {
            writeln!(f, ":- dynamic {}.", Term::compound("/", vec![Term::atom(name), Term::Int(*arity as i64)]))?;
        }
        for clause in &self.clauses {
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
