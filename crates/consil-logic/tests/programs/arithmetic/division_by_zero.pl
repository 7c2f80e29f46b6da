p(X) :- X is 1 / 0.
query(p(_)).
%! error: division by zero
