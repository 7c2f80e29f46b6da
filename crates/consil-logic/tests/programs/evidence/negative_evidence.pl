% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! b: 1
0.3::a. 0.4::b.
c :- a. c :- b.
evidence(c, true). evidence(\+a).
query(b).
