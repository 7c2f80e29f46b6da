% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 1
%! b: 0
%! c: 1
1.0::a. 0.0::b.
c :- a, \+b.
query(a). query(b). query(c).
