% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! error: is undefined here
q(X) :- X is gamma(0).
query(q(_)).
