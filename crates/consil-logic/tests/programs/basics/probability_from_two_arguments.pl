% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! fails(belt): 0.3
%! fails(bolt): 0.1
risk(low, 1). risk(high, 3).
(0.1 * N)::fails(X) :- part(X, R), risk(R, N).
part(bolt, low). part(belt, high).
query(fails(_)).
