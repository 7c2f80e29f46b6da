% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 1
%! q(1): 0.5
p :- a == a, \+a == b, f(x) == f(x), a \== b, 1 \== 1.0.
q(X) :- v(X), X \= 2.
0.5::v(1). 0.5::v(2).
query(p). query(q(_)).
