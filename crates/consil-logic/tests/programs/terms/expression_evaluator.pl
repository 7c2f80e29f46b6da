% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! result(4): 0.6
%! result(7): 0.4
value(N, N) :- number(N).
value(add(A, B), V) :- value(A, X), value(B, Y), V is X + Y.
value(mul(A, B), V) :- value(A, X), value(B, Y), V is X * Y.
0.4::program(add(1, mul(2, 3))). 0.6::program(mul(2, 2)).
result(V) :- program(P), value(P, V).
query(result(_)).
