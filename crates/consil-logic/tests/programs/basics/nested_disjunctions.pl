% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.556
0.2::a. 0.3::b. 0.4::c. 0.5::d.
p :- (a, b ; (c ; d, \+a)), \+(b, c).
query(p).
