% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! path(a,a): 1
%! path(a,b): 0.9602
%! path(a,c): 0.9322
%! path(a,d): 0.757
%! path(a,e): 0.3028
0.9::link(a, b). 0.8::link(b, c). 0.7::link(a, c). 0.6::link(c, d). 0.5::link(b, d). 0.4::link(d, e).
edge(X, Y) :- link(X, Y).
edge(X, Y) :- link(Y, X).
path(X, X) :- node(X).
path(X, Y) :- path(X, Z), edge(Z, Y).
node(a). node(b). node(c). node(d). node(e).
query(path(a, X)).
