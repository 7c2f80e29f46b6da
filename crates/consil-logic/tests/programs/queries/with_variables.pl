% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1,a): 0.3
%! p(2,a): 0.5
%! p(2,b): 0.4
0.3::p(1, a). 0.4::p(2, b). 0.5::p(2, a).
query(p(2, _)). query(p(_, a)).
