% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(x,[1, 2]): 0.5
%! p(x,[2]): 0.5
%! p(y,[3]): 1
:- use_module(library(collect)).
0.5::a(1, x). a(2, x). a(3, y).
p(G, L) :- (a(X, G) => G / list(X, L)).
query(p(_, _)).
