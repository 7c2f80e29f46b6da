% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! r(1,3): 0.4375
0.5::w(1, 2). 0.5::w(2, 3). 0.5::w(3, 4). 0.5::w(4, 1).
c(X, Y) :- w(X, Y). c(X, Y) :- w(Y, X).
r(X, Y) :- c(X, Y).
r(X, Y) :- c(X, Z), r(Z, Y).
query(r(1, 3)).
