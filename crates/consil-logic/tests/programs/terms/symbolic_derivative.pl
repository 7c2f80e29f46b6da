% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! d(x*x+3,1*x+x*1+0): 1
d(x, 1).
d(N, 0) :- number(N).
d(A + B, U + V) :- d(A, U), d(B, V).
d(A * B, U * B + A * V) :- d(A, U), d(B, V).
query(d(x * x + 3, _)).
