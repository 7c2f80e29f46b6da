% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(2): 0.4
%! p(3): 0.6
:- use_module(library(cut)).
r(1, b). 0.4::r(2, a). r(3, a).
p(I) :- cut(r(a), I).
query(p(_)).
