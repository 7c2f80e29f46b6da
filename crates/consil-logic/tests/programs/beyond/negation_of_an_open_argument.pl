% The clause takes X to be given, and the call leaves it open. ProbLog denies every value, and has no answer.
%! error: `X` has no value in `\+ r(X)`
r(1). s(2).
p(X) :- \+ r(X), s(X).
query(p(_)).
