%! p: 0.5
:- dynamic bonus/1.
0.5::a.
p :- a, \+bonus(1).
query(p).
