% Each head of a choice is a clause of its own, its probability beside it.
0.2::m(1); 0.3::m(2) :- h.
h.
q(P, B) :- clause(m(2), B, P).
query(q(_, _)).
%! q(0.3, h): 1
