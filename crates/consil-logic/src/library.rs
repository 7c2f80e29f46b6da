//! The text of the predicates that are written in the language itself, and their names.

use std::sync::LazyLock;

use crate::syntax::parse_clauses;
use crate::term::Term;

/// The clauses.
pub(crate) const TEXT: &str = include_str!("library/lists.pl");

/// Name and number of arguments of each predicate.
static PREDICATES: LazyLock<Vec<(String, usize)>> = LazyLock::new(|| {
    let clauses = parse_clauses(TEXT, &mut Vec::new());
    let mut predicates: Vec<(String, usize)> = clauses.iter().filter_map(|clause| head(&clause.term())).collect();
    predicates.sort_unstable();
    predicates.dedup();
    predicates
});

/// The predicate that a clause of the library defines: its only head, without the head's probability.
fn head(clause: &Term) -> Option<(String, usize)> {
    let head = clause.args_of::<2>(":-").map_or(clause, |[head, _]| head);
    let atom = head.args_of::<2>("::").map_or(head, |[_, atom]| atom);
    atom.functor().map(|(name, args)| (name.to_owned(), args.len()))
}

pub(crate) fn defines(name: &str, arity: usize) -> bool {
    PREDICATES.iter().any(|(known, n)| known == name && *n == arity)
}

pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    PREDICATES.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with('$'))
}
