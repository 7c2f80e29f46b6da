//! `:- …`: declarations, libraries, files, and what must not hold.

use super::body::read_body;
use super::clause::{Clause, ClauseKind};
use super::load::text_of;
use super::read::{Read, Reader, form};
use crate::syntax::expr::{Expr, ExprKind};

/// ProbLog's libraries that are always there.
const LIBRARIES: &[&str] = &["lists", "apply", "aggregate", "string", "collect", "control", "cut", "db", "builtin"];
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
            name if LIBRARIES.contains(&name) => Ok(()),
            "assert" | "record" => Err(form(
                library.span,
                &message(),
                Some("facts do not change while a question is answered; give them with the goal"),
            )),
            _ => Err(form(library.span, &message(), Some(&format!("there are {}", LIBRARIES.join(", "))))),
        }
    }
}
