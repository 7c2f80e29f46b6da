% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! s((none, 3)): 0.25
%! s((none, 4)): 0.25
%! s((none, 5)): 0.25
%! s((none, 6)): 0.25
:- use_module(library(aggregate)).
0.5::w(1). 0.5::w(2). w(3).
s(R) :- aggregate(sum, X, none, w(X), R).
query(s(_)).
