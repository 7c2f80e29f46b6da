% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(x): 0.5
%! p(y): 0.25
%! p(z): 0.25
:- use_module(library(cut)).
0.5::r(1, a, x). 0.5::r(2, a, y). r(3, a, z).
p(Y) :- cut(r(a, Y)).
query(p(_)).
