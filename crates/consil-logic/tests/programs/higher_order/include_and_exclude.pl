% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! e([1, 2]): 0.42
%! e([1]): 0.28
%! e([2]): 0.18
%! e([]): 0.12
%! i([1, 2]): 0.12
%! i([1]): 0.18
%! i([2]): 0.28
%! i([]): 0.42
:- use_module(library(apply)).
0.3::big(1). 0.4::big(2).
i(L) :- include(big, [1, 2], L).
e(L) :- exclude(big, [1, 2], L).
query(i(_)). query(e(_)).
