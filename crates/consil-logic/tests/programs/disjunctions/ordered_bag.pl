% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! greater: 0.35
%! less: 0.25
%! neither: 0.4
0.2::item(1); 0.3::item(2); 0.4::item(3).
0.5::item2(1); 0.5::item2(3).
less :- item(X), item2(Y), X < Y.
greater :- item(X), item2(Y), X > Y.
neither :- \+ less, \+ greater.
query(less). query(greater). query(neither).
