% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! q(1): 0.3
%! q(2): 0.6
%! r: 0.3
0.3::p(1). 0.6::p(2).
q(X) :- call_nc(p, X).
r :- call_nc(p(1)).
query(q(_)). query(r).
