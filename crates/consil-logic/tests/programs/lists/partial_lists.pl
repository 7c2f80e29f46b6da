% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([c, d]): 1
%! q(1): 1
p(X) :- [a, b | X] = [a, b, c, d].
q(X) :- [X, _ | _] = [1, 2, 3].
query(p(_)). query(q(_)).
