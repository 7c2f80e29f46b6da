% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! path(a,a): 0.3125
%! path(a,b): 0.5
%! path(a,c): 0.25
%! path(a,d): 0.125
%! path(d,a): 0.3125
0.5::edge(a, b). 0.5::edge(b, a). 0.5::edge(b, c). 0.5::edge(c, a). 0.5::edge(c, d). 0.5::edge(d, b).
path(X, Y) :- path(X, Z), edge(Z, Y).
path(X, Y) :- edge(X, Y).
query(path(a, Y)). query(path(d, a)).
