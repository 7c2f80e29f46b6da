p(X) :- q(Y), Y > X.
q(1).
query(p(_)).
%! error: `X` has no value
