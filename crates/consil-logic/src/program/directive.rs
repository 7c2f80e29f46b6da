//! `:- …`: declarations, libraries, files, and what must not hold.

use super::body::read_body;
use super::clause::{Body, Clause, ClauseKind, Head};
use super::load::text_of;
use super::read::{Read, Reader, form};
use crate::span::Span;
use crate::syntax::expr::{Expr, ExprKind};
use crate::term::Term;

/// ProbLog's libraries that are always there.
const LIBRARIES: &[&str] =
    &["lists", "apply", "aggregate", "string", "collect", "control", "cut", "db", "builtin", "assert", "record"];
/// Declarations that change nothing: every predicate is tabled and may be discontiguous, and there is one name space.
const HARMLESS: &[(&str, usize)] = &[
    ("table", 1),
    ("discontiguous", 1),
    ("multifile", 1),
    ("module", 2),
    ("nocache", 2),
    ("set_prolog_flag", 2),
    ("style_check", 1),
];

/// Which of the matching clauses go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retract {
    First,
    All,
}

impl Reader<'_, '_> {
    pub(super) fn directive(&mut self, directive: &Expr, clause: &Expr) -> Read<()> {
        let (name, args) = match &directive.kind {
            ExprKind::Compound(name, args) => (&**name, args.as_slice()),
            ExprKind::List(files, None) => return files.iter().try_for_each(|file| self.consult(file, false)),
            _ => ("", &[][..]),
        };
        match (name, args) {
            ("dynamic", [list]) => self.declare_dynamic(list),
            ("use_module", [module] | [module, _]) => self.use_module(module),
            ("consult" | "ensure_loaded", [file]) => self.consult(file, false),
            ("include", [file]) => self.consult(file, true),
            ("load", [relation, file]) => self.load(relation, file),
            ("csv_load", [file, name]) => self.load_csv(file, name),
            ("assertz" | "asserta" | "assert", [added]) => self.add(added),
            ("retract", [pattern]) => self.retract(pattern, Retract::First),
            ("retractall", [pattern]) => self.retract(pattern, Retract::All),
            ("recordz" | "recorda", [key, value]) => self.record(key, value, clause),
            ("unknown", [what]) => {
                self.program.unknown_fails = text_of(what).as_deref() == Some("fail");
                Ok(())
            }
            (name, args) if HARMLESS.contains(&(name, args.len())) => Ok(()),
            _ => {
                let body = read_body(directive)?;
                self.program.constraints.push(Clause {
                    term: clause.term(),
                    span: directive.span,
                    kind: ClauseKind::Certain,
                    heads: Vec::new(),
                    body,
                    source: self.source(),
                });
                Ok(())
            }
        }
    }

    /// Takes clauses away again that stand before this place: facts and rules whose head is an instance of the pattern.
    fn retract(&mut self, pattern: &Expr, how: Retract) -> Read<()> {
        let pattern = pattern.term();
        let pattern = pattern.args_of::<2>("::").map_or(&pattern, |[_, atom]| atom);
        let is_meant = |clause: &Clause| {
            matches!((&clause.kind, &clause.heads[..]), (ClauseKind::Certain | ClauseKind::Choice, [head])
                if pattern.subsumes(&head.atom))
        };
        match how {
            Retract::First => {
                if let Some(at) = self.program.clauses.iter().position(is_meant) {
                    self.program.clauses.remove(at);
                }
            }
            Retract::All => self.program.clauses.retain(|clause| !is_meant(clause)),
        }
        // What is left of it may be nothing, and is known all the same.
        if let Some((name, args)) = pattern.functor() {
            self.declare(name.into(), args.len());
        }
        Ok(())
    }

    /// `recordz(key, term)`: a fact `recorded(key, term)`, and one for the key.
    fn record(&mut self, key: &Expr, value: &Expr, clause: &Expr) -> Read<()> {
        let (key, value) = (key.term(), value.term());
        let recorded = Term::compound("recorded", vec![key.clone(), value]);
        let known = Term::compound("current_key", vec![key]);
        let is_new = !self.program.clauses.iter().any(|clause| clause.term == known);
        for atom in std::iter::once(recorded).chain(is_new.then_some(known)) {
            let head = Head {
                weight: None,
                weight_span: Span::default(),
                atom: atom.clone(),
                span: clause.span,
                is_tunable: false,
            };
            self.program.clauses.push(Clause {
                term: atom,
                span: clause.span,
                kind: ClauseKind::Certain,
                heads: vec![head],
                body: Body::True,
                source: self.source(),
            });
        }
        Ok(())
    }

    fn declare(&mut self, name: std::sync::Arc<str>, arity: usize) {
        if !self.program.takes_facts(&name, arity) {
            self.program.dynamic.push((name, arity));
        }
    }

    fn declare_dynamic(&mut self, list: &Expr) -> Read<()> {
        for item in list.chain(",") {
            match item.args_of::<2>("/").map(|[name, arity]| (&name.kind, &arity.kind)) {
                Some((ExprKind::Atom(name), ExprKind::Int(arity @ 0..=1024))) => {
                    self.program.dynamic.push((name.clone(), *arity as usize));
                }
                _ => return Err(form(item.span, "`dynamic` takes names such as `edge/2`", None)),
            }
        }
        Ok(())
    }

    fn use_module(&mut self, module: &Expr) -> Read<()> {
        let Some([library]) = module.args_of::<1>("library") else { return self.consult(module, false) };
        let name = text_of(library).unwrap_or_default();
        let message = || format!("there is no library `{name}` here");
        match &*name {
            "record" => {
                self.declare("recorded".into(), 2);
                self.declare("current_key".into(), 1);
                Ok(())
            }
            name if LIBRARIES.contains(&name) => Ok(()),
            "scope" | "nlp4plp" => {
                Err(form(library.span, &message(), Some("there is one space of names, and nothing in Python is run")))
            }
            _ => Err(form(library.span, &message(), Some(&format!("there are {}", LIBRARIES.join(", "))))),
        }
    }
}
