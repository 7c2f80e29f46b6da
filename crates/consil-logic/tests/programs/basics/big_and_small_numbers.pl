% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! rare(-7): 1e-05
%! rare(0.001): 1e-05
%! rare(1): 1e-05
%! rare(1000000): 1e-05
%! rare(2500.0): 1e-05
0.00001::rare(X) :- item(X).
item(1). item(1000000). item(-7). item(2.5e3). item(1.0e-3).
query(rare(_)).
