% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([2, 4, 6]): 1
:- use_module(library(apply)).
double(X, Y) :- Y is 2 * X.
p(L) :- maplist(double, [1, 2, 3], L).
query(p(_)).
