% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a(1): 0.58
%! a(2): 0.5
%! b: 0.29
0.3::a(1). 0.4::a(1). 0.5::a(2).
b :- a(1), a(2).
query(a(X)). query(b).
