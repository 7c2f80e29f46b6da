% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! any: 1
%! both: 0
0.5::side(l); 0.5::side(r).
both :- side(l), side(r).
any :- side(_).
query(both). query(any).
