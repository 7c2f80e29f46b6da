% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(likes): 0.3
%! q(b): 0.5
0.3::says(ann, likes - dogs). 0.5::says(bob, a / b).
p(X) :- says(_, X - _).
q(X) :- says(_, _ / X).
query(p(_)). query(q(_)).
