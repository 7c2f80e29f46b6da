% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a(1): 0.3
%! a(2): 0
0.3::a(1).
query(a(2)). query(a(1)).
