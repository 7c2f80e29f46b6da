% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! l([a, b, c]): 1
%! s(xy): 1
:- use_module(library(string)).
l(X) :- str2lst(abc, X).
s(X) :- lst2str([x, y], X).
query(l(_)). query(s(_)).
