% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(4): 1
%! q(2): 1
%! r(5): 1
p(X) :- succ(3, X). q(X) :- succ(X, 3). r(X) :- plus(2, X, 7).
query(p(_)). query(q(_)). query(r(_)).
