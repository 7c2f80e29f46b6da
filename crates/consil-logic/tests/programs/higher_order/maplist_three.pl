% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([11, 22]): 1
:- use_module(library(apply)).
add(X, Y, Z) :- Z is X + Y.
p(L) :- maplist(add, [1, 2], [10, 20], L).
query(p(_)).
