% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1): 0.5
%! p(2): 0.5
0.5::q(1). 0.5::q(2).
p(X) :- once(q(X)).
query(p(_)).
