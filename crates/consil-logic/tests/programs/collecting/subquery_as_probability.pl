% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! bark: 0.36
0.2::spot(X) :- dog(X). dog(1). dog(2).
some :- spot(_).
P::bark :- subquery(some, P).
query(bark).
