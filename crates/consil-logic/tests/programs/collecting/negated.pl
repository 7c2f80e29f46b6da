% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! none: 0.42
%! some: 0.58
0.3::a(1). 0.4::a(2).
none :- findall(X, a(X), []).
some :- \+none.
query(none). query(some).
