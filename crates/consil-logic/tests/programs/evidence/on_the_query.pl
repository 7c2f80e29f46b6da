% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 1
%! b: 1
0.4::a. 0.5::b :- a.
evidence(b).
query(a). query(b).
