% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! d([b, c]): 1
%! n(b): 1
%! n(c): 1
:- use_module(library(lists)).
d(L) :- delete([a, b, a, c], a, L).
n(X) :- nextto(a, X, [a, b, a, c]).
query(d(_)). query(n(_)).
