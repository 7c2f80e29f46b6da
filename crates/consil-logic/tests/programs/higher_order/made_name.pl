% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! f([1, 2]): 0.5
%! f([1]): 0.5
% Nobody writes the name of the predicate that is called.
:- use_module(library(string)).
a(1). 0.5::a(2).
f(L) :- concat([find, all], F), call(F, X, a(X), L).
query(f(_)).
