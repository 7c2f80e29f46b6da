//! Predicates written in the language itself; a program that defines one of them replaces it.

use std::sync::LazyLock;

use crate::program::Program;

const SOURCE: &str = "
append([], L, L).
append([H | T], L, [H | R]) :- append(T, L, R).
member(X, [X | _]).
member(X, [_ | T]) :- member(X, T).
memberchk(X, L) :- member(X, L).
reverse(L, R) :- '$reverse'(L, [], R).
'$reverse'([], A, A).
'$reverse'([H | T], A, R) :- '$reverse'(T, [H | A], R).
last([X], X).
last([_, H | T], X) :- last([H | T], X).
nth0(I, L, X) :- '$nth'(L, 0, I, X).
nth1(I, L, X) :- '$nth'(L, 1, I, X).
'$nth'([X | _], N, N, X).
'$nth'([_ | T], N, I, X) :- M is N + 1, '$nth'(T, M, I, X).
select(X, [X | T], T).
select(X, [H | T], [H | R]) :- select(X, T, R).
delete([], _, []).
delete([X | T], X, R) :- delete(T, X, R).
delete([H | T], X, [H | R]) :- H \\= X, delete(T, X, R).
permutation([], []).
permutation(L, [H | T]) :- select(H, L, R), permutation(R, T).
";

static LIBRARY: LazyLock<Program> = LazyLock::new(|| Program::read_library(SOURCE));

/// The library's clauses.
pub(crate) fn program() -> &'static Program {
    &LIBRARY
}

const NAMES: &[(&str, usize)] = &[
    ("append", 3),
    ("member", 2),
    ("memberchk", 2),
    ("reverse", 2),
    ("last", 2),
    ("nth0", 3),
    ("nth1", 3),
    ("select", 3),
    ("delete", 3),
    ("permutation", 2),
];

pub(crate) fn defines(name: &str, arity: usize) -> bool {
    NAMES.contains(&(name, arity))
}

pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    NAMES.iter().map(|(name, _)| *name)
}
