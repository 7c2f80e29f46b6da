% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a(f(x)): 1
:- use_module(library(lists)).
a(X) :- max_member([b, 3, f(x), a], X).
query(a(_)).
