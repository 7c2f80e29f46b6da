% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 0.54
%! b: 0.49
0.5::a0. 0.4::b0. 0.3::ab. 0.2::ba.
a :- a0.
a :- ba, b.
b :- b0.
b :- ab, a.
query(a). query(b).
