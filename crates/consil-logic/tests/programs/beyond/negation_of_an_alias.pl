% The same under another name: Y gets its value as X. ProbLog denies every value.
%! error: `Y` has no value in `\+ r(Y)`
r(1).
p(X) :- X = Y, \+ r(Y), X = 2.
query(p(_)).
