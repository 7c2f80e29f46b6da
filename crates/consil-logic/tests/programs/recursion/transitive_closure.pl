% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! tc(1,4): 0.668
%! tc(2,4): 0.42
0.8::e(1, 2). 0.7::e(2, 3). 0.6::e(3, 4). 0.5::e(1, 4).
tc(X, Y) :- e(X, Y).
tc(X, Y) :- tc(X, Z), tc(Z, Y).
query(tc(1, 4)). query(tc(2, 4)).
