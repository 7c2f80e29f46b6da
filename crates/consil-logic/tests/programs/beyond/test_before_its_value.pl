% The part of a clause looks at X, whose value comes behind it.
%! error: `X` has no value in `X is Y + 1`
q(1). q(2).
p(X) :- X is Y + 1, ( X \== 2 ; q(7) ), q(Y).
query(p(_)).
