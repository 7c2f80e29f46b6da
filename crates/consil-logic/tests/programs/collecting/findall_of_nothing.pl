% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([]): 1
p(L) :- findall(X, fail, L).
query(p(_)).
