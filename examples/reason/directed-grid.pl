% A directed grid: from corner to corner by edges that are open with probability 0.5. No way leads back, so that the first four
% rows and columns are a grid of their own.
% expect path(n(1, 1), n(4, 4)) 0.1771
% expect path(n(1, 1), n(6, 6)) 0.0882

size(6).
0.5::edge(n(I, J), n(K, J)) :- size(N), M is N - 1, between(1, M, I), between(1, N, J), K is I + 1.
0.5::edge(n(I, J), n(I, K)) :- size(N), M is N - 1, between(1, N, I), between(1, M, J), K is J + 1.

path(X, X).
path(X, Y) :- edge(X, Z), path(Z, Y).

query(path(n(1, 1), n(4, 4))).
query(path(n(1, 1), n(6, 6))).
