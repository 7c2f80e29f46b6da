% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.14
0.7::a. 0.2::b.
p <- a, b.
query(p).
