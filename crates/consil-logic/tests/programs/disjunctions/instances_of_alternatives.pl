% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 0.875
%! d: 0.875
% One choice for each value that either alternative gives X.
0.5::a :- b(X) ; c(X).
0.5::d :- e, (b(X), f(X) ; c(X)), e.
b(1). b(3). c(2). e. f(1). f(3).
query(a). query(d).
