% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1): 1
%! p(2): 1
0.1::a(1) :- b. a(2) :- c. b. 0.5::c.
p(X) :- possible(a(X)).
query(p(_)).
