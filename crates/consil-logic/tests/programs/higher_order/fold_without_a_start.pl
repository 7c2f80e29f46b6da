% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! q(1): 0.25
%! q(3): 0.25
%! q(4): 0.25
%! q([]): 0.25
:- use_module(library(apply)).
0.5::a(1). 0.5::a(3).
add(X, Y, Z) :- Z is X + Y.
q(S) :- findall(X, a(X), L), foldl_noinit(add, L, S).
query(q(_)).
