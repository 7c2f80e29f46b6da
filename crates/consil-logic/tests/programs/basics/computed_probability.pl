% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! any: 0.79
%! fires(a): 0.3
%! fires(b): 0.7
P::fires(X) :- strength(X, S), P is S / 10.
strength(a, 3.0). strength(b, 7.0).
any :- fires(_).
query(fires(X)). query(any).
