//! What is wrong with a program: every finding, each with its place and a way to mend it.

use std::fmt;

use crate::span::{Place, Source, Span};

/// The kind of a finding, for callers that react to one kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagnosticKind {
    /// The text is not a clause.
    Syntax,
    /// A clause of a form the language does not have.
    Form,
    /// A variable that nothing can bind before it is needed.
    Unsafe,
    /// A neural predicate names a network that is not declared.
    UnknownNetwork,
    /// A goal calls a predicate that has no clause.
    UnknownPredicate,
    /// The probabilities of an annotated disjunction add up to more than one.
    SumAboveOne,
    /// A probability outside [0, 1].
    Probability,
    /// A clause redefines a built-in predicate.
    Redefinition,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding.
    pub kind: DiagnosticKind,
    /// Where.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// All findings about a program, in the order of their places.
///
/// `Display` renders each as `file:line:column: error: …` with the source line, a caret and the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    sources: Vec<Source>,
    items: Vec<Diagnostic>,
    /// For each item, its source.
    of: Vec<u32>,
}

impl Diagnostics {
    pub(crate) fn new(source: Source, items: Vec<Diagnostic>) -> Self {
        Self::in_sources(vec![source], items.into_iter().map(|item| (0, item)).collect())
    }

    pub(crate) fn in_sources(sources: Vec<Source>, mut items: Vec<(u32, Diagnostic)>) -> Self {
        items.sort_by_key(|(source, item)| (*source, item.span.start));
        let (of, items) = items.into_iter().unzip();
        Self { sources, items, of }
    }

    /// The findings.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// The text that a finding is about.
    pub fn excerpt(&self, item: &Diagnostic) -> &str {
        let index = self.items.iter().position(|other| other == item).unwrap_or(0);
        self.sources[self.of.get(index).map_or(0, |&source| source as usize)].slice(item.span)
    }

    /// The line and column of a finding.
    pub fn place(&self, item: &Diagnostic) -> Place {
        let index = self.items.iter().position(|other| other == item).unwrap_or(0);
        self.sources[self.of.get(index).map_or(0, |&source| source as usize)].place(item.span)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (item, &source)) in self.items.iter().zip(&self.of).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let place = self.sources[source as usize].place(item.span);
            write!(f, "{}: error: {}\n{place}", place.location(), item.message)?;
            if let Some(help) = &item.help {
                write!(f, "\n{}", place.help(help))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
