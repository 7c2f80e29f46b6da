% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! s(0): 0.125
%! s(1): 0.125
%! s(2): 0.125
%! s(3): 0.125
%! s(4): 0.125
%! s(5): 0.125
%! s(6): 0.125
%! s(7): 0.125
:- use_module(library(lists)).
0.5::w(1). 0.5::w(2). 0.5::w(4).
s(S) :- findall(X, w(X), L), sum_list(L, S).
query(s(_)).
