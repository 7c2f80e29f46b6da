% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(a,b): 1
%! q: 0
%! r(f(g(1))): 1
p(X, Y) :- f(X, b) = f(a, Y).
q :- f(X, X) = f(a, b).
r(X) :- X = f(Y), Y = g(1).
query(p(_, _)). query(q). query(r(_)).
