% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! g(a,[1, 3]): 1
%! g(b,[2, 5]): 1
%! g(c,[4]): 1
:- use_module(library(lists)).
g(K, L) :- enum_groups([a, b, a, c, b], [1, 2, 3, 4, 5], K, L).
query(g(_, _)).
