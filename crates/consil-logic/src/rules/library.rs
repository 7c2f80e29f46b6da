//! Predicates written in the language itself, made ready for evaluation. A program may define any of them anew; the library goes on using its own.

use std::sync::LazyLock;

use super::RuleSet;
use crate::library::TEXT;
use crate::program::Program;

static LIBRARY: LazyLock<Program> = LazyLock::new(|| Program::read_library(TEXT));

static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::of_library(&LIBRARY).expect("no term of the library is nested deeply"));

/// The library, made ready for evaluation.
pub(crate) fn rules() -> &'static RuleSet {
    &RULES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_reads_without_findings() {
        // As a program of its own it redefines what is built in nowhere, and calls nothing unknown.
        Program::parse("lists.pl", TEXT).unwrap_or_else(|error| panic!("{error}"));
    }

    #[test]
    fn the_names_of_its_predicates_are_those_of_its_clauses() {
        let heads = LIBRARY.clauses().iter().flat_map(|clause| &clause.heads);
        for (name, args) in heads.filter_map(|head| head.atom.functor()) {
            assert!(crate::library::defines(name, args.len()), "{name}/{}", args.len());
        }
        assert!(!crate::library::defines("nowhere", 3));
    }
}
