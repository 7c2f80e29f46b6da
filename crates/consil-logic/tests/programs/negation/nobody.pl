% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! empty: 0.125
%! someone: 0.875
0.5::here(X) :- person(X).
person(a). person(b). person(c).
empty :- \+here(_).
someone :- \+empty.
query(empty). query(someone).
