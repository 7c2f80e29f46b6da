% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! in(a): 0.5
%! in(b): 0.5
%! in(c): 0.75
%! in(d): 0.5
:- use_module(library(lists)).
0.5::bag([a, b, c]). 0.5::bag([c, d]).
in(X) :- bag(L), member(X, L).
query(in(_)).
