% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 0.24
%! b: 0.4
%! n: 0.36
0.3::a; 0.5::b :- c.
0.8::c.
n :- \+ a, \+ b.
query(a). query(b). query(n).
