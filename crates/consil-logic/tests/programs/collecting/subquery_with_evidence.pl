% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(0.517241379310345): 1
0.3::a. 0.4::b. c :- a. c :- b.
p(P) :- subquery(a, P, [c]).
query(p(_)).
