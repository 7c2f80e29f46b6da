% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! pick(large): 0.2
%! pick(middle): 0.3
%! pick(small): 0.5
:- use_module(library(lists)).
pick(X) :- select_weighted(1, [0.5, 0.3, 0.2], [small, middle, large], X, _).
query(pick(_)).
