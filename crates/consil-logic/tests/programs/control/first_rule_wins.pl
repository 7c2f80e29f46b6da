% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! size(5,small): 1
%! size(50,middle): 1
%! size(500,large): 1
:- use_module(library(cut)).
r(1, X, small) :- X < 10.
r(2, X, middle) :- X < 100.
r(3, _, large).
size(X, S) :- n(X), cut(r(X, S)).
n(5). n(50). n(500).
query(size(_, _)).
