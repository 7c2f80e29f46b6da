% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! pick(a,[b, c]): 0.5
%! pick(b,[a, c]): 0.25
%! pick(c,[a, b]): 0.25
:- use_module(library(lists)).
pick(X, R) :- select_weighted(1, [(2, a), (1, b), (1, c)], X, R).
query(pick(_, _)).
