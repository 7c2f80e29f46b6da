% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! d(11): 1
%! s(6): 1
:- use_module(library(apply)).
add(X, A, B) :- B is A + X.
both(X, Y, A, B) :- B is A + X * Y.
s(S) :- foldl(add, [1, 2, 3], 0, S).
d(S) :- foldl(both, [1, 2], [3, 4], 0, S).
query(s(_)). query(d(_)).
