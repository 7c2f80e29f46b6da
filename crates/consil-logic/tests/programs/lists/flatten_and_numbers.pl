% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! f([1, 2, 3, 4, 5]): 1
%! n([3, 4, 5, 6]): 1
:- use_module(library(lists)).
f(L) :- flatten([1, [2, [3, []], 4], [[5]]], L).
n(L) :- numlist(3, 6, L).
query(f(_)). query(n(_)).
