% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1, 2]): 0.25
%! p([1]): 0.25
%! p([2]): 0.25
0.5::a(1). 0.5::a(2).
p(L) :- all(X, a(X), L).
query(p(_)).
