% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1): 0.285714285714286
%! p(2): 0
%! p(3): 0.714285714285714
0.2::p(1); 0.3::p(2); 0.5::p(3).
evidence(p(2), false).
query(p(_)).
