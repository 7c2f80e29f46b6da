% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! c: 0.18
%! d: 0.82
%! e: 0.18
0.4::a. 0.3::b.
c :- \+ a, b.
d :- \+ c.
e :- \+ d, \+ a.
query(c). query(d). query(e).
