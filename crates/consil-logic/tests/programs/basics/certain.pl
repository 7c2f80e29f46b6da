% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! n: 0
%! q(2): 1
%! q(3): 1
%! r: 1
p(1). p(2). p(3).
q(X) :- p(X), X > 1.
1.0::always. 0.0::never.
r :- always, q(3).
n :- never.
query(q(X)). query(r). query(n).
