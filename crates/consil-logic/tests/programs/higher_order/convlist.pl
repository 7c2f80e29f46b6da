% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1, 2]): 1
:- use_module(library(apply)).
half(X, Y) :- 0 =:= X mod 2, Y is X // 2.
p(L) :- convlist(half, [1, 2, 3, 4], L).
query(p(_)).
