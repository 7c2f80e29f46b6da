//! Examples in ProbLog's notation: blocks of evidence, parted by lines that begin with `---`.

use super::Interpretation;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Diagnostics};
use crate::program::read_evidence;
use crate::span::{Place, Source};
use crate::syntax::expr::Expr;
use crate::syntax::parse_clauses;
use crate::term::Term;

/// What a file of examples holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The examples, in the order of the text.
    pub interpretations: Vec<Interpretation>,
    /// Where each begins.
    pub places: Vec<Place>,
}

/// Reads examples: `evidence(a)`, `evidence(b, false)`, and facts that hold in that example only. Blocks that say nothing are
/// passed over. `name` is what messages call the text.
///
/// # Errors
/// Every finding with its place.
pub fn read_examples(name: &str, text: &str) -> Result<Examples, Diagnostics> {
    let mut borders = Vec::new();
    let mut clauses_only = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("---") {
            borders.push(clauses_only.len());
            // As long as the line, so that places stay what they are.
            clauses_only.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            clauses_only.push_str(line);
        }
    }
    let source = Source::new(name, text);
    let mut findings = Vec::new();
    let mut examples = Examples { interpretations: Vec::new(), places: Vec::new() };
    let mut block = None;
    for expr in parse_clauses(&clauses_only, &mut findings) {
        let of = borders.partition_point(|&border| border < expr.span.start);
        if block != Some(of) {
            block = Some(of);
            examples.interpretations.push(Interpretation::new(Vec::new()));
            examples.places.push(source.place(expr.span));
        }
        if let Some(example) = examples.interpretations.last_mut()
            && let Err(finding) = add(example, &expr)
        {
            findings.push(finding);
        }
    }
    if findings.is_empty() { Ok(examples) } else { Err(Diagnostics::new(source, findings)) }
}

fn add(example: &mut Interpretation, expr: &Expr) -> Result<(), Diagnostic> {
    if let Some(evidence) = read_evidence(expr)? {
        example.evidence.push(evidence);
        return Ok(());
    }
    let fact = expr.term();
    let is_fact = |term: &Term| term.is_ground() && !matches!(term.functor(), None | Some((":-" | "<-" | "?-", _)));
    if !is_fact(fact.args_of::<2>("::").map_or(&fact, |[_, atom]| atom)) {
        return Err(Diagnostic {
            kind: DiagnosticKind::Form,
            span: expr.span,
            message: "an example has only evidence and ground facts".to_owned(),
            help: Some(
                "write `evidence(a).`, `evidence(b, false).`, or `edge(1, 2).` for what is so in this example".into(),
            ),
        });
    }
    example.facts.push(fact);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_examples() {
        let text = "evidence(a).\nevidence(b, false).\n---\n% nothing\n--- next ---\nedge(1, 2). 0.5::edge(2, 3).\nevidence(\\+c).\n";
        let examples = read_examples("data.pl", text).unwrap_or_else(|error| panic!("{error}"));
        let [first, second] = &examples.interpretations[..] else { panic!("{examples:?}") };
        assert_eq!(first.evidence, [(Term::atom("a"), true), (Term::atom("b"), false)]);
        assert_eq!(second.evidence, [(Term::atom("c"), false)]);
        assert_eq!(second.facts.len(), 2);
        assert_eq!([examples.places[0].line, examples.places[1].line], [1, 6]);
    }

    #[test]
    fn what_is_no_example_is_shown() {
        let error = read_examples("data.pl", "evidence(a).\n---\nb :- a.\n").err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.starts_with("data.pl:3:1: error: an example has only")));
    }
}
