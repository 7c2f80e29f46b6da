% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1, 2, 3]): 1
%! p([1, 3, 2]): 1
%! p([2, 1, 3]): 1
%! p([2, 3, 1]): 1
%! p([3, 1, 2]): 1
%! p([3, 2, 1]): 1
%! s(a,[b, c]): 1
%! s(b,[a, c]): 1
%! s(c,[a, b]): 1
:- use_module(library(lists)).
s(X, R) :- select(X, [a, b, c], R).
p(L) :- permutation([1, 2, 3], L).
query(s(_, _)). query(p(_)).
