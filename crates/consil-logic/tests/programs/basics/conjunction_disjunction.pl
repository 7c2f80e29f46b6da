% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! x: 0.1624
%! y: 0.076
%! z: 0.686
0.1::a. 0.2::b. 0.3::c. 0.4::d.
x :- (a ; b), (c ; d).
y :- a, (b ; \+ c).
z :- \+ (a, b ; c).
query(x). query(y). query(z).
