% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! s(10): 0.3
%! s(20): 0.5
%! s(30): 0.2
:- use_module(library(aggregate)).
0.5::w(1). w(2). 0.4::w(5).
size(L, S) :- length(L, N), S is 10 * N.
s(R) :- aggregate(size, X, none, w(X), (_, R)).
query(s(_)).
