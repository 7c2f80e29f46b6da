% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! r([1, 1]): 0.5
%! r([1, 2, 1]): 0.5
q(1, a). 0.5::q(2, a). q(1, b).
p(X) :- q(X, _).
r(L) :- findall(X, p(X), L).
query(r(_)).
