% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! ack(2,3,9): 1
ack(0, N, R) :- R is N + 1.
ack(M, 0, R) :- M > 0, M1 is M - 1, ack(M1, 1, R).
ack(M, N, R) :- M > 0, N > 0, N1 is N - 1, ack(M, N1, S), M1 is M - 1, ack(M1, S, R).
query(ack(2, 3, _)).
