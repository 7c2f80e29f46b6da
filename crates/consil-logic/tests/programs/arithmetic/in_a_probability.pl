% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! win: 0.125
0.5::coin(X) :- c(X). c(1). c(2).
P::win :- coin(1), P is 0.5 * 0.5.
query(win).
