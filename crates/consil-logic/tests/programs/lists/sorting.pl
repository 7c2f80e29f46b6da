% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! s([1.0, 1, 2, "t", a, b, c, f(x)]): 1
s(L) :- sort([c, a, b, a, 2, 1, "t", f(x), 1.0], L).
query(s(_)).
