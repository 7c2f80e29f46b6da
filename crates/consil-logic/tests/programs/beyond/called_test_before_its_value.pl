% The same with a goal in a variable.
%! error: `X` has no value in `X is Y + 1`
q(1). q(2).
p(X) :- G = var(X), X is Y + 1, call(G), q(Y).
query(p(_)).
