% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! infected(1): 0.393744
%! infected(2): 0.322128
%! infected(3): 0.363024
%! infected(4): 0.393744
0.3::infected(X) :- host(X, bad).
0.6::infected(X) :- connected(X, Y), infected(Y).
host(1, bad). host(4, bad).
connected(X, Y) :- wire(X, Y).
connected(X, Y) :- wire(Y, X).
wire(1, 2). wire(2, 3). wire(3, 4). wire(3, 1).
query(infected(X)).
