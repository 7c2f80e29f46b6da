% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! c(today): 1
%! j(a_b_c): 1
:- use_module(library(string)).
c(X) :- concat([to, day], X).
j(X) :- join('_', [a, b, c], X).
query(c(_)). query(j(_)).
