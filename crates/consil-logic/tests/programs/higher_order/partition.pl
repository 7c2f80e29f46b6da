% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1, 2],[4, 5]): 1
:- use_module(library(apply)).
small(X) :- X < 3.
p(A, B) :- partition(small, [1, 4, 2, 5], A, B).
query(p(_, _)).
