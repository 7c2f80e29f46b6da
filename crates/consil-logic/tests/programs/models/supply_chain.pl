% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! buys(import): 0.569594764661465
%! grows(farm): 0.977976340297005
%! has(mill): 0.894286433425623
0.9::ships(mill, bakery). 0.8::ships(farm, mill). 0.7::ships(import, bakery). 0.95::grows(farm). 0.5::buys(import).
has(X) :- grows(X). has(X) :- buys(X).
has(Y) :- ships(X, Y), has(X).
evidence(has(bakery)).
query(grows(farm)). query(has(mill)). query(buys(import)).
