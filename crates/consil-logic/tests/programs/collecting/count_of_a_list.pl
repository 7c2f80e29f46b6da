% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! n(0): 0.03125
%! n(1): 0.15625
%! n(2): 0.3125
%! n(3): 0.3125
%! n(4): 0.15625
%! n(5): 0.03125
0.5::a(X) :- between(1, 5, X).
n(N) :- findall(X, a(X), L), length(L, N).
query(n(_)).
