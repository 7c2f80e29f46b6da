% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! r([1, 2]): 0.75
%! r([2]): 0.25
0.5::q(1, a). q(2, a). 0.5::q(1, b).
p(X) :- q(X, _).
r(L) :- all(X, p(X), L).
query(r(_)).
