% Two corners of a grid whose roads can be taken both ways. Every cell is on a cycle; the relation is swept along its
% frontier, so that the cost depends on the grid's width, not on its number of paths.
% expect reach(n(1, 1), n(8, 8)) 0.0852

size(8).
0.5::road(n(I, J), n(K, J)) :- size(N), M is N - 1, between(1, M, I), between(1, N, J), K is I + 1.
0.5::road(n(I, J), n(I, K)) :- size(N), M is N - 1, between(1, N, I), between(1, M, J), K is J + 1.

linked(X, Y) :- road(X, Y).
linked(X, Y) :- road(Y, X).
reach(X, X).
reach(X, Y) :- linked(X, Z), reach(Z, Y).

query(reach(n(1, 1), n(8, 8))).
