%! p: 0.3
:- unknown(fail).
0.3::a.
p :- a, \+nowhere.
q :- nowhere(1).
p :- q.
query(p).
