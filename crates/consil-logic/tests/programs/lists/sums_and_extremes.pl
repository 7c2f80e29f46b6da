% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(6.5,3,1): 1
%! q(0): 1
:- use_module(library(lists)).
p(S, H, L) :- sum_list([3, 1.5, 2], S), max_list([3, 1, 2], H), min_list([3, 1, 2], L).
q(S) :- sum_list([], S).
query(p(_, _, _)). query(q(_)).
