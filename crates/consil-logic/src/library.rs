//! Predicates written in the language itself. A program may define any of them anew; the library goes on using its own.

use std::sync::LazyLock;

use crate::program::Program;
use crate::rules::RuleSet;

static LIBRARY: LazyLock<Program> = LazyLock::new(|| Program::read_library(include_str!("library/lists.pl")));

static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::of_library(&LIBRARY).expect("no term of the library is nested deeply"));

/// The library, made ready for evaluation.
pub(crate) fn rules() -> &'static RuleSet {
    &RULES
}

fn predicates() -> impl Iterator<Item = (&'static str, usize)> {
    let heads = LIBRARY.clauses().iter().flat_map(|clause| &clause.heads);
    heads.filter_map(|head| head.atom.functor()).map(|(name, args)| (name, args.len()))
}

pub(crate) fn defines(name: &str, arity: usize) -> bool {
    predicates().any(|predicate| predicate == (name, arity))
}

pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    predicates().map(|(name, _)| name).filter(|name| !name.starts_with('$'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_library_reads_without_findings() {
        let text = include_str!("library/lists.pl");
        // As a program of its own it redefines what is built in nowhere, and calls nothing unknown.
        crate::Program::parse("lists.pl", text).unwrap_or_else(|error| panic!("{error}"));
    }
}
