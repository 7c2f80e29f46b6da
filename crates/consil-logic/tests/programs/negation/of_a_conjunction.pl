% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.88
%! q: 0.42
0.3::a. 0.4::b.
p :- \+ (a, b). q :- \+ (a ; b).
query(p). query(q).
