% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! works(s): 0.97848
% The bridge network of reliability theory, undirected.
0.9::c(1). 0.9::c(2). 0.9::c(3). 0.9::c(4). 0.9::c(5).
link(s, a, 1). link(s, b, 2). link(a, b, 3). link(a, t, 4). link(b, t, 5).
edge(X, Y) :- link(X, Y, C), c(C).
edge(X, Y) :- link(Y, X, C), c(C).
works(t).
works(X) :- edge(X, Y), works(Y).
query(works(s)).
