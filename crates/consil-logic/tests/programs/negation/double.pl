% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.3
0.3::a.
p :- \+ \+ a.
query(p).
