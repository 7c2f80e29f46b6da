% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.176
%! q: 0.144
0.2::a. 0.3::b. 0.4::c.
p :- (a ; b), c.
q :- a, (b ; \+c ; fail).
query(p). query(q).
