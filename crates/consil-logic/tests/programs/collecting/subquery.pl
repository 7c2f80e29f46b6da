% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1,0.3): 1
%! p(2,0.4): 1
0.3::a(1). 0.4::a(2).
p(X, P) :- subquery(a(X), P).
query(p(_, _)).
