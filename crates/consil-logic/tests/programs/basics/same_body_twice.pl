% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.4
0.4::x.
p :- x. p :- x.
query(p).
