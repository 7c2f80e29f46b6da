% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(-1.0): 1
%! q(5): 1
%! r(2.0): 1
p(X) :- X is sqrt(16) + abs(-3) - min(2, 5) * max(1, 4).
q(X) :- X is floor(2.7) + ceiling(2.1) + truncate(-2.7) + round(2.4).
r(X) :- X is exp(0) + log(1) + sin(0) + cos(0) + atan(0).
query(p(_)). query(q(_)). query(r(_)).
