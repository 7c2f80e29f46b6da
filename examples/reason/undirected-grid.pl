% Two corners of a grid whose roads can be taken both ways, in two sizes. Every cell is on a cycle; the relation is swept along its
% frontier, so that the cost depends on the grid's width, not on its number of paths.
% expect reach(5, n(1, 1), n(5, 5)) 0.1520
% expect reach(8, n(1, 1), n(8, 8)) 0.0852

size(5).
size(8).
0.5::road(N, n(I, J), n(K, J)) :- size(N), M is N - 1, between(1, M, I), between(1, N, J), K is I + 1.
0.5::road(N, n(I, J), n(I, K)) :- size(N), M is N - 1, between(1, N, I), between(1, M, J), K is J + 1.

linked(N, X, Y) :- road(N, X, Y).
linked(N, X, Y) :- road(N, Y, X).
reach(N, X, X).
reach(N, X, Y) :- linked(N, X, Z), reach(N, Z, Y).

query(reach(5, n(1, 1), n(5, 5))).
query(reach(8, n(1, 1), n(8, 8))).
