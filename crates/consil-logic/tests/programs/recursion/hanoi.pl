% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! moves(10,1023): 1
moves(0, 0).
moves(N, M) :- N > 0, K is N - 1, moves(K, L), M is 2 * L + 1.
query(moves(10, _)).
