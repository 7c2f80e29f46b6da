% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 1
%! q(3): 1
:- use_module(library(lists)).
p :- same_length([a, b], [1, 2]).
q(N) :- proper_length([a, b, c], N).
query(p). query(q(_)).
