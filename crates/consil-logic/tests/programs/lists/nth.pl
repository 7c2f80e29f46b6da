% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! one(b): 1
%! zero(0,a): 1
%! zero(1,b): 1
%! zero(2,c): 1
:- use_module(library(lists)).
zero(I, X) :- nth0(I, [a, b, c], X).
one(X) :- nth1(2, [a, b, c], X).
query(zero(_, _)). query(one(_)).
