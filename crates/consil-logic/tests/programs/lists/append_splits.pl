% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! split([],[x, y, z]): 0.7
%! split([x, y, z],[]): 0.7
%! split([x, y],[z]): 0.7
%! split([x],[y, z]): 0.7
:- use_module(library(lists)).
0.7::word([x, y, z]).
split(A, B) :- word(W), append(A, B, W).
query(split(_, _)).
