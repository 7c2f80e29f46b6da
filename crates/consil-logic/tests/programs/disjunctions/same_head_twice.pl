% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 0.5
%! b: 0.5
0.2::a; 0.3::a; 0.5::b.
query(a). query(b).
