% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! l(3): 1
%! p([1, 2]): 1
%! p([1]): 1
%! p([]): 1
%! r([3, 2, 1]): 1
:- use_module(library(lists)).
r(L) :- reverse([1, 2, 3], L).
l(X) :- last([1, 2, 3], X).
p(X) :- prefix(X, [1, 2]).
query(r(_)). query(l(_)). query(p(_)).
