% ProbLog: NonGroundProbabilisticClause.
%! error: there is a choice of `a(1)` for each value of `X`, which has none
p(_). d(1).
0.5::a(Y) :- p(X), d(Y).
both :- a(1), a(Z).
query(both).
