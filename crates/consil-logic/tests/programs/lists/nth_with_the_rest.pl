% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(b,[a, c]): 1
%! q(a,[b, c]): 1
:- use_module(library(lists)).
p(X, R) :- nth0(1, [a, b, c], X, R).
q(X, R) :- nth1(1, [a, b, c], X, R).
query(p(_, _)). query(q(_, _)).
