% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1, 3, 6]): 1
:- use_module(library(apply)).
add(X, A, B) :- B is A + X.
p(L) :- scanl(add, [1, 2, 3], 0, L).
query(p(_)).
