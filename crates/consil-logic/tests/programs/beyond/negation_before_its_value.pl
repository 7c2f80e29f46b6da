q(1). r(2).
p(X) :- r(X).
s :- \+q(X), p(X).
query(s).
%! error: `X` has a value only behind this negation
