% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([a, c, b]): 1
%! q: 1
:- use_module(library(lists)).
p(L) :- selectchk(b, [a, b, c, b], L).
q :- memberchk(b, [a, b]), \+memberchk(z, [a, b]).
query(p(_)). query(q).
