% ProbLog: NonGroundProbabilisticClause.
%! error: there is a choice of `a` for each value of `Y`, which has none
0.5::a :- b(X) ; c(Y).
b(1). c(1).
query(a).
