% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! edge(1,2): 1
%! edge(2,4): 0.8
%! path(1,3): 0.6
0.5::edge(1, 2). 0.5::edge(2, 3). 0.5::edge(1, 3). 0.5::edge(3, 4). 0.5::edge(2, 4).
path(X, Y) :- edge(X, Y).
path(X, Y) :- edge(X, Z), path(Z, Y).
evidence(path(1, 4)). evidence(edge(1, 3), false).
query(edge(1, 2)). query(edge(2, 4)). query(path(1, 3)).
