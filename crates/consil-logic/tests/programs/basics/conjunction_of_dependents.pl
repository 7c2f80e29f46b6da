% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! both: 0
%! either: 0.3
0.3::a. 0.6::b.
p :- a, b. q :- a, \+b. both :- p, q. either :- p. either :- q.
query(both). query(either).
