% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! path(n(0,0),n(2,2)): 0.265869140625
% Directed 3x3 grid.
0.5::edge(n(0, 0), n(1, 0)).
0.5::edge(n(0, 0), n(0, 1)).
0.5::edge(n(0, 1), n(1, 1)).
0.5::edge(n(0, 1), n(0, 2)).
0.5::edge(n(0, 2), n(1, 2)).
0.5::edge(n(1, 0), n(2, 0)).
0.5::edge(n(1, 0), n(1, 1)).
0.5::edge(n(1, 1), n(2, 1)).
0.5::edge(n(1, 1), n(1, 2)).
0.5::edge(n(1, 2), n(2, 2)).
0.5::edge(n(2, 0), n(2, 1)).
0.5::edge(n(2, 1), n(2, 2)).
path(X, X).
path(X, Y) :- edge(X, Z), path(Z, Y).
query(path(n(0, 0), n(2, 2))).
