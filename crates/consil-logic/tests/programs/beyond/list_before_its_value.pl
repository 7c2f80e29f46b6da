% Which list it is depends on X, whose value comes behind it.
%! error: `X` has no value in `X is Y + 1`
q(1). q(2). r(2). r(7).
p(X, L) :- X is Y + 1, findall(X, r(X), L), q(Y).
query(p(_, _)).
